"""Counting what has ended: the facts of answers, and what they add up to by period, by person, by failure.

An ended run leaves its facts in the transaction that ends it. They are counted a moment later, many at once, each once:
in one transaction they are added up and marked. What a killed process has not counted is counted at the next start.
"""

import hashlib
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any, NamedTuple

from sqlalchemy import Select, exists, func, select
from sqlalchemy.orm import Session
from sqlmodel import col

from app.monitoring.facts import AnswerFacts, EndedAnswer, EndedRun
from app.monitoring.periods import Period
from app.monitoring.prices import Price
from app.monitoring.tally import Tally
from app.persistence.tables import FailureRow, PriceRow, RunFactsRow, RunViewRow, UsageRow, UserDayRow
from app.persistence.upsert import insert_into
from app.streaming.store import StreamingStatus

AT_ONCE = 100  # in one transaction: somebody may be waiting to store a question
VIEWS_KEPT = 64  # of a run: nobody has more tabs, and whoever tells of more tells tales
OWN_FAILURES = ("internal", "answer_too_long")
LONGEST_SAID_CHARS = 500

_Key = tuple[Period, datetime, str, str]


class View(NamedTuple):
    """How a run was shown to one reader."""

    user_id: str
    run_id: str
    measures: Mapping[str, float]


class Fault(NamedTuple):
    """Something that failed beside the answers: in a handler of ours, or in a browser."""

    kind: str
    place: str
    said: str


def note_end(session: Session, run: EndedRun, facts: AnswerFacts, said: str = "") -> None:
    """Leave the facts of a run in the transaction that ends it."""
    waited = facts.measures.get("first_character_ms")
    session.add(
        RunFactsRow(
            run_id=run.run_id,
            user_id=run.user_id,
            conversation_id=run.conversation_id,
            message_id=run.message_id,
            ended_at=run.ended_at,
            provider=facts.provider,
            model=facts.model,
            status=facts.status.value,
            mode=facts.mode,
            ended_by=facts.ended_by,
            stopped_in=facts.stopped_in,
            failure=facts.failure,
            attempt_failures=list(facts.attempt_failures),
            said=said[:LONGEST_SAID_CHARS],
            first_character_ms=None if waited is None else round(waited),
            measures=dict(facts.measures),
        )
    )


def price_of(session: Session, metadata: Mapping[str, Any], asked_model: str) -> Price | None:
    """Read what the model of a run costs; None when nobody has said so."""
    provider, model = metadata.get("provider"), metadata.get("model")
    row = session.get(PriceRow, f"{provider}/{model}" if provider and model else asked_model)
    return Price(row.input_usd, row.output_usd) if row else None


def count_conversation(session: Session, conversation_id: str) -> None:
    """Count what is left to count of a conversation that is about to be deleted."""
    while count_answers(session, uncounted().where(col(RunFactsRow.conversation_id) == conversation_id)):
        session.flush()


def has_uncounted(session: Session) -> bool:
    """Say whether there are facts or views that nobody has counted."""
    facts = exists().where(col(RunFactsRow.is_counted).is_(False))
    views = exists().where(col(RunViewRow.is_counted).is_(False), col(RunViewRow.run_id) == col(RunFactsRow.run_id))
    return bool(session.scalar(select(facts | views)))


def uncounted() -> Select[RunFactsRow]:
    """Ask for up to `AT_ONCE` of the facts that nobody has counted, and hold them."""
    query = select(RunFactsRow).where(col(RunFactsRow.is_counted).is_(False))
    return query.order_by(col(RunFactsRow.ended_at)).limit(AT_ONCE).with_for_update(skip_locked=True)


def count_answers(session: Session, query: Select[RunFactsRow]) -> tuple[AnswerFacts, ...]:
    """Add up the facts that a query gives, mark them, and give them."""
    counted: list[AnswerFacts] = []
    rows = session.scalars(query).all()
    tallies: dict[_Key, Tally] = {}
    uses: dict[tuple[datetime, str], Counter[str]] = {}
    for row in rows:
        answer = answer_of(row)
        counted.append(answer.facts)
        _add_to(tallies, row, answer.facts.tally())
        own = uses.setdefault((Period.DAY.start_of(row.ended_at), row.user_id), Counter())
        own.update(["answers", f"mode:{row.mode or 'none'}"])
        if answer.facts.failure:
            place = "Rivulet" if answer.facts.failure in OWN_FAILURES else answer.facts.provider
            fault = Fault(answer.facts.failure, place, row.said)
            add_failure(session, fault, f"{row.provider}/{row.model}", 1, row.ended_at, row)
        row.is_counted = True
    _store(session, tallies)
    for (day, user_id), counts in sorted(uses.items()):
        add_uses(session, day, user_id, counts)
    return tuple(counted)


