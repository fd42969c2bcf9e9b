"""All fragments: a dialog over the chat page at an address of its own."""

import reflex as rx

from app.states.gallery import Gallery
from app.states.views import FragmentView
from components.dialog import close_button, leave_address, modal_dialog
from components.lost_note import lost_note

SEARCH_MS = 150  # after the last key


def gallery() -> rx.Component:
    """Let the user find any fragment by its name, and open it beside its chat."""
    return modal_dialog(
        rx.el.header(
            rx.el.h2("Fragments", id="gallery-title"),
            rx.el.input(
                type="search",
                placeholder="Search by name or language",
                aria_label="Search the fragments",
                on_change=Gallery.search.debounce(SEARCH_MS),
                default_value=Gallery.words,
                key=rx.Var.create(Gallery.fields_version).to_string(),
                class_name="gallery-search",
                data_testid="gallery-search",
            ),
            close_button("gallery", "Close the fragments"),
            class_name="settings-head",
        ),
        rx.el.p(Gallery.trouble, role="alert", class_name="settings-trouble"),
        lost_note(meanwhile="What you search or open now comes when the connection is back."),
        rx.el.div(
            rx.cond(
                Gallery.found,
                rx.el.ul(rx.foreach(Gallery.found, _line)),
                rx.el.p(_nothing(), class_name="fragment-waiting", role="status"),
            ),
            rx.cond(
                Gallery.has_more,
                rx.el.button("Show more", type="button", on_click=Gallery.show_more, class_name="quiet-button"),
            ),
            class_name="fragment-list",
        ),
        opening=Gallery.opening,
        on_close=leave_address("/fragments"),
        id="gallery",
        class_name="settings",
        aria_labelledby="gallery-title",
        data_testid="gallery",
    )


def _line(fragment: rx.vars.ObjectVar[FragmentView]) -> rx.Component:
    return rx.el.li(
        rx.el.button(
            rx.icon("file-text", size=16, stroke_width=1.75, aria_hidden="true"),
            rx.el.span(fragment.name, class_name="fragment-line-name", dir="auto"),
            rx.el.span(fragment.about, class_name="fragment-about"),
            type="button",
            on_click=Gallery.open_fragment(fragment.id, fragment.conversation_id),
            data_testid="gallery-line",
        ),
        key=fragment.id,
    )


def _nothing() -> rx.Var[str]:
    return rx.cond(
        Gallery.words,
        "No fragment is named so.",
        "There are no fragments yet. Ask for a page, a drawing or a program, and it stands here.",
    )
