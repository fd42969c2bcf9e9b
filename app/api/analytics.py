"""What the analytics page shows, as tables for other programs."""

import csv
import io
from collections import Counter
from collections.abc import AsyncGenerator, Iterable, Sequence
from datetime import UTC, date, datetime
from typing import Annotated, Literal

from fastapi import APIRouter, Query
from fastapi.responses import StreamingResponse
from pydantic import AwareDatetime, BaseModel, Field

from app import runtime
from app.api.caller import User
from app.api.errors import InvalidStretchError
from app.monitoring.facts import EndedAnswer
from app.monitoring.measures import MEASURES
from app.monitoring.report import LAST, Stretch, between, last, within
from app.monitoring.tally import Tally
from app.services.analytics import Analysis

router = APIRouter(tags=["analytics"])
Row = Sequence[object]
SHARES = ((0.5, "p50"), (0.95, "p95"))
LONGEST_MODEL_CHARS = 300
PREFIXES = {"modes": "mode:", "interruptions": "interrupted:"}
COUNTS = ("answers", "end:complete", "end:interrupted", "end:failed")
COUNT_HEADS = ("answers", "complete", "interrupted", "failed")


class Chosen(BaseModel):
    """The time and the model that somebody asks for."""

    range: str = ""
    first: date | None = None
    until: date | None = None
    start: AwareDatetime | None = None
    end: AwareDatetime | None = None
    model: str = Field(default="", max_length=LONGEST_MODEL_CHARS)

    def stretch(self) -> Stretch:
        """Give the time; raises `InvalidStretchError`."""
        try:
            if self.start and self.end:
                return within(self.start, self.end)
            if self.first and self.until:
                return between(_midnight(self.first), _midnight(self.until))
            return last(self.range or "day", datetime.now(UTC))
        except (KeyError, ValueError, OverflowError) as error:
            raise InvalidStretchError(LAST) from error


def _midnight(day: date) -> datetime:
    return datetime(day.year, day.month, day.day, tzinfo=UTC)


@router.get(
    "/analytics/{table}.csv",
    summary="Download a table of the analytics",
    response_class=StreamingResponse,
    responses={
        200: {"content": {"text/csv": {}}, "description": "One line a step, model, answer or whatever else is counted."}
    },
)
async def download_table(
    table: Literal["steps", "models", "failures", "modes", "interruptions", "uses", "answers", "prices"],
    user_id: User,
    chosen: Annotated[Chosen, Query()],
) -> StreamingResponse:
    """Give a table of some time: a `range`, the days from `first` to `until`, or what is between `start` and `end`.

    A `range` is hour, day, week, month, quarter or year. Steps and answers may be those of one `model`, named with its
    provider, or of one provider, such as `openai/`.
    """
    stretch = chosen.stretch()
    rows = _answers(stretch, chosen.model) if table == "answers" else _summary(table, stretch, chosen.model)
    head = {"Content-Disposition": f'attachment; filename="rivulet-{table}.csv"'}
    return StreamingResponse(_lines(await _begun(rows)), media_type="text/csv; charset=utf-8", headers=head)


async def _summary(table: str, stretch: Stretch, model: str) -> AsyncGenerator[Row]:
    analysis = await runtime.current().analytics.of(stretch, model)
    match table:
        case "failures":
            rows = _failures(analysis)
        case "prices":
            rows = _prices(analysis)
        case "steps" | "models":
            rows = _tallies(table, analysis)
        case _:
            rows = _counts(table, analysis)
    for row in rows:
        yield row


def _failures(analysis: Analysis) -> Iterable[Row]:
    yield ("kind", "place", "model", "count", "first", "last", "resolved", "said")
    for one in analysis.failures:
        times = (one.first_at.isoformat(), one.last_at.isoformat())
        resolved = one.resolved_at.isoformat() if one.resolved_at else ""
        yield (one.kind, one.place, one.model, one.count, *times, resolved, one.said)


def _prices(analysis: Analysis) -> Iterable[Row]:
    yield ("model", "input_usd_per_million_tokens", "output_usd_per_million_tokens")
    for name, price in analysis.prices.items():
        yield (name, price.input_usd, price.output_usd)


def _tallies(table: str, analysis: Analysis) -> Iterable[Row]:
    yield ("start" if table == "steps" else "model", *COUNT_HEADS, *_measure_heads())
    for name, tally in analysis.report.steps if table == "steps" else analysis.report.models:
        label = name.isoformat() if isinstance(name, datetime) else name
        yield (label, *(tally.counts[count] for count in COUNTS), *_measures(tally))


def _counts(table: str, analysis: Analysis) -> Iterable[Row]:
    yield ("name", "count")
    whole = analysis.report.whole
    counts = Counter(whole.starting_with(PREFIXES[table]) if table in PREFIXES else analysis.uses)
    yield from counts.most_common()


async def _answers(stretch: Stretch, model: str) -> AsyncGenerator[Row]:
    facts_heads = ("ended", "provider", "model", "status", "mode", "ended_by", "stopped_in", "failure")
    yield ("run", "conversation", *facts_heads, *(measure.name for measure in MEASURES))
    async for answer in runtime.current().analytics.answers(stretch, model):
        yield _answer(answer)


def _answer(answer: EndedAnswer) -> Row:
    run, facts = answer.run, answer.facts
    said = (
        facts.provider,
        facts.model,
        facts.status.value,
        facts.mode,
        facts.ended_by,
        facts.stopped_in,
        facts.failure,
    )
    figures = (facts.measures.get(measure.name, "") for measure in MEASURES)
    return (run.run_id, run.conversation_id, run.ended_at.isoformat(), *said, *figures)


def _measure_heads() -> Iterable[str]:
    for measure in MEASURES:
        yield from (f"{measure.name}_{label}" for _, label in SHARES)
        yield f"{measure.name}_sum"


def _measures(tally: Tally) -> Iterable[object]:
    for measure in MEASURES:
        yield from (_cell(tally.quantile(measure.name, share)) for share, _ in SHARES)
        yield _cell(tally.total(measure.name))


def _cell(value: float | None) -> object:
    """Leave a cell empty whose figure nobody knows."""
    return "" if value is None else round(value, 6)


async def _begun(rows: AsyncGenerator[Row]) -> AsyncGenerator[Row]:
    """Read the head and the first line, so that what cannot be read is refused before the answer begins."""
    first = [row async for row in _at_most(rows, 2)]

    async def whole() -> AsyncGenerator[Row]:
        for row in first:
            yield row
        async for row in rows:
            yield row

    return whole()


async def _at_most(rows: AsyncGenerator[Row], count: int) -> AsyncGenerator[Row]:
    while count and (row := await anext(rows, None)) is not None:
        count -= 1
        yield row


async def _lines(rows: AsyncGenerator[Row]) -> AsyncGenerator[str]:
    async for row in rows:
        text = io.StringIO()
        csv.writer(text).writerow([_harmless(cell) for cell in row])
        yield text.getvalue()


def _harmless(cell: object) -> object:
    """Keep a spreadsheet from taking a server's words for a formula (OWASP, "CSV Injection")."""
    return f"'{cell}" if isinstance(cell, str) and cell[:1] in ("=", "+", "-", "@", "\t", "\r") else cell
