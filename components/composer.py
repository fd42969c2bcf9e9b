"""The composer: one growing field, what answers, and one round button that is Send or Stop."""

import reflex as rx

FIELD_ID = "composer"


def composer(
    *,
    is_writing: rx.Var[bool] | bool,
    on_send: rx.event.EventType[dict[str, str]],
    on_stop: rx.event.EventType[()],
    tools: rx.Component,
) -> rx.Component:
    """Write and send; Enter sends, Shift+Enter breaks the line.

    The field empties as it is sent, so that the next keystroke is never lost; a handler that refuses the text puts it
    back with `rx.set_value(FIELD_ID, text)`.
    """
    return rx.el.form(
        rx.el.label("Message", html_for=FIELD_ID, class_name="sr-only"),
        rx.el.textarea(
            id=FIELD_ID,
            name="text",
            placeholder="Ask anything",
            rows="1",
            auto_focus=True,
            auto_complete="off",
            enter_key_submit=True,
            class_name="composer-field",
            data_testid="composer",
        ),
        rx.el.div(
            tools,
            rx.cond(is_writing, _stop_button(on_stop), _send_button()),
            class_name="composer-bar",
        ),
        on_submit=on_send,
        reset_on_submit=True,
        class_name="composer",
    )


def _send_button() -> rx.Component:
    return rx.el.button(
        rx.icon("arrow-up", size=18, stroke_width=2),
        type="submit",
        aria_label="Send",
        title="Send (Enter)",
        key="send",
        class_name="round-button",
        data_testid="send",
    )


def _stop_button(on_stop: rx.event.EventType[()]) -> rx.Component:
    return rx.el.button(
        rx.el.span(class_name="stop-icon", aria_hidden="true"),
        type="button",
        aria_label="Stop",
        title="Stop (Esc)",
        key="stop",
        on_click=on_stop,
        class_name="round-button",
        data_testid="stop",
    )
