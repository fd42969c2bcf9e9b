"""What every provider promises, run against every provider."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import aclosing
from typing import Any

import pytest

from app.streaming.wellformed import well_formed
from providers.anthropic import AnthropicProvider
from providers.base import ChatMessage, GenerationRequest, StreamingProvider
from providers.errors import (
    AuthenticationFailed,
    BadRequest,
    BrokenStream,
    ContextTooLong,
    EmptyAnswer,
    MalformedReply,
    NeverBegan,
    Overloaded,
    PermissionDenied,
    ProviderError,
    RateLimited,
    TimedOut,
    Unreachable,
    Unsupported,
)
from providers.events import (
    Finished,
    Phase,
    PhaseChanged,
    ProviderEvent,
    StopReason,
    TextDelta,
    ThinkingDelta,
    Unstreamed,
    UsageReported,
)
from providers.http_client import Timeouts
from providers.openai_compatible import OpenAICompatibleProvider
from providers.simulated import SimulatedProvider, Unstreamable, WritingSpeed
from tests.upstream import Fault, FaultKind, Script, Upstream, closed_port

KEY = "sk-test-very-secret-key"
IMPATIENT = Timeouts(connect_seconds=2, silence_seconds=0.2, whole_answer_seconds=0.2)

Build = Callable[[str, Timeouts], StreamingProvider]


def build_anthropic(url: str, timeouts: Timeouts) -> StreamingProvider:
    return AnthropicProvider(KEY, url, timeouts=timeouts)


def build_openai(url: str, timeouts: Timeouts) -> StreamingProvider:
    return OpenAICompatibleProvider(KEY, f"{url}/v1", timeouts=timeouts)


def simulated(build: Build) -> Build:
    async def no_sleep(_: float) -> None:
        await asyncio.sleep(0)

    return lambda url, timeouts: SimulatedProvider(
        build(url, timeouts), Unstreamable(["*"]), WritingSpeed(1_000_000), sleep=no_sleep
    )


STREAMING: dict[str, Build] = {"anthropic": build_anthropic, "openai": build_openai}
ALL = STREAMING | {f"simulated-{name}": simulated(build) for name, build in STREAMING.items()}


@pytest.fixture(params=ALL)
async def provider(request: pytest.FixtureRequest, upstream: Upstream) -> AsyncIterator[StreamingProvider]:
    provider = ALL[request.param](upstream.url, Timeouts())
    yield provider
    await provider.aclose()


@pytest.fixture(params=STREAMING)
async def streaming(request: pytest.FixtureRequest, upstream: Upstream) -> AsyncIterator[StreamingProvider]:
    provider = STREAMING[request.param](upstream.url, Timeouts())
    yield provider
    await provider.aclose()


@pytest.fixture(params=ALL)
async def failing(request: pytest.FixtureRequest, upstream: Upstream, fault: Fault) -> AsyncIterator[StreamingProvider]:
    """A provider that is impatient where silence is the `fault` of the test."""
    provider = ALL[request.param](upstream.url, IMPATIENT if fault.kind is FaultKind.SILENCE else Timeouts())
    yield provider
    await provider.aclose()


def ask(model: str = "m", **options: Any) -> GenerationRequest:
    turns = (ChatMessage("user", "one"), ChatMessage("assistant", "two"), ChatMessage("user", "three"))
    return GenerationRequest(model, turns, **options)


async def collect(provider: StreamingProvider, request: GenerationRequest) -> list[ProviderEvent]:
    async with aclosing(provider.stream(request)) as stream:
        return [event async for event in stream]


async def collect_until_failure(
    provider: StreamingProvider, request: GenerationRequest
) -> tuple[list[ProviderEvent], ProviderError]:
    events: list[ProviderEvent] = []
    try:
        async with aclosing(provider.stream(request)) as stream:
            async for event in stream:
                events.append(event)  # noqa: PERF401  a comprehension would lose what came before the failure
    except ProviderError as error:
        return events, error
    pytest.fail("the stream did not fail")


def text_of(events: list[ProviderEvent]) -> str:
    return "".join(event.text for event in events if isinstance(event, TextDelta))


def shape(events: list[ProviderEvent]) -> list[str]:
    """Name the kinds of events in their order, repetitions folded; usage and the road may be told at any time."""
    names = [type(event).__name__ for event in events if not isinstance(event, UsageReported | Unstreamed)]
    return [name for at, name in enumerate(names) if at == 0 or names[at - 1] != name]


async def test_events_come_in_order(provider: StreamingProvider, upstream: Upstream):
    upstream.script("m", Script(text="The answer.", thinking="Let me see."))
    events = await collect(provider, ask())
    assert shape(events) == ["PhaseChanged", "ThinkingDelta", "TextDelta", "Finished"]
    phases = [event.phase for event in events if isinstance(event, PhaseChanged)]
    assert phases == [Phase.CONNECTING, Phase.WAITING]
    assert events[-1] == Finished(StopReason.END_TURN)


TEXTS = {
    "emoji": "Hi 👩‍👩‍👧‍👦 and 🏳️‍🌈, 👍🏽!",
    "combining": "e\u0301a\u0308o\u0302 n\u0303",
    "cjk": "漢字かな交じり文、한국어도.",
    "rtl": "\u200fשלום עולם, مرحبا بالعالم\u200f",
    "line ends": "one\r\ntwo\nthree\rfour\u2028five\u0085six\x0bseven",
    "json and sse": 'data: {"a": "\\n\\n"}\n\nevent: error\n: ping\n\\u00e9',
    "controls": "tab\tbell\x07null\x00escape\x1b[0m",
    "spaces": "  leading and trailing  \n\n",
    "empty": "",
    "long": "A line that repeats. " * 1_000,
}


@pytest.mark.parametrize("text", TEXTS.values(), ids=TEXTS.keys())
async def test_text_arrives_exactly(provider: StreamingProvider, upstream: Upstream, text: str):
    upstream.script("m", Script(text=text, thinking=text, chunk_chars=3))
    events = await collect(provider, ask())
    assert text_of(events) == text
    assert "".join(event.text for event in events if isinstance(event, ThinkingDelta)) == text
    assert (await provider.complete(ask())).text == text


@pytest.mark.parametrize("seed", range(3))
async def test_packets_may_part_anywhere(streaming: StreamingProvider, upstream: Upstream, seed: int):
    text = TEXTS["emoji"] + TEXTS["line ends"] + TEXTS["cjk"]
    upstream.script("m", Script(text=text, chunk_chars=5, split=seed))
    assert text_of(await collect(streaming, ask())) == text


async def test_a_character_cut_between_two_events_is_handed_on_in_its_halves(
    provider: StreamingProvider, upstream: Upstream
):
    upstream.script("m", Script(chunks=("grin \ud83d", "\ude00 and half \ud83d", " one", "\ude00")))
    assert well_formed(text_of(await collect(provider, ask()))) == "grin 😀 and half � one�"


async def test_usage_is_reported(provider: StreamingProvider, upstream: Upstream):
    upstream.script("m", Script(input_tokens=123, output_tokens=45))
    reports = [event for event in await collect(provider, ask()) if isinstance(event, UsageReported)]
    assert reports[-1] == UsageReported(123, 45)
    assert (await provider.complete(ask())).usage == UsageReported(123, 45)


ANTHROPIC_REASONS = {
    "end_turn": StopReason.END_TURN,
    "max_tokens": StopReason.MAX_TOKENS,
    "stop_sequence": StopReason.STOP_SEQUENCE,
    "tool_use": StopReason.TOOL_USE,
    "pause_turn": StopReason.PAUSE_TURN,
    "refusal": StopReason.REFUSAL,
    "model_context_window_exceeded": StopReason.CONTEXT_EXCEEDED,
    "invented_tomorrow": StopReason.OTHER,
}
OPENAI_REASONS = {
    "stop": StopReason.END_TURN,
    "length": StopReason.MAX_TOKENS,
    "content_filter": StopReason.REFUSAL,
    "tool_calls": StopReason.TOOL_USE,
    "invented_tomorrow": StopReason.OTHER,
}
REASONS = [("anthropic", *pair) for pair in ANTHROPIC_REASONS.items()]
REASONS += [("openai", *pair) for pair in OPENAI_REASONS.items()]


@pytest.mark.parametrize(("name", "word", "expected"), REASONS)
async def test_every_stop_reason_is_understood(upstream: Upstream, name: str, word: str, expected: StopReason):
    upstream.script("m", Script(stop_reason=word))
    provider = STREAMING[name](upstream.url, Timeouts())
    assert (await collect(provider, ask()))[-1] == Finished(expected)
    assert (await provider.complete(ask())).stop_reason is expected
    await provider.aclose()


async def test_models_are_listed(provider: StreamingProvider, upstream: Upstream):
    upstream.page_size = 2
    for name in ("a", "b", "c", "d", "e"):
        upstream.script(name, Script())
    models = await provider.models()
    assert [model.model for model in models] == ["a", "b", "c", "d", "e"]
    assert models[0].key == f"{provider.name}/a"


@pytest.mark.parametrize("name", [name for name in ALL if "anthropic" in name])
async def test_what_is_not_declared_is_refused_in_words(name: str, upstream: Upstream):
    provider = ALL[name](upstream.url, Timeouts())
    assert not provider.capabilities("m").temperature
    request = ask(temperature=0.5)
    with pytest.raises(Unsupported, match=r"cannot .* with m\."):
        await collect(provider, request)
    with pytest.raises(Unsupported):
        await provider.complete(request)
    assert upstream.requests == []
    await provider.aclose()


async def test_leaving_early_closes_the_request(streaming: StreamingProvider, upstream: Upstream):
    upstream.script("m", Script(text="Hello, world", hold_after_chars=5))
    seen = ""
    async with aclosing(streaming.stream(ask())) as stream:
        async for event in stream:
            seen += event.text if isinstance(event, TextDelta) else ""
            if seen == "Hello":
                break
    await upstream.until(lambda: upstream.requests[0].closed_by_client_at is not None)
    assert upstream.requests[0].chars_sent == 5


@pytest.mark.parametrize(
    "script", [Script(hold_after_chars=0), Script(first_delay_seconds=60)], ids=["held", "no reply"]
)
async def test_cancelling_closes_the_request(provider: StreamingProvider, upstream: Upstream, script: Script):
    upstream.script("m", script)
    task = asyncio.create_task(collect(provider, ask()))
    await upstream.until(lambda: len(upstream.requests) == 1)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    await upstream.until(lambda: upstream.requests[0].closed_by_client_at is not None)


async def test_text_is_passed_on_while_the_answer_is_unfinished(streaming: StreamingProvider, upstream: Upstream):
    upstream.script("m", Script(text="Hello, world", hold_after_chars=5))
    seen = ""
    async with aclosing(streaming.stream(ask())) as stream:
        async for event in stream:
            seen += event.text if isinstance(event, TextDelta) else ""
            if seen == "Hello":
                upstream.release("m")
    assert seen == "Hello, world"


STATUSES = {
    400: BadRequest,
    401: AuthenticationFailed,
    403: PermissionDenied,
    404: BadRequest,
    413: ContextTooLong,
    429: RateLimited,
    500: Overloaded,
    529: Overloaded,
}
FAULTS: dict[str, tuple[Fault, type[ProviderError]]] = {
    **{f"status-{code}": (Fault(FaultKind.STATUS, status=code), error) for code, error in STATUSES.items()},
    **{
        f"event-{code}": (Fault(FaultKind.ERROR_EVENT, status=code), error)
        for code, error in STATUSES.items()
        if code != 413
    },
    "malformed": (Fault(FaultKind.MALFORMED_EVENT), MalformedReply),
    "fin": (Fault(FaultKind.DROP), BrokenStream),
    "rst": (Fault(FaultKind.DROP, reset=True), BrokenStream),
    "silence": (Fault(FaultKind.SILENCE), TimedOut),
    "truncated": (Fault(FaultKind.TRUNCATED), BrokenStream),
}


@pytest.mark.parametrize("after_chars", [0, 6], ids=["before text", "after text"])
@pytest.mark.parametrize(("fault", "expected"), FAULTS.values(), ids=FAULTS.keys())
async def test_every_failure_is_one_of_ours(
    failing: StreamingProvider, upstream: Upstream, fault: Fault, expected: type[ProviderError], after_chars: int
):
    told = Fault(fault.kind, after_chars, fault.status, message=f"no, {KEY}", reset=fault.reset)
    upstream.script("m", Script(text="Hello, world", fault=told))
    events, error = await collect_until_failure(failing, ask())
    is_empty = fault.kind is FaultKind.TRUNCATED and after_chars == 0
    expected = EmptyAnswer if is_empty and failing.capabilities("m").streaming else expected
    expected = NeverBegan if expected is BrokenStream and not text_of(events) else expected
    assert type(error) is expected
    assert failing.label in error.sentence or expected is ContextTooLong
    assert KEY not in error.detail
    assert not any(isinstance(event, Finished) for event in events)
    # A reset also takes back what lies unread in the client's buffer.
    if fault.kind is not FaultKind.STATUS and failing.capabilities("m").streaming and not fault.reset:
        assert text_of(events) == "Hello, world"[:after_chars]


@pytest.mark.parametrize(("fault", "expected"), FAULTS.values(), ids=FAULTS.keys())
async def test_every_failure_of_a_whole_answer_is_one_of_ours(
    failing: StreamingProvider, upstream: Upstream, fault: Fault, expected: type[ProviderError]
):
    upstream.script("m", Script(fault=fault))
    with pytest.raises(ProviderError) as caught:
        await failing.complete(ask())
    assert type(caught.value) is (NeverBegan if expected is BrokenStream else expected)


async def test_the_wait_that_the_provider_asks_for_is_told(provider: StreamingProvider, upstream: Upstream):
    upstream.script("m", Script(fault=Fault(FaultKind.STATUS, status=429, retry_after="17")))
    with pytest.raises(RateLimited) as caught:
        await collect(provider, ask())
    assert caught.value.retry_after_seconds == 17
    assert "in 17 s" in caught.value.sentence


async def test_nothing_is_retried_by_the_sdk(provider: StreamingProvider, upstream: Upstream):
    upstream.script("m", Script(fault=Fault(FaultKind.STATUS, status=529)))
    with pytest.raises(Overloaded):
        await collect(provider, ask())
    assert len(upstream.requests) == 1


@pytest.mark.parametrize("name", ALL)
async def test_nobody_listening_is_unreachable(name: str):
    provider = ALL[name](closed_port(), Timeouts())
    for attempt in (collect(provider, ask()), provider.complete(ask()), provider.models()):
        with pytest.raises(Unreachable):
            await attempt
    await provider.aclose()


@pytest.mark.parametrize("name", ALL)
async def test_a_wrong_address_is_a_bad_request(name: str, upstream: Upstream):
    provider = ALL[name](f"{upstream.url}/nowhere", Timeouts())
    with pytest.raises(BadRequest):
        await collect(provider, ask())
    await provider.aclose()


async def test_closing_twice_is_harmless(provider: StreamingProvider):
    await provider.aclose()
    await provider.aclose()


async def test_conversation_and_system_prompt_are_sent(streaming: StreamingProvider, upstream: Upstream):
    await collect(streaming, ask(system="Be kind.", max_tokens=99))
    body = upstream.requests[0].body
    turns = [(turn["role"], turn["content"]) for turn in body["messages"]]
    assert turns[-3:] == [("user", "one"), ("assistant", "two"), ("user", "three")]
    assert body.get("system") == "Be kind." or turns[0] == ("system", "Be kind.")
    assert body["max_tokens"] == 99


async def test_an_empty_turn_is_not_sent(streaming: StreamingProvider, upstream: Upstream):
    turns = (ChatMessage("user", "a"), ChatMessage("assistant", ""))
    await collect(streaming, GenerationRequest("m", turns))
    assert [turn["content"] for turn in upstream.requests[0].body["messages"]] == ["a"]


async def test_two_turns_of_one_role_are_joined(streaming: StreamingProvider, upstream: Upstream):
    turns = (ChatMessage("user", "a"), ChatMessage("assistant", ""), ChatMessage("user", "b"))
    await collect(streaming, GenerationRequest("m", turns))
    assert [turn["content"] for turn in upstream.requests[0].body["messages"]] == ["a\n\nb"]
