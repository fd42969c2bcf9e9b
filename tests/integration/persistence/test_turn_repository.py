"""Turns are begun whole or not at all, once, and at the end of what is shown."""

import asyncio

import pytest
from sqlalchemy import text

from app.ids import new_id
from app.persistence.conversations import ConversationRepository
from app.persistence.database import Database
from app.persistence.errors import ConversationBusy, DatabaseUnavailable
from app.persistence.messages import MessageRepository
from app.persistence.runs import RunRepository
from app.persistence.turns import BegunTurn, NewAnswer, NewQuestion, TurnRepository
from app.streaming.store import RunOutcome, StreamingStatus
from tests.integration.persistence.conftest import Ask, Make

COMPLETE = RunOutcome(StreamingStatus.COMPLETE, "So it is.")


def question(message_id: str = "") -> NewQuestion:
    return NewQuestion(message_id or new_id(), "Why?", "A title")


def answer(message_id: str = "", thinking: str = "") -> NewAnswer:
    return NewAnswer(message_id or new_id(), new_id(), "simulated", "simulated/poet", thinking)


async def count(database: Database, table: str) -> int:
    return await database.read(lambda session: session.scalars(text(f"SELECT count(*) FROM {table}")).one())


async def begin(turns: TurnRepository, user_id: str, conversation_id: str, new: NewAnswer | None = None) -> BegunTurn:
    turn = await turns.send(user_id, conversation_id, question(), new or answer(), is_first=False)
    assert turn is not None
    return turn


async def test_a_first_question_makes_its_conversation(
    conversations: ConversationRepository, turns: TurnRepository, user_id: str
) -> None:
    chosen = new_id()
    turn = await turns.send(user_id, chosen, question(), answer(thinking="long"), is_first=True)
    made = await conversations.get(user_id, chosen)
    assert turn is not None
    assert made is not None
    assert (made.title, made.model, made.thinking) == ("A title", "simulated/poet", "long")
    assert made.leaf_id == turn.message_id
    assert [said.text for said in turn.history] == ["Why?"]


async def test_a_question_whose_id_is_taken_elsewhere_makes_no_conversation(
    turns: TurnRepository, database: Database, user_id: str, conversation_id: str
) -> None:
    asked = question()
    await turns.send(user_id, conversation_id, asked, answer(), is_first=False)
    before = await count(database, "conversation")
    assert await turns.send(user_id, new_id(), asked, answer(), is_first=True) is None
    assert await count(database, "conversation") == before


async def test_a_later_question_needs_its_conversation(turns: TurnRepository, database: Database, user_id: str) -> None:
    assert await turns.send(user_id, new_id(), question(), answer(), is_first=False) is None
    assert await count(database, "message") == 0


async def test_a_failure_in_the_middle_leaves_nothing(
    turns: TurnRepository, runs: RunRepository, database: Database, user_id: str, conversation_id: str
) -> None:
    taken = answer()
    turn = await begin(turns, user_id, conversation_id, taken)
    await runs.finish(turn.run_id, COMPLETE)
    twice = NewAnswer(new_id(), taken.run_id, "simulated", "simulated/poet")  # the run, stored last, cannot be
    with pytest.raises(DatabaseUnavailable):
        await turns.send(user_id, conversation_id, question(), twice, is_first=False)
    with pytest.raises(DatabaseUnavailable):
        await turns.send(user_id, new_id(), question(), twice, is_first=True)
    assert [await count(database, table) for table in ("conversation", "message", "run")] == [1, 2, 1]


async def test_sending_twice_at_once_stores_once(
    database: Database, url: str, user_id: str, conversation_id: str
) -> None:
    other, asked = Database(url), question()
    begun = await asyncio.gather(
        *(
            TurnRepository(one).send(user_id, conversation_id, asked, answer(), is_first=False)
            for one in (database, other, database, other)
        )
    )
    await other.aclose()
    assert sum(turn is not None and turn.is_new for turn in begun) == 1
    assert len({turn and turn.run_id for turn in begun}) == 1
    assert (await count(database, "message"), await count(database, "run")) == (2, 1)


async def test_beginning_a_conversation_twice_at_once_makes_one(database: Database, url: str, user_id: str) -> None:
    other, asked, chosen = Database(url), question(), new_id()
    begun = await asyncio.gather(
        *(
            TurnRepository(one).send(user_id, chosen, asked, answer(), is_first=True)
            for one in (database, other, database, other)
        )
    )
    await other.aclose()
    assert len({turn and turn.run_id for turn in begun}) == 1
    assert [await count(database, table) for table in ("conversation", "message", "run")] == [1, 2, 1]


