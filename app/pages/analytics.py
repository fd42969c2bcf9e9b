"""The analytics page: how answers come, fail and are used, in charts and in tables."""

from typing import Any

import reflex as rx
from reflex_components_core.core.banner import has_connection_errors

from app.pages import analytics_charts, analytics_tables
from app.states.analytics import Analytics
from app.states.analytics_views import CardView
from app.states.preferences import Preferred
from app.states.tab_memory import NAME as MEMORY_NAME
from components.look import look
from components.sending import connection
from components.tab_memory import tab_memory
from components.theme import theme_keeper

RANGES = (
    ("hour", "Hour"),
    ("day", "Day"),
    ("week", "Week"),
    ("month", "Month"),
    ("quarter", "3 months"),
    ("year", "Year"),
)
EXPORTS = (
    ("steps", "over time"),
    ("models", "by model"),
    ("modes", "how answers came"),
    ("interruptions", "interruptions"),
    ("uses", "what people did"),
    ("failures", "failures"),
    ("answers", "every answer"),
    ("prices", "prices"),
)
TITLE = "Analytics · Rivulet"


def page() -> rx.Component:
    """Lay out the page."""
    return rx.el.div(
        rx.cond(rx.State.is_hydrated, rx.el.span(data_testid="app-ready", hidden=True)),
        look(),
        tab_memory(facts=_beyond_the_address(), is_ready=rx.State.is_hydrated, name=MEMORY_NAME),
        rx.cond(Preferred.is_loaded, theme_keeper(Preferred.theme)),
        rx.el.header(
            rx.el.div(
                rx.el.a("Rivulet", href="/", class_name="analytics-home"),
                rx.el.h1("Analytics"),
                class_name="analytics-head",
            ),
            connection(
                beat=Analytics.recent,
                conversation_id="",
                has_errors=has_connection_errors,
                is_ready=rx.State.is_hydrated,
                is_writing=False,
                meanwhile="These figures are from before.",
            ),
            class_name="analytics-top",
        ),
        rx.el.main(
            _health(),
            _choice(),
            rx.cond(Analytics.closer, _closer()),
            rx.cond(Analytics.trouble, rx.el.p(Analytics.trouble, role="alert", class_name="settings-trouble")),
            rx.cond(Analytics.is_loaded, rx.cond(Analytics.is_empty, _nothing(), _report())),
            rx.cond(Analytics.failures, analytics_tables.failures()),
            rx.cond(Analytics.is_loaded & ~Analytics.is_empty, rx.fragment(analytics_tables.prices(), _exports())),
            class_name="analytics-body",
        ),
        class_name="analytics",
        data_testid="analytics",
    )


def _beyond_the_address() -> dict[str, Any]:
    """Name what the page shows as `Remembered` does."""
    return {
        "period": Analytics.period,
        "first": Analytics.first,
        "until": Analytics.until,
        "steps": Analytics.steps,
        "shown_model": Analytics.model,
    }


def _health() -> rx.Component:
    return rx.el.section(
        rx.el.span(class_name="health-light", aria_hidden="true"),
        rx.el.span(rx.el.b(Analytics.writing), " answers being written for ", Analytics.following, " pages"),
        rx.el.span(Analytics.recent),
        rx.el.span(Analytics.storage),
        aria_label="Health",
        class_name="health",
        data_testid="health",
        custom_attrs={"data-trouble": Analytics.is_in_trouble},
    )


def _day(name: str, value: rx.Var[str] | str) -> rx.Component:
    return rx.el.input(type="date", name=name, default_value=value, key=value, required=True)


def _choice() -> rx.Component:
    return rx.el.div(
        rx.el.div(
            *[
                rx.el.button(
                    label,
                    type="button",
                    on_click=Analytics.choose(name),
                    aria_pressed=Analytics.period == name,
                    data_testid=f"range-{name}",
                )
                for name, label in RANGES
            ],
            role="group",
            aria_label="Time",
            class_name="ranges",
        ),
        rx.el.form(
            rx.el.label("From ", _day("first", Analytics.first)),
            rx.el.label("to ", _day("until", Analytics.until)),
            rx.el.button("Show", type="submit", class_name="text-button"),
            on_submit=Analytics.choose_days,
            class_name="days",
        ),
        rx.el.label(
            "Model ",
            rx.el.select(
                rx.el.option("All", value=""),
                rx.foreach(Analytics.choices, lambda name: rx.el.option(name, value=name)),
                value=Analytics.model,
                on_change=Analytics.choose_model,
                data_testid="model-shown",
            ),
            class_name="days",
        ),
        class_name="analytics-choice",
    )


def _closer() -> rx.Component:
    return rx.el.p(
        Analytics.closer,
        rx.el.button(
            "Back", type="button", on_click=Analytics.step_back, class_name="text-button", data_testid="step-back"
        ),
        class_name="analytics-note closer",
        data_testid="closer",
    )


def _nothing() -> rx.Component:
    return rx.el.p("No answer ended in this time.", class_name="analytics-empty", data_testid="analytics-empty")


def _report() -> rx.Component:
    return rx.fragment(
        rx.cond(Analytics.note, rx.el.p(Analytics.note, class_name="analytics-note", data_testid="analytics-note")),
        rx.el.dl(rx.foreach(Analytics.cards, _card), class_name="cards", data_testid="cards"),
        analytics_charts.charts(),
        analytics_charts.steps_table(),
        analytics_tables.models(),
        analytics_tables.counts(),
        analytics_tables.answers(),
    )


def _card(card: rx.vars.ObjectVar[CardView]) -> rx.Component:
    return rx.el.div(
        rx.el.dt(card.name),
        rx.el.dd(card.value, data_unknown=card.value == "unknown"),
        rx.cond(card.change, rx.el.dd(card.change, class_name="card-change")),
        title=card.about,
        key=card.name,
    )


def _exports() -> rx.Component:
    """Offer what is shown, as it is at that moment."""
    start, end, model = map(_escaped, (Analytics.start, Analytics.end, Analytics.model))
    shown = rx.Var.create(f"start={start}&end={end}")
    time: Any = rx.cond(Analytics.closer, shown, rx.cond(Analytics.period, "range=" + Analytics.period, shown))
    query: Any = "?" + time + "&model=" + model
    links = [
        rx.el.a(
            title, href=rx.Var.create(f"/api/v1/analytics/{name}.csv") + query, download=True, class_name="text-button",
            data_testid=f"export-{name}", custom_attrs={"reloadDocument": True},  # it is no page of ours
        )
        for name, title in EXPORTS
    ]  # fmt: skip
    return rx.el.section(
        rx.el.h2("As CSV"),
        rx.el.div(*links),
        rx.el.p("Days and weeks begin at midnight UTC, weeks on a Monday.", class_name="none"),
        class_name="analytics-part",
        data_testid="exports",
    )


def _escaped(text: rx.Var[str] | str) -> rx.Var[str]:
    return rx.Var(f"encodeURIComponent({text})").to(str)
