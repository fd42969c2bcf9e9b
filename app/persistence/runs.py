"""The runs: each kept together with the message it writes, and closed exactly once."""

import asyncio
from collections.abc import Iterator, Sequence, Set
from datetime import timedelta
from typing import Any, NamedTuple

from sqlalchemy import ColumnElement, Select, delete, func, select, true, update
from sqlalchemy.orm import Session
from sqlmodel import col

from app.fragments.extraction import CodeBlock, blocks_of, may_have_blocks
from app.fragments.naming import is_automatic
from app.monitoring.facts import AnswerFacts, EndedRun
from app.persistence.chunks import TEXT, THINKING, Added, read_chunks
from app.persistence.counting import note_end, price_of
from app.persistence.database import Database
from app.persistence.fragment_blocks import is_automatic_for, keep_blocks
from app.persistence.group_commit import GroupCommit
from app.persistence.tables import WRITING, ConversationRow, MessageRow, RunChunkRow, RunRow
from app.persistence.transactions import Repository, reads, writes
from app.persistence.uncancelled import uncancelled
from app.persistence.upsert import insert_into
from app.persistence.versions import show_what_counts
from app.streaming.store import Piece, RunAlreadyEndedError, RunOutcome, StoredRun, StreamingStatus

_PENDING = StreamingStatus.PENDING.value
_STREAMING = StreamingStatus.STREAMING.value
_INTERRUPTED = StreamingStatus.INTERRUPTED.value
_RECOVERED_AT_ONCE = 100
EARLIER_KEPT = 8  # of the runs before, of a message that is continued again and again
ATTEMPTS_KEPT = 64

# Whoever changes more than one row locks the conversation first, as deleting it does: without one order of locks,
# PostgreSQL would find deadlocks.


class _NewChunks(NamedTuple):
    """What a checkpoint adds."""

    run_id: str
    text: Piece
    thinking: Piece

    def rows(self) -> Iterator[dict[str, Any]]:
        for kind, piece in ((TEXT, self.text), (THINKING, self.thinking)):
            if piece.text:
                yield {"run_id": self.run_id, "kind": kind, "start": piece.start, "content": piece.text}


