"""The composer: one growing field, what answers, and round buttons: Send, and Stop while an answer is written."""

import json

import reflex as rx

from components.sending import Sending

FIELD_ID = "composer"
# Far above any limit worth setting; a longer paste would not fit the socket and be lost without a word.
LONGEST_PASTE_CHARS = 5_000_000

_FIELD = f"document.getElementById({json.dumps(FIELD_ID)})"
# Where there is little room, an empty page is read from its beginning, and the field stands at its end.
_FOCUS = f"matchMedia('(hover: hover)').matches && {_FIELD}?.focus({{ preventScroll: true }})"
STOP_ID = "stop"

NEW_CONVERSATION = "new"  # where the form says so, the text is meant for no conversation that there is


def composer(  # noqa: PLR0913 (everything that it shows and does)
    *,
    is_writing: rx.Var[bool] | bool,
    is_paused: rx.Var[bool] | bool,
    is_ready: rx.Var[bool] | bool,
    conversation_id: rx.Var[str] | str,
    gone_id: rx.Var[str] | str,
    answered_key: rx.Var[str] | str,
    on_send: rx.event.EventType[dict[str, str]],
    on_stop: rx.event.EventType[()],
    stop_url: rx.Var[str] | str,
    on_pause: rx.event.EventType[()],
    is_far_behind: rx.Var[bool] | bool,
    on_fast_forward: rx.event.EventType[()],
    tools: rx.Component,
    sends_with_mod: rx.Var[bool] | bool = False,
) -> rx.Component:
    """Write and send; Enter sends, Shift+Enter breaks the line.

    What is sent while an answer is written waits above the field for its end; there it can be changed or dropped (see
    `Sending`). With `sends_with_mod`, and on a touch screen, Enter breaks the line, and Ctrl+Enter or Cmd+Enter sends.

    The field empties as it is sent, so that the next keystroke is never lost; a handler that refuses the text gives it
    back with `restore(text, key)`. `on_send` is given `text`, `key` and the `conversation_id` that it was written for;
    whatever becomes of it, the handler says so by making its key the `answered_key` (see `Sending`), lets it wait with
    `hold(key)`, or gives it back. Stop posts to `stop_url` at once, and calls `on_stop` as soon as the page's other
    events let it.
    """
    sending = Sending.create(
        field_id=FIELD_ID,
        name="rivulet.draft",
        conversation_id=conversation_id,
        gone_id=gone_id,
        answered_key=answered_key,
        is_ready=is_ready,
        is_writing=is_writing,
        sends_with_mod=sends_with_mod,
        on_send=on_send,
    )
    form = rx.el.form(
        rx.el.label("Message", html_for=FIELD_ID, class_name="sr-only"),
        rx.el.textarea(
            id=FIELD_ID,
            name="text",
            placeholder="Ask anything",
            rows="1",
            auto_focus=True,
            auto_complete="off",
            dir="auto",
            max_length=LONGEST_PASTE_CHARS,
            class_name="composer-field",
            data_testid="composer",
        ),
        rx.el.div(
            tools,
            rx.el.div(
                _send_button(is_writing, sends_with_mod),
                rx.cond(
                    is_writing,
                    rx.el.div(
                        rx.cond(is_paused, None, rx.cond(is_far_behind, _fast_forward_button(on_fast_forward))),
                        _pause_button(is_paused, on_pause),
                        _stop_button(on_stop, stop_url),
                        class_name="writing-buttons",
                    ),
                ),
                class_name="composer-buttons",
            ),
            class_name="composer-bar",
        ),
        class_name="composer",
        custom_attrs={"data-writing": is_writing},
    )
    return rx.fragment(sending, form)


def restore(text: str, key: str = "") -> rx.event.EventSpec:
    """Put a refused text back, before whatever has been typed since; nothing changes when it is back already.

    One that was sent with a `key` takes along those that wait behind it.
    """
    return rx.run_script(
        f"""{{
          const field = {_FIELD};
          const text = {json.dumps(text)};
          const refusal = new CustomEvent("refused", {{ cancelable: true, detail: {json.dumps(key)} }});
          if (field.dispatchEvent(refusal) && !field.value.startsWith(text))
            field.value = text + (field.value ? "\\n" + field.value : "");
          field.dispatchEvent(new Event("input", {{ bubbles: true }}));
          field.focus();
        }}"""
    )


