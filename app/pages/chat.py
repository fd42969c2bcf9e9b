"""The chat page: sidebar, transcript, composer.

One page serves `/`, `/c/{conversation_id}`, `/settings` and `/fragments`.
"""

from collections.abc import Iterable
from functools import reduce
from operator import add
from typing import Any

import reflex as rx
from reflex_components_core.core.banner import has_connection_errors

from app.pages.details import details
from app.pages.gallery import gallery
from app.pages.settings import settings
from app.pages.sidebar import ROWS, sidebar
from app.states.details import Details
from app.states.gallery import Gallery
from app.states.keeping import Keeping
from app.states.live_answer import TEXT_NAMES, THINKING_NAMES, LiveAnswer
from app.states.models import Models
from app.states.notices import Notices
from app.states.opening import Opening
from app.states.panel import Panel
from app.states.preferences import Preferred
from app.states.sending import Sending
from app.states.sidebar import SHOW_SHEET_ID, Sidebar
from app.states.tab_memory import NAME as MEMORY_NAME
from app.states.transcript import Transcript
from app.states.views import CardView, MessageView
from app.states.watching import Watching
from components.composer import composer, go_to, press_stop
from components.copy_button import copy_button
from components.end_notice import end_notice
from components.folded import folded
from components.fragment_panel import fragment_panel
from components.frames_shown import frames_shown
from components.hotkey import hotkey
from components.icon_button import icon_button
from components.mode_toggle import mode_toggle
from components.model_picker import model_picker
from components.new_address import new_address
from components.page_report import page_report
from components.sending import connection
from components.streaming_message import folded_details, streaming_message, text_soon
from components.tab_memory import tab_memory
from components.theme import theme_keeper
from components.thinking_picker import thinking_picker
from components.transcript import transcript

# Optional parts keep one page mounted for all addresses: nothing flashes when a new chat gets its own, and an answer is
# written on behind the settings.
ROUTE = "/[[section]]/[[open_id]]"
LONG_ANSWER_SECONDS = 10

SUGGESTIONS = (
    ("Explain", "Explain how a river shapes a valley, in three short paragraphs."),
    ("Code", "Write a Python function that checks whether a word is a palindrome, with two tests."),
    ("Compare", "Compare tea and coffee in a small table."),
    ("Write", "Write a short, warm thank-you note to a colleague."),
)
# What a model of 135 million parameters can do.
SMALL_SUGGESTIONS = (
    ("Ask", "What is the capital of France?"),
    ("Imagine", "Write a short story about a fox who finds a river."),
    ("List", "List five animals that live in a forest."),
    ("Write", "Write a short thank-you note to a friend."),
)

STORAGE_TROUBLE = (
    "Answers cannot be saved just now: see that the disk has room and the database is there. "
    "Rivulet keeps trying; leave the server running."
)


def _joined(names: Iterable[str]) -> Any:
    return reduce(add, (getattr(LiveAnswer, name) for name in names))


LIVE_TEXT = _joined(TEXT_NAMES)
LIVE_THINKING = _joined(THINKING_NAMES)


def page() -> rx.Component:
    """Lay out the whole page."""
    return rx.el.div(
        rx.cond(rx.State.is_hydrated, rx.fragment(rx.el.span(data_testid="app-ready", hidden=True), text_soon())),
        rx.el.button("Go to the composer", type="button", on_click=go_to(), class_name="skip-link"),
        rx.cond(Preferred.is_loaded, theme_keeper(Preferred.theme)),
        frames_shown(frame=LiveAnswer.frame, is_ready=rx.State.is_hydrated),
        new_address(path=LiveAnswer.new_address),
        tab_memory(facts=_beyond_the_address(), is_ready=rx.State.is_hydrated, name=MEMORY_NAME),
        page_report(run_id=LiveAnswer.run_id, has_errors=has_connection_errors),
        sidebar(),
        rx.el.main(
            _top_bar(),
            rx.cond(Transcript.id, _transcript(), _welcome()),
            _foot(),
            class_name=rx.cond(Transcript.id, "main", "main is-empty"),
            custom_attrs={"inert": Sidebar.is_open},
        ),
        _panel(),
        settings(),
        gallery(),
        details(),
        rx.el.div(Notices.announcement, role="status", class_name="sr-only"),
        end_notice(
            is_enabled=Preferred.notify,
            is_writing=LiveAnswer.is_writing,
            after_seconds=LONG_ANSWER_SECONDS,
            title=rx.cond(Transcript.title, Transcript.title, "Rivulet"),
            body=Notices.announcement,
        ),
        rx.cond(
            Sidebar.deleting_id,
            hotkey(keys="Escape", on_press=Sidebar.keep),
            rx.cond(
                Sidebar.is_open,
                hotkey(keys="Escape", on_press=Sidebar.toggle),
                rx.cond(
                    LiveAnswer.is_writing,
                    hotkey(keys="Escape", on_press=press_stop()),
                    rx.cond(Panel.opening, hotkey(keys="Escape", on_press=Panel.close)),
                ),
            ),
        ),
        rx.cond(LiveAnswer.is_writing, hotkey(keys="Alt+KeyP", on_press=LiveAnswer.toggle_pause)),
        class_name="app",
        data_sidebar=rx.cond(Sidebar.is_collapsed, "collapsed", "shown"),
        data_sheet=rx.cond(Sidebar.is_open, "open", "closed"),
        custom_attrs={"data-cursor": Preferred.cursor, "data-motion": Preferred.motion},
    )


