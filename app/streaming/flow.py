"""How the frames of an answer follow the page that shows them.

A page has only as many frames under way as fit into the time that the quickest one took: any others would wait in a
queue, with text that is older than it has to be (the bandwidth-delay product, as in TCP BBR; Cardwell et al., 2016).
And frames become longer where they are shown later than the quickest by more than a picture of the screen: that is how
TCP Vegas finds out that a queue grows (Brakmo and Peterson, 1995). Their number a second grows by addition and shrinks
by multiplication, so that tabs come to have equal parts of a computer that they share (Chiu and Jain, 1989).

A page that is near has shown one frame before it gets the next, and says so when its screen is about to draw. What it
were sent at that moment would wait for the picture after that one. So the next frame is held for as long as it still
comes in time, with all that is written meanwhile. How long that is shows when one comes too late; the hold, too, grows
by addition and shrinks by multiplication.
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
LONGER = 1.25
MORE_FRAMES = 60.0  # a second, of all pages of a computer together, with each second in which none is late
MOST_SHARING = 8  # pages beyond so many are on other computers, whose answers shall not stay coarse for minutes
FORGETTING = 1.01  # the quickest frame counts a little less with each one: a network may have become slower
MISSED_SECONDS = 0.022  # between two pictures of a screen that draws 60 in a second, one of which has been missed
LONGEST_HOLD_SECONDS = 0.010
HOLD_MORE_SECONDS = 0.0002
HOLD_LESS = 0.7
NEAR_SECONDS = 0.013  # beyond it the next picture would be missed, unless a frame is under way while one is shown


class Flow:
    """How far a tab is with the frames that it has been sent, and how long its frames are to be."""

    def __init__(
        self,
        sent: int,
        pages: Callable[[], int] = lambda: 1,
        now: Callable[[], float] = time.monotonic,
        on_seen: Callable[[float], None] = lambda _: None,
    ) -> None:
        """Begin after so many frames, carefully where many `pages`, which may share a computer, are sent some.

        `on_seen` is told after how many seconds the page has shown a frame.
        """
        self._on_seen = on_seen
        self._now = now
        self._sent = sent
        self._shown = sent
        self._has_spoken = False
        self._under_way: deque[tuple[int, float]] = deque(maxlen=2 * UNSHOWN_FRAMES)
        self._quickest_seconds = math.inf
        self._pages = pages
        self._seconds = _bounded(pages() * CAREFUL_SECONDS)
        self._adapted_at = now()
        self._hold = _Hold()
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
        most = 0 if self._is_near else self._quickest_seconds / self._seconds
        return under_way >= UNSHOWN_FRAMES or under_way > most

    @property
    def _is_near(self) -> bool:
        return self._quickest_seconds < NEAR_SECONDS

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
        now = self._now()
        self._shown, self._has_spoken = max(frame, self._shown), True
        self._hold.shown(now, is_counted=self._is_near)
        while self._under_way and self._under_way[0][0] <= frame:
            number, sent_at = self._under_way.popleft()
            if number == frame:
                seconds = now - sent_at
                self._adapt(seconds, now)
                self._on_seen(seconds)
        self._changed.set()

    def _adapt(self, seconds: float, now: float) -> None:
        self._quickest_seconds = min(self._quickest_seconds * FORGETTING, seconds)
        since, self._adapted_at = min(now - self._adapted_at, LONGEST_FRAME_SECONDS), now
        if seconds - self._quickest_seconds > LATE_SECONDS:
            self._seconds = _bounded(self._seconds * LONGER)
        else:
            more = MORE_FRAMES / min(self._pages(), MOST_SHARING) * since
            self._seconds = _bounded(1 / (1 / self._seconds + more))

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
        if not self._is_over:
            await asyncio.sleep(self._hold.rest(self._now()))


class _Hold:
    """How long the next frame waits for more text, counted from when the page has shown the one before."""

    def __init__(self) -> None:
        self._seconds = 0.0
        self._shown_at = -math.inf

    def shown(self, now: float, *, is_counted: bool) -> None:
        """Hold the next frame for longer, unless the page has drawn a picture without this one meanwhile.

        Where there is not always text pictures are missed too, so that what comes now and then goes out at once.
        """
        has_missed, self._shown_at = now - self._shown_at > MISSED_SECONDS, now
        if not is_counted:
            return
        if has_missed:
            self._seconds *= HOLD_LESS
        else:
            self._seconds = min(self._seconds + HOLD_MORE_SECONDS, LONGEST_HOLD_SECONDS)

    def rest(self, now: float) -> float:
        """Give the seconds for which the next frame still has to wait."""
        return max(0.0, self._shown_at + self._seconds - now)


def _bounded(seconds: float) -> float:
    return min(max(seconds, SHORTEST_FRAME_SECONDS), LONGEST_FRAME_SECONDS)
