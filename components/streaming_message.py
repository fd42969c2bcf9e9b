"""StreamingMessage: one message of a conversation, rendered as markdown while it is being written."""

import reflex as rx

from components.library import Part


class StreamingMarkdown(Part):
    """Markdown that may grow at its end; unfinished syntax never shows raw and only the last block renders again."""

    tag = "Markdown"
    text: rx.Var[str]
    is_writing: rx.Var[bool]


def streaming_message(
    text: rx.Var[str] | str,
    *,
    is_writing: rx.Var[bool] | bool = False,
    thinking: rx.Var[str] | str = "",
    waiting_for: rx.Var[str] | str = "",
    note: rx.Var[str] | str = "",
    error: rx.Var[str] | str = "",
    **attributes: object,
) -> rx.Component:
    """Show an assistant's message.

    `waiting_for` is the quiet line shown while there is no text yet, `thinking` the model's reasoning (folded once
    text has come), `note` and `error` the line under an answer that was stopped or failed. `attributes` go to the
    root element.
    """
    return rx.el.article(
        rx.cond(thinking, _thinking(thinking, is_writing=is_writing, has_text=text), None),
        rx.cond(
            text,
            rx.el.div(StreamingMarkdown.create(text=text, is_writing=is_writing), data_testid="message-text"),
            rx.cond(is_writing, _waiting(waiting_for), None),
        ),
        rx.cond(error, _error(error), None),
        rx.cond(note, rx.el.p(note, class_name="message-note"), None),
        **{"class_name": "streaming-message", "aria_busy": is_writing, **attributes},
    )


def _waiting(waiting_for: rx.Var[str] | str) -> rx.Component:
    return rx.el.p(
        rx.el.span(waiting_for),
        rx.el.span(class_name="elapsed", aria_hidden="true"),
        class_name="waiting",
        data_testid="waiting",
    )


def _thinking(
    thinking: rx.Var[str] | str, *, is_writing: rx.Var[bool] | bool, has_text: rx.Var[str] | str
) -> rx.Component:
    is_thinking = rx.Var.create(is_writing) & ~rx.Var.create(has_text).bool()
    return rx.el.details(
        rx.el.summary(
            rx.cond(
                is_thinking,
                rx.fragment(rx.el.span("Thinking"), rx.el.span(class_name="elapsed", aria_hidden="true")),
                rx.el.span("Thoughts"),
            ),
        ),
        rx.el.div(StreamingMarkdown.create(text=thinking, is_writing=is_thinking), class_name="thinking-text"),
        open=is_thinking,
        class_name="thinking",
        data_testid="thinking",
    )


def _error(error: rx.Var[str] | str) -> rx.Component:
    return rx.el.p(error, class_name="message-error", role="alert")