def hold(key: str) -> rx.event.EventSpec:
    """Let a text wait for the end of the answer in its chat, which is not the one that is shown; it is sent again."""
    return rx.run_script(f'{_FIELD}.dispatchEvent(new CustomEvent("hold", {{ detail: {json.dumps(key)} }}))')


def focus() -> rx.event.EventSpec:
    """Put the keyboard into the field, except where that would call up one on the screen, over the answer."""
    return rx.run_script(_FOCUS)


def go_to() -> rx.event.EventSpec:
    """Lead who asks for it to the field."""
    return rx.run_script(f"{_FIELD}?.focus()")


def focus_if_lost() -> rx.event.EventSpec:
    """Put the keyboard into the field when what had it is gone, as Stop is at the end of an answer."""
    return rx.run_script(f'{_FIELD}?.dispatchEvent(new Event("lostfocus"))')


def _send_button(is_writing: rx.Var[bool] | bool, sends_with_mod: rx.Var[bool] | bool) -> rx.Component:
    what = rx.cond(is_writing, "Send after this answer", "Send")
    keys = rx.cond(sends_with_mod, "Ctrl+Enter or ⌘+Enter", "Enter")
    return rx.el.button(
        rx.icon("arrow-up", size=18, stroke_width=2, aria_hidden="true"),
        type="submit",
        aria_label=what,
        title=rx.Var.create(f"{what} ({keys})"),
        # It takes Stop's place in its turn: the second half of a double click there does not mean it.
        custom_attrs={"onClick": rx.Var("(event) => event.detail === 2 && event.preventDefault()")},
        class_name="round-button send-button",
        data_testid="send",
    )


def _fast_forward_button(on_fast_forward: rx.event.EventType[()]) -> rx.Component:
    return rx.el.button(
        rx.icon("fast-forward", size=16, stroke_width=1.75, aria_hidden="true"),
        type="button",
        aria_label="Show all that has come",
        title="Show all that has come; then go on at your pace",
        on_click=on_fast_forward,
        class_name="text-button",
        data_testid="fast-forward",
    )


def _pause_button(is_paused: rx.Var[bool] | bool, on_pause: rx.event.EventType[()]) -> rx.Component:
    return rx.el.button(
        rx.cond(
            is_paused,
            rx.fragment(rx.icon("play", size=16, stroke_width=1.75, aria_hidden="true"), rx.el.span("Paused")),
            rx.icon("pause", size=16, stroke_width=1.75, aria_hidden="true"),
        ),
        type="button",
        aria_label="Pause what is shown",
        aria_pressed=is_paused,
        title=rx.cond(is_paused, "Go on showing (Alt+P)", "Pause what is shown (Alt+P); the answer is written on"),
        on_click=on_pause,
        class_name="text-button pause-button",
        data_testid="pause",
    )


def press_stop() -> rx.event.EventSpec:
    """Press Stop, as a key does."""
    return rx.run_script(f"document.getElementById({json.dumps(STOP_ID)})?.click()")


def _stop_button(on_stop: rx.event.EventType[()], stop_url: rx.Var[str] | str) -> rx.Component:
    """Stop at once: a tab's events wait for each other, so the answer is stopped by a request beside them."""
    # Stop takes Send's place: the second half of a double click there does not mean it.
    at_once = rx.Var(
        "(event) => { if (event.detail === 2) return event.stopPropagation(); "
        "event.currentTarget.dataset.stopping = 'true'; "
        "if (event.detail) event.currentTarget.focus(); "  # Safari does not do it: no keyboard would be lost
        f"fetch({rx.Var.create(stop_url)}, {{ method: 'POST' }}).catch(() => {{}}); }}"
    )
    return rx.el.button(
        rx.el.span(class_name="stop-icon", aria_hidden="true"),
        type="button",
        id=STOP_ID,
        aria_label="Stop",
        title="Stop (Esc)",
        on_click=on_stop,
        custom_attrs={"onClickCapture": at_once},
        class_name="round-button",
        data_testid="stop",
    )
