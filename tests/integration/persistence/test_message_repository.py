import asyncio

from sqlalchemy import insert, text

from app.persistence.conversations import ConversationRepository
from app.persistence.database import Database
from app.persistence.messages import MessageRepository, NewAnswer, StoredMessage
from app.persistence.runs import RunRepository
from app.persistence.tables import Message, Role, new_id
from app.streaming.store import RunOutcome, StreamingStatus
from tests.integration.persistence.conftest import Ask


def new_answer() -> NewAnswer:
    return NewAnswer(new_id(), new_id(), "simulated", "poet")


def ids(branch: tuple[StoredMessage, ...]) -> list[str]:
    return [message.id for message in branch]


async def count(database: Database, table: str) -> int:
    async with database.reading() as session:
        return (await session.scalars(text(f"SELECT count(*) FROM {table}"))).one()


async def test_a_turn_is_a_question_and_a_pending_answer(
    conversations: ConversationRepository,
    messages: MessageRepository,
    runs: RunRepository,
    user_id: str,
    conversation_id: str,
    ask: Ask,
) -> None:
    before = await conversations.get(user_id, conversation_id)
    turn = await ask(text="Why?")
    question, answer = await messages.branch(user_id, conversation_id)
    assert (question.role, question.text, question.status) == (Role.USER, "Why?", StreamingStatus.COMPLETE)
    assert (answer.role, answer.text, answer.status) == (Role.ASSISTANT, "", StreamingStatus.PENDING)
    assert (answer.parent_id, answer.model, answer.metadata) == (question.id, "poet", {"road": "streamed"})
    assert question.created_at < answer.created_at
    run = await runs.load(turn.run_id)
    conversation = await conversations.get(user_id, conversation_id)
    assert run is not None
    assert conversation is not None
    assert before is not None
    assert (run.message_id, run.status) == (answer.id, StreamingStatus.PENDING)
    assert conversation.leaf_id == answer.id
    assert conversation.updated_at > before.updated_at


async def test_sending_twice_stores_once(
    database: Database, messages: MessageRepository, user_id: str, conversation_id: str
) -> None:
    question_id, answer = new_id(), new_answer()
    first = await messages.add_turn(user_id, conversation_id, None, question_id, "Why?", answer)
    again = await messages.add_turn(user_id, conversation_id, None, question_id, "Why??", new_answer())
    assert first is not None
    assert again is not None
    assert (first.is_new, again.is_new) == (True, False)
    assert (again.assistant_message_id, again.run_id) == (answer.message_id, answer.run_id)
    assert (await count(database, "message"), await count(database, "run")) == (2, 1)


async def test_sending_twice_at_once_stores_once(
    database: Database, url: str, user_id: str, conversation_id: str
) -> None:
    other, question_id = Database(url), new_id()
    turns = await asyncio.gather(
        *(
            MessageRepository(one).add_turn(user_id, conversation_id, None, question_id, "Why?", new_answer())
            for one in (database, other, database, other)
        )
    )
    await other.aclose()
    assert sum(turn is not None and turn.is_new for turn in turns) == 1
    assert len({turn and turn.run_id for turn in turns}) == 1
    assert (await count(database, "message"), await count(database, "run")) == (2, 1)


async def test_a_repeated_question_finds_its_first_answer(
    messages: MessageRepository, user_id: str, conversation_id: str, ask: Ask
) -> None:
    turn = await ask()
    await messages.add_answer(user_id, conversation_id, turn.user_message_id, new_answer())
    again = await messages.add_turn(user_id, conversation_id, None, turn.user_message_id, "Why?", new_answer())
    assert again is not None
    assert again.run_id == turn.run_id


async def test_regenerating_adds_a_sibling_and_shows_it(
    messages: MessageRepository, user_id: str, conversation_id: str, ask: Ask
) -> None:
    turn = await ask()
    answer = new_answer()
    added = await messages.add_answer(user_id, conversation_id, turn.user_message_id, answer)
    again = await messages.add_answer(user_id, conversation_id, turn.user_message_id, answer)
    assert added is not None
    assert again is not None
    assert (added.is_new, again.is_new, again.run_id) == (True, False, answer.run_id)
    assert ids(await messages.branch(user_id, conversation_id)) == [turn.user_message_id, answer.message_id]
    siblings = await messages.children(user_id, conversation_id, turn.user_message_id)
    assert siblings == (turn.assistant_message_id, answer.message_id)


async def test_an_answer_answers_a_question(
    messages: MessageRepository, user_id: str, conversation_id: str, ask: Ask
) -> None:
    turn = await ask()
    assert await messages.add_answer(user_id, conversation_id, turn.assistant_message_id, new_answer()) is None
    assert await messages.add_answer(user_id, conversation_id, "no such message", new_answer()) is None


