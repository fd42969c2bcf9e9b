"""A follower's place in a run: its log and, where that is silent or gone, what is stored."""

import asyncio
import logging
from contextlib import suppress

from app.streaming.events import (
    Attempt,
    Batch,
    Completed,
    Failed,
    Interrupted,
    Started,
    TerminalEvent,
    Text,
    Thinking,
)
from app.streaming.log import RunLog, seq_after
from app.streaming.store import RunAlreadyEndedError, RunOutcome, RunStore, StoredRun, StreamingStatus
from app.streaming.transcript import Transcript, apply

logger = logging.getLogger(__name__)


class Follower:
    """Reads a run from `after_seq` on.

    A log that is silent for `silence_seconds` may have missed its ending: storage is asked beside it, and never holds
    up what the log tells. `writing` is the task that writes the run, where this process does.
    """

    def __init__(
        self,
        run_id: str,
        after_seq: int,
        log: RunLog | None,
        store: RunStore,
        writing: asyncio.Task[None] | None,
        silence_seconds: float,
    ) -> None:
        self._run_id = run_id
        self._seq = after_seq
        self._log = log
        self._store = store
        self._writing = writing
        self._silence_seconds = silence_seconds
        self._now = asyncio.get_running_loop().time
        self._heard_at = self._now()
        self._asking: asyncio.Task[StoredRun | None] | None = None
        self._is_over = False

    async def read(self, within_seconds: float | None = None) -> Batch | None:
        """Give what is new, or wait for it, at most so long (then nothing, empty); None after the end.

        None, too, when nobody knows the run. Raises a `DatabaseError` when an ended run cannot be read.
        """
        if self._is_over:
            return None
        if self._log is None:
            return self._told(await self._ended())
        while True:
            patience = self._silence_seconds if within_seconds is None else min(within_seconds, self._silence_seconds)
            batch = await self._log.read(self._seq, patience)
            if batch is None:
                self._is_over = True
                return None
            if batch:
                self._seq, self._heard_at = seq_after(batch, self._seq), self._now()
                return batch
            if stored := self._ended_unheard():
                return self._told(stored)
            if within_seconds is not None:
                return ()

    def appended_at(self, seq: int) -> float | None:
        """Give the moment at which an event came, in seconds of the monotonic clock, where it is known."""
        return self._log.appended_at(seq) if self._log else None

    def close(self) -> None:
        """Ask for nothing any more."""
        if self._asking is not None:
            self._asking.cancel()

    def _told(self, stored: StoredRun | None) -> Batch | None:
        self._is_over = True
        return _as_events(stored) if stored else None

    def _ended_unheard(self) -> StoredRun | None:
        """Look whether storage has said that the run is over; ask it after each silence."""
        if self._asking is not None and self._asking.done():
            asked, self._asking = self._asking, None
            self._heard_at = self._now()
            return asked.result()
        if self._asking is None and self._now() - self._heard_at >= self._silence_seconds:
            self._asking = asyncio.create_task(self._load_if_ended())
        return None

    async def _load_if_ended(self) -> StoredRun | None:
        try:
            stored = await self._store.load(self._run_id)
        except Exception as error:  # noqa: BLE001 (whatever ails the database, the answer goes on)
            logger.warning("Whether run %s has ended cannot be read: %s", self._run_id, type(error).__name__)
            return None
        return stored if stored is not None and stored.status.is_terminal else None

    async def _ended(self) -> StoredRun | None:
        """Read a run without a log, and close it if its writer is gone."""
        if self._writing is not None:  # it has been told and forgotten, and is still being stored
            await asyncio.wait({self._writing})
        stored = await self._store.load(self._run_id)
        if stored is None or stored.status.is_terminal:
            return stored
        lost = {"stop_reason": "lost"}
        outcome = RunOutcome(StreamingStatus.INTERRUPTED, stored.text, stored.thinking, metadata=lost)
        with suppress(RunAlreadyEndedError):  # its writer was still there
            await self._store.finish(self._run_id, outcome)
        return await self._store.load(self._run_id)


def _as_events(stored: StoredRun) -> Batch:
    """Tell a stored run as the events of a follower that starts now."""
    run_id = stored.run_id
    transcript = Transcript(run_id)
    model = "/".join(str(stored.metadata.get(name, "")) for name in ("provider", "model"))
    apply(transcript, Started(run_id, 1, stored.message_id, str(stored.metadata.get("asked_model", model))))
    road, thinking = str(stored.metadata.get("road", "")), str(stored.metadata.get("thinking", "off"))
    apply(transcript, Attempt(run_id, 2, model, road, thinking))
    apply(transcript, Thinking(run_id, 3, 0, stored.thinking, stored.metadata.get("thinking_ms")))
    apply(transcript, Text(run_id, 4, 0, stored.text))
    apply(transcript, _terminal(stored))
    return transcript.snapshot()


def _terminal(stored: StoredRun) -> TerminalEvent:
    reason = str(stored.metadata.get("stop_reason", ""))
    match stored.status:
        case StreamingStatus.COMPLETE:
            return Completed(stored.run_id, 5, reason)
        case StreamingStatus.FAILED:
            said = str(stored.metadata.get("server_said") or "")
            return Failed(stored.run_id, 5, stored.error_code, stored.error_sentence, said)
        case _:
            facts = stored.metadata
            tokens, is_estimate = facts.get("output_tokens"), bool(facts.get("is_estimate", True))
            return Interrupted(stored.run_id, 5, reason or "lost", facts.get("closed_ms"), tokens, is_estimate)
