"""Going on with an answer that was stopped or broke off, in the same message."""

import asyncio
from pathlib import Path

import pytest

from app import runtime
from app.errors import AnswerInProgressError, ConversationNotFoundError, NothingToContinueError
from app.runtime import Runtime
from app.services.chat import Turn
from app.settings import Settings
from app.streaming.events import Completed, Failed, Interrupted, StreamEvent, Text
from app.streaming.store import StreamingStatus
from tests.integration.streaming.conftest import MODEL, User, left_behind
from tests.upstream import Fault, FaultKind, Script, Upstream

TEXT = (
    "The Loire rises in the Massif Central at 1,408 m. It runs north for 400 km, turns west at Orléans, and reaches "
    "the Atlantic at Saint-Nazaire; on its way it takes in the Allier, the Cher and the Vienne."
)
CUT = 90


async def stopped(user: User, upstream: Upstream) -> Turn:
    upstream.script("scripted", Script(text=TEXT, hold_after_chars=CUT))
    turn = await user.ask()
    await user.read_until(turn, CUT)
    await user.services.chat.stop(user.id, turn.run_id)
    await user.read(turn)
    return turn


async def go_on(user: User, turn: Turn) -> list[StreamEvent]:
    begun = await user.services.chat.continue_answer(user.id, turn.conversation_id, turn.message_id, user.model)
    assert begun.message_id == turn.message_id
    events = [event async for batch in user.services.manager.follow(begun.run_id) for event in batch]
    told = "".join(event.text for event in events if isinstance(event, Text))
    assert told.startswith(begun.prefix.text)
    assert told == (await user.stored(turn)).text
    return events


@pytest.mark.parametrize("repeated_chars", [0, 12, 60, CUT], ids=lambda chars: f"repeats-{chars}")
async def test_a_stopped_answer_goes_on_exactly_where_it_stopped(
    user: User, upstream: Upstream, repeated_chars: int
) -> None:
    turn = await stopped(user, upstream)
    upstream.script("scripted", Script(text=TEXT[CUT - repeated_chars :], chunk_chars=3))
    assert isinstance((await go_on(user, turn))[-1], Completed)
    stored = await user.stored(turn)
    assert (stored.text, stored.status) == (TEXT, StreamingStatus.COMPLETE)
    assert [attempt.get("error") for attempt in stored.metadata["attempts"]] == [None, None]
    sent = upstream.requests[-1].body["messages"]
    assert [message["role"] for message in sent] == ["user", "assistant", "user"]
    assert sent[1]["content"] == TEXT[:CUT]
    assert sent[2]["content"].endswith(TEXT[CUT - 20 : CUT])


async def test_a_long_answer_is_continued_while_the_server_serves_others(user: User, upstream: Upstream) -> None:
    text = TEXT * 30
    upstream.script("scripted", Script(text=text, hold_after_chars=4000))
    turn = await user.ask()
    await user.read_until(turn, 4000)
    await user.services.chat.stop(user.id, turn.run_id)
    await user.read(turn)
    upstream.script("scripted", Script(text=text[4000:], first_delay_seconds=0.3))
    await go_on(user, turn)
    assert (await user.stored(turn)).text == text


async def test_a_broken_answer_can_be_continued_too(user: User, upstream: Upstream) -> None:
    upstream.script("scripted", Script(text=TEXT, fault=Fault(FaultKind.DROP, after_chars=CUT)))
    turn = await user.ask()
    assert isinstance((await user.read(turn))[-1], Failed)
    upstream.script("scripted", Script(text=TEXT[CUT:]))
    await go_on(user, turn)
    stored = await user.stored(turn)
    assert (stored.text, stored.status, stored.error_sentence) == (TEXT, StreamingStatus.COMPLETE, "")


async def test_a_continuation_that_fails_or_is_stopped_costs_nothing_and_can_be_continued(
    user: User, upstream: Upstream
) -> None:
    turn = await stopped(user, upstream)
    upstream.script("scripted", Script(fault=Fault(FaultKind.STATUS, status=401)))
    assert isinstance((await go_on(user, turn))[-1], Failed)
    assert (await user.stored(turn)).text == TEXT[:CUT]
    upstream.script("scripted", Script(text=TEXT[CUT:], hold_after_chars=0))
    begun = await user.services.chat.continue_answer(user.id, turn.conversation_id, turn.message_id, MODEL)
    await user.services.chat.stop(user.id, begun.run_id)
    events = [event async for batch in user.services.manager.follow(begun.run_id) for event in batch]
    assert isinstance(events[-1], Interrupted)
    assert (await user.stored(turn)).text == TEXT[:CUT]
    upstream.release("scripted")
    await go_on(user, turn)
    assert (await user.stored(turn)).text == TEXT


