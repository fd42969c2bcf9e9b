"""A run's log: its events in order, all that is known of it, and whether it shall stop."""

import asyncio
import time
from collections import OrderedDict, deque
from collections.abc import AsyncGenerator, Callable
from dataclasses import replace
from itertools import islice
from typing import Protocol

from app.streaming.events import Batch, StreamEvent, Text, Thinking, is_terminal
from app.streaming.transcript import Transcript, apply

RETAINED_EVENTS = 4096
RETAINED_RUNS = 32
RETAINED_CHARS = 4_000_000


class UnknownRunError(Exception):
    """No log of this run is kept, or none any more."""


class RunLog(Protocol):
    """One run as its writer and its followers share it.

    Guarantees: a follower gets every event beyond its `seq`, in order, up to the terminal one. The writer never waits
    for a follower. What is kept is bounded: a follower that is behind it is given the run's snapshot (see
    `Transcript.snapshot`) in place of the events that are gone.
    """

    transcript: Transcript
    """All that is known of the run; only the log changes it."""

    async def append(self, event: StreamEvent) -> None:
        """Give an event its number and tell it to all followers.

        After the terminal event nothing is added, and nothing but that one once the run was asked to stop.
        """
        ...

    async def read(self, after_seq: int, within_seconds: float | None = None) -> Batch | None:
        """Give what lies beyond `after_seq`; wait for it, at most so long, and give nothing (empty) if none comes.

        None when the run is over and nothing lies beyond.
        """
        ...

    async def interrupt(self, reason: str = "user") -> bool:
        """Ask the run to stop, wherever it is written; False when it is over. The first reason counts."""
        ...

    async def interrupted(self) -> str:
        """Wait until somebody asks the run to stop, and give the reason."""
        ...

    @property
    def is_interrupted(self) -> bool:
        """Say whether this process knows that the run was asked to stop."""
        ...

    def appended_at(self, seq: int) -> float | None:
        """Give the moment of an event, in seconds of the monotonic clock; None when this process does not know it."""
        ...


class RunLogs(Protocol):
    """The logs of all runs that can be followed live."""

    is_process_local: bool
    """Whether nobody but this process can write a run of these."""

    def open(self, run_id: str) -> RunLog:
        """Make a run known, so that it can be followed and interrupted before its first event."""
        ...

    def get(self, run_id: str) -> RunLog:
        """Give the log of a run; raises `UnknownRunError`."""
        ...

    def close(self, run_id: str) -> None:
        """Forget a run that was opened and never began."""
        ...


async def follow(log: RunLog, after_seq: int = 0) -> AsyncGenerator[Batch]:
    """Give all events beyond `after_seq`, each batch holding what has come since the last one was taken."""
    seq = after_seq
    while (batch := await log.read(seq)) is not None:
        seq = seq_after(batch, seq)
        yield batch


def seq_after(batch: Batch, seq: int) -> int:
    """Give the `seq` of a follower that was at `seq` and has taken a batch, which never falls back.

    A snapshot's last event may be older than the snapshot.
    """
    return max([seq, *(event.seq for event in batch)])


