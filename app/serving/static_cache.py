"""A cache lifetime for files whose name holds the hash of their content."""

from collections.abc import Awaitable, Callable, MutableMapping
from typing import Any

HASHED = "/assets/"
FOR_EVER = b"public, max-age=31536000, immutable"

Message = MutableMapping[str, Any]
ASGIApp = Callable[[Message, Callable[[], Awaitable[Message]], Callable[[Message], Awaitable[None]]], Awaitable[None]]


class StaticCache:
    """ASGI middleware that lets browsers keep hashed files for ever."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(
        self, scope: Message, receive: Callable[[], Awaitable[Message]], send: Callable[[Message], Awaitable[None]]
    ) -> None:
        """Pass the request on, marking successful answers under `/assets/`."""
        if scope["type"] != "http" or not str(scope["path"]).startswith(HASHED):
            await self._app(scope, receive, send)
            return

        async def send_marked(message: Message) -> None:
            if message["type"] == "http.response.start" and message["status"] in (200, 304):
                message["headers"] = [*message["headers"], (b"cache-control", FOR_EVER)]
            await send(message)

        await self._app(scope, receive, send_marked)
