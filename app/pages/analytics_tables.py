"""The lists and tables of the analytics page."""

from collections.abc import Sequence
from typing import Any

import reflex as rx

from app.states.analytics import Analytics
from app.states.analytics_views import AnswerLine, CountLine, FailureLine, ModelLine, PriceLine


def table(heads: Sequence[str | rx.Component], rows: rx.Component) -> rx.Component:
    """Lay out rows under their heads."""
    return rx.el.div(
        rx.el.table(
            rx.el.thead(rx.el.tr(*[rx.el.th(one, scope="col") if isinstance(one, str) else one for one in heads])),
            rx.el.tbody(rows),
        ),
        class_name="report-table",
        tab_index=0,
    )


def _part(title: str, *content: rx.Component, name: str) -> rx.Component:
    return rx.el.section(rx.el.h2(title), *content, class_name="analytics-part", data_testid=name)


def models() -> rx.Component:
    """List the models with their answers."""

    def row(line: rx.vars.ObjectVar[ModelLine]) -> rx.Component:
        values = (line.model, line.answers, line.failed, line.waited, line.waited_95, line.speed, line.cost)
        return rx.el.tr(*[rx.el.td(value) for value in values], key=line.model)

    heads = ["Model", "Answers", "Failed", "First character, p50", "p95", "Speed, p50", "Cost"]
    return _part("Models", table(heads, rx.foreach(Analytics.models, row)), name="models")


def counts() -> rx.Component:
    """Say how answers came, how they were interrupted, and what people did."""
    return rx.el.div(
        _counts("How answers came", Analytics.modes, "modes"),
        _counts("Interruptions", Analytics.interruptions, "interruptions"),
        _counts("What people did", Analytics.uses, "uses"),
        class_name="columns",
    )


def _counts(title: str, lines: rx.Var[list[CountLine]] | list[CountLine], name: str) -> rx.Component:
    def line(one: rx.vars.ObjectVar[CountLine]) -> rx.Component:
        return rx.el.li(rx.el.span(one.name), rx.el.span(one.count, class_name="wait-value"), key=one.name)

    return _part(
        title,
        rx.cond(lines, rx.el.ul(rx.foreach(lines, line), class_name="counts"), rx.el.p("None.", class_name="none")),
        name=name,
    )


def failures() -> rx.Component:
    """List what failed, and let it be marked as dealt with."""

    def line(one: rx.vars.ObjectVar[FailureLine]) -> rx.Component:
        return rx.el.li(
            rx.el.div(
                rx.el.b(one.name),
                rx.el.span(" × ", one.count, " · ", one.seen),
                rx.cond(one.trend, rx.el.span(" · ", one.trend)),
                rx.cond(one.reopened, rx.el.span(" · ", one.reopened)),
            ),
            rx.el.p(one.said, dir="auto"),
            rx.el.div(
                rx.cond(one.address, rx.el.a("The newest", href=one.address, class_name="text-button")),
                rx.el.button(
                    rx.cond(one.is_resolved, "Open again", "Resolved"),
                    type="button",
                    on_click=Analytics.resolve(one.fingerprint, ~one.is_resolved),
                    class_name="text-button",
                    data_testid="resolve",
                ),
            ),
            key=one.fingerprint,
            data_testid="failure",
            custom_attrs={"data-resolved": one.is_resolved},
        )

    return _part("Failures", rx.el.ul(rx.foreach(Analytics.failures, line), class_name="failures"), name="failures")


def answers() -> rx.Component:
    """List the slowest answers and the newest ones, each with the way to its details."""

    def row(line: rx.vars.ObjectVar[AnswerLine]) -> rx.Component:
        link = rx.el.a(line.when, href=line.address)
        words = [rx.el.td(cell, class_name="words") for cell in (link, line.model, line.ended)]
        return rx.el.tr(*words, rx.el.td(line.waited), key=line.address)

    words = [rx.el.th(head, scope="col", class_name="words") for head in ("Ended", "Model", "How")]
    heads = [*words, "First character"]
    return rx.fragment(
        _part("Slowest answers", table(heads, rx.foreach(Analytics.slowest, row)), name="slowest"),
        _part("Newest answers", table(heads, rx.foreach(Analytics.newest, row)), name="newest"),
    )


def prices() -> rx.Component:
    """Let prices be said."""

    def field(name: str, label: str, value: Any) -> rx.Component:
        return rx.el.label(
            label,
            rx.el.input(name=name, default_value=value, input_mode="decimal", placeholder="unknown", key=value, size=8),
        )

    def line(one: rx.vars.ObjectVar[PriceLine]) -> rx.Component:
        return rx.el.li(
            rx.el.form(
                rx.el.b(one.model),
                rx.el.input(type="hidden", name="model", value=one.model, read_only=True),
                field("input", "Prompt $ ", one.input_usd),
                field("output", "Answer $ ", one.output_usd),
                rx.el.button("Save", type="submit", class_name="text-button", data_testid="save-price"),
                on_submit=Analytics.set_price,
                class_name="days",
            ),
            key=one.model,
            data_testid="price",
        )

    return _part(
        "Prices of a million tokens",
        rx.el.p("Answers from now on are counted with them. Without a price a cost is unknown.", class_name="none"),
        rx.cond(Analytics.price_trouble, rx.el.p(Analytics.price_trouble, role="alert", class_name="settings-trouble")),
        rx.el.ul(rx.foreach(Analytics.prices, line), class_name="counts"),
        name="prices",
    )
