"""Headers that are added to what the page's server answers."""

from abc import ABC, abstractmethod
from collections.abc import Awaitable, Callable, Mapping, MutableMapping
from typing import Any

Message = MutableMapping[str, Any]
Header = tuple[bytes, bytes]
ASGIApp = Callable[[Message, Callable[[], Awaitable[Message]], Callable[[Message], Awaitable[None]]], Awaitable[None]]


class AnswerHeaders(ABC):
    """ASGI middleware that adds a header to some answers; a subclass says which."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    @abstractmethod
    def header(self, path: str, status: int, headers: Mapping[bytes, bytes]) -> Header | None:
        """Give what is added to an answer with these headers, by their names in lower case; None for nothing."""

    async def __call__(
        self, scope: Message, receive: Callable[[], Awaitable[Message]], send: Callable[[Message], Awaitable[None]]
    ) -> None:
        """Pass the request on, and its answer with the header."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return

        async def send_with_header(message: Message) -> None:
            if message["type"] == "http.response.start":
                known = {name.lower(): value for name, value in message["headers"]}
                if added := self.header(str(scope["path"]), message["status"], known):
                    message["headers"] = [*message["headers"], added]
            await send(message)

        await self._app(scope, receive, send_with_header)


def is_page(headers: Mapping[bytes, bytes]) -> bool:
    """Say whether an answer is HTML."""
    return headers.get(b"content-type", b"").startswith(b"text/html")
