"""Following a run without waiting for ever: silence is told."""

import asyncio
from collections.abc import AsyncGenerator, Callable
from contextlib import aclosing

from app.streaming.events import StreamEvent

Batch = tuple[StreamEvent, ...]


async def or_silence(
    follow: Callable[[int], AsyncGenerator[Batch]], after_seq: int, seconds: float
) -> AsyncGenerator[Batch]:
    """Give what `follow` gives beyond `after_seq`, and an empty batch whenever none has come for that long.

    A silent source is left and followed anew from the last seq. That costs a timer a batch, and no task.
    """
    cursor = after_seq
    while True:
        async with aclosing(follow(cursor)) as batches:
            while True:
                timer = asyncio.timeout(seconds)
                try:
                    async with timer:
                        batch = await anext(batches, None)
                except TimeoutError:
                    if not timer.expired():
                        raise
                    break
                if batch is None:
                    return
                cursor = max(cursor, batch[-1].seq)  # a snapshot's last event may be older than the snapshot
                yield batch
        yield ()