def count_views(session: Session) -> tuple[tuple[str, str, Mapping[str, float]], ...]:
    """Add up to `AT_ONCE` views together, mark them, and give of each its provider, its model and its measures."""
    query = (
        select(RunViewRow, RunFactsRow)
        .join(RunFactsRow, col(RunFactsRow.run_id) == col(RunViewRow.run_id))
        .where(col(RunViewRow.is_counted).is_(False))
        .limit(AT_ONCE)
    )
    found = session.execute(query).all()
    tallies: dict[_Key, Tally] = {}
    for row in found:
        view, facts = row[0], row[1]
        _add_to(tallies, facts, view_tally(view.measures))
        view.is_counted = True
    _store(session, tallies)
    return tuple((row[1].provider, row[1].model, row[0].measures) for row in found)


def view_tally(measures: Mapping[str, float]) -> Tally:
    """Count how a run was shown once."""
    tally = Tally()
    if "frames" in measures:  # what a page adds about itself is no other view
        tally.count("views")
    for name, value in measures.items():
        tally.note(name, value)
    return tally


def own_views(session: Session, views: Sequence[View]) -> Iterator[View]:
    """Give those of runs that are the readers' own, and no more of a run than it can have been seen."""
    run_ids = {view.run_id for view in views}
    of_runs = select(col(RunFactsRow.run_id), col(RunFactsRow.user_id)).where(col(RunFactsRow.run_id).in_(run_ids))
    owners = {row[0]: row[1] for row in session.execute(of_runs)}
    known = select(col(RunViewRow.run_id), func.count()).where(col(RunViewRow.run_id).in_(run_ids))
    counts = Counter({row[0]: row[1] for row in session.execute(known.group_by(col(RunViewRow.run_id)))})
    for view in views:
        if owners.get(view.run_id) == view.user_id and counts[view.run_id] < VIEWS_KEPT:
            counts[view.run_id] += 1
            yield view


def add_uses(session: Session, moment: datetime, user_id: str, counts: Counter[str]) -> None:
    """Add to what a person has done on the day of a moment."""
    key = {"day": Period.DAY.start_of(moment), "user_id": user_id}
    insert = insert_into(session, UserDayRow).values(**key, counts={})
    session.execute(insert.on_conflict_do_nothing(index_elements=list(key)))
    row = session.scalars(select(UserDayRow).filter_by(**key).with_for_update()).one()
    row.counts = dict(Counter(row.counts) + counts)
    session.flush()


def add_failure(
    session: Session, fault: Fault, model: str, times: int, moment: datetime, example: RunFactsRow | None
) -> None:
    """Add failures to those of their kind; what was resolved and comes again is open again."""
    fingerprint = _fingerprint(fault, model)
    values = {
        "fingerprint": fingerprint, "kind": fault.kind, "place": fault.place, "model": model,
        "said": "", "count": 0, "reopened": 0, "first_at": moment, "last_at": moment,
    }  # fmt: skip
    insert = insert_into(session, FailureRow).values(**values)
    session.execute(insert.on_conflict_do_nothing(index_elements=["fingerprint"]))
    query = select(FailureRow).where(col(FailureRow.fingerprint) == fingerprint)
    row = session.scalars(query.with_for_update()).one()
    row.count += times
    row.first_at = min(row.first_at, moment)
    if row.resolved_at is not None and moment > row.resolved_at:
        row.resolved_at = None
        row.reopened += 1
    if moment >= row.last_at:
        row.last_at, row.said = moment, fault.said[:LONGEST_SAID_CHARS]
        if example is not None:
            row.run_id, row.message_id = example.run_id, example.message_id
            row.conversation_id = example.conversation_id
    session.flush()


def answer_of(row: RunFactsRow) -> EndedAnswer:
    """Give what a row tells."""
    facts = AnswerFacts(
        provider=row.provider,
        model=row.model,
        status=StreamingStatus(row.status),
        mode=row.mode,
        ended_by=row.ended_by,
        stopped_in=row.stopped_in,
        failure=row.failure,
        attempt_failures=tuple(row.attempt_failures),
        measures=row.measures,
    )
    return EndedAnswer(EndedRun(row.run_id, row.user_id, row.conversation_id, row.message_id, row.ended_at), facts)


def _add_to(tallies: dict[_Key, Tally], row: RunFactsRow, tally: Tally) -> None:
    for period in Period:
        key = (period, period.start_of(row.ended_at), row.provider, row.model)
        tallies.setdefault(key, Tally()).add(tally)


def _store(session: Session, tallies: Mapping[_Key, Tally]) -> None:
    # In one order, so that two processes cannot wait for each other.
    for (period, start, provider, model), tally in sorted(tallies.items(), key=lambda item: item[0]):
        key = {"period": period, "start": start, "provider": provider, "model": model}
        insert = insert_into(session, UsageRow).values(**key, tally={})
        session.execute(insert.on_conflict_do_nothing(index_elements=list(key)))
        row = session.scalars(select(UsageRow).filter_by(**key).with_for_update()).one()
        whole = Tally.from_json(row.tally)
        whole.add(tally)
        row.tally = whole.to_json()
        session.flush()


def _fingerprint(fault: Fault, model: str) -> str:
    """Name what fails in the same way, whatever line of the code it is in."""
    return hashlib.sha256("\0".join((fault.kind, fault.place, model)).encode()).hexdigest()[:16]
