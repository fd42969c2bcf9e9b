"""The composer: one growing field, what answers, and one round button that is Send or Stop."""

import json

import reflex as rx

from components.library import Part

FIELD_ID = "composer"
# Far above any limit worth setting; a longer paste would not fit the socket and be lost without a word.
LONGEST_PASTE_CHARS = 5_000_000


class ModEnter(Part):
    """Sends the form of a field when Enter is pressed together with Ctrl or Cmd."""

    tag = "ModEnter"
    field_id: rx.Var[str]


class Draft(Part):
    """Keeps the unsent text of a field in the browser, under a name, over reloads and restarts."""

    tag = "Draft"
    field_id: rx.Var[str]
    name: rx.Var[str]


def composer(
    *,
    is_writing: rx.Var[bool] | bool,
    on_send: rx.event.EventType[dict[str, str]],
    on_stop: rx.event.EventType[()],
    tools: rx.Component,
    sends_with_mod: rx.Var[bool] | bool = False,
) -> rx.Component:
    """Write and send; Enter sends, Shift+Enter breaks the line, and so does Enter while an answer is written.

    With `sends_with_mod`, Enter always breaks the line, and Ctrl+Enter or Cmd+Enter sends.

    The field empties as it is sent, so that the next keystroke is never lost; a handler that refuses the text gives it
    back with `restore(text)`.
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
            enter_key_submit=~(rx.Var.create(is_writing).bool() | rx.Var.create(sends_with_mod).bool()),
            max_length=LONGEST_PASTE_CHARS,
            class_name="composer-field",
            data_testid="composer",
        ),
        rx.el.div(
            tools,
            rx.cond(is_writing, _stop_button(on_stop), _send_button(sends_with_mod)),
            class_name="composer-bar",
        ),
        rx.cond(sends_with_mod, rx.cond(is_writing, None, ModEnter.create(field_id=FIELD_ID))),
        Draft.create(field_id=FIELD_ID, name="rivulet.draft"),
        on_submit=on_send,
        reset_on_submit=True,
        class_name="composer",
    )


def restore(text: str) -> rx.event.EventSpec:
    """Put a refused text back, before whatever has been typed since."""
    return rx.run_script(
        f"""{{
          const field = document.getElementById({json.dumps(FIELD_ID)});
          field.value = {json.dumps(text)} + (field.value ? "\\n" + field.value : "");
          field.dispatchEvent(new Event("input", {{ bubbles: true }}));
          field.focus();
        }}"""
    )


def focus() -> rx.event.EventSpec:
    """Put the keyboard into the field."""
    return rx.set_focus(FIELD_ID)


def _send_button(sends_with_mod: rx.Var[bool] | bool) -> rx.Component:
    return rx.el.button(
        rx.icon("arrow-up", size=18, stroke_width=2, aria_hidden="true"),
        type="submit",
        aria_label="Send",
        title=rx.cond(sends_with_mod, "Send (Ctrl+Enter or ⌘+Enter)", "Send (Enter)"),
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
