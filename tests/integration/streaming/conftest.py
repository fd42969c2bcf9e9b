"""The whole server without its page: real runtime, real database, real provider, loopback upstream."""

import asyncio
import sqlite3
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, closing
from dataclasses import dataclass, field, replace
from pathlib import Path

import pytest

from app import runtime
from app.persistence.messages import StoredMessage
from app.runtime import Runtime
from app.services.chat import Turn
from app.settings import Settings
from app.streaming.events import StreamEvent, Text, is_terminal
from tests.upstream import Upstream

MODEL = "openai/scripted"


@pytest.fixture(scope="module")
def upstream() -> Iterator[Upstream]:
    with Upstream() as running:
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
        first_wait_seconds=0.01,
    )


@pytest.fixture
async def services(settings: Settings) -> AsyncIterator[Runtime]:
    async with runtime.running(settings) as running:
        yield running


async def execute(settings: Settings, statement: str) -> None:
    """Change the database behind the server's back, off the loop on which the server may hold a lock meanwhile."""

    def change() -> None:
        with closing(sqlite3.connect(settings.data_dir / "rivulet.db", isolation_level=None)) as database:
            database.execute(statement)

    await asyncio.to_thread(change)


async def left_behind(settings: Settings, path: Path) -> Settings:
    """Take the database as a crash of its server would leave it now: nothing is closed, and nobody owns it."""
    await execute(settings, f"VACUUM INTO '{path}'")
    return replace(settings, database_url=f"sqlite:///{path}")


BREAK_STORING = (
    "CREATE TRIGGER broken BEFORE UPDATE ON message BEGIN SELECT RAISE(FAIL, 'disk I/O error'); END",
    "CREATE TRIGGER broken_too BEFORE INSERT ON run_chunk BEGIN SELECT RAISE(FAIL, 'disk I/O error'); END",
)
MEND_STORING = ("DROP TRIGGER broken", "DROP TRIGGER broken_too")


async def break_storing(settings: Settings) -> None:
    """Let the database refuse every word and every ending from now on."""
    for statement in BREAK_STORING:
        await execute(settings, statement)


async def mend_storing(settings: Settings) -> None:
    """Let the database take everything again."""
    for statement in MEND_STORING:
        await execute(settings, statement)


@asynccontextmanager
async def refusing(settings: Settings, change: str) -> AsyncIterator[None]:
    """Let the database refuse one kind of change, for as long as the block lasts."""
    await execute(settings, f"CREATE TRIGGER refusing BEFORE {change} BEGIN SELECT RAISE(FAIL, 'disk I/O error'); END")
    yield
    await execute(settings, "DROP TRIGGER refusing")


def text_of(events: list[StreamEvent]) -> str:
    return "".join(event.text for event in events if isinstance(event, Text))


def endings(events: list[StreamEvent]) -> list[StreamEvent]:
    return [event for event in events if is_terminal(event)]


@dataclass
class User:
    """Somebody who asks, and reads what comes."""

    services: Runtime
    model: str = MODEL
    events: list[StreamEvent] = field(default_factory=list[StreamEvent])

    @property
    def id(self) -> str:
        return self.services.local_user_id

    async def ask(self, text: str = "Why?", conversation_id: str = "") -> Turn:
        return await self.services.chat.send(self.id, conversation_id, text, self.model)

    async def ask_whole(self) -> Turn:
        """Ask as one who prefers whole answers."""
        await self.services.preferences.set(self.id, "mode", "traditional")
        return await self.ask()

    async def read(self, turn: Turn, after_seq: int = 0) -> list[StreamEvent]:
        """Follow to the end, which is told before it is stored when storing takes long, and wait until it is stored."""
        writing = self.services.manager._tasks.get(turn.run_id)  # pyright: ignore[reportPrivateUsage]
        events = await self.follow(turn, after_seq)
        if writing is not None:
            await asyncio.wait({writing})
        return events

    async def follow(self, turn: Turn, after_seq: int = 0) -> list[StreamEvent]:
        """Follow to the end, stored or not."""
        self.events = [event async for batch in self.services.manager.follow(turn.run_id, after_seq) for event in batch]
        return self.events

    async def read_until(self, turn: Turn, chars: int) -> str:
        """Follow until this many characters are there."""
        text = ""
        async for batch in self.services.manager.follow(turn.run_id):
            text += "".join(event.text for event in batch if isinstance(event, Text))
            if len(text) >= chars:
                return text
        raise AssertionError(f"the answer ended after {len(text)} characters")

    async def stored(self, turn: Turn) -> StoredMessage:
        """The answer as it is in the database."""
        opened = await self.services.chat.open(self.id, turn.conversation_id, 50)
        return next(message for message in opened.messages if message.id == turn.message_id)


@pytest.fixture
def user(services: Runtime) -> User:
    return User(services)
