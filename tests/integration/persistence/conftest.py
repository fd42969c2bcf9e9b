from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from pathlib import Path

import pytest
from sqlalchemy import Engine, event, select, update
from sqlalchemy.orm import Session
from sqlmodel import col

from app.ids import new_id
from app.persistence.conversations import ConversationRepository
from app.persistence.database import Database
from app.persistence.messages import MessageRepository
from app.persistence.runs import RunRepository
from app.persistence.tables import WRITING, ConversationRow, RunRow, UserRow
from app.persistence.turns import BegunTurn, NewAnswer, NewQuestion, TurnRepository
from app.persistence.users import UserRepository
from tests.postgres import postgres_server, postgres_url

__all__ = ["postgres_server", "postgres_url"]

Ask = Callable[..., Awaitable[BegunTurn]]
Make = Callable[..., Awaitable[str]]


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
    await database.write(lambda session: session.add(UserRow(id=stranger, name="stranger", created_at=database.now())))
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
def turns(database: Database) -> TurnRepository:
    return TurnRepository(database)


@pytest.fixture
def make(database: Database, user_id: str) -> Make:
    """Store an empty conversation, of the local user unless told otherwise."""

    async def make(title: str = "A conversation", owner_id: str = user_id) -> str:
        now = database.now()
        row = ConversationRow(id=new_id(), user_id=owner_id, title=title, model="m", created_at=now, updated_at=now)
        await database.write(lambda session: session.add(row))
        return row.id

    return make


@pytest.fixture
async def conversation_id(make: Make) -> str:
    return await make()


@pytest.fixture
def ask(database: Database, turns: TurnRepository, user_id: str, conversation_id: str) -> Ask:
    """Store a turn, at the end of the test's conversation or after `parent_id`, whatever is unfinished there."""

    async def ask(
        parent_id: str | None = None, text: str = "Why?", conversation_id: str = conversation_id
    ) -> BegunTurn:
        shown = update(ConversationRow).where(col(ConversationRow.id) == conversation_id)
        is_open = col(RunRow.conversation_id) == conversation_id, col(RunRow.status).in_(WRITING)

        def set_aside(session: Session) -> dict[str, str]:
            session.execute(shown.values(leaf_id=parent_id))
            left = session.execute(select(col(RunRow.id), col(RunRow.status)).where(*is_open)).all()
            session.execute(update(RunRow).where(*is_open).values(status="set aside"))
            return {row[0]: row[1] for row in left}

        def put_back(session: Session, left: dict[str, str]) -> None:
            for run_id, status in left.items():
                session.execute(update(RunRow).where(col(RunRow.id) == run_id).values(status=status))

        left = await database.write(set_aside)
        answer = NewAnswer(new_id(), new_id(), "simulated", "poet", metadata={"road": "streamed"})
        turn = await turns.send(user_id, conversation_id, NewQuestion(new_id(), text), answer, is_first=False)
        await database.write(lambda session: put_back(session, left))
        assert turn is not None
        return turn

    return ask


@pytest.fixture
def statements() -> Iterator[list[str]]:
    """The SQL that reaches the database from here on, but for the ends of transactions."""
    seen: list[str] = []

    def note(_connection: object, _cursor: object, statement: str, *_: object) -> None:
        if not statement.startswith("BEGIN"):
            seen.append(statement)

    event.listen(Engine, "before_cursor_execute", note)
    yield seen
    event.remove(Engine, "before_cursor_execute", note)


@pytest.fixture
def written() -> Iterator[list[int]]:
    """How many characters the parameters of each statement bring to the database from here on."""
    sizes: list[int] = []

    def note(_connection: object, _cursor: object, _statement: str, parameters: object, *_: object) -> None:
        sizes.append(len(str(parameters)))

    event.listen(Engine, "before_cursor_execute", note)
    yield sizes
    event.remove(Engine, "before_cursor_execute", note)