async def test_of_two_questions_at_once_one_is_refused(
    database: Database, url: str, user_id: str, conversation_id: str
) -> None:
    other = Database(url)
    begun = await asyncio.gather(
        *(
            TurnRepository(one).send(user_id, conversation_id, question(), answer(), is_first=False)
            for one in (database, other, database, other)
        ),
        return_exceptions=True,
    )
    await other.aclose()
    assert sum(isinstance(turn, BegunTurn) for turn in begun) == 1
    assert sum(isinstance(turn, ConversationBusy) for turn in begun) == 3
    assert await count(database, "message") == 2


async def test_every_turn_follows_what_is_shown_at_that_moment(
    messages: MessageRepository, turns: TurnRepository, runs: RunRepository, user_id: str, conversation_id: str
) -> None:
    first = await begin(turns, user_id, conversation_id)
    await runs.finish(first.run_id, COMPLETE)
    second = await begin(turns, user_id, conversation_id)
    branch = await messages.branch(user_id, conversation_id)
    assert [message.id for message in branch] == [
        first.question_id,
        first.message_id,
        second.question_id,
        second.message_id,
    ]
    assert [said.text for said in second.history] == ["Why?", "So it is.", "Why?"]


async def test_a_repeated_question_finds_its_first_answer(
    turns: TurnRepository, runs: RunRepository, user_id: str, conversation_id: str
) -> None:
    turn = await begin(turns, user_id, conversation_id)
    await runs.finish(turn.run_id, COMPLETE)
    assert await turns.answer_again(user_id, conversation_id, turn.message_id, answer())
    again = await turns.send(user_id, conversation_id, question(turn.question_id), answer(), is_first=False)
    assert again is not None
    assert (again.run_id, again.message_id, again.is_new) == (turn.run_id, turn.message_id, False)
    assert await turns.sent(user_id, turn.question_id) == again


async def test_another_answer_stands_beside_the_first_and_is_shown(
    conversations: ConversationRepository,
    messages: MessageRepository,
    turns: TurnRepository,
    runs: RunRepository,
    user_id: str,
    conversation_id: str,
) -> None:
    turn = await begin(turns, user_id, conversation_id)
    with pytest.raises(ConversationBusy):
        await turns.answer_again(user_id, conversation_id, turn.message_id, answer())
    await runs.finish(turn.run_id, COMPLETE)
    again = await turns.answer_again(user_id, conversation_id, turn.message_id, answer(thinking="brief"))
    assert again is not None
    assert [said.text for said in again.history] == ["Why?"]
    versions = await messages.versions(user_id, conversation_id)
    assert versions == {turn.question_id: [turn.message_id, again.message_id]}
    stored = await conversations.get(user_id, conversation_id)
    assert stored is not None
    assert (stored.leaf_id, stored.thinking) == (again.message_id, "brief")


async def test_only_the_last_answer_is_answered_again_or_continued(
    turns: TurnRepository, runs: RunRepository, user_id: str, conversation_id: str
) -> None:
    first = await begin(turns, user_id, conversation_id)
    await runs.finish(first.run_id, COMPLETE)
    second = await begin(turns, user_id, conversation_id)
    await runs.finish(second.run_id, COMPLETE)
    for message_id in (first.message_id, second.question_id, "no such message"):
        assert await turns.answer_again(user_id, conversation_id, message_id, answer()) is None
        assert await turns.continue_answer(user_id, conversation_id, "So it is.", answer(message_id)) is None
    with pytest.raises(ConversationBusy):
        await turns.continue_answer(user_id, conversation_id, "Another text", answer(second.message_id))
    continued = await turns.continue_answer(user_id, conversation_id, "So it is.", answer(second.message_id))
    assert continued is not None
    assert [said.text for said in continued.history] == ["Why?", "So it is.", "Why?"]


async def test_what_is_somebody_elses_is_as_good_as_none(
    database: Database,
    turns: TurnRepository,
    runs: RunRepository,
    make: Make,
    user_id: str,
    stranger_id: str,
    conversation_id: str,
    ask: Ask,
) -> None:
    turn = await ask()
    await runs.finish(turn.run_id, COMPLETE)
    own, other = await make("own", stranger_id), await make("other")
    for is_first in (True, False):
        assert await turns.send(stranger_id, conversation_id, question(), answer(), is_first=is_first) is None
    assert await turns.send(stranger_id, own, question(turn.question_id), answer(), is_first=False) is None
    assert await turns.send(user_id, other, question(turn.question_id), answer(), is_first=False) is None
    assert await turns.answer_again(stranger_id, conversation_id, turn.message_id, answer()) is None
    assert await turns.answer_again(stranger_id, own, turn.message_id, answer()) is None
    assert await turns.continue_answer(stranger_id, own, "So it is.", answer(turn.message_id)) is None
    assert await turns.sent(stranger_id, turn.question_id) is None
    assert await count(database, "message") == 2