class MemoryRunLog:
    """A `RunLog` in memory: the newest `retained_events` events, read by position instead of from queues.

    A follower is only a number, so a slow one costs nothing and finds a larger batch.
    """

    def __init__(self, run_id: str, retained_events: int, on_end: Callable[[], None]) -> None:
        self.transcript = Transcript(run_id)
        self._events: deque[StreamEvent] = deque(maxlen=retained_events)
        self._moments: deque[float] = deque(maxlen=retained_events)
        self._changed = asyncio.Event()
        self._stop = asyncio.Event()
        self._stop_reason = ""
        self._on_end = on_end

    @property
    def has_ended(self) -> bool:
        """Say whether the terminal event is there."""
        return self.transcript.terminal is not None

    @property
    def is_interrupted(self) -> bool:
        """Say whether the run was asked to stop."""
        return self._stop.is_set()

    @property
    def retained_chars(self) -> int:
        """Count what the transcript holds."""
        return self.transcript.text.chars + self.transcript.thinking.chars

    async def append(self, event: StreamEvent) -> None:
        """Give an event its number, fold it into the transcript and wake the followers."""
        if self.has_ended or (self.is_interrupted and not is_terminal(event)):
            return
        event = self._numbered(event)
        apply(self.transcript, event)
        self._events.append(event)
        self._moments.append(time.monotonic())
        changed, self._changed = self._changed, asyncio.Event()
        changed.set()
        if self.has_ended:
            self._on_end()

    async def read(self, after_seq: int, within_seconds: float | None = None) -> Batch | None:
        """Give what lies beyond `after_seq`, or wait for it."""
        if after_seq >= self.transcript.last_seq and not self.has_ended:
            await _wait(self._changed, within_seconds)
        if after_seq < self.transcript.last_seq:
            return self._beyond(after_seq)
        return None if self.has_ended else ()

    async def interrupt(self, reason: str = "user") -> bool:
        """Set the stop flag."""
        if not self.has_ended and not self._stop.is_set():
            self._stop_reason = reason
            self._stop.set()
        return not self.has_ended

    async def interrupted(self) -> str:
        """Wait for the stop flag."""
        await self._stop.wait()
        return self._stop_reason

    def appended_at(self, seq: int) -> float | None:
        """Give the moment of an event that is still kept."""
        back = self.transcript.last_seq - seq
        return self._moments[-1 - back] if 0 <= back < len(self._moments) else None

    def _numbered(self, event: StreamEvent) -> StreamEvent:
        run_id, seq = self.transcript.run_id, self.transcript.last_seq + 1
        match event:
            case Text():
                return replace(event, run_id=run_id, seq=seq, offset=self.transcript.text.chars)
            case Thinking():
                return replace(event, run_id=run_id, seq=seq, offset=self.transcript.thinking.chars)
            case _:
                return replace(event, run_id=run_id, seq=seq)

    def _beyond(self, seq: int) -> Batch:
        missing = self.transcript.last_seq - seq
        if missing > len(self._events):
            return self.transcript.snapshot()
        newest_first = islice(reversed(self._events), missing)
        return tuple(newest_first)[::-1]


class MemoryRunLogs:
    """The `RunLogs` of a single process.

    The newest `retained_runs` ended runs stay readable, as long as they have no more than `retained_chars` characters
    of text and thinking together; the newest always does.
    """

    is_process_local = True

    def __init__(
        self,
        retained_events: int = RETAINED_EVENTS,
        retained_runs: int = RETAINED_RUNS,
        retained_chars: int = RETAINED_CHARS,
    ) -> None:
        self._retained_events = retained_events
        self._retained_runs = retained_runs
        self._retained_chars = retained_chars
        self._live: dict[str, MemoryRunLog] = {}
        self._ended: OrderedDict[str, MemoryRunLog] = OrderedDict()

    def open(self, run_id: str) -> RunLog:
        """Make a run known; twice is once."""
        if run_id not in self._live:
            self._live[run_id] = MemoryRunLog(run_id, self._retained_events, lambda: self._retire(run_id))
        return self._live[run_id]

    def get(self, run_id: str) -> RunLog:
        """Give the log of a run that is being written, or ended a short while ago."""
        log = self._live.get(run_id) or self._ended.get(run_id)
        if log is None:
            raise UnknownRunError(run_id)
        return log

    def close(self, run_id: str) -> None:
        """Forget a run that never began."""
        self._live.pop(run_id, None)

    def _retire(self, run_id: str) -> None:
        if log := self._live.pop(run_id, None):
            self._ended[run_id] = log
        while len(self._ended) > 1 and self._is_too_much():
            self._ended.popitem(last=False)

    def _is_too_much(self) -> bool:
        chars = sum(log.retained_chars for log in self._ended.values())
        return len(self._ended) > self._retained_runs or chars > self._retained_chars


async def _wait(event: asyncio.Event, seconds: float | None) -> None:
    if seconds is not None and seconds <= 0:
        return
    timer = asyncio.timeout(seconds)
    try:
        async with timer:
            await event.wait()
    except TimeoutError:
        if not timer.expired():
            raise
