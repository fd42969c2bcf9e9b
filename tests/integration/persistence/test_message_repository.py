from sqlalchemy import insert, text

from app.ids import new_id
from app.persistence.conversations import ConversationRepository
from app.persistence.database import Database
from app.persistence.messages import MessageRepository, StoredMessage
from app.persistence.runs import RunRepository
from app.persistence.tables import MessageRow, Role
from app.streaming.store import Piece, RunOutcome, StreamingStatus
from tests.integration.persistence.conftest import Ask


def ids(branch: tuple[StoredMessage, ...]) -> list[str]:
    return [message.id for message in branch]


async def count(database: Database, table: str) -> int:
    return await database.read(lambda session: session.scalars(text(f"SELECT count(*) FROM {table}")).one())


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


async def test_editing_the_first_question_opens_another_branch(
    messages: MessageRepository, user_id: str, conversation_id: str, ask: Ask
) -> None:
    first, second = await ask(), await ask()
    assert ids(await messages.branch(user_id, conversation_id)) == [second.question_id, second.message_id]
    old = await messages.branch(user_id, conversation_id, first.message_id)
    assert ids(old) == [first.question_id, first.message_id]


async def test_a_stranger_reads_nothing(
    messages: MessageRepository, user_id: str, stranger_id: str, conversation_id: str, ask: Ask
) -> None:
    turn = await ask()
    assert await messages.get(stranger_id, turn.message_id) is None
    assert await messages.branch(stranger_id, conversation_id) == ()
    assert await messages.branch(stranger_id, conversation_id, turn.message_id) == ()
    assert await messages.versions(stranger_id, conversation_id) == {}
    assert not await messages.show(stranger_id, conversation_id, turn.message_id)
    assert await messages.get(user_id, turn.message_id) is not None


async def test_what_is_shown_is_the_checkpoint_until_the_end(
    messages: MessageRepository, runs: RunRepository, user_id: str, ask: Ask
) -> None:
    turn = await ask()
    await runs.checkpoint(turn.run_id, Piece(0, "So f"), Piece(0, "Hm"))
    unfinished = await messages.get(user_id, turn.message_id)
    await runs.finish(turn.run_id, RunOutcome(StreamingStatus.INTERRUPTED, "So far", "Hm."))
    finished = await messages.get(user_id, turn.message_id)
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
    await database.write(lambda session: session.execute(insert(MessageRow), rows))
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
    assert await conversations.delete(user_id, conversation_id) is not None
    assert await count(database, "message") == 0