def _beyond_the_address() -> dict[str, Any]:
    """Name what the page shows as `Remembered` does."""
    return {
        "conversation_id": Transcript.id,
        "messages": _count(Transcript.older) + _count(Transcript.newer),
        "lines": ROWS.length(),
        "deleting_id": Sidebar.deleting_id,
        "is_sheet_open": Sidebar.is_open,
        "model": Models.key,
        "thinking": Models.thinking,
        "is_chosen": Models.is_chosen,
        "fields_version": Preferred.fields_version,
        "panel": Panel.opening,
        "is_automatic": Panel.is_automatic,
        "is_editing": Panel.is_editing,
        "fragment_id": Panel.fragment_id,
        "number": Panel.number,
        "details": Details.opening,
        "message_id": Details.message_id,
        "gallery": Gallery.opening,
        "gallery_version": Gallery.fields_version,
        "gallery_words": Gallery.words,
        "gallery_lines": _count(Gallery.found),
    }


def _count(shown: Any) -> Any:
    return shown.length()


def title() -> rx.Var[str]:
    """Name the browser's tab: React keeps a page's own title as it is now."""
    conversation = rx.cond(Transcript.title, Transcript.title + " · Rivulet", "Rivulet")
    over_it = rx.cond(Gallery.opening, "Fragments · Rivulet", conversation)
    return rx.cond(Preferred.opening, "Settings · Rivulet", over_it)


def _top_bar() -> rx.Component:
    return rx.el.header(
        connection(
            beat=LiveAnswer.tail + LiveAnswer.thinking_tail + LiveAnswer.waiting_for,
            conversation_id=Transcript.id,
            has_errors=has_connection_errors,
            is_ready=rx.State.is_hydrated,
            is_writing=LiveAnswer.is_writing,
        ),
        rx.cond(
            Watching.is_storage_in_trouble,
            rx.el.p(STORAGE_TROUBLE, role="status", class_name="connection", data_testid="storage-trouble"),
        ),
        icon_button(
            "menu",
            "Show the conversations",
            Sidebar.toggle,
            "show-sheet",
            aria_expanded=Sidebar.is_open,
            id=SHOW_SHEET_ID,
        ),
        icon_button("panel-left-open", "Show the sidebar", Sidebar.collapse, "show-sidebar"),
        rx.cond(Transcript.title, rx.el.h1(Transcript.title, class_name="conversation-heading", dir="auto")),
        rx.cond(
            Transcript.id,
            icon_button(
                "panel-right-open",
                "Fragments of this chat",
                Panel.list_all,
                "show-fragments",
                data_testid="show-fragments",
            ),
        ),
        class_name="top-bar",
    )


def _welcome() -> rx.Component:
    return rx.el.section(
        rx.el.h1("Rivulet", class_name="welcome-name"),
        rx.el.p("Ask, and watch the answer being written.", class_name="welcome-sentence"),
        rx.cond(Models.is_embedded, _suggestions(SMALL_SUGGESTIONS), _suggestions(SUGGESTIONS)),
        rx.cond(Models.is_embedded, _embedded_note()),
        class_name="welcome",
    )


