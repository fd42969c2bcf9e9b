"""Signs of life: this process's runs are marked as alive, and those of a process that has died are closed."""

import asyncio
import logging
import time
from collections.abc import Callable
from dataclasses import dataclass

from app.streaming.store import RunStore, StoredRun

logger = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class HeartbeatTimes:
    """How often a process beats, and how long it may be silent before its runs count as lost."""

    beat_seconds: float = 10.0
    lost_seconds: float = 30.0


class Heartbeat:
    """Beats for the runs that `own` gives, and tells `on_lost` of every run that it closes for another process.

    Whoever has not beaten in time himself (a laptop that slept, a database that was away) judges nobody in that round:
    the others may have slept as well, and beat again before the next. Time is the wall clock, as others see it.
    """

    def __init__(
        self,
        store: RunStore,
        own: Callable[[], frozenset[str]],
        on_lost: Callable[[StoredRun], None],
        times: HeartbeatTimes,
        now: Callable[[], float] = time.time,
    ) -> None:
        self._store = store
        self._own = own
        self._on_lost = on_lost
        self._times = times
        self._now = now
        self._last_beat_at = now()
        self._is_failing = False

    async def run(self) -> None:
        """Beat until cancelled."""
        while True:
            await asyncio.sleep(self._times.beat_seconds)
            await self.beat()

    async def beat(self) -> None:
        """Do one round; a database that is away costs one line in the log, however long it lasts."""
        try:
            await self._store.beat(self._own())
            if self._now() - self._last_beat_at <= self._times.lost_seconds:
                await self._close_lost()
        except Exception as error:  # noqa: BLE001 (whatever ails the database, the next round may succeed)
            if not self._is_failing:
                logger.warning("The heartbeat does not reach the database: %s", type(error).__name__)
            self._is_failing = True
            return
        self._is_failing = False
        self._last_beat_at = self._now()

    async def _close_lost(self) -> None:
        closed = await self._store.close_lost(self._times.lost_seconds, self._own())
        if closed:
            logger.warning("%d answers whose server has died were closed; their text is kept", len(closed))
        for run in closed:
            self._on_lost(run)
