"""What ended answers add up to, read and kept in bounds; see `counting` for how it gets there."""

import asyncio
import json
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import NamedTuple

from sqlalchemy import ColumnElement, Select, Text, case, cast, delete, func, select, tuple_
from sqlalchemy.orm import Session
from sqlmodel import col

from app.ids import new_id
from app.monitoring.facts import AnswerFacts, EndedAnswer
from app.monitoring.periods import Period
from app.monitoring.prices import Price
from app.monitoring.report import Part
from app.monitoring.tally import Tally
from app.persistence.counting import (
    AT_ONCE,
    Fault,
    View,
    add_failure,
    add_uses,
    answer_of,
    count_answers,
    count_views,
    has_uncounted,
    own_views,
    uncounted,
    view_tally,
)
from app.persistence.tables import (
    FailureRow,
    MessageRow,
    PriceRow,
    RunFactsRow,
    RunViewRow,
    UsageRow,
    UserDayRow,
    UserRow,
)
from app.persistence.transactions import Repository, reads, writes
from app.streaming.store import StreamingStatus

MOST_BY_MINUTE = 20_000
MANY = 20_000  # answers that are gone through one by one in some 50 ms
TIMELINE = ("timeline", "timeline_step_ms", "attempts")  # of what is known of a message


@dataclass(frozen=True, slots=True)
class FailureGroup:
    """Failures of one kind at one place."""

    fingerprint: str
    kind: str
    place: str
    model: str
    said: str
    count: int
    reopened: int
    first_at: datetime
    last_at: datetime
    resolved_at: datetime | None
    conversation_id: str | None
    message_id: str | None


class Counted(NamedTuple):
    """What has just been counted: the facts of answers, and of each view its provider, its model and its measures."""

    answers: tuple[AnswerFacts, ...] = ()
    views: tuple[tuple[str, str, Mapping[str, float]], ...] = ()

    @property
    def is_all(self) -> bool:
        """Say whether there was no more to count."""
        return len(self.answers) < AT_ONCE and len(self.views) < AT_ONCE


