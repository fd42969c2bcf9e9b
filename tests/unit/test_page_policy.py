"""Pages are served with a policy that keeps their frames where they are."""

from typing import Any

import pytest

from app.serving.page_policy import POLICY, PagePolicy

HTML = (b"Content-Type", b"text/html; charset=utf-8")


async def policies(*headers: tuple[bytes, bytes]) -> list[bytes]:
    sent: list[Any] = []

    async def app(scope: Any, receive: Any, send: Any) -> None:
        await send({"type": "http.response.start", "status": 200, "headers": list(headers)})

    async def receive() -> dict[str, Any]:
        return {"type": "http.request"}

    async def send(message: Any) -> None:
        sent.append(message)

    await PagePolicy(app)({"type": "http", "path": "/"}, receive, send)
    return [value for name, value in sent[0]["headers"] if name.lower() == b"content-security-policy"]


@pytest.mark.parametrize(
    ("headers", "expected"),
    [
        ([HTML], [POLICY]),
        ([HTML, (b"Content-Security-Policy", b"default-src 'none'")], [b"default-src 'none'"]),
        ([(b"content-type", b"text/javascript")], []),
        ([], []),
    ],
)
async def test_a_page_without_a_policy_gets_one(headers: list[tuple[bytes, bytes]], expected: list[bytes]) -> None:
    assert await policies(*headers) == expected
