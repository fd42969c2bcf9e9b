"""Whether a tab can take more: Reflex keeps background events running after their tab has gone or stalled.

A page says which frame of its answer it has shown (`components/frames_shown.jsx`). Without that, a browser that is
slower than the frames come, or asleep, would find hundreds of them waiting; React gives up after 50 in a row.
"""

import asyncio
from collections.abc import Callable, Generator
from contextlib import contextmanager
from functools import cache
from typing import Any

from reflex.utils.prerequisites import get_and_validate_app

from app.streaming.flow import Flow

LOOK_AGAIN_SECONDS = 0.1
GONE_SECONDS = 30.0
WAITING_PACKETS = 8
NAMESPACE = "/frames"


_flows: dict[str, Flow] = {}


@contextmanager
def flow(client_token: str, sent: int, on_seen: Callable[[float], None]) -> Generator[Flow]:
    """Send frames to a tab within the block, after so many; whoever does so already ends. See `Flow` for `on_seen`."""
    if before := _flows.get(client_token):
        before.end()
    own = _flows[client_token] = Flow(sent, lambda: len(_flows) + (client_token not in _flows), on_seen=on_seen)
    try:
        yield own
    finally:
        if _flows.get(client_token) is own:
            del _flows[client_token]


def listen(app: Any) -> None:
    """Hear what the pages of a Reflex app have shown."""
    app.sio.on("shown", _note_shown, namespace=NAMESPACE)


async def _note_shown(socket_id: str, frame: object = None, *_: object) -> None:
    app = _app()
    manager, events = app.sio.manager, app.event_namespace
    engine_id = manager.eio_sid_from_sid(socket_id, NAMESPACE)
    token = events.sid_to_token.get(manager.sid_from_eio_sid(engine_id, events.namespace))
    if (known := _flows.get(token or "")) and type(frame) is int:  # whatever a client of somebody else's may send
        known.shown(frame)


@cache
def _app() -> Any:
    return get_and_validate_app().app


def is_connected(client_token: str) -> bool:
    """Say whether the tab holds a socket to this process now."""
    return _socket_of(client_token) is not None


async def is_ready(client_token: str, sending: Flow) -> bool:
    """Wait until the tab is connected and has taken what was sent before.

    False when it does not come back in time, or another flow has taken over. What waits for a phone that has stalled
    would pile up in its socket's queue, which has no bound.
    """
    gone = 0.0
    while not sending.is_over and gone < GONE_SECONDS:
        socket_id = _socket_of(client_token)
        if socket_id is not None and _packets_waiting(socket_id) <= WAITING_PACKETS:
            return True
        await asyncio.sleep(LOOK_AGAIN_SECONDS)
        gone += LOOK_AGAIN_SECONDS
    return False


def _socket_of(client_token: str) -> str | None:
    namespace = _app().event_namespace
    return None if namespace is None else namespace.token_to_sid.get(client_token)


def _packets_waiting(socket_id: str) -> int:
    app = _app()
    engine_id = app.sio.manager.eio_sid_from_sid(socket_id, app.event_namespace.namespace)
    socket = app.sio.eio.sockets.get(engine_id)
    return 0 if socket is None else socket.queue.qsize()
