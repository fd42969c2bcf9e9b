"""Built files are kept as long as they are what their name says."""

from typing import Any

import pytest

from app.serving.static_cache import ASK_FIRST, FOR_EVER, StaticCache

HTML = (b"content-type", b"text/html; charset=utf-8")
SCRIPT = (b"content-type", b"text/javascript")


async def lifetimes(path: str, status: int, *headers: tuple[bytes, bytes]) -> list[bytes]:
    sent: list[Any] = []

    async def app(scope: Any, receive: Any, send: Any) -> None:
        await send({"type": "http.response.start", "status": status, "headers": list(headers)})
        await send({"type": "http.response.body", "body": b""})

    async def receive() -> dict[str, Any]:
        return {"type": "http.request"}

    async def send(message: Any) -> None:
        sent.append(message)

    await StaticCache(app)({"type": "http", "path": path}, receive, send)
    return [value for name, value in sent[0]["headers"] if name == b"cache-control"]


@pytest.mark.parametrize(
    ("path", "status", "headers", "expected"),
    [
        ("/assets/entry-0a1b.js", 200, [SCRIPT], [FOR_EVER]),
        ("/assets/entry-0a1b.js", 304, [], [FOR_EVER]),
        ("/assets/gone-0a1b.js", 404, [HTML], [ASK_FIRST]),
        ("/", 200, [HTML], [ASK_FIRST]),
        ("/c/0a1b", 200, [HTML], [ASK_FIRST]),
        ("/a/b/c", 404, [HTML], [ASK_FIRST]),
        ("/favicon.svg", 200, [(b"content-type", b"image/svg+xml")], []),
        ("/api/v1/docs", 200, [HTML, (b"cache-control", b"no-store")], [b"no-store"]),
    ],
)
async def test_a_file_may_be_kept(
    path: str, status: int, headers: list[tuple[bytes, bytes]], expected: list[bytes]
) -> None:
    assert await lifetimes(path, status, *headers) == expected
