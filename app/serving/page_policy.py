"""What the page may do, as its browser is told: no frame in it leads anywhere.

A preview of a fragment is a frame whose document comes with the page (`srcdoc`), shut in by a policy of its own
(`components/preview_document.js`). That one cannot keep it from leading itself to another address; the policy of the
page around it can (Content Security Policy Level 3, `frame-src`).
"""

from collections.abc import Awaitable, Callable, MutableMapping
from typing import Any

POLICY = b"frame-src 'none'; object-src 'none'; base-uri 'self'"
NAME = b"content-security-policy"

Message = MutableMapping[str, Any]
ASGIApp = Callable[[Message, Callable[[], Awaitable[Message]], Callable[[Message], Awaitable[None]]], Awaitable[None]]


class PagePolicy:
    """ASGI middleware: every page that has no policy gets this one."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(
        self, scope: Message, receive: Callable[[], Awaitable[Message]], send: Callable[[Message], Awaitable[None]]
    ) -> None:
        """Pass the request on, adding the policy to pages."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return

        async def send_with_policy(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = {name.lower(): value for name, value in message["headers"]}
                if headers.get(b"content-type", b"").startswith(b"text/html") and NAME not in headers:
                    message["headers"] = [*message["headers"], (NAME, POLICY)]
            await send(message)

        await self._app(scope, receive, send_with_policy)
