"""The chat page: sidebar, transcript, composer. One page serves `/` and `/c/{conversation_id}`."""

import reflex as rx
from reflex_components_core.core.banner import has_connection_errors

from app.pages.sidebar import sidebar
from app.states.conversation import Conversation
from app.states.live_answer import LiveAnswer
from app.states.models import Models
from app.states.sidebar import Sidebar
from app.states.views import MessageView, ModelView
from components.composer import composer, focus
from components.hotkey import hotkey
from components.icon_button import icon_button
from components.model_picker import model_picker
from components.page_title import page_title
from components.streaming_message import streaming_message
from components.transcript import transcript

# Optional parts keep one page mounted for both addresses, so that nothing flashes when a new chat gets its address.
ROUTE = "/[[section]]/[[open_id]]"

SUGGESTIONS = (
    ("Explain", "Explain how a river shapes a valley, in three short paragraphs."),
    ("Code", "Write a Python function that checks whether a word is a palindrome, with two tests."),
    ("Compare", "Compare tea and coffee in a small table."),
    ("Write", "Write a short, warm thank-you note to a colleague."),
)

STORAGE_TROUBLE = (
    "Answers cannot be saved just now: see that the disk has room and the database is there. "
    "Rivulet keeps trying; leave the server running."
)

LIVE_TEXT = LiveAnswer.settled + LiveAnswer.chapter + LiveAnswer.page + LiveAnswer.tail
LIVE_THINKING = (
    LiveAnswer.thinking_settled + LiveAnswer.thinking_chapter + LiveAnswer.thinking_page + LiveAnswer.thinking_tail
)


def page() -> rx.Component:
    """Lay out the whole page."""
    return rx.el.div(
        rx.cond(rx.State.is_hydrated, rx.el.span(data_testid="app-ready", hidden=True)),
        rx.el.button("Go to the composer", type="button", on_click=focus(), class_name="skip-link"),
        page_title(title=rx.cond(Conversation.title, Conversation.title + " · Rivulet", "Rivulet")),
        sidebar(),
        rx.el.main(
            _top_bar(),
            rx.cond(Conversation.id, _transcript(), _welcome()),
            _foot(),
            class_name="main",
        ),
        rx.el.div(Conversation.announcement, role="status", class_name="sr-only"),
        rx.cond(
            Sidebar.deleting_id,
            hotkey(name="Escape", on_press=Sidebar.keep),
            rx.cond(LiveAnswer.is_writing, hotkey(name="Escape", on_press=LiveAnswer.stop)),
        ),
        class_name="app",
        data_sidebar=rx.cond(Sidebar.is_collapsed, "collapsed", "shown"),
        data_sheet=rx.cond(Sidebar.is_open, "open", "closed"),
    )


def _top_bar() -> rx.Component:
    return rx.el.header(
        rx.cond(
            has_connection_errors,
            rx.el.p("Connection lost. Reconnecting…", role="status", class_name="connection", data_testid="connection"),
            rx.cond(
                Sidebar.is_storage_in_trouble,
                rx.el.p(STORAGE_TROUBLE, role="status", class_name="connection", data_testid="storage-trouble"),
            ),
        ),
        icon_button("menu", "Show the conversations", Sidebar.toggle, "show-sheet", aria_expanded=Sidebar.is_open),
        icon_button("panel-left-open", "Show the sidebar", Sidebar.collapse, "show-sidebar"),
        rx.cond(Conversation.title, rx.el.h1(Conversation.title, class_name="conversation-heading", dir="auto")),
        class_name="top-bar",
    )


def _welcome() -> rx.Component:
    return rx.el.section(
        rx.el.h1("Rivulet", class_name="welcome-name"),
        rx.el.p("Ask, and watch the answer being written.", class_name="welcome-sentence"),
        rx.el.ul(
            *[
                rx.el.li(
                    rx.el.button(
                        rx.el.span(name, class_name="suggestion-name"),
                        rx.el.span(text, class_name="suggestion-text"),
                        type="button",
                        on_click=Conversation.begin(text),
                        class_name="suggestion",
                    )
                )
                for name, text in SUGGESTIONS
            ],
            class_name="suggestions",
        ),
        class_name="welcome",
    )


