"""A run's life, from the question to the stored answer."""

import asyncio
import itertools
from collections.abc import AsyncGenerator
from pathlib import Path

import hypothesis
import pytest
from hypothesis import HealthCheck, given
from hypothesis import strategies as st

from app import runtime
from app.persistence.errors import DatabaseInUse
from app.runtime import Runtime
from app.settings import Settings
from app.streaming.asking import ModelCall
from app.streaming.events import Completed, Failed, Interrupted, Started, Thinking
from app.streaming.keeper import Keeper, Unsaved
from app.streaming.log import MemoryRunLogs, RunLog, follow
from app.streaming.run import Limits, Run, RunSpec
from app.streaming.store import RunOutcome, StreamingStatus
from app.streaming.wellformed import well_formed
from providers.base import Capabilities, ChatMessage, GenerationRequest, ModelInfo, StreamingProvider, WholeAnswer
from providers.events import ProviderEvent, TextDelta, ThinkingDelta
from tests.integration.streaming.conftest import MODEL, User, break_storing, endings, left_behind, mend_storing, text_of
from tests.upstream import Fault, FaultKind, Script, Upstream

AWKWARD = ["👩‍👩‍👧", "e\u0301", "漢字", "שלום", "\r\n", "\ud83d", "\ude00", "\0", "\n", "```"]
LONG = "A river begins as a trickle of melted snow, and ends as wide as a lake. " * 50


async def test_an_answer_streams_in_order_and_is_stored_whole(user: User, upstream: Upstream) -> None:
    upstream.script("scripted", Script(text=LONG, chunk_chars=7))
    turn = await user.ask()
    events = await user.read(turn)
    assert isinstance(events[0], Started)
    assert [event.seq for event in events] == list(range(1, len(events) + 1))
    assert text_of(events) == LONG
    assert endings(events) == [Completed(turn.run_id, len(events), "end_turn")]
    stored = await user.stored(turn)
    assert (stored.text, stored.status) == (LONG, StreamingStatus.COMPLETE)


async def test_the_making_of_an_answer_is_stored_with_it(user: User, upstream: Upstream) -> None:
    upstream.script("scripted", Script(text=LONG, chars_per_second=20_000, input_tokens=21, output_tokens=42))
    turn = await user.ask()
    await user.read(turn)
    facts = (await user.stored(turn)).metadata
    assert facts["provider"] == "openai"
    assert facts["model"] == "scripted"
    assert facts["run_id"] == turn.run_id
    assert facts["road"] == "streamed"
    assert facts["stop_reason"] == "end_turn"
    assert (facts["input_tokens"], facts["output_tokens"], facts["characters"]) == (21, 42, len(LONG))
    assert 0 <= facts["first_character_ms"] <= facts["duration_ms"]
    assert facts["timeline"][-1] == [facts["duration_ms"], len(LONG)]
    assert facts["timeline"] == sorted(facts["timeline"])


async def test_thinking_is_timed_until_the_first_word(user: User, upstream: Upstream) -> None:
    upstream.script("scripted", Script(thinking="Hm. " * 10, text=LONG, hold_after_chars=0))
    turn = await user.ask()
    async for batch in user.services.manager.follow(turn.run_id):
        if any(isinstance(event, Thinking) for event in batch):
            break
    await asyncio.sleep(0.2)
    upstream.release("scripted")
    events = await user.read(turn)
    facts = (await user.stored(turn)).metadata
    assert 180 < facts["thinking_ms"] <= facts["first_character_ms"]
    assert [event.took_ms for event in events if isinstance(event, Thinking)][-1] == facts["thinking_ms"]
    late = await user.read(turn)
    assert [event.took_ms for event in late if isinstance(event, Thinking)][-1] == facts["thinking_ms"]
    upstream.script("scripted", Script(text=LONG))
    turn = await user.ask()
    await user.read(turn)
    assert "thinking_ms" not in (await user.stored(turn)).metadata


async def test_question_and_pending_answer_are_stored_before_the_provider_is_asked(
    user: User, upstream: Upstream
) -> None:
    upstream.script("scripted", Script(hold_after_chars=0))
    turn = await user.ask("What is stored?")
    opened = await user.services.chat.open(user.id, turn.conversation_id, 10)
    assert [(message.role, message.text) for message in opened.messages] == [
        ("user", "What is stored?"),
        ("assistant", ""),
    ]
    assert opened.active is not None
    assert opened.active.run_id == turn.run_id
    upstream.release("scripted")
    await user.read(turn)


async def test_a_late_reader_gets_the_same_text(user: User, upstream: Upstream) -> None:
    upstream.script("scripted", Script(text=LONG, hold_after_chars=1000))
    turn = await user.ask()
    await user.read_until(turn, 1000)
    late = asyncio.create_task(User(user.services).read(turn))
    upstream.release("scripted")
    assert text_of(await late) == LONG


