"""What is refused before anything is sent or stored."""

import asyncio

import pytest

from app import runtime
from app.errors import (
    AnswerInProgressError,
    ConversationNotFoundError,
    EmptyMessageError,
    MessageTooLongError,
    ServerStoppingError,
    TooManyRunsError,
)
from app.runtime import Runtime
from app.settings import Settings
from app.streaming.events import Completed
from app.streaming.log import MemoryRunLogs
from app.streaming.manager import StreamManager
from app.streaming.run import Limits
from providers.errors import UnknownModel
from tests.integration.streaming.conftest import User
from tests.upstream import Script, Upstream


async def test_a_second_question_waits_for_the_first_answer(user: User, upstream: Upstream) -> None:
    upstream.script("scripted", Script(hold_after_chars=0))
    turn = await user.ask()
    with pytest.raises(AnswerInProgressError):
        await user.ask("And?", turn.conversation_id)
    upstream.release("scripted")
    await user.read(turn)


@pytest.mark.parametrize("text", ["", "   ", "\n\t\n"])
async def test_nothing_is_sent_or_stored_for_an_empty_message(user: User, text: str) -> None:
    with pytest.raises(EmptyMessageError):
        await user.ask(text)
    assert await user.services.chat.newest(user.id, 10) == ()


async def test_a_message_over_the_limit_is_refused_with_the_reason(user: User) -> None:
    with pytest.raises(MessageTooLongError, match="200,001 characters; 200,000 is the most"):
        await user.ask("x" * 200_001)
    assert await user.services.chat.newest(user.id, 10) == ()


async def test_a_foreign_conversation_takes_no_question(user: User) -> None:
    with pytest.raises(ConversationNotFoundError):
        await user.ask(conversation_id="f" * 32)
    assert user.services.manager.running == frozenset()


async def test_an_unknown_provider_is_refused_in_words(user: User) -> None:
    with pytest.raises(UnknownModel, match="nonsense/x"):
        await user.services.chat.send(user.id, "", "Why?", "nonsense/x")


async def test_runs_beyond_the_limit_are_refused(services: Runtime, upstream: Upstream) -> None:
    manager = StreamManager(MemoryRunLogs(), services.manager._store, Limits(max_runs=1))  # pyright: ignore[reportPrivateUsage]
    with manager.reserved("a"), pytest.raises(TooManyRunsError, match="writing 1 answers"), manager.reserved("b"):
        pass
    with manager.reserved("c"):
        assert manager.running == frozenset()


async def test_two_questions_at_once_get_one_answer(user: User, upstream: Upstream) -> None:
    upstream.script("scripted", Script())
    first = await user.ask("One?")
    await user.read(first)
    upstream.script("scripted", Script(hold_after_chars=0))
    both = await asyncio.gather(
        user.ask("A?", first.conversation_id), user.ask("B?", first.conversation_id), return_exceptions=True
    )
    assert [type(result) for result in both if isinstance(result, BaseException)] == [AnswerInProgressError]
    upstream.release("scripted")
    await asyncio.gather(*(user.read(turn) for turn in both if not isinstance(turn, BaseException)))
    opened = await user.services.chat.open(user.id, first.conversation_id, 10)
    assert len(opened.messages) == 4


async def test_a_send_that_is_cancelled_is_answered_or_has_not_been_sent(user: User, upstream: Upstream) -> None:
    upstream.script("scripted", Script())
    first = await user.ask("One?")
    await user.read(first)
    outcomes: set[bool] = set()
    for steps in range(40):
        before = len((await user.services.chat.open(user.id, first.conversation_id, 200)).messages)
        sending = asyncio.create_task(user.ask("Two?", first.conversation_id))
        for _ in range(steps):
            await asyncio.sleep(0)
        sending.cancel()
        await asyncio.gather(sending, return_exceptions=True)
        opened = await user.services.chat.open(user.id, first.conversation_id, 200)
        outcomes.add(len(opened.messages) > before)
        if opened.active:
            events = [event async for batch in user.services.manager.follow(opened.active.run_id) for event in batch]
            assert isinstance(events[-1], Completed)
        assert len(opened.messages) in (before, before + 2)
    assert outcomes == {True, False}


async def test_no_run_starts_while_the_server_stops(settings: Settings, upstream: Upstream) -> None:
    upstream.script("scripted", Script())
    async with runtime.running(settings) as services:
        await services.manager.aclose()
        with pytest.raises(ServerStoppingError):
            await User(services).ask()
        assert await services.chat.newest(services.local_user_id, 10) == ()
