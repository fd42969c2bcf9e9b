"""How long browsers may keep the built files."""

from collections.abc import Awaitable, Callable, MutableMapping
from typing import Any

HASHED = "/assets/"
FOR_EVER = b"public, max-age=31536000, immutable"
ASK_FIRST = b"no-cache"

Message = MutableMapping[str, Any]
ASGIApp = Callable[[Message, Callable[[], Awaitable[Message]], Callable[[Message], Awaitable[None]]], Awaitable[None]]


class StaticCache:
    """ASGI middleware: files whose name holds the hash of their content may be kept for ever.

    A page, which names them, is asked for each time: one that was kept would ask for files of a version that is gone.
    """

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(
        self, scope: Message, receive: Callable[[], Awaitable[Message]], send: Callable[[Message], Awaitable[None]]
    ) -> None:
        """Pass the request on, marking answers."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return

        async def send_marked(message: Message) -> None:
            if message["type"] == "http.response.start":
                lifetime = _lifetime(str(scope["path"]), message)
                if lifetime:
                    message["headers"] = [*message["headers"], (b"cache-control", lifetime)]
            await send(message)

        await self._app(scope, receive, send_marked)


def _lifetime(path: str, start: Message) -> bytes | None:
    headers = {name.lower(): value for name, value in start["headers"]}
    if b"cache-control" in headers:
        return None
    if path.startswith(HASHED):
        return FOR_EVER if start["status"] in (200, 304) else ASK_FIRST
    return ASK_FIRST if headers.get(b"content-type", b"").startswith(b"text/html") else None