class RunRepository(Repository):
    """Keep runs for the StreamManager; implements `RunStore`.

    Every method raises `DatabaseUnavailable` when the database cannot be read or written in time.
    """

    def __init__(self, database: Database) -> None:
        super().__init__(database)
        self._beginnings = GroupCommit(self._begin_all)
        self._checkpoints = GroupCommit(self._add_chunks)

    async def begin(self, run_id: str) -> None:
        """Mark a pending run and its message as streaming."""
        await self._beginnings.put(run_id)

    async def checkpoint(self, run_id: str, text: Piece, thinking: Piece) -> None:
        """Keep what has been added to the partial content, once however often it is told; ignored after the end."""
        await self._checkpoints.put(_NewChunks(run_id, text, thinking))

    @uncancelled
    async def finish(self, run_id: str, outcome: RunOutcome) -> None:
        """Store the terminal state; again, or when the conversation is gone, nothing happens.

        Raises `RunAlreadyEndedError` when somebody else has ended the run.
        """
        if not outcome.status.is_terminal:
            raise ValueError(f"A run cannot end as {outcome.status}.")
        blocks = await asyncio.to_thread(blocks_of, outcome.text) if may_have_blocks(outcome.text) else ()
        await self._finish(run_id, outcome, blocks)

    async def load(self, run_id: str) -> StoredRun | None:
        """Read any user's run: for the server's own use."""
        return await self._one(_runs().where(col(RunRow.id) == run_id))

    async def get(self, user_id: str, run_id: str) -> StoredRun | None:
        """Read a run of this user."""
        return await self._one(_runs().where(col(RunRow.id) == run_id, col(RunRow.user_id) == user_id))

    async def active(self, user_id: str, conversation_id: str) -> StoredRun | None:
        """Read the newest run of a conversation that is not at its end."""
        return await self._one(
            _runs()
            .where(
                col(RunRow.conversation_id) == conversation_id,
                col(RunRow.user_id) == user_id,
                col(RunRow.status).in_(WRITING),
            )
            .order_by(col(RunRow.created_at).desc(), col(RunRow.id).desc())
            .limit(1)
        )

    async def recover(self) -> tuple[str, ...]:
        """Close every run that is not at its end as interrupted, keeping its partial text; return their ids."""
        return tuple(run.run_id for run in await self._close_all(true(), "server_stopped"))

    @writes
    def beat(self, session: Session, run_ids: Set[str]) -> None:
        """Note that the process that writes these runs lives."""
        if not run_ids:
            return
        # A row that somebody has locked is being written, which says as much; waiting for it could be a deadlock.
        alive = select(col(RunRow.id)).where(col(RunRow.id).in_(run_ids), col(RunRow.status).in_(WRITING))
        beating = update(RunRow).where(col(RunRow.id).in_(alive.with_for_update(skip_locked=True)))
        session.execute(beating.values(heartbeat_at=self.database.now()))

    async def close_lost(self, silent_seconds: float, own: Set[str]) -> tuple[StoredRun, ...]:
        """Close the runs beside `own` that gave no sign of life for so long, keeping their partial text."""
        last_sign = func.coalesce(col(RunRow.heartbeat_at), col(RunRow.started_at), col(RunRow.created_at))
        is_silent = last_sign < self.database.now() - timedelta(seconds=silent_seconds)
        return await self._close_all(is_silent & col(RunRow.id).not_in(own), "lost")

    @writes
    def _finish(self, session: Session, run_id: str, outcome: RunOutcome, blocks: Sequence[CodeBlock]) -> None:
        conversation_id = _lock_conversation(session, run_id)
        if conversation_id is None:
            return
        ended = self._close(session, run_id, outcome.status)
        if ended is None:
            _refuse_another_ending(session, run_id, outcome)
            return
        message = _store_answer(session, run_id, outcome)
        _note_end(session, ended, outcome)
        _show_what_counts(session, message)
        self._keep_blocks(session, message, blocks)
        touched = update(ConversationRow).where(col(ConversationRow.id) == conversation_id)
        session.execute(touched.values(updated_at=self.database.now()))
        session.execute(delete(RunChunkRow).where(col(RunChunkRow.run_id) == run_id))

    @writes
    def _begin_all(self, session: Session, run_ids: Sequence[str]) -> None:
        these = col(RunRow.id).in_(run_ids)
        _lock_conversations(session, these, len(run_ids))
        begun = update(RunRow).where(these, col(RunRow.status) == _PENDING)
        session.execute(begun.values(status=_STREAMING, started_at=self.database.now()))
        messages = col(MessageRow.id).in_(select(col(RunRow.message_id)).where(these))
        waiting = update(MessageRow).where(messages, col(MessageRow.streaming_status) == _PENDING)
        session.execute(waiting.values(streaming_status=_STREAMING))

    @writes
    def _add_chunks(self, session: Session, added: Sequence[_NewChunks]) -> None:
        # Chunks belong to a run: those of one that is overtaken by its end are never read again. One that is being
        # deleted is left out: waiting for it would end in a deadlock or in a reference to nothing.
        of_these = col(RunRow.id).in_([one.run_id for one in added]), col(RunRow.status).in_(WRITING)
        query = select(col(RunRow.id)).where(*of_these).with_for_update(read=True, key_share=True, skip_locked=True)
        unfinished = set(session.scalars(query))
        rows = [row for one in added if one.run_id in unfinished for row in one.rows()]
        if rows:
            insert = insert_into(session, RunChunkRow)
            key, content = ["run_id", "kind", "start"], {"content": insert.excluded.content}
            session.execute(insert.on_conflict_do_update(index_elements=key, set_=content), rows)

    async def _close_all(self, which: ColumnElement[bool], stop_reason: str) -> tuple[StoredRun, ...]:
        closed: list[StoredRun] = []
        while (batch := await self._close_some(which, stop_reason)) is not None:
            closed.extend(batch)
        return tuple(closed)

    @writes
    def _close_some(self, session: Session, which: ColumnElement[bool], stop_reason: str) -> list[StoredRun] | None:
        is_dead = col(RunRow.status).in_(WRITING) & which
        conversation_ids = _lock_conversations(session, is_dead, _RECOVERED_AT_ONCE)
        if not conversation_ids:
            return None
        rows = session.execute(_runs().where(col(RunRow.conversation_id).in_(conversation_ids), is_dead))
        closed = [(self._interrupt(session, row[0], row[1], stop_reason), row[1]) for row in rows.all()]
        for _, message in closed:
            if "run_id" not in message.stream_metadata:  # its first run
                _show_what_counts(session, message)
        return [run for run, _ in closed]

    def _interrupt(self, session: Session, run: RunRow, message: MessageRow, stop_reason: str) -> StoredRun:
        added = read_chunks(session, (run.id,))
        run.status = _INTERRUPTED
        run.ended_at = self.database.now()
        _keep_partial(message, added.get(run.id, Added()), stop_reason)
        _note_end(session, run, _cut_off(message, stop_reason))
        if may_have_blocks(message.content):
            self._keep_blocks(session, message, blocks_of(message.content))
        session.execute(delete(RunChunkRow).where(col(RunChunkRow.run_id) == run.id))
        return _stored(run, message, Added())

    def _keep_blocks(self, session: Session, message: MessageRow, blocks: Sequence[CodeBlock]) -> None:
        if not blocks:
            return
        wants = is_automatic_for(session, message.user_id)
        keep_blocks(session, message, blocks, lambda block: wants and is_automatic(block), self.database.now)

    def _close(self, session: Session, run_id: str, status: StreamingStatus) -> RunRow | None:
        unfinished = update(RunRow).where(col(RunRow.id) == run_id, col(RunRow.status).in_(WRITING))
        closed = unfinished.values(status=status.value, ended_at=self.database.now()).returning(RunRow)
        return session.scalars(closed).one_or_none()

    @reads
    def _one(self, session: Session, query: Select[RunRow, MessageRow]) -> StoredRun | None:
        row = session.execute(query).one_or_none()
        if row is None:
            return None
        run: RunRow = row[0]
        added = read_chunks(session, (run.id,) if run.status in WRITING else ())
        return _stored(run, row[1], added.get(run.id, Added()))