async def test_editing_the_first_question_opens_another_branch(
    messages: MessageRepository, user_id: str, conversation_id: str, ask: Ask
) -> None:
    first, second = await ask(), await ask()
    assert ids(await messages.branch(user_id, conversation_id)) == [second.user_message_id, second.assistant_message_id]
    old = await messages.branch(user_id, conversation_id, first.assistant_message_id)
    assert ids(old) == [first.user_message_id, first.assistant_message_id]
    opened = await messages.children(user_id, conversation_id, None)
    assert opened == (first.user_message_id, second.user_message_id)


async def test_a_parent_from_elsewhere_is_refused(
    database: Database,
    conversations: ConversationRepository,
    messages: MessageRepository,
    user_id: str,
    conversation_id: str,
    ask: Ask,
) -> None:
    turn = await ask()
    other = await conversations.create(user_id, "other", "m")
    assert other is not None
    for parent in (turn.assistant_message_id, "no such message"):
        assert await messages.add_turn(user_id, other.id, parent, new_id(), "Why?", new_answer()) is None
    assert await messages.add_answer(user_id, other.id, turn.user_message_id, new_answer()) is None
    assert await messages.add_turn(user_id, other.id, None, turn.user_message_id, "Why?", new_answer()) is None
    assert await messages.branch(user_id, other.id, turn.assistant_message_id) == ()
    assert await count(database, "message") == 2


async def test_a_stranger_reads_and_adds_nothing(
    database: Database,
    messages: MessageRepository,
    user_id: str,
    stranger_id: str,
    conversation_id: str,
    ask: Ask,
) -> None:
    turn = await ask()
    question, answer = turn.user_message_id, turn.assistant_message_id
    assert await messages.get(stranger_id, answer) is None
    assert await messages.branch(stranger_id, conversation_id) == ()
    assert await messages.branch(stranger_id, conversation_id, answer) == ()
    assert await messages.children(stranger_id, conversation_id, question) == ()
    assert await messages.add_turn(stranger_id, conversation_id, answer, new_id(), "Why?", new_answer()) is None
    assert await messages.add_turn(stranger_id, conversation_id, None, question, "Why?", new_answer()) is None
    assert await messages.add_answer(stranger_id, conversation_id, question, new_answer()) is None
    assert await count(database, "message") == 2
    assert await messages.get(user_id, answer) is not None


async def test_a_strangers_message_cannot_be_continued_in_ones_own_conversation(
    conversations: ConversationRepository, messages: MessageRepository, stranger_id: str, ask: Ask
) -> None:
    turn = await ask()
    own = await conversations.create(stranger_id, "own", "m")
    assert own is not None
    parent = turn.assistant_message_id
    assert await messages.add_turn(stranger_id, own.id, parent, new_id(), "Why?", new_answer()) is None
    assert await messages.add_turn(stranger_id, own.id, None, turn.user_message_id, "Why?", new_answer()) is None
    assert not await conversations.set_leaf(stranger_id, own.id, parent)


async def test_what_is_shown_is_the_checkpoint_until_the_end(
    messages: MessageRepository, runs: RunRepository, user_id: str, ask: Ask
) -> None:
    turn = await ask()
    await runs.checkpoint(turn.run_id, "So f", "Hm")
    unfinished = await messages.get(user_id, turn.assistant_message_id)
    await runs.finish(turn.run_id, RunOutcome(StreamingStatus.INTERRUPTED, "So far", "Hm."))
    finished = await messages.get(user_id, turn.assistant_message_id)
    assert unfinished is not None
    assert finished is not None
    assert (unfinished.text, unfinished.thinking) == ("So f", "Hm")
    assert (finished.text, finished.thinking, finished.status) == ("So far", "Hm.", StreamingStatus.INTERRUPTED)


async def add_thread(database: Database, user_id: str, conversation_id: str, length: int) -> list[str]:
    thread = [new_id() for _ in range(length)]
    rows = [
        {
            "id": message_id,
            "parent_id": parent_id,
            "user_id": user_id,
            "conversation_id": conversation_id,
            "role": Role.ASSISTANT.value if number % 2 else Role.USER.value,
            "content": str(number),
            "created_at": database.now(),
        }
        for number, (message_id, parent_id) in enumerate(zip(thread, [None, *thread], strict=False))
    ]
    async with database.session() as session:
        await session.execute(insert(Message), rows)
    return thread


async def test_a_deep_branch_is_read_in_one_query_newest_part_first(
    database: Database,
    messages: MessageRepository,
    user_id: str,
    conversation_id: str,
    statements: list[str],
) -> None:
    thread = await add_thread(database, user_id, conversation_id, 1_000)
    statements.clear()
    assert ids(await messages.branch(user_id, conversation_id, thread[-1], limit=2_000)) == thread
    assert len(statements) == 1
    assert ids(await messages.branch(user_id, conversation_id, thread[-1])) == thread[-200:]


async def test_a_very_deep_conversation_can_be_deleted(
    database: Database, conversations: ConversationRepository, user_id: str, conversation_id: str
) -> None:
    await add_thread(database, user_id, conversation_id, 2_500)
    assert await conversations.delete(user_id, conversation_id)
    assert await count(database, "message") == 0
