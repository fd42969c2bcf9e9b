"""Whether a tab can take more: Reflex keeps background events running after their tab has gone or stalled.

A page says which frame of its answer it has shown (`components/frames_shown.jsx`). Without that, a browser that is
slower than the frames come, or asleep, would find hundreds of them waiting; React gives up after 50 in a row.

Long before, frames become longer: when one is shown later than the quickest one by more than a few frames of the
screen, it has waited behind others. That is how TCP Vegas finds out that a queue grows (Brakmo and Peterson, 1995).
"""

import asyncio
import math
import time
from collections import deque
from collections.abc import Callable, Generator
from contextlib import contextmanager, suppress
from functools import cache
from typing import Any

from reflex.utils.prerequisites import get_and_validate_app

from app.streaming.frames import LONGEST_FRAME_SECONDS, SHORTEST_FRAME_SECONDS

LOOK_AGAIN_SECONDS = 0.1
GONE_SECONDS = 30.0
MUTE_SECONDS = 1.0  # how long a page is waited for that has never said anything, before each further frame
ASLEEP_SECONDS = 5.0  # and one that has
WAITING_PACKETS = 8
UNSHOWN_FRAMES = 8  # enough for a smooth answer at the other end of the world
NAMESPACE = "/frames"

LATE_SECONDS = 0.030  # what the screen's own frames explain
CAREFUL_SECONDS = 0.008
LONGER = 1.15
SHORTER = 0.97
FORGETTING = 1.01  # the quickest frame counts a little less with each one: a network may have become slower


class Flow:
    """How far a tab is with the frames that it has been sent, and how long its frames are to be."""

    def __init__(self, sent: int, pages: int = 1, now: Callable[[], float] = time.monotonic) -> None:
        """Begin after so many frames, carefully where so many pages, which may share a computer, are sent some."""
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
        """Say whether the page has more unshown frames than it may have."""
        return self._sent - self._shown >= UNSHOWN_FRAMES

    @property
    def has_spoken(self) -> bool:
        """Say whether the page has told of any frame; one that was there before an update knows nothing of it."""
        return self._has_spoken

    @property
    def frame_seconds(self) -> float:
        """How long a frame has to be for the page to keep up."""
        return self._seconds

    def sent(self, frame: int) -> None:
        """Note the number of a frame that is on its way."""
        self._sent = frame
        self._under_way.append((frame, self._now()))

    def shown(self, frame: int) -> None:
        """Note the number of a frame that the page has shown."""
        self._shown, self._has_spoken = max(frame, self._shown), True
        while self._under_way and self._under_way[0][0] <= frame:
            number, sent_at = self._under_way.popleft()
            if number == frame:
                self._adapt(self._now() - sent_at)
        self._changed.set()

    def _adapt(self, seconds: float) -> None:
        self._quickest_seconds = min(self._quickest_seconds * FORGETTING, seconds)
        is_late = seconds - self._quickest_seconds > LATE_SECONDS
        self._seconds = _bounded(self._seconds * (LONGER if is_late else SHORTER))

    def end(self) -> None:
        """Let nobody wait any more."""
        self._is_over = True
        self._changed.set()

    async def wait(self, seconds: float) -> None:
        """Wait until the page says something, at most so long."""
        self._changed.clear()
        with suppress(TimeoutError):
            async with asyncio.timeout(seconds):
                await self._changed.wait()


def _bounded(seconds: float) -> float:
    return min(max(seconds, SHORTEST_FRAME_SECONDS), LONGEST_FRAME_SECONDS)


_flows: dict[str, Flow] = {}


@contextmanager
def flow(client_token: str, sent: int) -> Generator[Flow]:
    """Send frames to a tab within the block, after so many; whoever does so already ends."""
    if before := _flows.get(client_token):
        before.end()
    own = _flows[client_token] = Flow(sent, len(_flows.keys() | {client_token}))
    try:
        yield own
    finally:
        if _flows.get(client_token) is own:
            del _flows[client_token]


def listen(app: Any) -> None:
    """Hear what the pages of a Reflex app have shown."""
    app.sio.on("shown", _note_shown, namespace=NAMESPACE)


async def _note_shown(socket_id: str, frame: object) -> None:
    app = _app()
    manager, events = app.sio.manager, app.event_namespace
    engine_id = manager.eio_sid_from_sid(socket_id, NAMESPACE)
    token = events.sid_to_token.get(manager.sid_from_eio_sid(engine_id, events.namespace))
    if (known := _flows.get(token or "")) and isinstance(frame, int):
        known.shown(frame)


@cache
def _app() -> Any:
    return get_and_validate_app().app


def is_connected(client_token: str) -> bool:
    """Say whether the tab holds a socket to this process now."""
    return _socket_of(client_token) is not None


async def is_ready(client_token: str, sending: Flow) -> bool:
    """Wait until the tab is connected and has taken and shown what was sent before.

    False when it does not come back in time, or another flow has taken over. What waits for a phone that has stalled
    would pile up in its socket's queue, which has no bound.
    """
    gone = behind = 0.0
    while not sending.is_over and gone < GONE_SECONDS:
        socket_id = _socket_of(client_token)
        if socket_id is None or _packets_waiting(socket_id) > WAITING_PACKETS:
            await asyncio.sleep(LOOK_AGAIN_SECONDS)
            gone += LOOK_AGAIN_SECONDS
        elif not sending.is_behind or behind >= (ASLEEP_SECONDS if sending.has_spoken else MUTE_SECONDS):
            return True
        else:
            await sending.wait(LOOK_AGAIN_SECONDS)
            behind += LOOK_AGAIN_SECONDS
    return False


def _socket_of(client_token: str) -> str | None:
    namespace = _app().event_namespace
    return None if namespace is None else namespace.token_to_sid.get(client_token)


def _packets_waiting(socket_id: str) -> int:
    app = _app()
    engine_id = app.sio.manager.eio_sid_from_sid(socket_id, app.event_namespace.namespace)
    socket = app.sio.eio.sockets.get(engine_id)
    return 0 if socket is None else socket.queue.qsize()