class UsageRepository(Repository):
    """Count and read what happened. Every method raises `DatabaseUnavailable` when the database cannot be used."""

    def now(self) -> datetime:
        """Give the time in UTC."""
        return self.database.now()

    async def size(self) -> tuple[int, int | None]:
        """Give the bytes of the whole database, and how many of them nothing uses, if anybody knows."""
        return await self.database.size()

    async def count(self) -> Counted:
        """Count up to `AT_ONCE` of the facts and of the views that nobody has counted."""
        # Asking first keeps writers free of a transaction that writes nothing.
        return await self._count() if await self._has_uncounted() else Counted()

    @writes
    def note(
        self,
        session: Session,
        views: Sequence[View] = (),
        uses: Mapping[str, Mapping[str, int]] | None = None,
        faults: Mapping[Fault, int] | None = None,
    ) -> None:
        """Note how runs were shown, what users did, and what failed beside it."""
        now = self.database.now()
        for view in own_views(session, views):
            session.add(RunViewRow(id=new_id(), run_id=view.run_id, measures=dict(view.measures)))
        for user_id, counts in (uses or {}).items():
            if session.get(UserRow, user_id):  # who may have been deleted meanwhile
                add_uses(session, now, user_id, Counter(counts))
        for fault, times in (faults or {}).items():
            add_failure(session, fault, "", times, now, None)

    async def usage(self, pieces: Iterable[tuple[Period, datetime, datetime]]) -> tuple[Part, ...]:
        """Read the usage of stretches of whole periods, each from a start on and before an end."""
        return await asyncio.to_thread(_parts, await self._usage(pieces))  # a year of them takes half a second

    @reads
    def _usage(
        self, session: Session, pieces: Iterable[tuple[Period, datetime, datetime]]
    ) -> list[tuple[datetime, str, str, str]]:
        tally = cast(col(UsageRow.tally), Text)
        query = select(col(UsageRow.start), col(UsageRow.provider), col(UsageRow.model), tally)
        rows: list[tuple[datetime, str, str, str]] = []
        for period, start, end in pieces:
            of_period = col(UsageRow.period) == period.value
            in_time = query.where(of_period, col(UsageRow.start) >= start, col(UsageRow.start) < end)
            ordered = in_time.order_by(col(UsageRow.start), col(UsageRow.provider), col(UsageRow.model))
            rows.extend(session.execute(ordered).all())
        return rows

    @reads
    def ended_since(self, session: Session, start: datetime) -> tuple[int, int]:
        """Count the answers that have ended since a moment, and those of them that failed."""
        is_failed = col(RunFactsRow.status) == StreamingStatus.FAILED.value
        query = select(func.count(), func.count(case((is_failed, 1)))).where(col(RunFactsRow.ended_at) >= start)
        answers, failed = session.execute(query).one()
        return answers, failed

    async def by_minute(self, start: datetime, end: datetime) -> tuple[Part, ...]:
        """Add up the newest `MOST_BY_MINUTE` answers of a short time, and how they were shown, by the minute."""
        return await asyncio.to_thread(_minutes, *await self._newest_with_views(start, end))

    @reads
    def _newest_with_views(
        self, session: Session, start: datetime, end: datetime
    ) -> tuple[Sequence[RunFactsRow], Sequence[RunViewRow]]:
        in_time = col(RunFactsRow.ended_at) >= start, col(RunFactsRow.ended_at) < end
        newest = select(RunFactsRow).where(*in_time).order_by(col(RunFactsRow.ended_at).desc()).limit(MOST_BY_MINUTE)
        shown = select(RunViewRow).join(RunFactsRow, col(RunFactsRow.run_id) == col(RunViewRow.run_id)).where(*in_time)
        return session.scalars(newest).all(), session.scalars(shown.limit(MOST_BY_MINUTE)).all()

    @reads
    def people(self, session: Session, start: datetime, end: datetime) -> int:
        """Count who did anything on these days."""
        query = select(func.count(col(UserDayRow.user_id).distinct()))
        return session.scalar(query.where(*_on_days(start, end))) or 0

    async def uses(self, start: datetime, end: datetime) -> Counter[str]:
        """Count what people did on these days."""
        return await asyncio.to_thread(_added_up, await self._uses(start, end))

    @reads
    def _uses(self, session: Session, start: datetime, end: datetime) -> Sequence[str]:
        return session.scalars(select(cast(col(UserDayRow.counts), Text)).where(*_on_days(start, end))).all()

    async def newest(self, start: datetime, end: datetime, limit: int, model: str = "") -> tuple[EndedAnswer, ...]:
        """List answers, of one `provider/model`, of one `provider/` or of all, the last that ended first."""
        query = _facts(model).where(col(RunFactsRow.ended_at) >= start, col(RunFactsRow.ended_at) < end)
        return await self._answers(query.order_by(col(RunFactsRow.ended_at).desc()).limit(limit))

    async def slowest(
        self, start: datetime, end: datetime, limit: int, model: str = "", *, known: int = 0
    ) -> tuple[EndedAnswer, ...]:
        """List answers, of one model or provider or of all, those that let wait longest first.

        Where so many are `known` the database goes through all of the slow ones, not through all of the time.
        """
        ended = col(RunFactsRow.ended_at)
        moment = func.coalesce(ended, start) if known > MANY else ended  # it is never null; no index is used for it
        query = _facts(model).where(moment >= start, moment < end, col(RunFactsRow.first_character_ms).is_not(None))
        return await self._answers(query.order_by(col(RunFactsRow.first_character_ms).desc()).limit(limit))

    @reads
    def _answers(self, session: Session, query: Select[RunFactsRow]) -> tuple[EndedAnswer, ...]:
        return tuple(answer_of(row) for row in session.scalars(query))

    @reads
    def of_message(
        self, session: Session, user_id: str, message_id: str
    ) -> tuple[tuple[EndedAnswer, tuple[Mapping[str, float], ...]], ...]:
        """Give the runs of a user's message, oldest first, each with the measures of its views."""
        query = select(RunFactsRow).where(
            col(RunFactsRow.message_id) == message_id, col(RunFactsRow.user_id) == user_id
        )
        rows = session.scalars(query.order_by(col(RunFactsRow.ended_at))).all()
        views = session.scalars(select(RunViewRow).where(col(RunViewRow.run_id).in_([row.run_id for row in rows])))
        by_run: dict[str, list[Mapping[str, float]]] = {row.run_id: [] for row in rows}
        for view in views:
            by_run[view.run_id].append(view.measures)
        return tuple((answer_of(row), tuple(by_run[row.run_id])) for row in rows)

    @reads
    def failures(self, session: Session, start: datetime, end: datetime, limit: int) -> tuple[FailureGroup, ...]:
        """List the failures last seen in a range, the newest first."""
        query = select(FailureRow).where(col(FailureRow.last_at) >= start, col(FailureRow.last_at) < end)
        rows = session.scalars(query.order_by(col(FailureRow.last_at).desc()).limit(limit))
        return tuple(_failure(row) for row in rows)

    @writes
    def resolve(self, session: Session, fingerprint: str, *, is_resolved: bool) -> bool:
        """Mark failures as dealt with, or not; they are open again when one more comes. False when there are none."""
        row = session.get(FailureRow, fingerprint)
        if row is not None:
            row.resolved_at = self.database.now() if is_resolved else None
        return row is not None

    @reads
    def prices(self, session: Session) -> Mapping[str, Price]:
        """Read the table of prices, by model."""
        rows = session.scalars(select(PriceRow).order_by(col(PriceRow.model)))
        return {row.model: Price(row.input_usd, row.output_usd) for row in rows}

    @writes
    def set_price(self, session: Session, model: str, price: Price | None) -> None:
        """Say what a model costs from now on, or that nobody knows."""
        session.execute(delete(PriceRow).where(col(PriceRow.model) == model))
        if price:
            session.add(PriceRow(model=model, input_usd=price.input_usd, output_usd=price.output_usd))

    @writes
    def prune(self, session: Session, before: datetime, limit: int = AT_ONCE) -> int:
        """Delete some of what is older, once it is counted; what it adds up to stays. Gives how much there was.

        That is the facts and timelines of answers, failures that have not come again, and who did what.
        """
        is_old = col(RunFactsRow.is_counted), col(RunFactsRow.ended_at) < before
        old = select(col(RunFactsRow.run_id), col(RunFactsRow.message_id)).where(*is_old).limit(limit)
        failures = select(col(FailureRow.fingerprint)).where(col(FailureRow.last_at) < before).limit(limit)
        days = select(col(UserDayRow.day), col(UserDayRow.user_id)).where(col(UserDayRow.day) < before).limit(limit)
        runs = session.execute(old).all()
        ids = [run_id for run_id, _ in runs]
        session.execute(delete(RunViewRow).where(col(RunViewRow.run_id).in_(ids)))
        session.execute(delete(RunFactsRow).where(col(RunFactsRow.run_id).in_(ids)))
        _forget_timelines(session, [message_id for _, message_id in runs])
        fingerprints = session.scalars(failures).all()
        session.execute(delete(FailureRow).where(col(FailureRow.fingerprint).in_(fingerprints)))
        user_days = session.execute(days).all()
        key = tuple_(col(UserDayRow.day), col(UserDayRow.user_id))
        session.execute(delete(UserDayRow).where(key.in_(user_days)))
        return max(len(runs), len(fingerprints), len(user_days))

    @reads
    def _has_uncounted(self, session: Session) -> bool:
        return has_uncounted(session)

    @writes
    def _count(self, session: Session) -> Counted:
        return Counted(count_answers(session, uncounted()), count_views(session))


