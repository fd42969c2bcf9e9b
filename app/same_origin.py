"""Keeps other web sites from talking to the server through a visitor's browser."""

from collections.abc import Awaitable, Callable, MutableMapping
from typing import Any
from urllib.parse import urlsplit

LOOPBACK = frozenset({"localhost", "127.0.0.1", "::1"})

Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
ASGIApp = Callable[[Message, Receive, Send], Awaitable[None]]


class SameOrigin:
    """ASGI middleware that refuses requests whose `Origin` is not the host and port they are sent to.

    Bound to loopback it also refuses any other `Host`, which is what DNS rebinding would need.
    """

    def __init__(self, app: ASGIApp, *, is_local: bool, is_development: bool = False) -> None:
        self._app = app
        self._is_local = is_local
        self._is_development = is_development  # the page comes from another port then

    async def __call__(self, scope: Message, receive: Receive, send: Send) -> None:
        """Pass the request on or answer 403."""
        if scope["type"] in ("http", "websocket") and not self._is_allowed(dict(scope["headers"])):
            await _refuse(scope, receive, send)
        else:
            await self._app(scope, receive, send)

    def _is_allowed(self, headers: dict[bytes, bytes]) -> bool:
        host = headers.get(b"host", b"").decode("latin-1").lower()
        if self._is_local and _hostname(host) not in LOOPBACK:
            return False
        origin = headers.get(b"origin")
        if origin is None:
            return True
        from_host = origin.decode("latin-1").lower().partition("://")[2]
        if self._is_development:
            return _hostname(from_host) == _hostname(host)
        return from_host == host


def _hostname(host: str) -> str | None:
    try:
        return urlsplit(f"//{host}").hostname
    except ValueError:
        return None


async def _refuse(scope: Message, receive: Receive, send: Send) -> None:
    if scope["type"] == "websocket":
        await receive()
        await send({"type": "websocket.close", "code": 1008})
        return
    await send({"type": "http.response.start", "status": 403, "headers": [(b"content-type", b"text/plain")]})
    await send({"type": "http.response.body", "body": b"This address serves its own pages only."})
