"""Other web sites cannot reach the server through a visitor's browser."""

from typing import Any

import pytest

from app.same_origin import SameOrigin


async def answer(
    headers: dict[str, str], *, is_local: bool = True, is_development: bool = False, kind: str = "http"
) -> list[dict[str, Any]]:
    sent: list[dict[str, Any]] = []

    async def app(scope: Any, receive: Any, send: Any) -> None:
        await send({"type": "passed on"})

    async def receive() -> dict[str, Any]:
        return {"type": f"{kind}.connect"}

    async def send(message: Any) -> None:
        sent.append(dict(message))

    scope = {"type": kind, "headers": [(name.encode(), value.encode()) for name, value in headers.items()]}
    await SameOrigin(app, is_local=is_local, is_development=is_development)(scope, receive, send)
    return sent


@pytest.mark.parametrize(
    "headers",
    [
        {"host": "localhost:3000"},
        {"host": "localhost:3000", "origin": "http://localhost:3000"},
        {"host": "127.0.0.1:3000", "origin": "http://127.0.0.1:3000"},
        {"host": "[::1]:3000", "origin": "http://[::1]:3000"},
    ],
)
async def test_our_own_page_passes(headers: dict[str, str]) -> None:
    assert await answer(headers) == [{"type": "passed on"}]


@pytest.mark.parametrize(
    "headers",
    [
        {"host": "localhost:3000", "origin": "https://evil.example"},
        {"host": "localhost:3000", "origin": "http://localhost:9999"},
        {"host": "localhost:3000", "origin": "null"},
        {"host": "evil.example:3000", "origin": "http://evil.example:3000"},
        {"host": "evil.example:3000"},
        {},
    ],
)
@pytest.mark.parametrize("kind", ["http", "websocket"])
async def test_foreign_sites_are_refused(headers: dict[str, str], kind: str) -> None:
    first = (await answer(headers, kind=kind))[0]
    assert first.get("status") == 403 or first.get("code") == 1008


async def test_on_a_network_any_host_name_is_ours_but_foreign_origins_are_not() -> None:
    mine = {"host": "chat.example", "origin": "https://chat.example"}
    assert await answer(mine, is_local=False) == [{"type": "passed on"}]
    assert (await answer({**mine, "origin": "https://evil.example"}, is_local=False))[0]["status"] == 403


async def test_in_development_the_page_may_come_from_another_port() -> None:
    headers = {"host": "localhost:8000", "origin": "http://localhost:3000"}
    assert await answer(headers, is_development=True) == [{"type": "passed on"}]
    assert (await answer({**headers, "origin": "http://evil.example:3000"}, is_development=True))[0]["status"] == 403
