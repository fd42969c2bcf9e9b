"""The follower of a run that stores it: what is new twice a second, the ending as often as it takes."""

import asyncio
import logging
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import TypeVar

from tenacity import AsyncRetrying, RetryCallState, retry_if_exception_type, wait_exponential

from app.streaming.events import Batch, Text, Thinking
from app.streaming.log import RunLog, seq_after
from app.streaming.stitching import Prefix
from app.streaming.store import Piece, RunAlreadyEndedError, RunOutcome, RunWriter

INTERVAL_CHARS = 2000
LOOK_SECONDS = 0.1
FIRST_PAUSE_SECONDS = 0.1
LONGEST_PAUSE_SECONDS = 2.0

logger = logging.getLogger(__name__)
_Result = TypeVar("_Result")


@dataclass(frozen=True, slots=True)
class KeeperTimes:
    """When a run is marked as begun, how often something is stored, and after how long a write counts as slow."""

    begin_seconds: float = 0.2  # the first words have the processor for themselves
    interval_seconds: float = 0.5
    slow_seconds: float = 2.0


class Unsaved:
    """The runs of this process whose last write failed or takes long; `on_change` hears of the first and the last."""

    def __init__(self, on_change: Callable[[], None] = lambda: None) -> None:
        self._run_ids: set[str] = set()
        self._on_change = on_change

    def __bool__(self) -> bool:
        return bool(self._run_ids)

    @property
    def count(self) -> int:
        """Count them."""
        return len(self._run_ids)

    def behind(self, run_id: str) -> None:
        """Note that a run has text that is not stored."""
        is_first = not self._run_ids
        self._run_ids.add(run_id)
        if is_first:
            self._on_change()

    def stored(self, run_id: str) -> None:
        """Note that all of a run is stored, or that nobody will store it any more."""
        if run_id in self._run_ids:
            self._run_ids.discard(run_id)
            if not self._run_ids:
                self._on_change()


class Keeper:
    """Stores one run. A database that is down or slow is told to `unsaved` and never costs the answer.

    A checkpoint holds what has come since the last one, 500 ms or 2,000 characters of it, so that what is written to
    the disk grows with the text.
    """

    def __init__(
        self,
        log: RunLog,
        store: RunWriter,
        unsaved: Unsaved,
        prefix: Prefix | None = None,
        times: KeeperTimes = KeeperTimes(),
        *,
        now: Callable[[], float] = time.monotonic,
    ) -> None:
        prefix = prefix or Prefix()
        self._run_id = log.transcript.run_id
        self._log = log
        self._store = store
        self._unsaved = unsaved
        self._times = times
        self._now = now
        self._seq = 0
        self._text = _Unstored(len(prefix.text))
        self._thinking = _Unstored(len(prefix.thinking))
        self._due_at: float | None = None  # while something is unstored

    async def run(self) -> None:
        """Store what comes until the run is over."""
        await asyncio.sleep(self._times.begin_seconds)
        await self._begin()
        while (batch := await self._log.read(self._seq, self._seconds_until_due())) is not None:
            self._take(batch)
            if self._is_due():
                await self._save()
            elif batch:
                await asyncio.sleep(LOOK_SECONDS)

    async def finish(self, outcome: RunOutcome) -> None:
        """Store how the run ended, whatever it takes; cancelling gives it up, and the last checkpoint remains."""
        retrying = AsyncRetrying(
            wait=wait_exponential(multiplier=FIRST_PAUSE_SECONDS, max=LONGEST_PAUSE_SECONDS),
            retry=retry_if_exception_type(Exception),
            before_sleep=self._note_failure,
        )
        try:
            await retrying(self._finish_once, outcome)
        except asyncio.CancelledError:
            logger.error("Run %s ended unsaved; what was not checkpointed of its answer is lost", self._run_id)
            raise

    async def _begin(self) -> None:
        try:
            await self._reported(self._store.begin(self._run_id))
        except Exception as error:  # noqa: BLE001 (whatever ails the database, the answer goes on)
            logger.warning("Run %s is not marked as streaming: %s", self._run_id, type(error).__name__)

    async def _finish_once(self, outcome: RunOutcome) -> None:
        try:
            await self._reported(self._store.finish(self._run_id, outcome))
        except RunAlreadyEndedError:
            logger.error("Run %s has been ended by another process; what it wrote since is not stored", self._run_id)

    def _note_failure(self, state: RetryCallState) -> None:
        error = state.outcome.exception() if state.outcome else None
        logger.error("Run %s could not be stored yet: %s", self._run_id, type(error).__name__)

    def _take(self, batch: Batch) -> None:
        for event in batch:
            match event:
                case Text():
                    self._text.take(event.offset, event.text)
                case Thinking():
                    self._thinking.take(event.offset, event.text)
                case _:
                    pass
        self._seq = seq_after(batch, self._seq)
        if self._due_at is None and self._chars:
            self._due_at = self._now() + self._times.interval_seconds

    @property
    def _chars(self) -> int:
        return self._text.chars + self._thinking.chars

    def _seconds_until_due(self) -> float | None:
        return None if self._due_at is None else max(0.0, self._due_at - self._now())

    def _is_due(self) -> bool:
        return self._chars >= INTERVAL_CHARS or (self._due_at is not None and self._now() >= self._due_at)

    async def _save(self) -> None:
        text, thinking = self._text.piece(), self._thinking.piece()
        try:
            await self._reported(self._store.checkpoint(self._run_id, text, thinking))
        except Exception as error:  # noqa: BLE001 (whatever ails the database, the answer goes on)
            logger.warning("Run %s is not checkpointed: %s", self._run_id, type(error).__name__)
            await asyncio.sleep(self._times.interval_seconds)
            return
        self._text, self._thinking = _Unstored(text.end), _Unstored(thinking.end)
        self._due_at = None

    async def _reported(self, writing: Awaitable[_Result]) -> _Result:
        slow = asyncio.get_running_loop().call_later(self._times.slow_seconds, self._unsaved.behind, self._run_id)
        try:
            result = await writing
        except Exception:
            self._unsaved.behind(self._run_id)
            raise
        finally:
            slow.cancel()
        self._unsaved.stored(self._run_id)
        return result


class _Unstored:
    """Text from `start` on that is not stored yet."""

    def __init__(self, start: int) -> None:
        self._start = start
        self._parts: list[str] = []
        self.chars = 0

    def take(self, offset: int, text: str) -> None:
        new = text[max(0, self._start + self.chars - offset) :]
        self._parts.append(new)
        self.chars += len(new)

    def piece(self) -> Piece:
        return Piece(self._start, "".join(self._parts))
