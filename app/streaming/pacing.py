"""When followers are shown what has come: frames instead of single deltas."""

import asyncio
import time
from collections.abc import AsyncGenerator, AsyncIterable, Awaitable, Callable, Iterable
from dataclasses import replace

from app.streaming.events import StreamEvent, Text, Thinking, is_terminal

SHORTEST_FRAME_SECONDS = 0.033
LONGEST_FRAME_SECONDS = 0.100
FRAME_BUDGET_SECONDS = 0.008


def coalesce(events: Iterable[StreamEvent]) -> tuple[StreamEvent, ...]:
    """Join neighbouring text (and thinking) events into one; time and space are linear in the characters."""
    joined: list[StreamEvent] = []
    group: list[Text | Thinking] = []
    for event in events:
        if group and not _continues(group[-1], event):
            joined.append(_join(group))
            group = []
        if isinstance(event, Text | Thinking):
            group.append(event)
        else:
            joined.append(event)
    if group:
        joined.append(_join(group))
    return tuple(joined)


def _continues(last: Text | Thinking, event: StreamEvent) -> bool:
    if not isinstance(event, Text | Thinking) or type(event) is not type(last):
        return False
    return event.offset == last.offset + len(last.text)


def _join(group: list[Text | Thinking]) -> Text | Thinking:
    first, last = group[0], group[-1]
    return replace(last, offset=first.offset, text="".join(part.text for part in group))


class FrameClock:
    """How long a frame lasts, given how many answers are shown at once in this process.

    A frame costs about 1 ms of CPU in memory and 2.5 ms with Redis (measured, see the design), so each follower beyond
    the fourth stretches everybody's frames, from 33 ms up to 100 ms.
    """

    def __init__(self) -> None:
        self._followers = 0

    def __enter__(self) -> "FrameClock":
        self._followers += 1
        return self

    def __exit__(self, *_: object) -> None:
        self._followers -= 1

    @property
    def seconds(self) -> float:
        """The present length of a frame."""
        return min(max(self._followers * FRAME_BUDGET_SECONDS, SHORTEST_FRAME_SECONDS), LONGEST_FRAME_SECONDS)


async def frames(
    batches: AsyncIterable[tuple[StreamEvent, ...]],
    frame_clock: FrameClock,
    *,
    now: Callable[[], float] = time.monotonic,
    sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
) -> AsyncGenerator[tuple[StreamEvent, ...]]:
    """Give one coalesced batch a frame, the first at once.

    While a frame lasts nothing is read, so the source (a cursor in the run's log) gathers the next one by itself.
    """
    with frame_clock:
        async for batch in batches:
            begun = now()
            frame = coalesce(batch)
            yield frame
            if is_terminal(frame[-1]):
                return
            await sleep(max(0.0, frame_clock.seconds - (now() - begun)))
