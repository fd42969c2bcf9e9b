"""What the analytics page shows: figures of a stretch of time, and how the instance does now."""

import asyncio
from contextlib import suppress
from datetime import UTC, datetime
from typing import Any

import reflex as rx

from app import runtime
from app.monitoring.prices import Price
from app.monitoring.report import LAST, Stretch, between, last, one_step
from app.persistence.errors import DatabaseError
from app.services.analytics import Analysis
from app.states.analytics_views import (
    AnswerLine,
    CardView,
    CountLine,
    FailureLine,
    ModelLine,
    PriceLine,
    answer_line,
    cards,
    failure_lines,
    interruptions,
    model_line,
    modes,
    point,
    price_line,
    said_health,
    said_stretch,
    uses,
)
from app.states.tab_memory import Remembered
from app.states.tabs import is_connected

LOOK_SECONDS = 3.0
LOOKS_A_REPORT = 5
MOST_USD = 100_000
LONGEST_MODEL_CHARS = 300
MOST_STEPS_IN = 8
ALL_MODELS = ""
ADDRESS = "/analytics"
NO_DAYS = "Choose two days, the first not after the last, at most ten years apart."


class Analytics(rx.State):
    """`period` names a stretch in `LAST`, or is empty for the days from `first` to `until`.

    `closer` says in words which step of it is shown by itself, and `steps` when each of those on the way there begins.
    `model` is a `provider/model`, a `provider/`, or empty
    for all. `start` and `end` are what is shown, for exports.
    """

    period: str = "day"
    first: str = ""
    until: str = ""
    closer: str = ""
    steps: str = ""
    start: str = ""
    end: str = ""
    model: str = ALL_MODELS
    choices: list[str] = []
    is_loaded: bool = False
    is_empty: bool = False
    note: str = ""
    trouble: str = ""
    price_trouble: str = ""
    cards: list[CardView] = []
    points: list[dict[str, Any]] = []
    models: list[ModelLine] = []
    interruptions: list[CountLine] = []
    modes: list[CountLine] = []
    uses: list[CountLine] = []
    prices: list[PriceLine] = []
    failures: list[FailureLine] = []
    slowest: list[AnswerLine] = []
    newest: list[AnswerLine] = []
    writing: int = 0
    following: int = 0
    recent: str = ""
    storage: str = ""
    is_in_trouble: bool = False

    _watcher: int = 0
    _steps_in: list[Stretch] = []

    @rx.event
    async def choose(self, period: str):
        """Show the stretch of a name."""
        self.period, self._steps_in = period if period in LAST else "day", []
        self.first = self.until = ""
        await self._load()

    @rx.event
    async def choose_days(self, form: dict[str, str]):
        """Show the days from one to another."""
        first, until = form.get("first", ""), form.get("until", "")
        try:
            _days(first, until)
        except ValueError:
            self.trouble = NO_DAYS
            return
        self.first, self.until = first, until
        self.period, self._steps_in = "", []
        await self._load()

    @rx.event
    async def choose_model(self, model: str):
        """Show the answers of one model, of one provider, or all."""
        self.model = model if model in self.choices else ALL_MODELS
        await self._load()

    @rx.event
    async def look_closer(self, start: str):
        """Show one step of what is shown, in steps of its own."""
        if len(self._steps_in) < MOST_STEPS_IN:
            try:
                self._step_in(start)
            except ValueError:
                return  # it is not shown any more
            await self._load()

    @rx.event
    async def step_back(self):
        """Show again what this step was one of."""
        self._steps_in = self._steps_in[:-1]
        await self._load()

    @rx.event
    async def resolve(self, fingerprint: str, is_resolved: bool):
        """Mark failures as dealt with, or not."""
        try:
            await runtime.current().analytics.resolve(fingerprint, is_resolved=is_resolved)
        except DatabaseError as error:
            self.trouble = error.sentence
            return
        await self._load()

    @rx.event
    async def set_price(self, form: dict[str, str]):
        """Say what a model costs from now on; two empty fields say that nobody knows."""
        repository = runtime.current().usage.repository
        try:
            price = _price(form.get("input", ""), form.get("output", ""))
            await repository.set_price(form.get("model", "")[:LONGEST_MODEL_CHARS], price)
        except ValueError:
            self.price_trouble = "A price is a number of dollars for a million tokens, such as 3 or 0.25."
            return
        except DatabaseError as error:
            self.price_trouble = error.sentence
            return
        self.price_trouble = ""
        await self._load()

    @rx.event(background=True)
    async def watch(self):
        """Keep what is shown up to date until the tab goes to another page or away."""
        async with self:
            self._watcher += 1
            watcher = self._watcher
            token = self.router.session.client_token
            await self._load()
            await self._look()
        looks = 0
        while is_connected(token):
            await asyncio.sleep(LOOK_SECONDS)
            looks += 1
            async with self:
                if self._watcher != watcher or not self.router.url.path.startswith(ADDRESS):
                    return
                await self._look()
                if looks % LOOKS_A_REPORT == 0:
                    await self._load()

    async def _look(self) -> None:
        services = runtime.current()
        health = await services.analytics.health()
        self.writing, self.following = len(services.manager.running), services.frame_clock.followers
        self.is_in_trouble = health.recent_answers is None or bool(services.manager.unsaved)
        self.recent, self.storage = said_health(health, is_saved=not services.manager.unsaved)

    async def _load(self) -> None:
        try:
            stretch = self._stretch()
            analysis = await runtime.current().analytics.of(stretch, self.model)
        except ValueError:
            self.trouble = NO_DAYS
            return
        except DatabaseError as error:
            self.trouble = error.sentence
            return
        self.trouble, self.is_loaded = "", True
        self._show(analysis)

    def _step_in(self, start: str) -> None:
        """Take a step of what is shown; raises `ValueError` when there is none."""
        self._steps_in = [*self._steps_in, one_step(datetime.fromisoformat(start), self._stretch())]

    def _stretch(self) -> Stretch:
        if self._steps_in:
            return self._steps_in[-1]
        if self.period:
            return last(self.period, datetime.now(UTC))
        return _days(self.first, self.until)

    def _show(self, analysis: Analysis) -> None:
        report = analysis.report
        whole, stretch = report.whole, report.stretch
        self.start, self.end = stretch.start.isoformat(), stretch.end.isoformat()
        self.closer = said_stretch(stretch) if self._steps_in else ""
        self.steps = " ".join(step.start.isoformat() for step in self._steps_in)
        self.is_empty = not whole.counts["answers"]
        self.note = (
            f"Few answers ({whole.counts['answers']}): percentiles of so few say little." if report.is_small else ""
        )
        names = [name for name, _ in report.models]
        providers = sorted({name.partition("/")[0] + "/" for name in names})
        self.choices = [*(providers if len(providers) > 1 else ()), *names]
        if self.model and self.model not in self.choices:
            self.choices = [*self.choices, self.model]  # it had no answer in this time
        self.cards = list(cards(analysis))
        self.points = [point(moment, tally, stretch) for moment, tally in report.steps]
        self.models = [model_line(name, tally) for name, tally in report.models]
        self.interruptions, self.modes, self.uses = interruptions(whole), modes(whole), uses(analysis.uses)
        self.failures = failure_lines(analysis)
        self.slowest = [answer_line(one) for one in analysis.slowest]
        self.newest = [answer_line(one) for one in analysis.newest]
        self.prices = [price_line(name, analysis.prices.get(name)) for name in names]


async def open_again(analytics: Analytics, remembered: Remembered) -> None:
    """Show what the page has shown."""
    if remembered.period in LAST or remembered.first:
        analytics.period = remembered.period if remembered.period in LAST else ""
        analytics.first, analytics.until = remembered.first, remembered.until
        analytics.model = remembered.shown_model
        with suppress(ValueError):
            for start in remembered.steps.split()[:MOST_STEPS_IN]:
                analytics._step_in(start)
    await analytics._load()
    await analytics._look()


def _days(first: str, until: str) -> Stretch:
    """Read the days from one to another; raises `ValueError` for what are none."""
    return between(*(datetime.fromisoformat(day).replace(tzinfo=UTC) for day in (first, until)))


def _price(input_usd: str, output_usd: str) -> Price | None:
    if not input_usd.strip() and not output_usd.strip():
        return None
    price = Price(float(input_usd), float(output_usd))
    if not (0 <= price.input_usd <= MOST_USD and 0 <= price.output_usd <= MOST_USD):
        raise ValueError
    return price
