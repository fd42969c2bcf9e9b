"""Which version of an answer is shown when a new attempt has ended."""

import pytest

from app.ids import new_id
from app.persistence.errors import ConversationBusy
from app.persistence.messages import MessageRepository
from app.persistence.runs import RunRepository
from app.persistence.turns import NewAnswer, TurnRepository
from app.streaming.store import Piece, RunOutcome, StreamingStatus
from tests.integration.persistence.conftest import Ask

COMPLETE, INTERRUPTED, FAILED = StreamingStatus.COMPLETE, StreamingStatus.INTERRUPTED, StreamingStatus.FAILED


class Answers:
    """The answers to one question, one after the other; the first has the question's own run."""

    def __init__(
        self, messages: MessageRepository, turns: TurnRepository, runs: RunRepository, place: tuple[str, str]
    ) -> None:
        self.messages, self.turns, self.runs, self.place = messages, turns, runs, place

    async def begin(self, instead_of: str) -> NewAnswer:
        answer = NewAnswer(new_id(), new_id(), "simulated", "poet", metadata={"instead_of": instead_of})
        assert await self.turns.answer_again(*self.place, await self.shown(), answer)
        return answer

    async def end(self, run_id: str, status: StreamingStatus, text: str) -> None:
        await self.runs.finish(run_id, RunOutcome(status, text, metadata={"run_id": run_id}))

    async def shown(self) -> str:
        return (await self.messages.branch(*self.place))[-1].id


@pytest.fixture
def answers(
    messages: MessageRepository, turns: TurnRepository, runs: RunRepository, user_id: str, conversation_id: str
) -> Answers:
    return Answers(messages, turns, runs, (user_id, conversation_id))


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
    again = await answers.begin(turn.message_id)
    assert await answers.shown() == again.message_id
    await answers.end(again.run_id, *second)
    assert await answers.shown() == (again.message_id if shows_second else turn.message_id)


async def test_of_two_good_answers_the_one_that_was_shown_comes_back(answers: Answers, ask: Ask) -> None:
    turn = await ask(text="Why?")
    await answers.end(turn.run_id, COMPLETE, "Good.")
    second = await answers.begin(turn.message_id)
    await answers.end(second.run_id, COMPLETE, "Good, too.")
    assert await answers.messages.show(*answers.place, turn.message_id)
    third = await answers.begin(turn.message_id)
    with pytest.raises(ConversationBusy):
        await answers.messages.show(*answers.place, second.message_id)
    await answers.end(third.run_id, FAILED, "")
    assert await answers.shown() == turn.message_id
    versions = await answers.messages.versions(*answers.place)
    assert list(versions.values()) == [[turn.message_id, second.message_id, third.message_id]]


async def test_an_attempt_that_died_with_its_server_leaves_the_good_answer(answers: Answers, ask: Ask) -> None:
    turn = await ask(text="Why?")
    await answers.end(turn.run_id, COMPLETE, "Good.")
    again = await answers.begin(turn.message_id)
    await answers.runs.begin(again.run_id)
    await answers.runs.checkpoint(again.run_id, Piece(0, "Half"), Piece(0, ""))
    await answers.runs.recover()
    assert await answers.shown() == turn.message_id


async def test_a_version_that_is_continued_and_fails_stays_shown(answers: Answers, ask: Ask) -> None:
    turn = await ask(text="Why?")
    await answers.end(turn.run_id, COMPLETE, "Good.")
    again = await answers.begin(turn.message_id)
    await answers.end(again.run_id, INTERRUPTED, "Half")
    await answers.messages.show(*answers.place, again.message_id)
    going_on = NewAnswer(again.message_id, new_id(), "simulated", "poet")
    assert await answers.turns.continue_answer(*answers.place, "Half", going_on)
    await answers.end(going_on.run_id, FAILED, "Half")
    assert await answers.shown() == again.message_id


async def test_walking_between_versions_leads_back_to_what_was_said_last(
    answers: Answers, ask: Ask, messages: MessageRepository
) -> None:
    async def answered(*after: str) -> str:
        turn = await ask(*after)
        await answers.end(turn.run_id, COMPLETE, "Good.")
        return turn.message_id

    async def again(answer_id: str, status: StreamingStatus = COMPLETE, text: str = "Good, too.") -> str:
        await answers.messages.show(*answers.place, answer_id)
        attempt = await answers.begin(answer_id)
        await answers.end(attempt.run_id, status, text)
        return attempt.message_id

    async def back_and_forth(first: str, second: str) -> str:
        assert await messages.show(*answers.place, first)
        assert await messages.show(*answers.place, second)
        return await answers.shown()

    first = await answered()
    second = await again(first)
    fork = await answered(second)
    await again(fork)
    last = await answered(fork)
    last = await answered(last)
    assert await back_and_forth(first, second) == last
    newer = await again(fork)
    assert await back_and_forth(first, second) == newer
    await again(fork, FAILED, "")
    assert await back_and_forth(first, second) == newer
