"""The owner of every run in this process."""

import asyncio
import logging
from collections.abc import AsyncGenerator, Callable, Generator
from contextlib import aclosing, contextmanager, suppress
from functools import partial

from app.errors import ServerStoppingError, TooManyRunsError
from app.streaming.bus import EventBus, UnknownRunError
from app.streaming.events import (
    Attempt,
    Completed,
    Failed,
    Interrupted,
    Started,
    StreamEvent,
    TerminalEvent,
    Text,
    Thinking,
)
from app.streaming.heartbeat import Heartbeat, HeartbeatTimes
from app.streaming.run import Limits, Run, RunSpec
from app.streaming.silence import or_silence
from app.streaming.store import RunOutcome, RunStore, StoredRun, StreamingStatus
from app.streaming.transcript import Transcript, apply
from app.streaming.unsaved import ReportingWriter, Unsaved

MAX_RUNS = 256
SHUTDOWN_SECONDS = 5.0
SILENCE_SECONDS = 10.0

logger = logging.getLogger(__name__)


class StreamManager:
    """Starts, follows and stops runs. A run belongs to the manager, never to a tab: closing one stops nothing."""

    def __init__(
        self,
        bus: EventBus,
        store: RunStore,
        limits: Limits | None = None,
        *,
        max_runs: int = MAX_RUNS,
        on_lost: Callable[[StoredRun], None] = lambda _: None,
        heartbeat: HeartbeatTimes = HeartbeatTimes(),  # noqa: B008 (frozen)
        silence_seconds: float = SILENCE_SECONDS,
    ) -> None:
        self.unsaved = Unsaved()
        self._bus = bus
        self._store = store
        self._limits = limits or Limits()
        self._max_runs = max_runs
        self._silence_seconds = silence_seconds
        self._heartbeat = Heartbeat(store, lambda: self.running, on_lost, heartbeat)
        self._beating: asyncio.Task[None] | None = None
        self._tasks: dict[str, asyncio.Task[None]] = {}
        self._reserved = 0
        self._is_closing = False

    @property
    def running(self) -> frozenset[str]:
        """The ids of the runs that this process is writing."""
        return frozenset(self._tasks)

    @contextmanager
    def reserved(self, run_id: str) -> Generator[None]:
        """Hold a place for a run while it is being stored, so that it can be followed as soon as it can be seen.

        Raises `TooManyRunsError` or `ServerStoppingError`. The place is given back when the block fails.
        """
        if self._is_closing:
            raise ServerStoppingError
        if len(self._tasks) + self._reserved >= self._max_runs:
            raise TooManyRunsError(self._max_runs)
        self._bus.open(run_id)
        self._reserved += 1
        try:
            yield
        except BaseException:
            self._bus.close(run_id)
            raise
        finally:
            self._reserved -= 1

    def start(self, spec: RunSpec, on_end: Callable[[], None] = lambda: None) -> None:
        """Begin a run that has a place; a second start of the same run changes nothing. `on_end` is called once."""
        if spec.run_id in self._tasks:
            return
        run = Run(spec, self._bus, ReportingWriter(self._store, self.unsaved), self._limits)
        task = asyncio.create_task(run.execute(), name=f"run {spec.run_id}")
        self._tasks[spec.run_id] = task
        task.add_done_callback(lambda _: self._ended_now(spec.run_id, on_end))

    def _ended_now(self, run_id: str, on_end: Callable[[], None]) -> None:
        self._tasks.pop(run_id, None)
        self.unsaved.stored(run_id)
        on_end()

    async def follow(self, run_id: str, after_seq: int = 0) -> AsyncGenerator[tuple[StreamEvent, ...]]:
        """Give a run's events beyond `after_seq` until its terminal one, from the bus or, if it is over, from storage.

        Where the bus is silent, storage is asked, too: an ending that was missed there is told from here. Ends without
        an event when nobody knows the run.
        """
        try:
            batches = or_silence(partial(self._bus.follow, run_id), after_seq, self._silence_seconds)
            async with aclosing(batches):
                async for batch in batches:
                    if batch:
                        yield batch
                    elif stored := await self._ended_unheard(run_id):
                        yield _as_events(stored)
                        return
        except UnknownRunError:
            stored = await self._ended(run_id)
            if stored is not None:
                yield _as_events(stored)

    async def pause(self, run_id: str, seconds: float) -> None:
        """Wait so long, but no longer than the run lasts: its end is shown at once."""
        with suppress(TimeoutError, UnknownRunError):
            async with asyncio.timeout(seconds):
                await self._bus.over(run_id)

    async def interrupt(self, run_id: str) -> bool:
        """Ask a run to stop, in whatever process it is; False when it is over or unknown."""
        return await self._bus.interrupt(run_id)

    async def abandon(self, run_id: str) -> None:
        """Close a run that was stored and will never start; nothing happens when it was not stored."""
        stored = await self._store.load(run_id)
        if stored is not None:
            await self._close(stored, "not_started")

    async def recover(self) -> tuple[str, ...]:
        """Close what a dead process left open, and from then on what others leave; to be called once, at the start.

        Where no other process can be writing, everything that is open has lost its writer: it is closed at once.
        """
        closed = await self._store.recover() if self._bus.is_process_local else ()
        self._beating = asyncio.create_task(self._heartbeat.run(), name="heartbeat")
        if closed:
            logger.warning("%d answers were cut off by the last stop of the server; their text is kept", len(closed))
        return closed

    async def aclose(self) -> None:
        """Take no more runs, stop every one and wait until each is stored as interrupted."""
        self._is_closing = True
        tasks = tuple(self._tasks.values())
        for run_id in tuple(self._tasks):
            await self._bus.interrupt(run_id, "shutdown")
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

    async def _ended_unheard(self, run_id: str) -> StoredRun | None:
        """Read a run that has ended though the bus is silent about it; None while it goes on."""
        try:
            stored = await self._store.load(run_id)
        except Exception as error:  # noqa: BLE001 (whatever ails the database, the answer goes on)
            logger.warning("Whether run %s has ended cannot be read: %s", run_id, type(error).__name__)
            return None
        return stored if stored is not None and stored.status.is_terminal else None

    async def _ended(self, run_id: str) -> StoredRun | None:
        """Read a run that the bus does not know, and close it if its writer is gone."""
        if task := self._tasks.get(run_id):  # it has been told and forgotten, and is still being stored
            await asyncio.wait({task})
        stored = await self._store.load(run_id)
        if stored is None or stored.status.is_terminal:
            return stored
        await self._close(stored, "lost")
        return await self._store.load(run_id)

    async def _close(self, stored: StoredRun, reason: str) -> None:
        """Close a run that nobody writes, with the text that is stored."""
        metadata = {"stop_reason": reason}
        outcome = RunOutcome(StreamingStatus.INTERRUPTED, stored.text, stored.thinking, metadata=metadata)
        await self._store.finish(stored.run_id, outcome)


def _as_events(stored: StoredRun) -> tuple[StreamEvent, ...]:
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
