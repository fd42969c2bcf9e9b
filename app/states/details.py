"""How one answer was made: its figures, why it was slow, and the pace at which it came."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

import reflex as rx

from app import runtime
from app.monitoring.facts import EndedAnswer
from app.monitoring.measures import BY_NAME, Measure, Unit
from app.monitoring.waiting import until_first_character
from app.persistence.errors import DatabaseError
from app.persistence.messages import StoredMessage
from app.states.tab_memory import Remembered

SHOWN = (
    "first_character_ms",
    "characters_per_second",
    "duration_ms",
    "longest_gap_ms",
    "stalls",
    "characters",
    "input_tokens",
    "output_tokens",
    "cost_usd",
)
MODES = {
    "streamed": "as it was written",
    "simulated": "written out from a whole answer, because the model cannot stream",
    "traditional": "in one piece, as preferred",
    "fallback": "in one piece, because streaming failed",
}
STEPS = {"retry": "asked again", "whole_answer": "asked for the whole answer", "other_model": "asked another model"}
UNKNOWN = "unknown"
ADDRESSED = "details"  # in the query of an address: the answer whose details are to be seen


@dataclass(frozen=True)
class FigureView:
    """A figure with its name and, on hover, its meaning."""

    name: str
    value: str
    about: str


@dataclass(frozen=True)
class PartView:
    """A part of a wait: its share of the whole in percent."""

    name: str
    value: str
    percent: float


class Details(rx.State):
    """The details of the answer that was asked about; `opening` counts the times, 0 is closed.

    `timeline` holds `[ms, characters]` points of `text`, `step` milliseconds apart or more; it `is_forgotten` some time
    after the answer.
    """

    opening: int = 0
    message_id: str = ""
    model: str = ""
    mode: str = ""
    figures: list[FigureView] = []
    parts: list[PartView] = []
    waited: str = ""
    attempts: list[str] = []
    timeline: list[list[int]] = []
    step: int = 0
    text: str = ""
    is_forgotten: bool = False
    trouble: str = ""

    _openings: int = 0

    @rx.event
    async def show(self, message_id: str):
        """Read and show how an answer was made."""
        services = runtime.current()
        services.usage.used(services.local_user_id, "look at the details")
        await self._read(message_id)
        self._openings += 1
        self.opening = self._openings

    async def _read(self, message_id: str) -> None:
        services = runtime.current()
        try:
            await services.usage.count()
            message = await services.chat.message(services.local_user_id, message_id)
            runs = await services.usage.repository.of_message(services.local_user_id, message_id)
        except DatabaseError as error:
            self.trouble = error.sentence
            message, runs = None, ()
        self._clear()
        self.message_id = message_id
        if message:
            self._take(message, runs)

    @rx.event
    def close(self):
        """Let go of them; an address that has led to them leads to the conversation alone."""
        leave(self)
        url = self.router.url
        return rx.redirect(url.path, replace=True) if ADDRESSED in url.query_parameters else None

    def _clear(self) -> None:
        self.figures, self.parts, self.attempts, self.timeline = [], [], [], []
        self.is_forgotten = False
        self.model = self.mode = self.waited = self.text = self.trouble = ""

    def _take(
        self, message: StoredMessage, runs: Iterable[tuple[EndedAnswer, tuple[Mapping[str, float], ...]]]
    ) -> None:
        facts = message.metadata
        self.model = f"{facts.get('provider', '')}/{facts.get('model', '')}".strip("/") or str(
            facts.get("asked_model", "")
        )
        self.mode = MODES.get(str(facts.get("road")), "")
        ended = {answer.run.run_id: (answer, views) for answer, views in runs}
        answer, views = ended.get(str(facts.get("run_id")), (None, ()))
        known = answer.facts.measures if answer else facts
        is_estimate = bool(facts.get("is_estimate"))
        self.figures = [_figure(BY_NAME[name], known.get(name), is_estimate=is_estimate) for name in SHOWN]
        parts = until_first_character(facts, views)
        whole = sum(part.ms for part in parts)
        self.waited = spoken(BY_NAME["first_character_ms"], whole) if parts else ""
        self.parts = [
            PartView(part.name, spoken(BY_NAME["first_character_ms"], part.ms), round(part.ms * 100 / whole, 1))
            for part in parts
        ]
        self.attempts = [_attempt(one) for one in facts.get("attempts") or ()]
        self.timeline = [list(point) for point in facts.get("timeline") or ()]
        self.step = int(facts.get("timeline_step_ms") or 0)
        self.text = message.text if self.timeline else ""
        self.is_forgotten = bool(facts.get("started_at")) and "timeline" not in facts


def leave(details: Details) -> None:
    """Close them."""
    if details.opening:
        details.opening = 0
        details._clear()


async def open_again(details: Details, remembered: Remembered) -> None:
    """Show the details that were open; the page notices nothing of it where they are open still."""
    if remembered.details and remembered.message_id:
        await details._read(remembered.message_id)
        details.opening = details._openings = remembered.details


def spoken(measure: Measure, value: float) -> str:
    """Say a figure with its unit, as people read it."""
    match measure.unit:
        case Unit.MILLISECONDS:
            return f"{value:,.0f} ms" if value < 1000 else f"{value / 1000:,.1f} s"
        case Unit.DOLLARS:
            return f"${value:,.4f}" if value < 1 else f"${value:,.2f}"
        case Unit.CHARACTERS_PER_SECOND:
            return f"{value:,.0f} characters/s"
        case Unit.TIMES:
            return f"{value:,.0f}"
        case _:
            return f"{value:,.0f} {measure.unit.value}"


def _figure(measure: Measure, value: Any, *, is_estimate: bool) -> FigureView:
    is_about = is_estimate and measure.name == "output_tokens"
    said = UNKNOWN if value is None else f"{'about ' if is_about else ''}{spoken(measure, value)}"
    return FigureView(measure.title, said, measure.about)


def _attempt(attempt: Mapping[str, Any]) -> str:
    took = f"{attempt.get('ms', 0) / 1000:,.1f} s"
    error = attempt.get("error")
    if not error:
        return f"{attempt.get('model')}: answered, {took}."
    step = STEPS.get(str(attempt.get("then")), "nothing more was tried")
    wait_ms = attempt.get("wait_ms")
    pause = f" after a pause of {wait_ms / 1000:,.1f} s" if wait_ms else ""
    return f"{attempt.get('model')}: failed after {took} ({str(error).replace('_', ' ')}), {step}{pause}."
