from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path

import pytest
from sqlalchemy import event

from app.persistence.conversations import ConversationRepository
from app.persistence.database import Database
from app.persistence.messages import MessageRepository, NewAnswer, StoredTurn
from app.persistence.runs import RunRepository
from app.persistence.tables import User, new_id
from app.persistence.users import UserRepository
from tests.postgres import postgres_server, postgres_url

__all__ = ["postgres_server", "postgres_url"]

Ask = Callable[..., Awaitable[StoredTurn]]


@pytest.fixture(params=["sqlite", "postgresql"])
def url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """The address of an empty database, of each kind in turn."""
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path / 'rivulet.db'}"
    return request.getfixturevalue("postgres_url")


@pytest.fixture
async def unmigrated(url: str) -> AsyncIterator[Database]:
    database = Database(url)
    yield database
    await database.aclose()


@pytest.fixture
async def database(unmigrated: Database) -> Database:
    await unmigrated.upgrade()
    return unmigrated


@pytest.fixture
async def user_id(database: Database) -> str:
    return (await UserRepository(database).local_user()).id


@pytest.fixture
async def stranger_id(database: Database) -> str:
    stranger = new_id()
    async with database.session() as session:
        session.add(User(id=stranger, name="stranger", created_at=database.now()))
    return stranger


@pytest.fixture
def conversations(database: Database) -> ConversationRepository:
    return ConversationRepository(database)


@pytest.fixture
def messages(database: Database) -> MessageRepository:
    return MessageRepository(database)


@pytest.fixture
def runs(database: Database) -> RunRepository:
    return RunRepository(database)


@pytest.fixture
async def conversation_id(conversations: ConversationRepository, user_id: str) -> str:
    conversation = await conversations.create(user_id, "A conversation", "simulated/poet")
    assert conversation is not None
    return conversation.id


@pytest.fixture
def ask(messages: MessageRepository, user_id: str, conversation_id: str) -> Ask:
    """Store a turn, in the test's conversation unless told otherwise."""

    async def ask(
        parent_id: str | None = None, text: str = "Why?", conversation_id: str = conversation_id
    ) -> StoredTurn:
        answer = NewAnswer(new_id(), new_id(), "simulated", "poet", {"road": "streamed"})
        turn = await messages.add_turn(user_id, conversation_id, parent_id, new_id(), text, answer)
        assert turn is not None
        return turn

    return ask


@pytest.fixture
def statements(database: Database) -> list[str]:
    """The SQL that reaches the database from here on, but for the ends of transactions."""
    seen: list[str] = []

    def note(_connection: object, _cursor: object, statement: str, *_: object) -> None:
        if not statement.startswith("BEGIN"):
            seen.append(statement)

    event.listen(database._engine.sync_engine, "before_cursor_execute", note)  # pyright: ignore[reportPrivateUsage]
    return seen
