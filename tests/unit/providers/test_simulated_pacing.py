from collections.abc import AsyncGenerator
from dataclasses import dataclass, field, replace

import pytest
import regex
from hypothesis import given
from hypothesis import strategies as st

from providers.base import Capabilities, ChatMessage, GenerationRequest, ModelInfo, StreamingProvider, WholeAnswer
from providers.errors import CannotStream, Overloaded
from providers.events import (
    Finished,
    Phase,
    PhaseChanged,
    ProviderEvent,
    StopReason,
    TextDelta,
    Unstreamed,
    UsageReported,
)
from providers.simulated import REMEMBERED_SECONDS, SimulatedProvider, Unstreamable, WritingSpeed, pieces

REQUEST = GenerationRequest("m", (ChatMessage("user", "hi"),))


@dataclass
class Whole(StreamingProvider):
    """A model that gives whole answers, and refuses to stream."""

    text: str
    name: str = "whole"
    label: str = "the whole one"
    first_event_seconds: float = 1
    refused: int = 0

    async def models(self) -> tuple[ModelInfo, ...]:
        return (ModelInfo(self.name, "m", "M", "in a test", self.capabilities("m")),)

    def capabilities(self, model: str) -> Capabilities:
        return Capabilities()

    async def stream(self, request: GenerationRequest) -> AsyncGenerator[ProviderEvent]:
        yield PhaseChanged(Phase.CONNECTING)
        self.refused += 1
        raise CannotStream(self.label)

    async def aclose(self) -> None:
        pass

    async def complete(self, request: GenerationRequest) -> WholeAnswer:
        if self.text == "fail":
            raise Overloaded(self.label)
        return WholeAnswer(self.text, StopReason.MAX_TOKENS, usage=UsageReported(1, 2))


@dataclass
class Time:
    now: float = 0
    sleeps: list[float] = field(default_factory=list[float])

    def clock(self) -> float:
        return self.now

    async def sleep(self, seconds: float) -> None:
        self.sleeps.append(seconds)
        self.now += seconds


async def written(text: str, pace: WritingSpeed) -> tuple[list[ProviderEvent], Time]:
    time = Time()
    provider = SimulatedProvider(Whole(text), Unstreamable(["whole/*"]), pace, clock=time.clock, sleep=time.sleep)
    return [event async for event in provider.stream(REQUEST)], time


def texts(events: list[ProviderEvent]) -> list[str]:
    return [event.text for event in events if isinstance(event, TextDelta)]


async def test_the_answer_takes_as_long_as_the_pace_says():
    events, time = await written("x" * 300, WritingSpeed(characters_per_second=100, max_seconds=60))
    assert "".join(texts(events)) == "x" * 300
    assert time.now == pytest.approx(3, abs=0.1)


async def test_a_slow_pace_writes_one_character_at_a_time():
    events, time = await written("slowly", WritingSpeed(characters_per_second=5, max_seconds=60))
    assert texts(events) == list("slowly")
    assert time.now == pytest.approx(6 / 5, abs=0.1)


async def test_a_long_answer_speeds_up_to_keep_the_bound():
    events, time = await written("x" * 50_000, WritingSpeed(characters_per_second=100, max_seconds=10))
    assert sum(map(len, texts(events))) == 50_000
    assert time.now == pytest.approx(10, abs=0.2)


async def test_there_are_at_most_thirty_pieces_a_second():
    _, time = await written("x" * 5_000, WritingSpeed(characters_per_second=1_000, max_seconds=60))
    assert min(time.sleeps) >= 1 / 30


async def test_events_come_in_order_and_end_with_the_stop_reason():
    events, _ = await written("ok", WritingSpeed())
    assert [type(event) for event in events[:3]] == [PhaseChanged, Unstreamed, PhaseChanged]
    assert [event.phase for event in events[:3] if isinstance(event, PhaseChanged)] == [Phase.CONNECTING, Phase.WAITING]
    assert events[-2:] == [UsageReported(1, 2), Finished(StopReason.MAX_TOKENS)]


async def test_an_empty_answer_has_no_text():
    events, _ = await written("", WritingSpeed())
    assert texts(events) == []
    assert events[-1] == Finished(StopReason.MAX_TOKENS)


async def test_a_failure_of_the_wrapped_provider_passes_through():
    with pytest.raises(Overloaded):
        await written("fail", WritingSpeed())


def test_its_models_do_not_claim_to_stream():
    assert not SimulatedProvider(Whole("x"), Unstreamable(["whole/m"])).capabilities("m").streaming
    assert SimulatedProvider(Whole("x"), Unstreamable(["whole/other"])).capabilities("m").streaming


async def test_a_refusal_is_remembered_for_a_day():
    time, whole = Time(), Whole("x")
    provider = SimulatedProvider(whole, Unstreamable(clock=time.clock), clock=time.clock, sleep=time.sleep)
    for now, refused in ((0, 1), (REMEMBERED_SECONDS - 10, 1), (REMEMBERED_SECONDS + 10, 2)):
        time.now = now
        events = [event async for event in provider.stream(REQUEST)]
        assert texts(events) == ["x"]
        assert whole.refused == refused


async def test_a_model_that_fails_both_ways_is_not_taken_for_one_that_cannot_stream():
    provider = SimulatedProvider(Whole("fail"), Unstreamable())
    with pytest.raises(Overloaded):
        _ = [event async for event in provider.stream(REQUEST)]
    assert provider.capabilities("m").streaming


async def test_the_readers_own_speed_holds():
    time = Time()
    provider = SimulatedProvider(Whole("x" * 100), Unstreamable(["*"]), clock=time.clock, sleep=time.sleep)
    _ = [event async for event in provider.stream(replace(REQUEST, unstreamed_rate=10))]
    assert time.now == pytest.approx(10, abs=0.2)


@given(st.text(alphabet=st.sampled_from("ab 👩\u200d🏽é\u0301\r\n漢שׁ🇩🇪")), st.floats(0.1, 50))
def test_pieces_join_to_the_text_and_never_cut_a_grapheme(text: str, step: float):
    due = iter(range(10_000))
    cut = [piece for piece in pieces(text, lambda: next(due) * step) if piece]
    assert "".join(cut) == text
    boundaries = {match.end() for match in regex.finditer(r"\X", text)}
    at = 0
    for piece in cut:
        at += len(piece)
        assert at in boundaries
