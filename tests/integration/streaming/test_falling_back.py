"""Other roads and other models, and stopping on the way there."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import replace

import pytest

from app import runtime
from app.services.chat import Turn
from app.settings import Settings
from app.streaming.events import Attempt, Completed, Failed, Interrupted, Status, Text
from app.streaming.store import StreamingStatus
from providers.events import Phase
from tests.integration.streaming.conftest import User
from tests.upstream import Fault, FaultKind, Script, Upstream

BUSY = Fault(FaultKind.STATUS, status=529)
NO_CREDIT = Fault(FaultKind.STATUS, status=402)
TEXT = "A river begins as a trickle of melted snow, and ends as wide as a lake. " * 3


@pytest.fixture
async def with_fallback(settings: Settings, upstream: Upstream) -> AsyncIterator[User]:
    upstream.script("other", Script(text="The other answers."))
    async with runtime.running(replace(settings, fallback_model="openai/other")) as services:
        yield User(services)


@pytest.fixture
async def patient(settings: Settings) -> AsyncIterator[User]:
    """A user of a server that waits long before it asks again."""
    async with runtime.running(replace(settings, first_wait_seconds=20)) as services:
        yield User(services)


async def backing_off(user: User, turn: Turn) -> str:
    """Follow until the run says that it waits before it asks again."""
    async for batch in user.services.manager.follow(turn.run_id):
        for event in batch:
            if isinstance(event, Status) and event.phase == Phase.BACKING_OFF:
                return event.detail
    raise AssertionError("the run ended without a pause")


async def test_another_model_answers_when_the_asked_one_cannot(with_fallback: User, upstream: Upstream) -> None:
    user = with_fallback
    upstream.script("scripted", Script(fault=NO_CREDIT))
    turn = await user.ask()
    events = await user.read(turn)
    assert isinstance(events[-1], Completed)
    assert [event.model for event in events if isinstance(event, Attempt)] == ["openai/scripted", "openai/other"]
    stored = await user.stored(turn)
    assert stored.text == "The other answers."
    facts = stored.metadata
    assert (facts["asked_model"], facts["provider"], facts["model"]) == ("openai/scripted", "openai", "other")
    assert [(attempt["model"], attempt.get("then")) for attempt in facts["attempts"]] == [
        ("openai/scripted", "other_model"),
        ("openai/other", None),
    ]
    notices = [event.detail for event in events if isinstance(event, Status)]
    assert "The credit or quota for the server at 127.0.0.1 is used up, asking for openai/other instead" in notices


async def test_every_road_of_every_model_is_tried_once_and_then_the_answer_fails(
    with_fallback: User, upstream: Upstream
) -> None:
    upstream.script("scripted", Script(fault=BUSY))
    upstream.script("other", Script(fault=BUSY))
    turn = await with_fallback.ask()
    assert isinstance((await with_fallback.read(turn))[-1], Failed)
    roads = [(one["model"], one["road"]) for one in (await with_fallback.stored(turn)).metadata["attempts"]]
    for_each = ["streamed", "streamed", "streamed", "fallback"]
    assert roads == [(model, road) for model in ("openai/scripted", "openai/other") for road in for_each]


async def test_a_back_off_is_counted_down_and_stopped_at_once(patient: User, upstream: Upstream) -> None:
    upstream.script("scripted", Script(fault=BUSY))
    asked = len(upstream.questions)
    turn = await patient.ask()
    assert "is overloaded, trying again in " in await backing_off(patient, turn)
    assert await patient.services.chat.stop(patient.id, turn.run_id)
    async with asyncio.timeout(60):
        assert isinstance((await patient.read(turn))[-1], Interrupted)
    stored = await patient.stored(turn)
    assert stored.status is StreamingStatus.INTERRUPTED
    assert stored.metadata["closed_ms"] is None  # there was no connection to close
    assert [(one["error"], one["then"]) for one in stored.metadata["attempts"]] == [("overloaded", "retry")]
    assert len(upstream.questions) == asked + 1


async def test_a_wait_that_the_provider_asks_for_is_kept(patient: User, upstream: Upstream) -> None:
    upstream.script("scripted", Script(fault=Fault(FaultKind.STATUS, status=429, retry_after="29")))
    turn = await patient.ask()
    await backing_off(patient, turn)
    await patient.services.chat.stop(patient.id, turn.run_id)
    await patient.read(turn)
    [attempt] = (await patient.stored(turn)).metadata["attempts"]
    assert attempt["wait_ms"] >= 29_000


async def test_a_whole_answer_is_one_piece_and_can_be_stopped_while_it_is_awaited(
    user: User, upstream: Upstream
) -> None:
    upstream.script("scripted", Script(text=TEXT))
    turn = await user.ask_whole()
    events = await user.read(turn)
    assert [event.text for event in events if isinstance(event, Text)] == [TEXT]
    assert not upstream.requests[-1].body.get("stream")
    assert (await user.stored(turn)).metadata["road"] == "traditional"

    upstream.script("scripted", Script(text=TEXT, hold_after_chars=0))
    asked = len(upstream.questions)
    turn = await user.ask()
    await upstream.until(lambda: len(upstream.questions) > asked)
    await user.services.chat.stop(user.id, turn.run_id)
    assert isinstance((await user.read(turn))[-1], Interrupted)
    await upstream.until(lambda: upstream.questions[-1].closed_by_client_at is not None)


async def test_bytes_that_keep_the_line_open_are_no_answer(settings: Settings, upstream: Upstream) -> None:
    """Anthropic's pings, say: a stream without an event for so long counts as broken."""
    upstream.script("scripted", Script(text=TEXT, fault=Fault(FaultKind.KEEP_ALIVE, after_chars=40)))
    async with runtime.running(replace(settings, silence_seconds=3)) as services:
        user = User(services)
        turn = await user.ask()
        ending = (await user.read(turn))[-1]
        assert isinstance(ending, Failed)
        assert ending.code == "timed_out"
        assert (await user.stored(turn)).text == TEXT[:40]


async def test_a_stop_tells_what_it_cost(user: User, upstream: Upstream) -> None:
    upstream.script("scripted", Script(text=TEXT, hold_after_chars=80))
    turn = await user.ask()
    await user.read_until(turn, 80)
    await user.services.chat.stop(user.id, turn.run_id)
    ending = (await user.read(turn))[-1]
    assert isinstance(ending, Interrupted)
    assert (ending.tokens, ending.is_estimate) == (20, True)
    facts = (await user.stored(turn)).metadata
    assert (facts["output_tokens"], facts["is_estimate"]) == (20, True)
