"""Frames that come at a reader's pace instead of the provider's."""

import asyncio
import time
from collections.abc import AsyncGenerator, Awaitable, Callable
from contextlib import aclosing

from app.streaming.backlog import Backlog
from app.streaming.events import StreamEvent, is_terminal
from app.streaming.pacing import FrameClock, coalesce

Batch = tuple[StreamEvent, ...]


async def paced_frames(
    batches: AsyncGenerator[Batch],
    backlog: Backlog,
    frame_clock: FrameClock,
    *,
    now: Callable[[], float] = time.monotonic,
    sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
) -> AsyncGenerator[Batch]:
    """Give what is due, one coalesced batch a frame, up to the ending; waits without frames while nothing is behind."""
    with frame_clock:
        async with aclosing(_Arrivals(batches)) as arrivals:
            backlog.begin(await arrivals.waiting())
            last_shown = now() - frame_clock.seconds
            while True:
                if backlog.is_empty:
                    batch = await arrivals.next()
                    if batch is None:
                        return
                    backlog.take(batch)
                    last_shown = max(last_shown, now() - frame_clock.seconds)
                for batch in await arrivals.waiting():
                    backlog.take(batch)
                moment = now()
                frame = coalesce(backlog.due(moment - last_shown))
                last_shown = moment
                if frame:
                    yield frame
                    if is_terminal(frame[-1]):
                        return
                await sleep(max(0.0, frame_clock.seconds - (now() - moment)))


class _Arrivals:
    """Batches that can be looked for without waiting."""

    def __init__(self, batches: AsyncGenerator[Batch]) -> None:
        self._batches = batches
        self._step: asyncio.Task[Batch | None] | None = None

    async def next(self) -> Batch | None:
        """Wait for a batch; None when there will be none."""
        step, self._step = self._step or self._begin(), None
        return await step

    async def waiting(self) -> list[Batch]:
        """Give the batches that are there already."""
        found: list[Batch] = []
        while True:
            step = self._step = self._step or self._begin()
            await asyncio.sleep(0)
            batch = step.result() if step.done() else None
            if batch is None:
                return found
            found.append(batch)
            self._step = None

    async def aclose(self) -> None:
        """Look no more."""
        if self._step is not None:
            self._step.cancel()
            await asyncio.gather(self._step, return_exceptions=True)
        await self._batches.aclose()

    def _begin(self) -> "asyncio.Task[Batch | None]":
        return asyncio.create_task(self._pull())

    async def _pull(self) -> Batch | None:
        return await anext(self._batches, None)