def _is_of(run_id: str) -> ColumnElement[bool]:
    return col(MessageRow.id) == select(col(RunRow.message_id)).where(col(RunRow.id) == run_id).scalar_subquery()


def _runs() -> Select[RunRow, MessageRow]:
    return select(RunRow, MessageRow).join(MessageRow, col(MessageRow.id) == col(RunRow.message_id))


def _lock_conversation(session: Session, run_id: str) -> str | None:
    of_run = select(col(RunRow.conversation_id)).where(col(RunRow.id) == run_id).scalar_subquery()
    query = select(col(ConversationRow.id)).where(col(ConversationRow.id) == of_run).with_for_update()
    return session.scalars(query).one_or_none()


def _lock_conversations(session: Session, of_runs: ColumnElement[bool], most: int) -> list[str]:
    query = select(col(RunRow.conversation_id)).where(of_runs).distinct().limit(most)
    ids = list(session.scalars(query))
    if not ids:
        return []
    # In order of id, so that two processes that recover at once cannot wait for each other.
    query = select(col(ConversationRow.id)).where(col(ConversationRow.id).in_(ids)).order_by(col(ConversationRow.id))
    return list(session.scalars(query.with_for_update()))


def _refuse_another_ending(session: Session, run_id: str, outcome: RunOutcome) -> None:
    """Take a repeated ending for what it is; raise for one that contradicts what is stored."""
    run, message = session.execute(_runs().where(col(RunRow.id) == run_id)).one()
    if (run.status, message.content) != (outcome.status.value, outcome.text):
        raise RunAlreadyEndedError(run_id)


def _store_answer(session: Session, run_id: str, outcome: RunOutcome) -> MessageRow:
    message = session.scalars(select(MessageRow).where(_is_of(run_id)).with_for_update()).one()
    message.content = outcome.text
    message.thinking = outcome.thinking
    message.error_code = outcome.error_code
    message.error_sentence = outcome.error_sentence
    message.streaming_status = outcome.status.value
    message.stream_metadata = _merged(message.stream_metadata, outcome.metadata)
    message.partial_content = ""
    return message


def _note_end(session: Session, run: RunRow, outcome: RunOutcome) -> None:
    metadata = {"asked_model": run.model, **outcome.metadata}
    price = price_of(session, metadata, run.model)
    facts = AnswerFacts.of(outcome.status, metadata, outcome.error_code, price)
    ended_at = run.ended_at or run.created_at
    ended = EndedRun(run.id, run.user_id, run.conversation_id, run.message_id, ended_at)
    note_end(session, ended, facts, outcome.error_sentence)


def _cut_off(message: MessageRow, stop_reason: str) -> RunOutcome:
    """Say of a run that nobody has ended what is known of it: little."""
    phase = "writing" if message.content else "thinking" if message.thinking else "waiting"
    metadata = {"stop_reason": stop_reason, "stopped_in": phase}
    return RunOutcome(StreamingStatus.INTERRUPTED, message.content, message.thinking, metadata=metadata)


def _show_what_counts(session: Session, message: MessageRow) -> None:
    # One that was continued is shown because somebody chose it.
    if message.stream_metadata.get("instead_of"):
        session.flush()
        show_what_counts(session, message)


def _merged(before: dict[str, Any], added: dict[str, Any]) -> dict[str, Any]:
    """Let the newer facts stand; those of the runs before, of a message that was continued, are kept in `earlier`."""
    if "run_id" not in before:
        return {**before, **added}
    earlier = {name: fact for name, fact in before.items() if name not in ("earlier", "attempts")}
    attempts = [*before.get("attempts", ()), *added.get("attempts", ())]
    return {
        **added,
        "attempts": attempts[-ATTEMPTS_KEPT:],
        "earlier": [*before.get("earlier", ()), earlier][-EARLIER_KEPT:],
    }


def _keep_partial(message: MessageRow, added: Added, stop_reason: str) -> None:
    # A message may be at its end while its run is not: the streaming columns were taken away and put back.
    if message.streaming_status in WRITING:
        message.content = message.partial_content + added.text
        message.thinking += added.thinking
        message.partial_content = ""
        message.streaming_status = _INTERRUPTED
        message.stream_metadata = {**message.stream_metadata, "stop_reason": stop_reason}


def _stored(run: RunRow, message: MessageRow, added: Added) -> StoredRun:
    status = StreamingStatus(run.status)
    return StoredRun(
        run_id=run.id,
        user_id=run.user_id,
        conversation_id=run.conversation_id,
        message_id=run.message_id,
        status=status,
        text=message.content if status.is_terminal else message.partial_content + added.text,
        thinking=message.thinking + added.thinking,
        error_code=message.error_code,
        error_sentence=message.error_sentence,
        metadata=message.stream_metadata,
    )
