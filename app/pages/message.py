"""A message of the chat: a question, or an answer with what can be done with it."""

from collections.abc import Iterable
from functools import reduce
from operator import add
from typing import Any

import reflex as rx

from app.states.details import Details
from app.states.keeping import Keeping
from app.states.live_answer import TEXT_NAMES, THINKING_NAMES, LiveAnswer
from app.states.opening import Opening
from app.states.panel import Panel
from app.states.preferences import Preferred
from app.states.sending import Sending
from app.states.transcript import Transcript
from app.states.views import CardView, MessageView
from components.copy_button import copy_button
from components.folded import folded
from components.icon_button import icon_button
from components.streaming_message import folded_details, streaming_message


def _joined(names: Iterable[str]) -> Any:
    return reduce(add, (getattr(LiveAnswer, name) for name in names))


LIVE_TEXT = _joined(TEXT_NAMES)
LIVE_THINKING = _joined(THINKING_NAMES)


def shown_message(message: rx.vars.ObjectVar[MessageView]) -> rx.Component:
    """Show one message; the answer that is being written as far as it has come."""
    is_live = message.id == LiveAnswer.message_id
    return message_row(
        message=message,
        text=rx.cond(is_live, LIVE_TEXT, message.text),
        thinking=rx.cond(is_live, LIVE_THINKING, message.thinking),
        status=rx.cond(is_live, "streaming", message.status),
        is_writing=is_live,
        waiting_for=rx.cond(is_live, LiveAnswer.waiting_for, ""),
        waited_ms=rx.cond(is_live, LiveAnswer.waited_ms, 0),
        thinking_ms=rx.cond(is_live, LiveAnswer.thinking_ms, 0),
        thought=rx.cond(is_live, LiveAnswer.thought, message.thought),
        thinks_again=is_live & LiveAnswer.is_thinking,
        is_last=message.id == Transcript.last_id,
        keeps_thinking_open=Preferred.thinking == "shown",
        highlights_open_code=Preferred.highlight_while_streaming,
        fragments=rx.cond(is_live, LiveAnswer.fragments, message.fragments),
        key=message.key,
    )


@rx.memo
def message_row(  # noqa: PLR0913, PLR0917 (every value that a row depends on, so that it renders for no other)
    message: rx.vars.ObjectVar[MessageView],
    text: rx.Var[str],
    thinking: rx.Var[str],
    status: rx.Var[str],
    is_writing: rx.Var[bool],
    waiting_for: rx.Var[str],
    waited_ms: rx.Var[int],
    thinking_ms: rx.Var[int],
    thought: rx.Var[str],
    thinks_again: rx.Var[bool],
    is_last: rx.Var[bool],
    keeps_thinking_open: rx.Var[bool],
    highlights_open_code: rx.Var[bool],
    fragments: rx.Var[list[CardView]],
    rest: rx.RestProp,
) -> rx.Component:
    """Show one message; a row renders again only when something of its own has changed."""
    return rx.el.div(
        rx.cond(
            message.role == "user",
            rx.el.div(folded(text=text, data_testid="message-text"), class_name="bubble"),
            rx.fragment(
                streaming_message(
                    text,
                    is_writing=is_writing,
                    thinking=thinking,
                    waiting_for=waiting_for,
                    waited_ms=waited_ms,
                    thinking_ms=thinking_ms,
                    thought=thought,
                    thinks_again=thinks_again,
                    note=message.note,
                    note_rest=message.note_rest,
                    error=message.error,
                    error_details=message.error_details,
                    keeps_thinking_open=keeps_thinking_open,
                    highlights_open_code=highlights_open_code,
                    fragments={
                        "message_id": message.id,
                        "fragments": fragments,
                        "on_keep_fragment": Keeping.keep,
                        "on_open_fragment": Panel.open,
                    },
                    key=message.id,
                ),
                rx.cond(message.kept_back, rx.cond(is_writing, None, _kept_back(message))),
                rx.cond(message.attempt, rx.cond(is_writing, None, _attempt(message))),
                rx.cond(is_writing, None, _answer_actions(message, text, is_last=is_last)),
            ),
        ),
        rest,
        class_name="message",
        data_testid="message",
        custom_attrs={"data-role": message.role, "data-status": status, "data-message-id": message.id},
    )


def _kept_back(message: rx.vars.ObjectVar[MessageView]) -> rx.Component:
    return rx.el.div(
        rx.el.p(message.kept_back),
        _text_button("chevrons-down", "Show", Opening.show_rest, "show-rest"),
        class_name="attempt kept-back",
    )


def _attempt(message: rx.vars.ObjectVar[MessageView]) -> rx.Component:
    """Tell of a new attempt that came to less than the answer above."""
    return rx.el.div(
        rx.el.div(rx.el.p(message.attempt), rx.cond(message.attempt_details, folded_details(message.attempt_details))),
        _text_button("rotate-cw", "Retry", Sending.answer_again(message.id), "retry"),
        class_name="attempt",
        data_testid="attempt",
    )


def _versions(message: rx.vars.ObjectVar[MessageView]) -> rx.Component:
    """Walk between the answers to one question; a button at its end stays, so that it does not lose the keyboard."""
    return rx.el.div(
        _version_button("chevron-left", "Previous version", message.previous_id, "previous-version"),
        rx.el.span(f"{message.place}/{message.version_count}", class_name="version-place"),
        _version_button("chevron-right", "Next version", message.next_id, "next-version"),
        role="group",
        aria_label="Versions of this answer",
        class_name="versions",
        data_testid="versions",
    )


def _version_button(icon: str, label: str, message_id: rx.Var[str], name: str) -> rx.Component:
    return icon_button(
        icon,
        label,
        Opening.show_version(message_id),
        name,
        aria_disabled=message_id == "",
        data_testid=name,
    )


def _answer_actions(
    message: rx.vars.ObjectVar[MessageView], text: rx.Var[str], *, is_last: rx.Var[bool]
) -> rx.Component:
    again = Sending.answer_again(message.id)
    go_on = Sending.continue_answer(message.id)
    return rx.el.div(
        rx.cond(message.version_count != 1, _versions(message)),
        rx.cond(text, copy_button(text, "Copy the answer", "copy-answer")),
        icon_button(
            "activity",
            "How this answer came",
            Details.show(message.id),
            "show-details",
            data_testid="show-details",
        ),
        rx.cond(
            is_last,
            rx.fragment(
                rx.cond(message.can_continue, _text_button("chevrons-right", "Continue", go_on, "continue")),
                rx.cond(
                    message.status == "failed",
                    _text_button("rotate-cw", "Retry", again, "retry"),
                    icon_button("rotate-cw", "Answer again", again, "answer-again", data_testid="regenerate"),
                ),
            ),
        ),
        class_name="message-actions",
    )


def _text_button(icon: str, label: str, on_click: rx.event.EventType[()], name: str) -> rx.Component:
    return rx.el.button(
        rx.icon(icon, size=14, stroke_width=1.75, aria_hidden="true"),
        label,
        type="button",
        on_click=on_click,
        class_name="text-button",
        data_testid=name,
    )
