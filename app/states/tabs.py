"""Whether a tab can take more: Reflex keeps background events running after their tab has gone or stalled."""

import asyncio
from functools import cache
from typing import Any

from reflex.utils.prerequisites import get_and_validate_app

LOOK_AGAIN_SECONDS = 0.1
GONE_SECONDS = 30.0
WAITING_PACKETS = 8


@cache
def _app() -> Any:
    return get_and_validate_app().app


def is_connected(client_token: str) -> bool:
    """Say whether the tab holds a socket to this process now."""
    namespace = _app().event_namespace
    return namespace is not None and client_token in namespace.token_to_sid


async def is_ready(client_token: str) -> bool:
    """Wait until the tab is connected and has taken what was sent before; False when it does not come back in time.

    Without this, frames for a phone that has stalled would pile up in its socket's queue, which has no bound.
    """
    waited = 0.0
    while not is_connected(client_token) or _packets_waiting(client_token) > WAITING_PACKETS:
        if waited >= GONE_SECONDS:
            return False
        await asyncio.sleep(LOOK_AGAIN_SECONDS)
        waited += LOOK_AGAIN_SECONDS
    return True


def _packets_waiting(client_token: str) -> int:
    app = _app()
    namespace = app.event_namespace
    if namespace is None or app.sio is None:
        return 0
    sid = namespace.token_to_sid.get(client_token)
    engine_sid = app.sio.manager.eio_sid_from_sid(sid, namespace.namespace)
    socket = app.sio.eio.sockets.get(engine_sid)
    return 0 if socket is None else socket.queue.qsize()