def _suggestions(suggestions: tuple[tuple[str, str], ...]) -> rx.Component:
    return rx.el.ul(
        *[
            rx.el.li(
                rx.el.button(
                    rx.el.span(name, class_name="suggestion-name"),
                    rx.el.span(text, class_name="suggestion-text"),
                    type="button",
                    on_click=Sending.begin(text),
                    class_name="suggestion",
                )
            )
            for name, text in suggestions
        ],
        class_name="suggestions",
    )


def _embedded_note() -> rx.Component:
    """Say what the model inside is, and the two ways to a real one."""
    return rx.el.p(
        Models.name,
        " is the tiny model that comes with Rivulet. It runs on this computer and shows how the page works, but it "
        "often errs. For a real one, start Rivulet with ",
        rx.el.code("ANTHROPIC_API_KEY"),
        " set, or start Ollama on this computer or name a server in ",
        rx.el.code("OPENAI_BASE_URL"),
        ".",
        class_name="welcome-note",
        data_testid="embedded-note",
    )


def _transcript() -> rx.Component:
    return transcript(
        rx.cond(
            Transcript.has_earlier,
            rx.el.button(
                "Show earlier messages",
                type="button",
                on_click=Opening.show_earlier,
                class_name="quiet-button earlier",
            ),
        ),
        rx.cond(Transcript.has_earlier, _missing_on_paper()),
        rx.foreach(Transcript.older + Transcript.newer, _message),
        scroll_signal=Transcript.scroll_signal,
        follows=Preferred.follow_scrolling,
        is_writing=LiveAnswer.is_writing,
        place=Transcript.id,
    )


def _panel() -> rx.Component:
    return fragment_panel(
        opening=Panel.opening,
        is_automatic=Panel.is_automatic,
        conversation_id=Panel.conversation_id,
        fragment_id=Panel.fragment_id,
        name=Panel.name,
        language=Panel.language,
        kind=Panel.kind,
        number=Panel.number,
        is_editing=Panel.is_editing,
        versions=Panel.versions,
        lines=Panel.lines,
        trouble=Panel.trouble,
        saves=Panel.saves,
        on_edit=Panel.edit,
        on_ask=Sending.ask,
        on_close=Panel.close,
        on_list=Panel.list_all,
        on_open=lambda fragment_id: Panel.open(fragment_id, 0),
        on_rename=Panel.rename,
        on_restore=Panel.restore,
        on_save=Panel.save,
        on_step=Panel.step,
    )


def _missing_on_paper() -> rx.Component:
    return rx.el.p(
        "The messages before these are not printed: choose “Show earlier messages” first, or export the conversation.",
        class_name="print-only",
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
        waited_ms=rx.cond(is_live, LiveAnswer.waited_ms, 0),
        thinking_ms=rx.cond(is_live, LiveAnswer.thinking_ms, 0),
        thought=rx.cond(is_live, LiveAnswer.thought, message.thought),
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


def _foot() -> rx.Component:
    return rx.el.footer(
        rx.cond(
            Notices.notice,
            rx.el.div(
                rx.el.span(Notices.notice),
                icon_button("x", "Dismiss", Notices.dismiss, "dismiss"),
                role="alert",
                class_name="notice",
                data_testid="notice",
            ),
        ),
        rx.cond(Models.trouble, rx.el.p(Models.trouble, class_name="trouble")),
        composer(
            is_writing=LiveAnswer.is_writing,
            is_paused=LiveAnswer.is_paused,
            is_ready=rx.State.is_hydrated,
            conversation_id=Transcript.id,
            gone_id=Opening.gone_id,
            answered_key=Sending.answered_key,
            on_send=Sending.send,
            on_stop=LiveAnswer.stop,
            stop_url="/api/v1/runs/" + LiveAnswer.run_id + "/interrupt",
            on_pause=LiveAnswer.toggle_pause,
            is_far_behind=LiveAnswer.is_far_behind,
            on_fast_forward=LiveAnswer.fast_forward,
            tools=rx.el.div(
                model_picker(value=Models.key, models=Models.offered, on_pick=Models.choose),
                rx.cond(Models.can_think, thinking_picker(value=Models.thinking, on_pick=Models.choose_thinking)),
                mode_toggle(is_streaming=Preferred.mode == "streaming", on_toggle=Preferred.toggle_mode),
                class_name="composer-tools",
            ),
            sends_with_mod=Preferred.send_key == "mod_enter",
        ),
        class_name="foot",
    )
