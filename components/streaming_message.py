"""StreamingMessage: one message of a conversation, rendered as markdown while it is being written."""

from typing import Any

import reflex as rx

from components.library import MarkdownPart, Part


class StreamingMarkdown(MarkdownPart):
    """Markdown that may grow at its end; unfinished syntax never shows raw and only the last block renders again."""

    tag = "Markdown"
    text: rx.Var[str]
    is_writing: rx.Var[bool]
    highlights_open_code: rx.Var[bool]


class Elapsed(Part):
    """Whole seconds since a time, counted in the browser; nothing in the first second."""

    tag = "Elapsed"
    since_ms: rx.Var[int]


def streaming_message(  # noqa: PLR0913 (all that shows on a message)
    text: rx.Var[str] | str,
    *,
    is_writing: rx.Var[bool] | bool = False,
    thinking: rx.Var[str] | str = "",
    waiting_for: rx.Var[str] | str = "",
    waiting_since_ms: rx.Var[int] | int = 0,
    note: rx.Var[str] | str = "",
    error: rx.Var[str] | str = "",
    said: rx.Var[str] | str = "",
    keeps_thinking_open: rx.Var[bool] | bool = False,
    highlights_open_code: rx.Var[bool] | bool = True,
    **attributes: Any,
) -> rx.Component:
    """Show an assistant's message.

    `waiting_for` is the quiet line shown, while the message is written, for as long as it says something, with the
    seconds since `waiting_since_ms` (milliseconds since the epoch, 0 for none). `thinking` is the model's reasoning,
    folded once text has come, unless `keeps_thinking_open`; `note` and `error` are the line under an answer that was
    stopped or failed, `said` what its server said of that, folded. Without `highlights_open_code` code is highlighted
    when its block is complete. `attributes` go to the root element.
    """
    is_thinking = rx.cond(is_writing, ~rx.Var.create(text).bool(), False)
    is_waiting = rx.cond(is_writing, rx.Var.create(waiting_for).bool(), False)
    return rx.el.article(
        rx.cond(
            thinking,
            _thinking(thinking, is_thinking, rx.cond(keeps_thinking_open, True, is_thinking), waiting_since_ms),
            None,
        ),
        rx.cond(
            text,
            rx.el.div(
                StreamingMarkdown.create(text=text, is_writing=is_writing, highlights_open_code=highlights_open_code),
                data_testid="message-text",
                dir="auto",
            ),
            None,
        ),
        rx.cond(is_waiting, _waiting(waiting_for, waiting_since_ms), None),
        rx.cond(error, _error(error), None),
        rx.cond(said, _said(said), None),
        rx.cond(note, rx.el.p(note, class_name="message-note"), None),
        **{"class_name": "streaming-message", "aria_busy": is_writing, **attributes},
    )


def _waiting(waiting_for: rx.Var[str] | str, since_ms: rx.Var[int] | int) -> rx.Component:
    return rx.el.p(
        rx.el.span(waiting_for),
        Elapsed.create(since_ms=since_ms),
        class_name="waiting",
        data_testid="waiting",
    )


def _thinking(
    thinking: rx.Var[str] | str, is_thinking: rx.Var[bool], is_open: rx.Var[bool], since_ms: rx.Var[int] | int
) -> rx.Component:
    return rx.el.details(
        rx.el.summary(
            rx.cond(
                is_thinking,
                rx.fragment(rx.el.span("Thinking"), Elapsed.create(since_ms=since_ms)),
                rx.el.span("Thoughts"),
            ),
        ),
        rx.el.div(StreamingMarkdown.create(text=thinking, is_writing=is_thinking), class_name="thinking-text"),
        open=is_open,
        class_name="thinking",
        data_testid="thinking",
    )


def _error(error: rx.Var[str] | str) -> rx.Component:
    return rx.el.p(error, class_name="message-error", data_testid="message-error")


def _said(words: rx.Var[str] | str) -> rx.Component:
    return rx.el.details(
        rx.el.summary("What the server said"),
        rx.el.p(words, dir="auto"),
        class_name="message-said",
        data_testid="error-details",
    )
