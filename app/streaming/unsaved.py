"""Which runs the database is behind with, so that the page can say so."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import TypeVar

from app.streaming.store import RunOutcome, RunWriter

SLOW_SECONDS = 2.0
_Result = TypeVar("_Result")


class Unsaved:
    """The runs of this process whose last save failed or takes long; `on_change` hears of the first and the last."""

    def __init__(self) -> None:
        self._run_ids: set[str] = set()
        self.on_change: Callable[[], None] = lambda: None

    def __bool__(self) -> bool:
        return bool(self._run_ids)

    def behind(self, run_id: str) -> None:
        """Note that a run has text that is not stored."""
        is_first = not self._run_ids
        self._run_ids.add(run_id)
        if is_first:
            self.on_change()

    def stored(self, run_id: str) -> None:
        """Note that all of a run is stored, or that nobody will store it any more."""
        if run_id in self._run_ids:
            self._run_ids.discard(run_id)
            if not self._run_ids:
                self.on_change()


class ReportingWriter(RunWriter):
    """A run's way to its store, which tells `unsaved` how its writes fare; failures are raised all the same."""

    def __init__(self, store: RunWriter, unsaved: Unsaved, slow_seconds: float = SLOW_SECONDS) -> None:
        self._store = store
        self._unsaved = unsaved
        self._slow_seconds = slow_seconds

    async def begin(self, run_id: str) -> None:
        """Mark the run and its message as streaming."""
        await self._reported(run_id, self._store.begin(run_id))

    async def checkpoint(self, run_id: str, text: str, thinking: str) -> None:
        """Keep the whole text so far."""
        await self._reported(run_id, self._store.checkpoint(run_id, text, thinking))

    async def finish(self, run_id: str, outcome: RunOutcome) -> bool:
        """Store the terminal state once."""
        return await self._reported(run_id, self._store.finish(run_id, outcome))

    async def _reported(self, run_id: str, writing: Awaitable[_Result]) -> _Result:
        slow = asyncio.get_running_loop().call_later(self._slow_seconds, self._unsaved.behind, run_id)
        try:
            result = await writing
        except Exception:
            self._unsaved.behind(run_id)
            raise
        finally:
            slow.cancel()
        self._unsaved.stored(run_id)
        return result
