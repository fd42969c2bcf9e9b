import asyncio

from sqlalchemy import text

from app.persistence.conversations import ConversationRepository
from app.persistence.database import Database
from app.persistence.messages import MessageRepository
from app.persistence.runs import RunRepository
from app.persistence.tables import new_id
from app.streaming.store import RunOutcome, StreamingStatus
from tests.integration.persistence.conftest import Ask


async def titles(conversations: ConversationRepository, user_id: str) -> list[str]:
    return [summary.title for summary in await conversations.newest(user_id)]


async def test_a_conversation_is_read_as_made(conversations: ConversationRepository, user_id: str) -> None:
    made = await conversations.create(user_id, "Rivers", "simulated/poet")
    assert made is not None
    assert (made.title, made.model, made.leaf_id) == ("Rivers", "simulated/poet", None)
    assert made.created_at == made.updated_at
    assert await conversations.get(user_id, made.id) == made


async def test_making_it_twice_with_one_id_makes_one(conversations: ConversationRepository, user_id: str) -> None:
    chosen = new_id()
    made = await asyncio.gather(*(conversations.create(user_id, "Rivers", "m", chosen) for _ in range(5)))
    assert len(set(made)) == 1
    assert await titles(conversations, user_id) == ["Rivers"]


async def test_a_page_ends_where_the_next_begins(conversations: ConversationRepository, user_id: str) -> None:
    for number in range(7):
        await conversations.create(user_id, str(number), "m")
    seen, before = [], None
    while page := await conversations.newest(user_id, limit=3, before=before):
        seen += [summary.title for summary in page]
        before = page[-1].cursor
    assert seen == ["6", "5", "4", "3", "2", "1", "0"]


async def test_touching_moves_to_the_top(conversations: ConversationRepository, user_id: str) -> None:
    old = await conversations.create(user_id, "old", "m")
    await conversations.create(user_id, "new", "m")
    assert old is not None
    assert await conversations.touch(user_id, old.id)
    assert await titles(conversations, user_id) == ["old", "new"]


async def test_renaming_and_choosing_a_model_keep_the_place(
    conversations: ConversationRepository, user_id: str
) -> None:
    old = await conversations.create(user_id, "old", "m")
    await conversations.create(user_id, "new", "m")
    assert old is not None
    assert await conversations.rename(user_id, old.id, "renamed")
    assert await conversations.set_model(user_id, old.id, "anthropic/claude")
    assert await titles(conversations, user_id) == ["new", "renamed"]
    changed = await conversations.get(user_id, old.id)
    assert changed is not None
    assert changed.model == "anthropic/claude"


async def test_the_list_says_who_is_writing_in_one_query(
    conversations: ConversationRepository, runs: RunRepository, user_id: str, ask: Ask, statements: list[str]
) -> None:
    turn = await ask()
    await conversations.create(user_id, "quiet", "m")
    statements.clear()
    assert [summary.is_writing for summary in await conversations.newest(user_id)] == [False, True]
    assert len(statements) == 1
    await runs.begin(turn.run_id)
    assert [summary.is_writing for summary in await conversations.newest(user_id)] == [False, True]
    await runs.finish(turn.run_id, RunOutcome(StreamingStatus.COMPLETE, "So."))
    assert [summary.is_writing for summary in await conversations.newest(user_id)] == [False, False]


async def test_the_leaf_must_be_of_the_conversation(
    conversations: ConversationRepository, user_id: str, conversation_id: str, ask: Ask
) -> None:
    turn = await ask()
    other = await conversations.create(user_id, "other", "m")
    assert other is not None
    assert await conversations.set_leaf(user_id, conversation_id, turn.user_message_id)
    assert not await conversations.set_leaf(user_id, other.id, turn.user_message_id)
    assert not await conversations.set_leaf(user_id, conversation_id, "no such message")
    stored = await conversations.get(user_id, conversation_id)
    assert stored is not None
    assert stored.leaf_id == turn.user_message_id


async def test_deleting_takes_everything_with_it(
    database: Database, conversations: ConversationRepository, user_id: str, conversation_id: str, ask: Ask
) -> None:
    await ask((await ask()).assistant_message_id)
    assert await conversations.delete(user_id, conversation_id)
    assert not await conversations.delete(user_id, conversation_id)
    async with database.reading() as session:
        for table in ("message", "run", "conversation"):
            assert (await session.scalars(text(f"SELECT count(*) FROM {table}"))).one() == 0


async def test_a_stranger_finds_nothing_and_changes_nothing(
    conversations: ConversationRepository, user_id: str, stranger_id: str, conversation_id: str, ask: Ask
) -> None:
    turn = await ask()
    before = await conversations.get(user_id, conversation_id)
    assert await conversations.get(stranger_id, conversation_id) is None
    assert await conversations.newest(stranger_id) == ()
    assert await conversations.create(stranger_id, "mine now", "m", conversation_id) is None
    assert not await conversations.rename(stranger_id, conversation_id, "mine now")
    assert not await conversations.set_model(stranger_id, conversation_id, "m")
    assert not await conversations.set_leaf(stranger_id, conversation_id, turn.user_message_id)
    assert not await conversations.touch(stranger_id, conversation_id)
    assert not await conversations.delete(stranger_id, conversation_id)
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
        runs.checkpoint(turn.run_id, "So", ""),
        conversations.delete(user_id, conversation_id),
        runs.finish(turn.run_id, outcome),
    )
    assert await runs.load(turn.run_id) is None
    assert await messages.get(user_id, turn.assistant_message_id) is None
    assert not await runs.finish(turn.run_id, outcome)
