"""The charts of the analytics page, and the same figures as a table."""

from typing import Any

import reflex as rx

from app.pages.analytics_tables import table
from app.states.analytics import Analytics

COLUMNS = (
    ("answers", "Answered"),
    ("failed", "Failed"),
    ("waited", "First character, p50 (ms)"),
    ("waited_95", "p95 (ms)"),
    ("speed", "Speed, p50 (characters/s)"),
    ("speed_5", "p5 (characters/s)"),
    ("gap", "Longest gap, p50 (ms)"),
    ("gap_95", "p95 (ms)"),
    ("delay", "Our delay, p50 (ms)"),
    ("delay_95", "p95 (ms)"),
)
FIRST, SECOND = "var(--primary)", "var(--muted-foreground)"


def charts() -> rx.Component:
    """Draw how answers were over the time that is shown."""
    return rx.el.div(
        _chart("Answers", _bars(("answers", "Answered", FIRST), ("failed", "Failed", "var(--destructive)"))),
        _chart("First character (ms)", _lines(("waited", "p50", FIRST), ("waited_95", "p95", SECOND))),
        _chart("Speed (characters a second)", _lines(("speed", "p50", FIRST), ("speed_5", "p5", SECOND))),
        _chart("Longest gap (ms)", _lines(("gap", "p50", FIRST), ("gap_95", "p95", SECOND))),
        _chart("Our delay (ms)", _lines(("delay", "p50", FIRST), ("delay_95", "p95", SECOND))),
        _chart(
            "How answers came",
            _bars(
                ("mode_streamed", "Streaming", FIRST),
                ("mode_traditional", "Traditional", SECOND),
                ("mode_simulated", "Simulated", "oklch(0.7 0.12 80)"),
                ("mode_fallback", "Fallback", "var(--destructive)"),
            ),
        ),
        class_name="charts",
    )


def steps_table() -> rx.Component:
    """Show the figures of the charts; a step can be looked at by itself."""

    def row(point: rx.vars.ObjectVar[dict[str, Any]]) -> rx.Component:
        start = rx.el.button(
            point["at"],
            type="button",
            on_click=Analytics.look_closer(point["start"].to(str)),
            class_name="text-button",
            data_testid="look-closer",
        )
        return rx.el.tr(
            rx.el.th(start, scope="row"), *[rx.el.td(point[key]) for key, _ in COLUMNS], key=point["start"].to(str)
        )

    return rx.el.details(
        rx.el.summary("The charts as a table; a click on a time shows it closer"),
        table(["From", *(name for _, name in COLUMNS)], rx.foreach(Analytics.points, row)),
        class_name="chart-table",
        data_testid="steps",
    )


def _chart(title: str, chart: rx.Component) -> rx.Component:
    return rx.el.figure(rx.el.figcaption(title), chart, class_name="chart")


def _bars(*series: tuple[str, str, str]) -> rx.Component:
    bars = [
        rx.recharts.bar(data_key=key, name=name, fill=color, stack_id="all", is_animation_active=False)
        for key, name, color in series
    ]
    return rx.recharts.bar_chart(*bars, *_around(), data=Analytics.points, width="100%", height=180)


def _lines(*series: tuple[str, str, str]) -> rx.Component:
    lines = [
        rx.recharts.line(
            data_key=key, name=name, stroke=color, stroke_width=2, connect_nulls=True, is_animation_active=False,
            dot={"fill": color, "stroke": color, "r": 2},
        )
        for key, name, color in series
    ]  # fmt: skip
    return rx.recharts.line_chart(*lines, *_around(), data=Analytics.points, width="100%", height=180)


def _around() -> list[rx.Component]:
    return [
        rx.recharts.x_axis(data_key="at", tick_line=False, stroke="var(--muted-foreground)"),
        rx.recharts.y_axis(
            width=44, allow_decimals=False, tick_line=False, axis_line=False, stroke="var(--muted-foreground)"
        ),
        rx.recharts.graphing_tooltip(),
    ]
