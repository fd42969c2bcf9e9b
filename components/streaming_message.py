"""StreamingMessage: one message of a conversation, rendered as markdown while it is being written."""

from typing import Any

import reflex as rx

from components.elapsed import elapsed
from components.library import Part, script, text_and_number


class StreamingMarkdown(Part):
    """Markdown that may grow at its end; unfinished syntax never shows raw and only the last block renders again.

    With a `message_id`, `fragments` says which of its code blocks are fragments, by their `place` in the text:
    `on_open_fragment` is given the id of one and the number of its version, `on_keep_fragment` the message's id and the
    place of a block that is to become one.
    """

    library = script("late_markdown.jsx")
    tag = "Markdown"
    text: rx.Var[str]
    is_writing: rx.Var[bool]
    highlights_open_code: rx.Var[bool]
    message_id: rx.Var[str]
    fragments: rx.Var[list[Any]]
    on_keep_fragment: rx.EventHandler[text_and_number]
    on_open_fragment: rx.EventHandler[text_and_number]


class TextSoon(Part):
    """Fetches what shows text, for a page that is ready and has none yet; shows nothing."""

    library = script("late_markdown.jsx")
    tag = "TextSoon"


text_soon = TextSoon.create


def streaming_message(  # noqa: PLR0913 (all that shows on a message)
    text: rx.Var[str] | str,
    *,
    is_writing: rx.Var[bool] | bool = False,
    thinking: rx.Var[str] | str = "",
    thinks_again: rx.Var[bool] | bool = False,
    waiting_for: rx.Var[str] | str = "",
    waited_ms: rx.Var[int] | int = -1,
    thinking_ms: rx.Var[int] | int = -1,
    thought: rx.Var[str] | str = "",
    note: rx.Var[str] | str = "",
    note_rest: rx.Var[str] | str = "",
    error: rx.Var[str] | str = "",
    error_details: rx.Var[str] | str = "",
    keeps_thinking_open: rx.Var[bool] | bool = False,
    highlights_open_code: rx.Var[bool] | bool = True,
    fragments: dict[str, Any] | None = None,
    **attributes: Any,
) -> rx.Component:
    """Show an assistant's message.

    `waiting_for` is the quiet line shown, while the message is written, for as long as it says something, with the
    seconds, counted on from `waited_ms` (-1 for none). `thinking` is the model's reasoning: a low box that follows its
    end and counts on from `thinking_ms`, and once text has come folded under what `thought` says, unless
    `keeps_thinking_open`, or while the model `thinks_again` after it. `note` and `error` are the line under one that
    was stopped or failed. `note_rest` is beside it on hover and when it is unfolded, `error_details` only then. Without
    `highlights_open_code` code is highlighted when its block is complete. `fragments` holds what `StreamingMarkdown`
    takes for fragments. `attributes` go to the root element.
    """
    is_thinking = rx.cond(is_writing, ~rx.Var.create(text).bool() | rx.Var.create(thinks_again).bool(), False)
    is_waiting = rx.cond(is_writing, rx.Var.create(waiting_for).bool(), False)
    return rx.el.article(
        rx.cond(
            thinking,
            _thinking(thinking, is_thinking, rx.cond(keeps_thinking_open, True, is_thinking), thinking_ms, thought),
            None,
        ),
        rx.cond(
            text,
            rx.el.div(
                StreamingMarkdown.create(
                    text=text, is_writing=is_writing, highlights_open_code=highlights_open_code, **(fragments or {})
                ),
                data_testid="message-text",
                dir="auto",
            ),
            None,
        ),
        rx.cond(is_waiting, _waiting(waiting_for, waited_ms), None),
        rx.cond(error, _error(error, error_details), None),
        rx.cond(note, _note(note, note_rest), None),
        **{"class_name": "streaming-message", "aria_busy": is_writing, **attributes},
    )


def _waiting(waiting_for: rx.Var[str] | str, waited_ms: rx.Var[int] | int) -> rx.Component:
    return rx.el.p(
        rx.el.span(waiting_for),
        elapsed(age_ms=waited_ms),
        class_name="waiting",
        data_testid="waiting",
    )


def _thinking(
    thinking: rx.Var[str] | str,
    is_thinking: rx.Var[bool],
    is_open: rx.Var[bool],
    thinking_ms: rx.Var[int] | int,
    thought: rx.Var[str] | str,
) -> rx.Component:
    return rx.el.details(
        rx.el.summary(
            rx.icon("chevron-right", size=16, stroke_width=1.75, aria_hidden="true"),
            rx.cond(
                is_thinking,
                rx.el.span("Thinking", elapsed(age_ms=thinking_ms)),
                rx.el.span(rx.cond(thought, thought, "Thoughts")),
            ),
        ),
        rx.el.div(StreamingMarkdown.create(text=thinking, is_writing=is_thinking), class_name="thinking-text"),
        open=is_open,
        class_name="thinking",
        data_testid="thinking",
        custom_attrs={"data-writing": is_thinking},
    )


def _error(error: rx.Var[str] | str, details: rx.Var[str] | str) -> rx.Component:
    return rx.el.div(
        rx.el.p(error, data_testid="message-error"),
        rx.cond(details, folded_details(details), None),
        class_name="message-error",
    )


def folded_details(details: rx.Var[str] | str) -> rx.Component:
    """Fold a server's own words about a failure."""
    return rx.el.details(
        rx.el.summary("Details"),
        rx.el.p(details, dir="auto"),
        class_name="error-details",
        data_testid="error-details",
    )


def _note(note: rx.Var[str] | str, rest: rx.Var[str] | str) -> rx.Component:
    """Say in a word how an answer ended; the rest shows beside it on hover and on focus, and under it when unfolded."""
    return rx.cond(
        rest,
        rx.el.details(
            rx.el.summary(note, rx.el.span(" · ", rest, class_name="note-rest")),
            rx.el.p(rest),
            class_name="message-note",
            data_testid="receipt",
        ),
        rx.el.p(note, class_name="message-note"),
    )