async def test_a_reader_resumes_where_it_left(user: User, upstream: Upstream) -> None:
    upstream.script("scripted", Script(text=LONG, chunk_chars=10))
    turn = await user.ask()
    events = await user.read(turn)
    middle = len(events) // 2
    assert await user.read(turn, after_seq=events[middle].seq) == events[middle + 1 :]


async def test_closing_every_reader_stops_nothing(user: User, upstream: Upstream) -> None:
    upstream.script("scripted", Script(text=LONG, hold_after_chars=100))
    turn = await user.ask()
    await user.read_until(turn, 100)
    upstream.release("scripted")
    assert text_of(await user.read(turn)) == LONG


@pytest.mark.parametrize(
    ("fault", "code"),
    [
        (Fault(FaultKind.STATUS, status=401), "authentication"),
        (Fault(FaultKind.STATUS, status=429, retry_after="0.01"), "rate_limited"),
        (Fault(FaultKind.STATUS, status=529), "overloaded"),
        (Fault(FaultKind.DROP, after_chars=40), "broken_stream"),
        (Fault(FaultKind.TRUNCATED, after_chars=40), "broken_stream"),
        (Fault(FaultKind.ERROR_EVENT, after_chars=40), "overloaded"),
        (Fault(FaultKind.MALFORMED_EVENT, after_chars=40), "malformed_reply"),
    ],
    ids=lambda value: f"{value.kind}-{value.status}" if isinstance(value, Fault) else value,
)
async def test_a_failure_keeps_the_text_and_says_what_happened(
    user: User, upstream: Upstream, fault: Fault, code: str
) -> None:
    upstream.script("scripted", Script(text=LONG, fault=fault))
    turn = await user.ask()
    events = await user.read(turn)
    [ending] = endings(events)
    assert isinstance(ending, Failed)
    assert ending.code == code
    stored = await user.stored(turn)
    assert stored.status is StreamingStatus.FAILED
    assert stored.text == LONG[: fault.after_chars] == text_of(events)
    assert (stored.error_code, stored.error_sentence) == (code, ending.sentence)


async def test_a_follow_up_carries_the_whole_conversation(user: User, upstream: Upstream) -> None:
    upstream.script("scripted", Script(text="The first answer", hold_after_chars=9))
    first = await user.ask("One?")
    await user.read_until(first, 9)
    await user.services.chat.stop(user.id, first.run_id)
    await user.read(first)
    upstream.script("scripted", Script(text="Second."))
    second = await user.ask("Two?", first.conversation_id)
    await user.read(second)
    assert [(message["role"], message["content"]) for message in upstream.requests[-1].body["messages"]] == [
        ("user", "One?"),
        ("assistant", "The first"),
        ("user", "Two?"),
    ]
    opened = await user.services.chat.open(user.id, first.conversation_id, 10)
    assert [message.text for message in opened.messages] == ["One?", "The first", "Two?", "Second."]


async def test_running_answers_are_stored_as_interrupted_when_the_server_stops(
    settings: Settings, upstream: Upstream
) -> None:
    upstream.script("scripted", Script(text=LONG, hold_after_chars=300))
    async with runtime.running(settings) as services:
        turn = await User(services).ask()
        await User(services).read_until(turn, 300)
    async with runtime.running(settings) as services:
        stored = await User(services).stored(turn)
        assert (stored.text, stored.status) == (LONG[:300], StreamingStatus.INTERRUPTED)
        assert stored.metadata["stop_reason"] == "shutdown"
        assert text_of(await User(services).read(turn)) == LONG[:300]


async def test_an_answer_left_by_a_dead_process_becomes_interrupted_with_its_text(
    settings: Settings, upstream: Upstream, tmp_path: Path
) -> None:
    upstream.script("scripted", Script(text=LONG, hold_after_chars=300))
    async with runtime.running(settings) as services:
        turn = await User(services).ask()
        await User(services).read_until(turn, 300)
        async with asyncio.timeout(60):
            while (await User(services).stored(turn)).text != LONG[:300]:
                await asyncio.sleep(0.02)
        left = await left_behind(settings, tmp_path / "left.db")
        upstream.release("scripted")
        await User(services).read(turn)
        assert (await User(services).stored(turn)).text == LONG
    async with runtime.running(left) as reborn:
        stored = await User(reborn).stored(turn)
        assert (stored.text, stored.status) == (LONG[:300], StreamingStatus.INTERRUPTED)
        assert isinstance((await User(reborn).read(turn))[-1], Interrupted)


