"""The chat page: sidebar, transcript, composer.

One page serves `/`, `/c/{conversation_id}`, `/settings` and `/fragments`.
"""

from typing import Any

import reflex as rx
from reflex_components_core.core.banner import has_connection_errors

from app.pages.details import details
from app.pages.gallery import gallery
from app.pages.message import shown_message
from app.pages.settings import settings
from app.pages.sidebar import ROWS, sidebar
from app.pages.welcome import welcome
from app.states.details import Details
from app.states.gallery import Gallery
from app.states.live_answer import LiveAnswer
from app.states.models import Models
from app.states.notices import Notices
from app.states.opening import Opening
from app.states.panel import Panel
from app.states.preferences import Preferred
from app.states.sending import Sending
from app.states.sidebar import SHOW_SHEET_ID, Sidebar
from app.states.tab_memory import NAME as MEMORY_NAME
from app.states.transcript import Transcript
from app.states.watching import Watching
from components.composer import composer, go_to, press_stop
from components.end_notice import end_notice
from components.fragment_panel import fragment_panel
from components.frames_shown import frames_shown
from components.hotkey import hotkey
from components.icon_button import icon_button
from components.mode_toggle import mode_toggle
from components.model_picker import model_picker
from components.new_address import new_address
from components.page_report import page_report
from components.sending import connection
from components.streaming_message import text_soon
from components.tab_memory import tab_memory
from components.theme import theme_keeper
from components.thinking_picker import thinking_picker
from components.transcript import transcript

# Optional parts keep one page mounted for all addresses: nothing flashes when a new chat gets its own, and an answer is
# written on behind the settings.
ROUTE = "/[[section]]/[[open_id]]"
LONG_ANSWER_SECONDS = 10

STORAGE_TROUBLE = (
    "Answers cannot be saved just now: see that the disk has room and the database is there. "
    "Rivulet keeps trying; leave the server running."
)


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
            rx.cond(Transcript.id, _transcript(), welcome()),
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
            meanwhile="What you send now waits here and goes out when the connection is back.",
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
        rx.foreach(Transcript.older + Transcript.newer, shown_message),
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