async def test_a_server_that_dies_while_an_answer_is_continued_keeps_all_that_stood(
    settings: Settings, upstream: Upstream, tmp_path: Path
) -> None:
    async with runtime.running(settings) as services:
        user = User(services)
        turn = await stopped(user, upstream)
        upstream.script("scripted", Script(text=TEXT[CUT:], hold_after_chars=0))
        await services.chat.continue_answer(user.id, turn.conversation_id, turn.message_id, MODEL)
        left = await left_behind(settings, tmp_path / "left.db")
        upstream.release("scripted")
    async with runtime.running(left) as reborn:
        stored = await User(reborn).stored(turn)
        assert (stored.text, stored.status) == (TEXT[:CUT], StreamingStatus.INTERRUPTED)


async def test_a_continuation_that_is_cancelled_is_written_or_leaves_the_answer_as_it_was(
    user: User, upstream: Upstream
) -> None:
    turn = await stopped(user, upstream)
    upstream.script("scripted", Script(text=TEXT[CUT:]))
    for milliseconds in range(200):
        going_on = asyncio.create_task(
            user.services.chat.continue_answer(user.id, turn.conversation_id, turn.message_id, MODEL)
        )
        await asyncio.sleep(milliseconds / 1000)
        going_on.cancel()
        await asyncio.gather(going_on, return_exceptions=True)
        async with asyncio.timeout(60):
            while user.services.manager.running:
                await asyncio.sleep(0.01)
        text = (await user.stored(turn)).text
        assert text in (TEXT[:CUT], TEXT)
        if text == TEXT:
            return
    raise AssertionError("no continuation was ever stored")


async def test_a_continued_answer_keeps_what_is_known_of_its_beginning(user: User, upstream: Upstream) -> None:
    turn = await stopped(user, upstream)
    before = (await user.stored(turn)).metadata
    upstream.script("scripted", Script(text=TEXT[CUT:], output_tokens=30))
    await go_on(user, turn)
    after = (await user.stored(turn)).metadata
    assert after["output_tokens"] == before["output_tokens"] + 30
    assert len(after["attempts"]) == 2
    [earlier] = after["earlier"]
    assert (earlier["run_id"], earlier["timeline"]) == (before["run_id"], before["timeline"])
    assert after["run_id"] != before["run_id"]


@pytest.mark.parametrize("text", ["Whole.", "", " \n"])
async def test_what_was_not_cut_off_is_not_continued(user: User, upstream: Upstream, text: str) -> None:
    is_cut = not text.strip()
    upstream.script(
        "scripted", Script(text=text, fault=Fault(FaultKind.DROP, after_chars=len(text)) if is_cut else None)
    )
    turn = await user.ask()
    await user.read(turn)
    with pytest.raises(NothingToContinueError):
        await user.services.chat.continue_answer(user.id, turn.conversation_id, turn.message_id, MODEL)
    assert (await user.stored(turn)).status is (StreamingStatus.FAILED if is_cut else StreamingStatus.COMPLETE)


async def test_only_the_last_answer_with_text_can_be_continued_and_only_when_idle(
    user: User, services: Runtime, upstream: Upstream
) -> None:
    first = await stopped(user, upstream)
    upstream.script("scripted", Script(text=TEXT, hold_after_chars=0))
    second = await user.ask("Two?", first.conversation_id)
    chat = services.chat
    with pytest.raises(ConversationNotFoundError):
        await chat.continue_answer(user.id, first.conversation_id, first.message_id, MODEL)
    with pytest.raises((AnswerInProgressError, ConversationNotFoundError)):
        await chat.continue_answer(user.id, first.conversation_id, second.message_id, MODEL)
    with pytest.raises(ConversationNotFoundError):
        await chat.continue_answer("somebody else", first.conversation_id, second.message_id, MODEL)
    upstream.release("scripted")
    await user.read(second)