def _facts(model: str) -> Select[RunFactsRow]:
    provider, _, name = model.partition("/")
    query = select(RunFactsRow)
    query = query.where(col(RunFactsRow.provider) == provider) if provider else query
    return query.where(col(RunFactsRow.model) == name) if name else query


def _forget_timelines(session: Session, message_ids: Sequence[str]) -> None:
    for message in session.scalars(select(MessageRow).where(col(MessageRow.id).in_(message_ids))):
        facts = message.stream_metadata
        message.stream_metadata = {name: fact for name, fact in facts.items() if name not in TIMELINE}


def _on_days(start: datetime, end: datetime) -> tuple[ColumnElement[bool], ColumnElement[bool]]:
    return col(UserDayRow.day) >= Period.DAY.start_of(start), col(UserDayRow.day) < end


def _added_up(rows: Iterable[str]) -> Counter[str]:
    counts: Counter[str] = Counter()
    for row in rows:
        counts.update(json.loads(row))
    return counts


def _parts(rows: Iterable[tuple[datetime, str, str, str]]) -> tuple[Part, ...]:
    return tuple(
        Part(start, provider, model, Tally.from_json(json.loads(tally))) for start, provider, model, tally in rows
    )


def _minutes(rows: Sequence[RunFactsRow], views: Sequence[RunViewRow]) -> tuple[Part, ...]:
    tallies: dict[tuple[datetime, str, str], Tally] = {}
    of_run: dict[str, Tally] = {}
    for row in rows:
        key = (row.ended_at.replace(second=0, microsecond=0), row.provider, row.model)
        of_run[row.run_id] = tallies.setdefault(key, Tally())
        of_run[row.run_id].add(answer_of(row).facts.tally())
    for view in views:
        if view.run_id in of_run:
            of_run[view.run_id].add(view_tally(view.measures))
    return tuple(Part(*key, tally) for key, tally in sorted(tallies.items(), key=lambda item: item[0]))


def _failure(row: FailureRow) -> FailureGroup:
    return FailureGroup(
        fingerprint=row.fingerprint,
        kind=row.kind,
        place=row.place,
        model=row.model,
        said=row.said,
        count=row.count,
        reopened=row.reopened,
        first_at=row.first_at,
        last_at=row.last_at,
        resolved_at=row.resolved_at,
        conversation_id=row.conversation_id,
        message_id=row.message_id,
    )
