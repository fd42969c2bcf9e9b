"""What the analytics page tells of a stretch of time, beside the stretch before."""

from bisect import bisect_right
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import NamedTuple

from app.monitoring.periods import DAY, HOUR, WEEK, Period, ceiling, floor
from app.monitoring.tally import Tally

FEW_ANSWERS = 20  # below, a percentile says little
MINUTE = timedelta(minutes=1)
_YEARS = 3660 * DAY


class Stretch(NamedTuple):
    """A stretch of time from `start` on and before `end`, shown in steps of `step`; steps begin at multiples of it."""

    start: datetime
    end: datetime
    step: timedelta

    @property
    def before(self) -> "Stretch":
        """The stretch of the same length before it."""
        return Stretch(self.start - (self.end - self.start), self.start, self.step)

    @property
    def steps(self) -> tuple[datetime, ...]:
        """Where its steps begin; the first one and the last may be shorter than the others."""
        first = floor(self.start, self.step)
        count = (ceiling(self.end, self.step) - first) // self.step
        return (self.start, *(first + place * self.step for place in range(1, count)))

    @property
    def pieces(self) -> tuple[tuple[Period, datetime, datetime], ...]:
        """The fewest hours, days and weeks that make it up; days around whole weeks."""
        if self.step < DAY:
            return ((Period.HOUR, self.start, self.end),)
        first, last = ceiling(self.start, WEEK), floor(self.end, WEEK)
        if self.step < WEEK or first >= last:
            return ((Period.DAY, self.start, self.end),)
        pieces = (Period.DAY, self.start, first), (Period.WEEK, first, last), (Period.DAY, last, self.end)
        return tuple(piece for piece in pieces if piece[1] < piece[2])


LAST = {
    "hour": (HOUR, 5 * MINUTE),
    "day": (DAY, HOUR),
    "week": (7 * DAY, 6 * HOUR),
    "month": (30 * DAY, DAY),
    "quarter": (13 * WEEK, WEEK),
    "year": (52 * WEEK, WEEK),
}


def last(name: str, now: datetime) -> Stretch:
    """Give the stretch of a name in `LAST` that ends with the step that `now` is in; raises `KeyError`."""
    length, step = LAST[name]
    end = floor(now, step) + step
    return Stretch(end - length, end, step)


def between(first: datetime, until: datetime) -> Stretch:
    """Give the stretch of whole days from `first` to `until`, that day included; raises `ValueError` for none."""
    return within(floor(first, DAY), floor(until, DAY) + DAY)


def within(start: datetime, end: datetime) -> Stretch:
    """Give the stretch between two moments; raises `ValueError` for none and for more than ten years.

    It begins and ends with whole minutes, hours or days, whatever its answers are counted by.
    """
    if not timedelta(0) < end - start <= _YEARS:
        raise ValueError("The start must be before the end, and ten years are the most.")
    step = _step_for(end - start)
    unit = max(unit for unit in (MINUTE, HOUR, DAY) if unit <= step)
    return Stretch(floor(start, unit), ceiling(end, unit), step)


def one_step(start: datetime, stretch: Stretch) -> Stretch:
    """Give the step of a stretch that begins at `start`, in steps of its own; raises `ValueError` for none."""
    if start not in stretch.steps:
        raise ValueError("There is no such step.")
    end = min(floor(start, stretch.step) + stretch.step, stretch.end)
    return within(start, end)


def _step_for(length: timedelta) -> timedelta:
    for longest, step in (
        (5 * MINUTE, MINUTE), (HOUR, 5 * MINUTE), (2 * DAY, HOUR), (10 * DAY, 6 * HOUR), (62 * DAY, DAY),
        (730 * DAY, WEEK),
    ):  # fmt: skip
        if length <= longest:
            return step
    return 4 * WEEK


class Part(NamedTuple):
    """What the answers of one model had in common from `start` on."""

    start: datetime
    provider: str
    model: str
    tally: Tally

    @property
    def name(self) -> str:
        """The model with its provider."""
        return f"{self.provider}/{self.model}"


@dataclass(frozen=True, slots=True)
class Report:
    """The answers of a stretch, those of the one before, and the first by step; `models` have all."""

    stretch: Stretch
    whole: Tally
    before: Tally
    steps: tuple[tuple[datetime, Tally], ...]
    models: tuple[tuple[str, Tally], ...]
    models_before: tuple[tuple[str, Tally], ...]

    @property
    def is_small(self) -> bool:
        """Say whether there are so few answers that their percentiles say little."""
        return 0 < self.whole.counts["answers"] < FEW_ANSWERS


def report_on(stretch: Stretch, parts: Iterable[Part], before: Iterable[Part], model: str = "") -> Report:
    """Add the parts up, of one `provider/model`, of one `provider/` or of all; a step without answers is empty."""
    starts = stretch.steps
    steps = [Tally() for _ in starts]
    models: dict[str, Tally] = {}
    for part in parts:
        if stretch.start <= part.start < stretch.end:
            models.setdefault(part.name, Tally()).add(part.tally)
            if is_of(part.name, model):
                steps[bisect_right(starts, part.start) - 1].add(part.tally)
    models_before: dict[str, Tally] = {}
    for part in before:
        models_before.setdefault(part.name, Tally()).add(part.tally)
    return Report(
        stretch,
        Tally.of(steps),
        Tally.of(tally for name, tally in models_before.items() if is_of(name, model)),
        tuple(zip(starts, steps, strict=True)),
        _by_use(models.items()),
        _by_use(models_before.items()),
    )


def is_of(name: str, model: str) -> bool:
    """Say whether a `provider/model` is the one that is asked for, or of the `provider/`; all are of an empty one."""
    return name == model or not model or (model.endswith("/") and name.startswith(model))


def _by_use(models: Iterable[tuple[str, Tally]]) -> tuple[tuple[str, Tally], ...]:
    return tuple(sorted(models, key=lambda item: (-item[1].counts["answers"], item[0])))


def change(now: float | None, before: float | None) -> float | None:
    """Give by how much a figure has changed, as a share of what it was; None where that cannot be said."""
    return None if now is None or not before else (now - before) / before