def _transcript() -> rx.Component:
    return transcript(
        rx.cond(
            Conversation.has_earlier,
            rx.el.button(
                "Show earlier messages", type="button", on_click=Conversation.show_earlier, class_name="quiet-button"
            ),
        ),
        rx.foreach(Conversation.older + Conversation.newer, _message),
        scroll_signal=Conversation.scroll_signal,
    )


def _message(message: rx.vars.ObjectVar[MessageView]) -> rx.Component:
    is_live = message.id == LiveAnswer.message_id
    return message_row(
        message=message,
        text=rx.cond(is_live, LIVE_TEXT, message.text),
        thinking=rx.cond(is_live, LIVE_THINKING, message.thinking),
        status=rx.cond(is_live, "streaming", message.status),
        is_writing=is_live,
        waiting_for=rx.cond(is_live, LiveAnswer.waiting_for, ""),
        waiting_since_ms=rx.cond(is_live, LiveAnswer.waiting_since_ms, 0),
        is_last=message.id == Conversation.last_id,
        key=message.id,
    )


@rx.memo
def message_row(  # noqa: PLR0913, PLR0917 (every value that a row depends on, so that it renders for no other)
    message: rx.vars.ObjectVar[MessageView],
    text: rx.Var[str],
    thinking: rx.Var[str],
    status: rx.Var[str],
    is_writing: rx.Var[bool],
    waiting_for: rx.Var[str],
    waiting_since_ms: rx.Var[int],
    is_last: rx.Var[bool],
    rest: rx.RestProp,
) -> rx.Component:
    """Show one message; a row renders again only when something of its own has changed."""
    return rx.el.div(
        rx.cond(
            message.role == "user",
            rx.el.div(rx.el.div(text, data_testid="message-text", dir="auto"), class_name="bubble"),
            rx.fragment(
                streaming_message(
                    text,
                    is_writing=is_writing,
                    thinking=thinking,
                    waiting_for=waiting_for,
                    waiting_since_ms=waiting_since_ms,
                    note=message.note,
                    error=message.error,
                ),
                rx.cond(is_writing, None, _answer_actions(message, text, is_last=is_last)),
            ),
        ),
        rest,
        class_name="message",
        data_testid="message",
        custom_attrs={"data-role": message.role, "data-status": status, "data-message-id": message.id},
    )


def _answer_actions(
    message: rx.vars.ObjectVar[MessageView], text: rx.Var[str], *, is_last: rx.Var[bool]
) -> rx.Component:
    again = Conversation.answer_again(message.id)
    return rx.el.div(
        rx.cond(text, icon_button("copy", "Copy the answer", rx.set_clipboard(text), "copy-answer")),
        rx.cond(
            is_last,
            rx.cond(
                message.status == "failed",
                rx.el.button(
                    rx.icon("rotate-cw", size=14, stroke_width=1.75, aria_hidden="true"),
                    "Retry",
                    type="button",
                    on_click=again,
                    class_name="text-button",
                    data_testid="retry",
                ),
                icon_button("rotate-cw", "Answer again", again, "answer-again", data_testid="regenerate"),
            ),
        ),
        class_name="message-actions",
    )


def _foot() -> rx.Component:
    return rx.el.footer(
        rx.cond(
            Conversation.notice,
            rx.el.div(
                rx.el.span(Conversation.notice),
                icon_button("x", "Dismiss", Conversation.dismiss, "dismiss"),
                role="alert",
                class_name="notice",
                data_testid="notice",
            ),
        ),
        rx.cond(Models.trouble, rx.el.p(Models.trouble, class_name="trouble")),
        composer(
            is_writing=LiveAnswer.is_writing,
            is_ready=rx.State.is_hydrated,
            conversation_id=Conversation.id,
            answered_key=Conversation.answered_key,
            on_send=Conversation.send,
            on_stop=LiveAnswer.stop,
            tools=model_picker(key=Models.key, options=Models.offered, option=_model_option, on_change=Models.choose),
        ),
        class_name="foot",
    )


def _model_option(model: rx.vars.ObjectVar[ModelView]) -> rx.Component:
    return rx.el.option(model.label, value=model.key)
