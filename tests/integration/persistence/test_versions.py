"""Which version of an answer is shown when a new attempt has ended."""

import pytest

from app.persistence.errors import ConversationBusy
from app.persistence.messages import MessageRepository, NewAnswer
from app.persistence.runs import RunRepository
from app.persistence.tables import new_id
from app.streaming.store import RunOutcome, StreamingStatus
from tests.integration.persistence.conftest import Ask

COMPLETE, INTERRUPTED, FAILED = StreamingStatus.COMPLETE, StreamingStatus.INTERRUPTED, StreamingStatus.FAILED


class Answers:
    """The answers to one question, one after the other; the first has the question's own run."""

    def __init__(self, messages: MessageRepository, runs: RunRepository, user_id: str, conversation_id: str) -> None:
        self.messages, self.runs, self.place = messages, runs, (user_id, conversation_id)

    async def begin(self, instead_of: str) -> NewAnswer:
        answer = NewAnswer(new_id(), new_id(), "simulated", "poet", {"instead_of": instead_of})
        question_id = (await self.messages.branch(*self.place))[-2].id
        await self.messages.add_answer(*self.place, question_id, answer)
        return answer

    async def end(self, run_id: str, status: StreamingStatus, text: str) -> None:
        await self.runs.finish(run_id, RunOutcome(status, text, metadata={"run_id": run_id}))

    async def shown(self) -> str:
        return (await self.messages.branch(*self.place))[-1].id


@pytest.fixture
def answers(messages: MessageRepository, runs: RunRepository, user_id: str, conversation_id: str) -> Answers:
    return Answers(messages, runs, user_id, conversation_id)


@pytest.mark.parametrize(
    ("first", "second", "shows_second"),
    [
        ((COMPLETE, "Good."), (FAILED, ""), False),
        ((COMPLETE, "Good."), (INTERRUPTED, "Half"), False),
        ((COMPLETE, "Good."), (COMPLETE, ""), False),
        ((COMPLETE, "Good."), (COMPLETE, "Better."), True),
        ((INTERRUPTED, "Half"), (FAILED, ""), False),
        ((INTERRUPTED, "Half"), (FAILED, "Hal"), True),
        ((FAILED, ""), (FAILED, ""), True),
    ],
)
async def test_the_better_of_two_answers_is_shown_and_the_newer_of_equals(
    answers: Answers,
    ask: Ask,
    first: tuple[StreamingStatus, str],
    second: tuple[StreamingStatus, str],
    *,
    shows_second: bool,
) -> None:
    turn = await ask(text="Why?")
    await answers.end(turn.run_id, *first)
    again = await answers.begin(turn.assistant_message_id)
    assert await answers.shown() == again.message_id
    await answers.end(again.run_id, *second)
    assert await answers.shown() == (again.message_id if shows_second else turn.assistant_message_id)


async def test_of_two_good_answers_the_one_that_was_shown_comes_back(answers: Answers, ask: Ask) -> None:
    turn = await ask(text="Why?")
    await answers.end(turn.run_id, COMPLETE, "Good.")
    second = await answers.begin(turn.assistant_message_id)
    await answers.end(second.run_id, COMPLETE, "Good, too.")
    assert await answers.messages.show(*answers.place, turn.assistant_message_id)
    third = await answers.begin(turn.assistant_message_id)
    with pytest.raises(ConversationBusy):
        await answers.messages.show(*answers.place, second.message_id)
    await answers.end(third.run_id, FAILED, "")
    assert await answers.shown() == turn.assistant_message_id
    versions = await answers.messages.versions(*answers.place)
    assert list(versions.values()) == [[turn.assistant_message_id, second.message_id, third.message_id]]


async def test_an_attempt_that_died_with_its_server_leaves_the_good_answer(answers: Answers, ask: Ask) -> None:
    turn = await ask(text="Why?")
    await answers.end(turn.run_id, COMPLETE, "Good.")
    again = await answers.begin(turn.assistant_message_id)
    await answers.runs.begin(again.run_id)
    await answers.runs.checkpoint(again.run_id, "Half", "")
    await answers.runs.recover()
    assert await answers.shown() == turn.assistant_message_id


async def test_a_version_that_is_continued_and_fails_stays_shown(answers: Answers, ask: Ask) -> None:
    turn = await ask(text="Why?")
    await answers.end(turn.run_id, COMPLETE, "Good.")
    again = await answers.begin(turn.assistant_message_id)
    await answers.end(again.run_id, INTERRUPTED, "Half")
    await answers.messages.show(*answers.place, again.message_id)
    going_on = NewAnswer(again.message_id, new_id(), "simulated", "poet")
    assert await answers.messages.continue_answer(*answers.place, going_on, "Half")
    await answers.end(going_on.run_id, FAILED, "Half")
    assert await answers.shown() == again.message_id
