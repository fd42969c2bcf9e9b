"""Other web sites cannot reach the server through a visitor's browser; people behind a proxy can."""

from typing import Any

import pytest

from app.serving.same_origin import SameOrigin

PASSED = [{"type": "passed on"}]
PUBLIC = "https://chat.example"
PORT = "https://chat.example:8443"


async def answer(
    headers: dict[str, str],
    *public_urls: str,
    host: str = "127.0.0.1",
    is_development: bool = False,
    kind: str = "http",
    path: str = "/",
) -> list[dict[str, Any]]:
    sent: list[dict[str, Any]] = []

    async def app(scope: Any, receive: Any, send: Any) -> None:
        await send({"type": "passed on"})

    async def receive() -> dict[str, Any]:
        return {"type": f"{kind}.connect"}

    async def send(message: Any) -> None:
        sent.append(dict(message))

    pairs = [(name.encode(), value.encode("latin-1")) for name, value in headers.items()]
    scope = {"type": kind, "path": path, "headers": pairs}
    await SameOrigin(app, host=host, public_urls=public_urls, is_development=is_development)(scope, receive, send)
    return sent


@pytest.mark.parametrize(
    "headers",
    [
        {"host": "localhost:3000"},
        {"host": "localhost:3000", "origin": "http://localhost:3000"},
        {"host": "127.0.0.1:3000", "origin": "http://127.0.0.1:3000"},
        {"host": "[::1]:3000", "origin": "http://[::1]:3000"},
        {"host": "192.168.1.7:3000", "origin": "http://192.168.1.7:3000"},
        {"host": "gpu-box:3000", "origin": "http://gpu-box:3000"},
        {"host": "gpu-box.local", "origin": "http://gpu-box.local:80"},
        {"host": "LOCALHOST:80", "origin": "http://localhost"},
    ],
)
async def test_our_own_page_passes(headers: dict[str, str]) -> None:
    assert await answer(headers) == PASSED


@pytest.mark.parametrize(
    ("headers", "public"),
    [
        ({"host": "chat.example", "origin": "https://chat.example"}, PUBLIC),  # nginx $host and $http_host, Caddy
        ({"host": "chat.example:443", "origin": "https://chat.example"}, PUBLIC),
        ({"host": "chat.example:8443", "origin": "https://chat.example:8443"}, PORT),  # nginx $http_host
        ({"host": "chat.example", "origin": "https://chat.example:8443"}, PORT),  # nginx $host drops the port
        ({"host": "127.0.0.1:3000", "origin": "https://chat.example"}, PUBLIC),  # nginx without a line for Host
        ({"host": "chat.example"}, PORT),
    ],
)
@pytest.mark.parametrize("kind", ["http", "websocket"])
async def test_people_behind_a_proxy_pass(headers: dict[str, str], public: str, kind: str) -> None:
    assert await answer(headers, "https://other.example", public, kind=kind) == PASSED
    assert await answer(headers, "https://other.example", kind=kind) != PASSED


@pytest.mark.parametrize(
    "headers",
    [
        {"host": "localhost:3000", "origin": "https://evil.example"},
        {"host": "localhost:3000", "origin": "http://localhost:9999"},
        {"host": "localhost", "origin": "http://localhost:9999"},
        {"host": "localhost:3000", "origin": "null"},
        {"host": "localhost:3000", "origin": "http://[::1"},
        {"host": "evil.example:3000", "origin": "http://evil.example:3000"},
        {"host": "evil.example:3000"},
        {"host": "localhost.evil.example"},
        {"host": "localhost:3000@evil.example"},
        {"host": "chat.example", "origin": "https://chat.example.evil.example"},
        {"host": "chat.example", "origin": "https://evil.example"},
        {"host": "evil.example", "origin": "http://evil.example", "x-forwarded-host": "chat.example"},
        {},
    ],
)
@pytest.mark.parametrize("kind", ["http", "websocket"])
async def test_foreign_sites_are_refused_wherever_the_server_listens(headers: dict[str, str], kind: str) -> None:
    first = (await answer(headers, PUBLIC, kind=kind))[0]
    assert first.get("status") == 403 or first.get("code") == 1008


async def test_the_name_that_the_server_listens_on_is_known() -> None:
    headers = {"host": "chat.example:3000", "origin": "http://chat.example:3000"}
    assert await answer(headers, host="Chat.example") == PASSED
    assert await answer(headers, host="other.example") != PASSED


async def test_the_parts_of_the_page_are_for_all_pages_but_for_no_unknown_name() -> None:
    assert await answer({"host": "localhost:3000", "origin": PUBLIC}, path="/assets/root-x.js") == PASSED
    assert await answer({"host": "chat.example"}, path="/assets/root-x.js") != PASSED


async def test_a_page_whose_socket_is_refused_can_ask_why() -> None:
    asked = {"host": "chat.example", "x-rivulet-page": PORT}
    assert await answer(asked, PORT) == PASSED
    refused = await answer(asked, PUBLIC)
    assert f"RIVULET_PUBLIC_URL={PORT}" in refused[1]["body"].decode()


async def test_a_refusal_says_which_header_is_wrong_and_what_to_set() -> None:
    _, body = await answer({"host": "chat.example", "accept": "text/html"})
    page = body["body"].decode()
    assert "The header Host says “chat.example”" in page
    assert "RIVULET_PUBLIC_URL=http://chat.example" in page
    _, body = await answer({"host": "chat.example", "origin": PORT}, PUBLIC, path="/api/v1/messages")
    assert f"RIVULET_PUBLIC_URL={PORT}" in body["body"].decode()
    assert body["body"].startswith(b'{"error"')


async def test_a_refusal_shows_no_markup_of_a_stranger() -> None:
    _, body = await answer({"host": "<b>x</b>.example", "accept": "text/html"})
    assert b"<b>" not in body["body"]


async def test_in_development_the_page_may_come_from_another_port() -> None:
    headers = {"host": "localhost:8000", "origin": "http://localhost:3000"}
    assert await answer(headers, is_development=True) == PASSED
    assert (await answer({**headers, "origin": "http://evil.example:3000"}, is_development=True))[0]["status"] == 403
