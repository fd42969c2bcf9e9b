"""The event bus of a single process: a bounded log a run, read by cursors instead of queues."""

import asyncio
from collections import OrderedDict, deque
from collections.abc import AsyncGenerator
from itertools import islice

from app.streaming.bus import UnknownRunError
from app.streaming.events import StreamEvent
from app.streaming.transcript import Transcript, apply

RETAINED_EVENTS = 4096
RETAINED_RUNS = 32
RETAINED_CHARS = 4_000_000


class MemoryBus:
    """An `EventBus` in memory.

    Each run keeps its transcript and its newest `retained_events` events; the newest `retained_runs` ended runs stay
    readable, as long as they have no more than `RETAINED_CHARS` characters together. A
    follower is only a position in the log, so a slow one costs nothing and finds a larger batch.
    """

    is_process_local = True

    def __init__(self, retained_events: int = RETAINED_EVENTS, retained_runs: int = RETAINED_RUNS) -> None:
        self._retained_events = retained_events
        self._retained_runs = retained_runs
        self._live: dict[str, _Channel] = {}
        self._ended: OrderedDict[str, _Channel] = OrderedDict()

    def open(self, run_id: str) -> None:
        """Make the run known."""
        self._live.setdefault(run_id, _Channel(run_id, self._retained_events))

    async def publish(self, event: StreamEvent) -> None:
        """Append an event to its run's log and wake the followers."""
        channel = self._channel(event.run_id)
        channel.append(event)
        if channel.has_ended:
            channel.over.set()
            self._retire(event.run_id)

    async def follow(self, run_id: str, after_seq: int = 0) -> AsyncGenerator[tuple[StreamEvent, ...]]:
        """Give batches of what lies beyond the cursor until the terminal event."""
        channel = self._channel(run_id)
        cursor = after_seq
        while True:
            changed = channel.changed
            if cursor < channel.last_seq:
                batch = channel.beyond(cursor)
                cursor = channel.last_seq
                yield batch
            elif channel.has_ended:
                return
            else:
                await changed.wait()

    async def interrupt(self, run_id: str, reason: str = "user") -> bool:
        """Set the run's interrupt flag."""
        channel = self._live.get(run_id)
        if channel is not None and not channel.interrupt.is_set():
            channel.interrupt_reason = reason
            channel.interrupt.set()
        return channel is not None

    async def interrupted(self, run_id: str) -> str:
        """Wait for the run's interrupt flag."""
        channel = self._channel(run_id)
        await channel.interrupt.wait()
        return channel.interrupt_reason

    async def over(self, run_id: str) -> None:
        """Wait for the run's terminal event."""
        await self._channel(run_id).over.wait()

    def close(self, run_id: str) -> None:
        """Forget a run that never began."""
        self._live.pop(run_id, None)

    def _channel(self, run_id: str) -> "_Channel":
        channel = self._live.get(run_id) or self._ended.get(run_id)
        if channel is None:
            raise UnknownRunError(run_id)
        return channel

    def _retire(self, run_id: str) -> None:
        channel = self._live.pop(run_id, None)
        if channel is not None:
            self._ended[run_id] = channel
        while len(self._ended) > 1 and self._is_too_much():
            self._ended.popitem(last=False)

    def _is_too_much(self) -> bool:
        chars = sum(channel.transcript.text.chars for channel in self._ended.values())
        return len(self._ended) > self._retained_runs or chars > RETAINED_CHARS


class _Channel:
    """One run's log, transcript and flags."""

    def __init__(self, run_id: str, retained_events: int) -> None:
        self.events: deque[StreamEvent] = deque(maxlen=retained_events)
        self.transcript = Transcript(run_id)
        self.changed = asyncio.Event()
        self.interrupt = asyncio.Event()
        self.interrupt_reason = ""
        self.over = asyncio.Event()

    @property
    def last_seq(self) -> int:
        return self.transcript.last_seq

    @property
    def has_ended(self) -> bool:
        return self.transcript.terminal is not None

    def append(self, event: StreamEvent) -> None:
        if self.has_ended:
            return
        apply(self.transcript, event)
        self.events.append(event)
        changed, self.changed = self.changed, asyncio.Event()
        changed.set()

    def beyond(self, cursor: int) -> tuple[StreamEvent, ...]:
        missing = self.last_seq - cursor
        if missing > len(self.events):
            return self.transcript.snapshot()
        newest_first = islice(reversed(self.events), missing)
        return tuple(newest_first)[::-1]
