"""The sidebar of the chat page: the conversations, newest first."""

import reflex as rx
from reflex_components_core.react_router import link

from app.states.sidebar import CLOSE_SHEET_ID, Sidebar
from app.states.transcript import Transcript
from app.states.views import ConversationView
from components.icon_button import icon_button
from components.long_list import current_in_view, load_more

# Each conversation where it stands first: its older line further down is left out, and so is what has gone.
ROWS = rx.Var(
    f"((seen) => [...{Sidebar.fresh}, ...{Sidebar.top}, ...{Sidebar.lower}]"
    f".filter(({{ id }}) => !seen.has(id) && seen.add(id)))(new Set({Sidebar.gone}))"
).to(list[ConversationView])


def sidebar() -> rx.Component:
    """List the conversations: a column on a wide screen, a sheet on a phone."""
    return rx.fragment(
        rx.el.div(class_name="sheet-backdrop", on_click=Sidebar.close, aria_hidden="true"),
        rx.el.nav(
            rx.el.div(
                rx.el.a("Rivulet", href="/", on_click=Sidebar.close, class_name="wordmark"),
                icon_button("panel-left-close", "Hide the sidebar", Sidebar.collapse, "hide-sidebar"),
                icon_button("x", "Close the conversations", Sidebar.toggle, "close-sheet", id=CLOSE_SHEET_ID),
                class_name="sidebar-head",
            ),
            rx.el.a(
                rx.icon("square-pen", size=16, stroke_width=1.75, aria_hidden="true"),
                "New chat",
                href="/",
                on_click=Sidebar.close,
                class_name="new-chat",
                data_testid="new-chat",
            ),
            rx.cond(
                ROWS.length() > 0,
                _conversations(),
                rx.cond(
                    Sidebar.is_loaded,
                    rx.el.p("Your conversations will be listed here.", class_name="sidebar-empty"),
                    rx.el.p("Loading…", class_name="sidebar-empty"),
                ),
            ),
            _way("files", "Fragments", "/fragments", "fragments", "settings-link fragments-link"),
            _way("chart-line", "Analytics", "/analytics", "show-analytics"),
            _way("settings", "Settings", "/settings", "settings"),
            aria_label="Conversations",
            class_name="sidebar",
        ),
    )


def _way(icon: str, name: str, address: str, testid: str, class_name: str = "settings-link") -> rx.Component:
    return link(
        rx.icon(icon, size=16, stroke_width=1.75, aria_hidden="true"),
        name,
        to=address,
        on_click=Sidebar.close,
        class_name=class_name,
        data_testid=testid,
    )


def _conversations() -> rx.Component:
    count = ROWS.length()
    return rx.el.ul(
        rx.foreach(ROWS, _conversation_line),
        rx.el.li(
            current_in_view(current=Transcript.id, count=count),
            rx.cond(
                Sidebar.has_more,
                load_more(label="Show more", count=count, on_reach=Sidebar.show_more),
            ),
            key="end",
        ),
        class_name="conversations",
    )


def _conversation_line(conversation: rx.vars.ObjectVar[ConversationView]) -> rx.Component:
    return rx.el.li(
        rx.cond(
            Sidebar.deleting_id == conversation.id,
            _deletion_question(conversation),
            rx.fragment(_conversation_link(conversation), _delete_button(conversation)),
        ),
        key=conversation.id,
    )


def _conversation_link(conversation: rx.vars.ObjectVar[ConversationView]) -> rx.Component:
    return rx.el.a(
        rx.el.span(conversation.title, class_name="conversation-title", dir="auto"),
        rx.cond(
            conversation.is_writing,
            rx.el.span(rx.el.span("being written", class_name="sr-only"), class_name="writing-mark"),
        ),
        href=f"/c/{conversation.id}",
        on_click=Sidebar.close,
        title=conversation.title,
        aria_current=rx.cond(conversation.id == Transcript.id, "page", "false"),
        class_name="conversation",
        data_testid="conversation",
        custom_attrs={"data-conversation-id": conversation.id},
    )


def _delete_button(conversation: rx.vars.ObjectVar[ConversationView]) -> rx.Component:
    return rx.el.button(
        rx.icon("trash-2", size=14, stroke_width=1.75, aria_hidden="true"),
        type="button",
        aria_label=f"Delete “{conversation.title}”",
        title="Delete",
        on_click=Sidebar.ask_delete(conversation.id),
        class_name="conversation-delete",
    )


def _deletion_question(conversation: rx.vars.ObjectVar[ConversationView]) -> rx.Component:
    return rx.el.div(
        rx.el.span("Delete this chat?"),
        rx.el.button("Keep", type="button", on_click=Sidebar.keep, auto_focus=True),
        rx.el.button(
            "Delete",
            type="button",
            on_click=Sidebar.delete(conversation.id),
            title="Its messages and the details of its answers go; counts that name nobody stay in the analytics.",
            class_name="destructive",
        ),
        role="group",
        aria_label=f"Delete “{conversation.title}”?",
        class_name="deletion-question",
    )
