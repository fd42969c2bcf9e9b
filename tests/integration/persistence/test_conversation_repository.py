import asyncio

from sqlalchemy import text
from sqlalchemy.orm import Session

from app.persistence.conversations import ConversationRepository
from app.persistence.database import Database
from app.persistence.messages import MessageRepository
from app.persistence.runs import RunRepository
from app.streaming.store import Piece, RunOutcome, StreamingStatus
from tests.integration.persistence.conftest import Ask, Make


async def titles(conversations: ConversationRepository, user_id: str) -> list[str]:
    return [summary.title for summary in await conversations.newest(user_id)]


async def test_a_conversation_is_read_as_made(conversations: ConversationRepository, make: Make, user_id: str) -> None:
    made = await conversations.get(user_id, await make("Rivers"))
    assert made is not None
    assert (made.title, made.model, made.thinking, made.leaf_id) == ("Rivers", "m", "", None)
    assert made.created_at == made.updated_at


async def test_a_page_ends_where_the_next_begins(
    conversations: ConversationRepository, make: Make, user_id: str
) -> None:
    for number in range(7):
        await make(str(number))
    seen, before = [], None
    while page := await conversations.newest(user_id, limit=3, before=before):
        seen += [summary.title for summary in page]
        before = page[-1].cursor
    assert seen == ["6", "5", "4", "3", "2", "1", "0"]


async def test_the_list_says_who_is_writing_in_one_query(
    conversations: ConversationRepository,
    runs: RunRepository,
    make: Make,
    user_id: str,
    ask: Ask,
    statements: list[str],
) -> None:
    turn = await ask()
    await make("quiet")
    statements.clear()
    assert [summary.is_writing for summary in await conversations.newest(user_id)] == [False, True]
    assert len(statements) == 1
    await runs.begin(turn.run_id)
    assert [summary.is_writing for summary in await conversations.newest(user_id)] == [False, True]
    await runs.finish(turn.run_id, RunOutcome(StreamingStatus.COMPLETE, "So."))
    assert [summary.is_writing for summary in await conversations.newest(user_id)] == [False, False]


async def test_deleting_takes_everything_with_it(
    database: Database, conversations: ConversationRepository, user_id: str, conversation_id: str, ask: Ask
) -> None:
    await ask((await ask()).message_id)
    assert await conversations.delete(user_id, conversation_id) is not None
    assert await conversations.delete(user_id, conversation_id) is None

    def look(session: Session) -> None:
        for table in ("message", "run", "conversation"):
            assert session.scalars(text(f"SELECT count(*) FROM {table}")).one() == 0

    await database.read(look)


async def test_a_stranger_finds_nothing_and_changes_nothing(
    conversations: ConversationRepository, user_id: str, stranger_id: str, conversation_id: str, ask: Ask
) -> None:
    await ask()
    before = await conversations.get(user_id, conversation_id)
    assert await conversations.get(stranger_id, conversation_id) is None
    assert await conversations.newest(stranger_id) == ()
    assert await conversations.delete(stranger_id, conversation_id) is None
    assert await conversations.get(user_id, conversation_id) == before


async def test_a_conversation_deleted_while_it_is_written_ends_quietly(
    conversations: ConversationRepository,
    messages: MessageRepository,
    runs: RunRepository,
    user_id: str,
    conversation_id: str,
    ask: Ask,
) -> None:
    turn = await ask()
    outcome = RunOutcome(StreamingStatus.COMPLETE, "So.")
    await asyncio.gather(
        runs.begin(turn.run_id),
        runs.checkpoint(turn.run_id, Piece(0, "So"), Piece(0, "")),
        conversations.delete(user_id, conversation_id),
        runs.finish(turn.run_id, outcome),
    )
    assert await runs.load(turn.run_id) is None
    assert await messages.get(user_id, turn.message_id) is None
    await runs.finish(turn.run_id, outcome)
