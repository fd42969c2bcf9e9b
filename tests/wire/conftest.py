"""The real runtime in front of a server whose bytes a test writes."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest

from app import runtime
from app.runtime import Runtime
from app.settings import Settings
from app.streaming.store import StoredRun
from tests.wire.raw_server import Answering, RawServer, raw_server

KEY = "test"


@dataclass
class Asker:
    """Somebody who asks one model of a raw server, and reads what is stored of the answer."""

    services: Runtime
    server: RawServer
    model: str

    async def ask(self, text: str = "Why?", conversation_id: str = "") -> StoredRun:
        user_id = self.services.local_user_id
        turn = await self.services.chat.send(user_id, conversation_id, text, self.model)
        writing = self.services.manager._tasks.get(turn.run_id)  # pyright: ignore[reportPrivateUsage]
        async for _ in self.services.manager.follow(turn.run_id):
            pass
        if writing is not None:
            await asyncio.wait({writing})  # an ending may be told before it is stored
        run = await self.services.chat.run(user_id, turn.run_id)
        assert run is not None
        return run


Asking = Callable[..., AbstractAsyncContextManager[Asker]]


@pytest.fixture
def asking(tmp_path: Path) -> Asking:
    """Give a context in which a provider's answers come from `answering`."""

    @asynccontextmanager
    async def begin(provider: str, answering: Answering, **environment: str) -> AsyncIterator[Asker]:
        async with raw_server(answering) as server:
            variables = {
                "OPENAI_API_KEY": KEY,
                "ANTHROPIC_API_KEY": KEY,
                "OLLAMA_HOST": "127.0.0.1:9",
                "RIVULET_RETRIES": "1",
                "RIVULET_DATA_DIR": str(tmp_path),
                "RIVULET_MODEL": f"{provider}/fake",
                "ANTHROPIC_BASE_URL": server.url,
                "OPENAI_BASE_URL": f"{server.url}/v1",
                **{name: value.replace("URL", server.url) for name, value in environment.items()},
            }
            settings = Settings.from_environment(variables)
            async with runtime.running(settings) as services:
                yield Asker(services, server, f"{provider}/fake")

    return begin
