"""How one answer was made: a dialog over the chat."""

import reflex as rx

from app.states.details import Details, FigureView, PartView
from components.answer_replay import answer_replay
from components.dialog import close_button, modal_dialog


def details() -> rx.Component:
    """Show the figures of an answer, why it was slow, and the answer as it came."""
    return modal_dialog(
        rx.el.header(
            rx.el.h2("How this answer came", id="details-title"),
            rx.el.p(Details.model, rx.cond(Details.mode, ", " + Details.mode, "")),
            close_button("details", "Close the details"),
            class_name="settings-head",
        ),
        rx.el.div(
            rx.cond(Details.trouble, rx.el.p(Details.trouble, role="alert", class_name="settings-trouble")),
            rx.el.dl(rx.foreach(Details.figures, _figure), class_name="figures", data_testid="figures"),
            rx.cond(Details.parts, _waiting()),
            rx.cond(
                Details.attempts,
                rx.el.section(
                    rx.el.h3("Requests"),
                    rx.el.ol(rx.foreach(Details.attempts, rx.el.li), data_testid="attempts"),
                    class_name="details-part",
                ),
            ),
            rx.cond(
                Details.text,
                rx.el.section(
                    rx.el.h3("Replay"),
                    answer_replay(text=Details.text, timeline=Details.timeline, step=Details.step),
                    class_name="details-part",
                ),
            ),
            rx.cond(
                Details.is_forgotten,
                rx.el.p("Its requests and its replay are not kept any more.", class_name="details-part"),
            ),
            class_name="details-body",
        ),
        opening=Details.opening,
        on_close=Details.close,
        id="details",
        class_name="settings details",
        aria_labelledby="details-title",
        data_testid="details",
    )


def _figure(figure: rx.vars.ObjectVar[FigureView]) -> rx.Component:
    return rx.el.div(
        rx.el.dt(figure.name),
        rx.el.dd(figure.value, data_unknown=figure.value == "unknown"),
        title=figure.about,
        key=figure.name,
    )


def _waiting() -> rx.Component:
    return rx.el.section(
        rx.el.h3("Why was this slow? ", rx.el.small(Details.waited, " until the first character was seen")),
        rx.el.ul(rx.foreach(Details.parts, _part), class_name="wait-parts", data_testid="wait-parts"),
        class_name="details-part",
    )


def _part(part: rx.vars.ObjectVar[PartView]) -> rx.Component:
    return rx.el.li(
        rx.el.span(part.name),
        rx.el.span(part.value, class_name="wait-value"),
        rx.el.span(
            rx.el.span(style={"width": part.percent.to_string() + "%"}), class_name="wait-bar", aria_hidden="true"
        ),
        key=part.name,
    )
