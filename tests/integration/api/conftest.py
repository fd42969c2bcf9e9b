"""The API on a real port, over the real runtime, database, provider and loopback upstream."""

import asyncio
import socket
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import httpx
import pytest
import uvicorn
from starlette.applications import Starlette
from starlette.responses import PlainTextResponse
from starlette.routing import Route

from app import runtime
from app.api.application import make_http
from app.persistence.tables import UserRow
from app.runtime import Runtime
from app.settings import Settings
from tests.upstream import Script, Upstream

MODEL = "openai/scripted"


@pytest.fixture(scope="module")
def upstream() -> Iterator[Upstream]:
    with Upstream() as running:
        running.script("scripted", Script())
        yield running


@pytest.fixture
def settings(upstream: Upstream, tmp_path: Path) -> Settings:
    return Settings(
        data_dir=tmp_path,
        database_url=f"sqlite:///{tmp_path / 'rivulet.db'}",
        openai_base_url=upstream.openai_url,
        openai_api_key="test-key",
        ollama_url="http://127.0.0.1:9",
        model=MODEL,
        max_message_chars=1000,
    )


@pytest.fixture
async def services(settings: Settings) -> AsyncIterator[Runtime]:
    async with runtime.running(settings) as running:
        yield running


class _Server(uvicorn.Server):
    def __init__(self, config: uvicorn.Config) -> None:
        super().__init__(config)
        self.is_up = asyncio.Event()

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        self.is_up.set()


@asynccontextmanager
async def serving(heartbeat_seconds: float = 15) -> AsyncIterator[httpx.AsyncClient]:
    """Serve the API before a page on a free port, and give a client of it."""
    http = make_http(heartbeat_seconds)
    http.mount("", Starlette(routes=[Route("/{path:path}", lambda _: PlainTextResponse("the page"))]))
    with socket.create_server(("127.0.0.1", 0)) as listener:
        config = uvicorn.Config(http, lifespan="off", ws="none", log_level="error", timeout_graceful_shutdown=1)
        server = _Server(config)
        task = asyncio.create_task(server.serve([listener]))
        await server.is_up.wait()
        url = f"http://127.0.0.1:{listener.getsockname()[1]}"
        async with httpx.AsyncClient(base_url=url, timeout=60, trust_env=False) as client:
            yield client
        server.should_exit = True
        await task


@pytest.fixture
async def api(services: Runtime) -> AsyncIterator[httpx.AsyncClient]:
    async with serving() as client:
        yield client


@pytest.fixture
async def stranger(services: Runtime) -> str:
    """Another user's id."""
    await services.database.write(
        lambda session: session.add(UserRow(id="f" * 32, name="stranger", created_at=services.database.now()))
    )
    return "f" * 32


async def send(api: httpx.AsyncClient, text: str = "Why?", key: str = "", **fields: str) -> dict[str, Any]:
    headers = {"Idempotency-Key": key} if key else {}
    answer = await api.post("/api/v1/messages", json={"text": text, **fields}, headers=headers)
    assert answer.status_code == 201, answer.text
    return answer.json()


async def whole(api: httpx.AsyncClient, sent: dict[str, Any]) -> dict[str, Any]:
    """Follow the run, wait until the answer's end is stored, which may be later than it is told, and give its state."""
    await api.get(f"/api/v1/runs/{sent['run_id']}/events")
    return await ended(api, sent)


async def ended(api: httpx.AsyncClient, sent: dict[str, Any]) -> dict[str, Any]:
    """Wait for the end of a run that nobody follows, and give its state."""
    while (state := (await api.get(f"/api/v1/runs/{sent['run_id']}")).json())["status"] in ("pending", "streaming"):
        await asyncio.sleep(0.01)
    return state
