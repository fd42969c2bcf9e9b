"""What has happened, read for the analytics page and its exports."""

import asyncio
import shutil
from collections.abc import AsyncGenerator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

from app.monitoring.facts import EndedAnswer
from app.monitoring.periods import HOUR, ceiling, floor
from app.monitoring.prices import Price
from app.monitoring.report import Part, Report, Stretch, report_on
from app.persistence.errors import DatabaseError
from app.persistence.usage import FailureGroup, UsageRepository
from app.services.usage import Usage

SLOWEST = 10
NEWEST = 20
MOST_FAILURES = 20
PAGE = 500
RECENT = timedelta(minutes=15)


@dataclass(frozen=True, slots=True)
class Analysis:
    """A report with what is not a tally: people, what they did, failures, the slowest and the newest answers."""

    report: Report
    people: int
    people_before: int
    uses: Mapping[str, int]
    failures: tuple[FailureGroup, ...]
    slowest: tuple[EndedAnswer, ...]
    newest: tuple[EndedAnswer, ...]
    prices: Mapping[str, Price]


@dataclass(frozen=True, slots=True)
class Health:
    """How the instance does now; `recent_answers` and `recent_failures` are of the last 15 minutes.

    `spare_bytes` of the database are used by nothing. None stands for what cannot be read.
    """

    recent_answers: int | None
    recent_failures: int | None
    free_disk_bytes: int | None
    database_bytes: int | None
    spare_bytes: int | None


class Analytics:
    """Reads what `Usage` has counted. Every method raises a `DatabaseError` when the database cannot be used."""

    def __init__(self, usage: Usage, data_dir: Path) -> None:
        self._usage = usage
        self._data_dir = data_dir

    @property
    def _repository(self) -> UsageRepository:
        return self._usage.repository

    async def of(self, stretch: Stretch, model: str = "") -> Analysis:
        """Report on a stretch of time, up to this moment: on all answers, or on those of one `provider/model`."""
        await self._usage.count()
        stretch = self._as_kept(stretch)
        parts, before = await self._read(stretch), await self._read(stretch.before)
        report = await asyncio.to_thread(report_on, stretch, parts, before, model)
        time = stretch.start, stretch.end
        return Analysis(
            report,
            await self._repository.people(*time),
            await self._repository.people(stretch.before.start, stretch.before.end),
            await self._repository.uses(*time),
            await self._repository.failures(*time, MOST_FAILURES),
            await self._repository.slowest(*time, SLOWEST, model, known=report.whole.counts["answers"]),
            await self._repository.newest(*time, NEWEST, model),
            await self._repository.prices(),
        )

    async def answers(self, stretch: Stretch, model: str = "") -> AsyncGenerator[EndedAnswer]:
        """Give every ended answer whose details are still kept, the newest first, a page at a time."""
        end = stretch.end
        seen: set[str] = set()
        while True:
            page = await self._repository.newest(stretch.start, end, PAGE, model)
            fresh = [answer for answer in page if answer.run.run_id not in seen]
            for answer in fresh:
                yield answer
            if not fresh:
                return
            # What ended in the very same moment as the last one may be on both pages.
            last = page[-1].run.ended_at
            seen = {answer.run.run_id for answer in page if answer.run.ended_at == last}
            end = last + timedelta(microseconds=1)

    async def resolve(self, fingerprint: str, *, is_resolved: bool) -> bool:
        """Mark failures as dealt with, or not; False when there are none."""
        return await self._repository.resolve(fingerprint, is_resolved=is_resolved)

    async def health(self) -> Health:
        """Look how the instance does; raises nothing."""
        free = await asyncio.to_thread(_free_bytes, self._data_dir)
        try:
            answers, failed = await self._repository.ended_since(datetime.now(UTC) - RECENT)
            size, spare = await self._repository.size()
        except DatabaseError:
            return Health(None, None, free, None, None)
        return Health(answers, failed, free, size, spare)

    def _as_kept(self, stretch: Stretch) -> Stretch:
        """Give hours for minutes where answers are not kept one by one any more."""
        is_kept = stretch.start >= datetime.now(UTC) - self._usage.keep
        return (
            stretch
            if is_kept or stretch.step >= HOUR
            else Stretch(floor(stretch.start, HOUR), ceiling(stretch.end, HOUR), HOUR)
        )

    async def _read(self, stretch: Stretch) -> tuple[Part, ...]:
        if stretch.step < HOUR:
            return await self._repository.by_minute(stretch.start, stretch.end)
        return await self._repository.usage(stretch.pieces)


def _free_bytes(folder: Path) -> int | None:
    try:
        return shutil.disk_usage(folder).free
    except OSError:
        return None
