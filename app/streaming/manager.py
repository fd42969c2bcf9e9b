"""The owner of every run in this process."""

import asyncio
import logging
from collections.abc import AsyncGenerator, Callable, Generator
from contextlib import contextmanager
from contextvars import copy_context

from app import log_context
from app.errors import ServerStoppingError, TooManyRunsError
from app.streaming.events import Batch
from app.streaming.following import Follower
from app.streaming.heartbeat import Heartbeat, HeartbeatTimes
from app.streaming.keeper import Keeper, Unsaved
from app.streaming.log import RunLogs, UnknownRunError
from app.streaming.run import Limits, OutcomeListener, Run, RunSpec
from app.streaming.store import RunStore, StoredRun

SHUTDOWN_SECONDS = 5.0
SILENCE_SECONDS = 10.0

logger = logging.getLogger(__name__)


class StreamManager:
    """Starts, follows and stops runs. A run belongs to the manager, never to a tab: closing one stops nothing."""

    def __init__(  # noqa: PLR0913 (what it stands on, and who hears of what)
        self,
        logs: RunLogs,
        store: RunStore,
        limits: Limits | None = None,
        *,
        on_lost: Callable[[StoredRun], None] = lambda _: None,
        on_unsaved_change: Callable[[], None] = lambda: None,
        on_outcome: OutcomeListener | None = None,
        heartbeat: HeartbeatTimes = HeartbeatTimes(),  # noqa: B008 (frozen)
        silence_seconds: float = SILENCE_SECONDS,
    ) -> None:
        self.unsaved = Unsaved(on_unsaved_change)
        self._on_outcome = on_outcome
        self._logs = logs
        self._store = store
        self._limits = limits or Limits()
        self._silence_seconds = silence_seconds
        self._heartbeat = Heartbeat(store, lambda: self.running | frozenset(self._reserved), on_lost, heartbeat)
        self._beating: asyncio.Task[None] | None = None
        self._tasks: dict[str, asyncio.Task[None]] = {}
        self._owners: dict[str, str] = {}
        self._reserved: set[str] = set()
        self._is_closing = False

    @property
    def running(self) -> frozenset[str]:
        """The ids of the runs that this process is writing."""
        return frozenset(self._tasks)

    @contextmanager
    def reserved(self, run_id: str) -> Generator[None]:
        """Hold a place for a run while it is being stored, so that it can be followed as soon as it can be seen.

        Raises `TooManyRunsError` or `ServerStoppingError`. The place is given back when the block ends without a start.
        """
        if self._is_closing:
            raise ServerStoppingError
        if len(self._tasks) + len(self._reserved) >= self._limits.max_runs:
            raise TooManyRunsError(self._limits.max_runs)
        self._logs.open(run_id)
        self._reserved.add(run_id)
        try:
            yield
        finally:
            self._reserved.discard(run_id)
            if run_id not in self._tasks:
                self._logs.close(run_id)

    def start(self, spec: RunSpec, owner_id: str, on_end: Callable[[], None] = lambda: None) -> None:
        """Begin a run that has a place; a second start of the same run changes nothing. `on_end` is called once."""
        if spec.run_id in self._tasks:
            return
        log = self._logs.open(spec.run_id)
        keeper = Keeper(log, self._store, self.unsaved, spec.prefix)
        run = Run(spec, log, keeper, self._limits, on_outcome=self._on_outcome)
        context = copy_context()
        context.run(log_context.run_id.set, spec.run_id)
        context.run(log_context.user_id.set, owner_id)
        task = asyncio.create_task(run.execute(), name=f"run {spec.run_id}", context=context)
        self._tasks[spec.run_id] = task
        self._owners[spec.run_id] = owner_id
        task.add_done_callback(lambda _: self._ended_now(spec.run_id, on_end))

    def is_running_for(self, user_id: str, run_id: str) -> bool:
        """Say whether this process is writing this run for this user."""
        return self._owners.get(run_id) == user_id

    def _ended_now(self, run_id: str, on_end: Callable[[], None]) -> None:
        self._tasks.pop(run_id, None)
        self._owners.pop(run_id, None)
        self.unsaved.stored(run_id)
        on_end()

    def follower(self, run_id: str, after_seq: int = 0) -> Follower:
        """Follow a run's events beyond `after_seq`, live or, if it is over, from storage."""
        try:
            log = self._logs.get(run_id)
        except UnknownRunError:
            log = None
        return Follower(run_id, after_seq, log, self._store, self._tasks.get(run_id), self._silence_seconds)

    async def follow(self, run_id: str, after_seq: int = 0, idle_seconds: float | None = None) -> AsyncGenerator[Batch]:
        """Give a run's events beyond `after_seq` until its terminal one; nothing when nobody knows the run.

        With `idle_seconds` an empty batch tells that none has come for so long. Raises a `DatabaseError` when a run
        that is written nowhere in this process, or has ended, cannot be read.
        """
        follower = self.follower(run_id, after_seq)
        try:
            while (batch := await follower.read(idle_seconds)) is not None:
                if batch or idle_seconds is not None:
                    yield batch
        finally:
            follower.close()

    async def interrupt(self, run_id: str) -> bool:
        """Ask a run to stop, in whatever process it is; False when it is over or unknown. No database is asked."""
        try:
            return await self._logs.get(run_id).interrupt()
        except UnknownRunError:
            return False

    async def recover(self) -> tuple[str, ...]:
        """Close what a dead process left open, and from then on what others leave; to be called once, at the start.

        Where no other process can be writing, everything that is open has lost its writer: it is closed at once.
        Gives the ids of the runs closed; raises a `DatabaseError`.
        """
        closed = await self._store.recover() if self._logs.is_process_local else ()
        self._beating = asyncio.create_task(self._heartbeat.run(), name="heartbeat")
        if closed:
            logger.warning("%d answers were cut off by the last stop of the server; their text is kept", len(closed))
        return closed

    async def aclose(self) -> None:
        """Take no more runs, stop every one and wait until each is stored as interrupted."""
        self._is_closing = True
        tasks = set(self._tasks.values())
        for run_id in self._tasks:
            await self._logs.get(run_id).interrupt("shutdown")
        if tasks:
            _, pending = await asyncio.wait(tasks, timeout=SHUTDOWN_SECONDS)
            await self._give_up(pending)
        if self._beating is not None:
            self._beating.cancel()
            await asyncio.wait({self._beating}, timeout=SHUTDOWN_SECONDS)

    async def _give_up(self, tasks: set[asyncio.Task[None]]) -> None:
        for task in tasks:
            logger.error("%s did not end within %s s", task.get_name(), SHUTDOWN_SECONDS)
            task.cancel()
        if tasks:
            await asyncio.wait(tasks, timeout=SHUTDOWN_SECONDS)
