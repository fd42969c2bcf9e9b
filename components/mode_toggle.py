"""The switch beside the composer: an answer that shows while it is written, or one that comes whole."""

import reflex as rx


def mode_toggle(*, is_streaming: rx.Var[bool] | bool, on_toggle: rx.event.EventType[()]) -> rx.Component:
    """Show how the next answer comes, and change it."""
    return rx.el.button(
        rx.cond(is_streaming, _icon("waves"), _icon("file-text")),
        rx.el.span(rx.cond(is_streaming, "Streaming", "Whole answer"), class_name="mode-name"),
        type="button",
        role="switch",
        aria_checked=is_streaming,
        # The name of a switch stays, and contains what is read on it.
        aria_label=rx.cond(is_streaming, "Streaming", "Streaming (now: Whole answer)"),
        title=rx.cond(
            is_streaming,
            "The next answer shows while it is written. Press for the whole answer at once.",
            "The next answer shows when it is whole. Press to see it while it is written.",
        ),
        on_click=on_toggle,
        class_name="mode-toggle",
        data_testid="mode-toggle",
    )


def _icon(name: str) -> rx.Component:
    return rx.icon(name, size=14, stroke_width=1.75, aria_hidden="true")
