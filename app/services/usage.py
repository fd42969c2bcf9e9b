"""Counting what happens, a moment after it has: nothing that streams waits for it."""

import asyncio
import logging
from collections import Counter
from collections.abc import Mapping
from contextlib import suppress
from datetime import timedelta

from app.monitoring.prometheus import Exposition
from app.persistence.counting import AT_ONCE, Fault, View
from app.persistence.errors import DatabaseError
from app.persistence.usage import UsageRepository

COUNT_SECONDS = 5.0  # whoever looks at the figures has it done at once
PRUNE_SECONDS = 3600.0
# What a page may tell, and the most that is believed.
PAGE_MEASURES = {"longest_task_ms": 60_000, "long_tasks": 10_000, "hidden_ms": 86_400_000, "reconnects": 1_000}
PAGE_FAULTS = {
    "AggregateError", "ChunkLoadError", "DOMException", "Error", "EvalError", "InternalError", "RangeError",
    "ReferenceError", "SecurityError", "SyntaxError", "TypeError", "URIError",
}  # fmt: skip
MOST_WAITING = 1000  # views, and faults, that are not stored yet

logger = logging.getLogger(__name__)


class Usage:
    """Gathers what users do and how runs are shown, stores it in batches, and counts what has ended.

    What cannot be stored now is kept, as far as `MOST_WAITING`, and stored later.
    """

    def __init__(self, repository: UsageRepository, exposition: Exposition, keep_days: int) -> None:
        self.repository = repository
        self.exposition = exposition
        self.keep = timedelta(days=keep_days)
        self._views: list[View] = []
        self._uses: dict[str, Counter[str]] = {}
        self._faults: Counter[Fault] = Counter()
        self._turn = asyncio.Lock()
        self._counting: asyncio.Task[None] | None = None

    def start(self) -> None:
        """Count from now on, beside whatever else goes on."""
        self._counting = asyncio.create_task(self._go_on_counting(), name="counting")

    async def aclose(self) -> None:
        """Count what there is and stop."""
        if self._counting:
            self._counting.cancel()
            await asyncio.wait({self._counting})
        with suppress(DatabaseError):
            await self.count()

    def used(self, user_id: str, what: str) -> None:
        """Note that a user has done something."""
        self._uses.setdefault(user_id, Counter())[what] += 1
        self.exposition.note_use(what)

    def viewed(self, user_id: str, run_id: str, measures: Mapping[str, float]) -> None:
        """Note how a run was shown to one reader; nothing comes of a run that is not theirs."""
        if measures and len(self._views) < MOST_WAITING:
            self._views.append(View(user_id, run_id, measures))

    def told_by_page(self, user_id: str, run_id: str, measures: Mapping[str, float]) -> None:
        """Note what a page says of itself while it showed a run, as far as that can be true."""
        known = {
            name: min(max(value, 0), PAGE_MEASURES[name]) for name, value in measures.items() if name in PAGE_MEASURES
        }
        self.viewed(user_id, run_id, known)

    def failed(self, kind: str, place: str, said: str = "") -> None:
        """Note a fault that is no answer's."""
        fault = Fault(kind, place, said)
        if fault in self._faults or len(self._faults) < MOST_WAITING:
            self._faults[fault] += 1
        self.exposition.note_fault(place, kind)

    def page_failed(self, kind: str, said: str) -> None:
        """Note a fault in a browser, under a name that browsers have."""
        self.failed(kind if kind in PAGE_FAULTS else "Error", "browser", said)

    async def count(self) -> None:
        """Store what was noted and count all that has ended; raises a `DatabaseError`."""
        async with self._turn:
            try:
                for _ in range(0, max(1, len(self._views)), AT_ONCE):
                    await self._store()
            finally:  # what the database refuses keeps no answer from being counted
                await self._count_ended()

    async def _count_ended(self) -> None:
        is_all = False
        while not is_all:
            counted = await self.repository.count()
            is_all = counted.is_all
            self.exposition.note_answers(counted.answers)
            for provider, model, measures in counted.views:
                self.exposition.note_measures(provider, model, measures)

    async def _store(self) -> None:
        if not self._views and not self._uses and not self._faults:
            return
        views, self._views = self._views[:AT_ONCE], self._views[AT_ONCE:]
        uses, self._uses = self._uses, {}
        faults, self._faults = self._faults, Counter()
        try:
            await self.repository.note(views, uses, faults)
        except DatabaseError:
            self._views = [*views, *self._views][:MOST_WAITING]
            self._faults = faults + self._faults
            for user_id, counts in uses.items():
                self._uses.setdefault(user_id, Counter()).update(counts)
            raise

    async def _go_on_counting(self) -> None:
        loop = asyncio.get_running_loop()
        pruned_at = loop.time()
        while True:
            await asyncio.sleep(COUNT_SECONDS)
            try:
                await self.count()
                if loop.time() - pruned_at > PRUNE_SECONDS:
                    pruned_at = loop.time()
                    await self.prune()
            except DatabaseError:
                logger.warning("What has happened cannot be counted just now; it is counted later")
            except Exception:
                logger.exception("Counting has failed")

    async def prune(self) -> int:
        """Delete the facts that are older than they are kept, in small steps; what they add up to stays."""
        pruned = 0
        while deleted := await self.repository.prune(self.repository.now() - self.keep):
            pruned += deleted
            if deleted < AT_ONCE:
                break
            await asyncio.sleep(0.1)  # let others write
        return pruned