async def test_a_data_folder_has_one_server(settings: Settings) -> None:
    async with runtime.running(settings):
        with pytest.raises(DatabaseInUse):
            async with runtime.running(settings):
                pass


@hypothesis.settings(
    max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow]
)
@given(
    chunks=st.lists(
        st.lists(st.one_of(st.characters(exclude_categories=[]), st.sampled_from(AWKWARD)), min_size=1, max_size=8),
        max_size=12,
    ),
    split=st.one_of(st.none(), st.integers(0, 100)),
)
def test_stored_text_is_what_the_provider_sent(
    chunks: list[list[str]], split: int | None, settings: Settings, upstream: Upstream
) -> None:
    """Through the whole run: wire, SDK, provider, run, bus, database. Stated exceptions: lone surrogates and NUL."""

    async def scenario() -> None:
        upstream.script("scripted", Script(chunks=tuple(map("".join, chunks)), split=split))
        async with runtime.running(settings) as services:
            user = User(services)
            turn = await user.ask()
            events = await user.read(turn)
            stored = await user.stored(turn)
        assert stored.text == text_of(events) == well_formed("".join(map("".join, chunks)))

    asyncio.run(scenario())


async def test_an_answer_that_cannot_be_stored_is_shown_to_its_end_and_stored_later(
    user: User, upstream: Upstream, settings: Settings
) -> None:
    upstream.script("scripted", Script(text=LONG, hold_after_chars=400))
    turn = await user.ask()
    await user.read_until(turn, 400)
    await break_storing(settings)
    upstream.release("scripted")
    events = await user.follow(turn)
    assert isinstance(events[-1], Completed)
    assert text_of(events) == LONG
    assert (await user.stored(turn)).status is not StreamingStatus.COMPLETE
    await mend_storing(settings)
    async with asyncio.timeout(60):
        while user.services.manager.running:
            await asyncio.sleep(0.02)
    stored = await user.stored(turn)
    assert (stored.text, stored.status) == (LONG, StreamingStatus.COMPLETE)


async def test_an_answer_beyond_all_bounds_is_ended_and_kept(services: Runtime, upstream: Upstream) -> None:
    upstream.script("scripted", Script(text=LONG, chunk_chars=100))
    user = User(services)
    held = await user.ask()
    await user.read(held)
    provider, model = services.registry.resolve(MODEL)
    log = MemoryRunLogs().open("r")
    request = GenerationRequest(model, (ChatMessage("user", "Why?"),))
    spec = RunSpec("r", "m", ModelCall(provider, request))
    keeper = Keeper(log, services.manager._store, Unsaved())  # pyright: ignore[reportPrivateUsage]
    await Run(spec, log, keeper, Limits(max_chars=1000)).execute()
    events = [event async for batch in follow(log) for event in batch]
    assert isinstance(events[-1], Failed)
    assert events[-1].code == "answer_too_long"
    assert text_of(events) == LONG[:1000]


class Overtaken(StreamingProvider):
    """A model that goes on thinking for a moment after its answer was stopped."""

    name = label = "overtaken"
    first_event_seconds = 1.0

    def __init__(self, log: RunLog) -> None:
        self._log = log

    async def models(self) -> tuple[ModelInfo, ...]:
        return ()

    def capabilities(self, model: str) -> Capabilities:
        return Capabilities()

    async def stream(self, request: GenerationRequest) -> AsyncGenerator[ProviderEvent]:
        yield ThinkingDelta("Hm.")
        yield ThinkingDelta(" Hm.")
        await self._log.interrupt()
        yield ThinkingDelta(" Hm.")
        yield TextDelta("The sea.")

    async def complete(self, request: GenerationRequest) -> WholeAnswer:
        raise NotImplementedError

    async def aclose(self) -> None:
        pass


async def test_what_comes_after_a_stop_counts_for_nothing(services: Runtime, user: User) -> None:
    await user.ask()
    log, seconds, outcomes = MemoryRunLogs().open("r"), itertools.count(), list[RunOutcome]()
    spec = RunSpec("r", "m", ModelCall(Overtaken(log), GenerationRequest("m", (ChatMessage("user", "Why?"),))))
    keeper = Keeper(log, services.manager._store, Unsaved())  # pyright: ignore[reportPrivateUsage]
    run = Run(spec, log, keeper, Limits(), now=lambda: next(seconds), on_outcome=lambda _, end: outcomes.append(end))
    await run.execute()
    events = [event async for batch in follow(log) for event in batch]
    assert [end.thinking for end in outcomes] == ["Hm. Hm."]
    thinking = [event for event in events if isinstance(event, Thinking)]
    assert thinking[-1].took_ms == outcomes[0].metadata["thinking_ms"] > 0
    assert outcomes[0].metadata["new_characters"] == 0
