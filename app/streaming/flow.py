"""How the frames of an answer follow the page that shows them.

A page has only as many frames under way as fit into the time that the quickest one took, and one more: any others would
wait in a queue, with text that is older than it has to be (the bandwidth-delay product, as in TCP BBR; Cardwell et al.,
2016). And frames become longer where they are shown later than the quickest by more than a frame of the screen: that is
how TCP Vegas finds out that a queue grows (Brakmo and Peterson, 1995).
"""

import asyncio
import math
import time
from collections import deque
from collections.abc import Callable
from contextlib import suppress

from app.streaming.frames import LONGEST_FRAME_SECONDS, SHORTEST_FRAME_SECONDS

UNSHOWN_FRAMES = 8  # at most: enough for a smooth answer at the other end of the world
MUTE_SECONDS = 1.0  # how long a page is waited for that has never said anything, before each further frame
ASLEEP_SECONDS = 5.0  # and one that has
LATE_SECONDS = 0.020  # what the screen's own frames explain
CAREFUL_SECONDS = 0.008
LONGER = 1.15
SHORTER = 0.95
FORGETTING = 1.01  # the quickest frame counts a little less with each one: a network may have become slower


class Flow:
    """How far a tab is with the frames that it has been sent, and how long its frames are to be."""

    def __init__(
        self,
        sent: int,
        pages: int = 1,
        now: Callable[[], float] = time.monotonic,
        on_seen: Callable[[float], None] = lambda _: None,
    ) -> None:
        """Begin after so many frames, carefully where so many pages, which may share a computer, are sent some.

        `on_seen` is told after how many seconds the page has shown a frame.
        """
        self._on_seen = on_seen
        self._now = now
        self._sent = sent
        self._shown = sent
        self._has_spoken = False
        self._under_way: deque[tuple[int, float]] = deque(maxlen=2 * UNSHOWN_FRAMES)
        self._quickest_seconds = math.inf
        self._seconds = _bounded(pages * CAREFUL_SECONDS)
        self._changed = asyncio.Event()
        self._is_over = False

    @property
    def is_over(self) -> bool:
        """Say whether another flow has taken over."""
        return self._is_over

    @property
    def is_behind(self) -> bool:
        """Say whether the page has as many unshown frames as it may have."""
        under_way = self._sent - self._shown
        return under_way >= UNSHOWN_FRAMES or under_way > self._quickest_seconds / self._seconds

    @property
    def frame_seconds(self) -> float:
        """How long a frame has to be for the page to keep up."""
        return self._seconds

    def sent(self, frame: int) -> None:
        """Note the number of a frame that is on its way."""
        self._sent = frame
        self._under_way.append((frame, self._now()))

    def shown(self, frame: int) -> None:
        """Note the number of a frame that the page has shown; one that was not sent is of a server before this."""
        if frame > self._sent:
            return
        self._shown, self._has_spoken = max(frame, self._shown), True
        while self._under_way and self._under_way[0][0] <= frame:
            number, sent_at = self._under_way.popleft()
            if number == frame:
                seconds = self._now() - sent_at
                self._adapt(seconds)
                self._on_seen(seconds)
        self._changed.set()

    def _adapt(self, seconds: float) -> None:
        self._quickest_seconds = min(self._quickest_seconds * FORGETTING, seconds)
        is_late = seconds - self._quickest_seconds > LATE_SECONDS
        self._seconds = _bounded(self._seconds * (LONGER if is_late else SHORTER))

    def end(self) -> None:
        """Let nobody wait any more."""
        self._is_over = True
        self._changed.set()

    async def pause(self, seconds: float) -> None:
        """Sleep so long, and as long as the page is behind; a page that sleeps is not waited for without end."""
        await asyncio.sleep(seconds)
        deadline = self._now() + (ASLEEP_SECONDS if self._has_spoken else MUTE_SECONDS)
        while self.is_behind and not self._is_over and (left := deadline - self._now()) > 0:
            self._changed.clear()
            with suppress(TimeoutError):
                async with asyncio.timeout(left):
                    await self._changed.wait()


def _bounded(seconds: float) -> float:
    return min(max(seconds, SHORTEST_FRAME_SECONDS), LONGEST_FRAME_SECONDS)
