"""Streaming for models that cannot: a whole answer, written out at a reader's pace."""

import asyncio
import time
from collections.abc import AsyncGenerator, Awaitable, Callable, Iterable, Iterator
from contextlib import aclosing
from dataclasses import dataclass, replace
from fnmatch import fnmatchcase

import regex

from providers.base import Capabilities, GenerationRequest, ModelInfo, StreamingProvider, WholeAnswer
from providers.errors import CannotStream
from providers.events import (
    Finished,
    Phase,
    PhaseChanged,
    ProviderEvent,
    TextDelta,
    ThinkingDelta,
    Unstreamed,
    UsageReported,
)

TICK_SECONDS = 1 / 30
REMEMBERED_SECONDS = 24 * 3600
_GRAPHEME = regex.compile(r"\X")


@dataclass(frozen=True, slots=True)
class WritingSpeed:
    """How fast a simulated answer is written; a long one goes faster, so that none takes longer than `max_seconds`."""

    characters_per_second: float = 120
    max_seconds: float = 20

    def rate(self, characters: int) -> float:
        """Give the characters a second for an answer of so many characters."""
        return max(self.characters_per_second, characters / self.max_seconds)


class Unstreamable:
    """The models that cannot stream: those that the owner names, and for a day those that have shown it."""

    def __init__(self, named: Iterable[str] = (), clock: Callable[[], float] = time.monotonic) -> None:
        """Take the owner's names, `provider/model`; an asterisk stands for anything."""
        self._named = tuple(named)
        self._clock = clock
        self._shown_at: dict[str, float] = {}

    def __contains__(self, key: str) -> bool:
        if any(fnmatchcase(key, name) for name in self._named):
            return True
        return key in self._shown_at and self._clock() - self._shown_at[key] < REMEMBERED_SECONDS

    def note(self, key: str) -> None:
        """Remember that a model has refused to stream, or answered in one piece."""
        self._shown_at[key] = self._clock()


class SimulatedProvider(StreamingProvider):
    """Streams a provider's answers where it can, and writes out whole ones where it cannot.

    `Unstreamed` comes before a whole answer is waited for, so that nobody is deceived.
    """

    def __init__(
        self,
        inner: StreamingProvider,
        unstreamable: Unstreamable,
        pace: WritingSpeed | None = None,
        *,
        clock: Callable[[], float] = time.monotonic,
        sleep: Callable[[float], Awaitable[object]] = asyncio.sleep,
    ) -> None:
        """Wrap `inner` and own it from now on."""
        self.name = inner.name
        self.label = inner.label
        self._inner = inner
        self._unstreamable = unstreamable
        self._pace = pace or WritingSpeed()
        self._clock = clock
        self._sleep = sleep

    @property
    def first_event_seconds(self) -> float:  # pyright: ignore[reportIncompatibleVariableOverride]
        """Bound the wait for the first event as the wrapped provider does."""
        return self._inner.first_event_seconds

    async def models(self) -> tuple[ModelInfo, ...]:
        """List what the wrapped provider offers."""
        models = await self._inner.models()
        return tuple(replace(model, capabilities=self.capabilities(model.model)) for model in models)

    def capabilities(self, model: str) -> Capabilities:
        """Say what the wrapped provider can do; streaming only as far as is known."""
        known = self._inner.capabilities(model)
        return replace(known, streaming=known.streaming and self._key(model) not in self._unstreamable)

    async def stream(self, request: GenerationRequest) -> AsyncGenerator[ProviderEvent]:
        """Answer as events; whole graphemes, at most thirty pieces a second, where the answer came in one piece."""
        try:
            if self.capabilities(request.model).streaming:
                async with aclosing(self._streamed(request)) as events:
                    async for event in events:
                        yield event
                return
        except CannotStream:
            pass  # asked in one piece below
        else:
            yield PhaseChanged(Phase.CONNECTING)
        async with aclosing(self._simulated(request)) as events:
            async for event in events:
                yield event

    async def complete(self, request: GenerationRequest) -> WholeAnswer:
        """Answer in one piece."""
        return await self._inner.complete(request)

    async def aclose(self) -> None:
        """Close the wrapped provider."""
        await self._inner.aclose()

    async def _streamed(self, request: GenerationRequest) -> AsyncGenerator[ProviderEvent]:
        is_whole = False
        async with aclosing(self._inner.stream(request)) as events:
            async for event in events:
                if isinstance(event, Unstreamed):
                    is_whole = True
                    self._unstreamable.note(self._key(request.model))
                if is_whole and isinstance(event, TextDelta):
                    async with aclosing(self._written_out(event.text, request)) as written:
                        async for delta in written:
                            yield delta
                else:
                    yield event

    async def _simulated(self, request: GenerationRequest) -> AsyncGenerator[ProviderEvent]:
        yield Unstreamed()
        yield PhaseChanged(Phase.WAITING, "The whole answer comes first")
        was_known = self._key(request.model) in self._unstreamable
        answer = await self._inner.complete(request)
        if not was_known:
            self._unstreamable.note(self._key(request.model))
        if answer.thinking:
            yield ThinkingDelta(answer.thinking)
        async with aclosing(self._written_out(answer.text, request)) as written:
            async for delta in written:
                yield delta
        if answer.usage:
            yield UsageReported(answer.usage.input_tokens, answer.usage.output_tokens)
        yield Finished(answer.stop_reason)

    async def _written_out(self, text: str, request: GenerationRequest) -> AsyncGenerator[TextDelta]:
        rate = request.unstreamed_rate or self._pace.rate(len(text))
        started_at = self._clock()
        for piece in pieces(text, lambda: (self._clock() - started_at) * rate):
            if piece:
                yield TextDelta(piece)
            await self._sleep(TICK_SECONDS)

    def _key(self, model: str) -> str:
        return f"{self.name}/{model}"


def pieces(text: str, due_characters: Callable[[], float]) -> Iterator[str]:
    """Cut `text` into whole graphemes, each piece reaching as far as is due when it is asked for; "" is not yet due."""
    sent = end = 0
    for grapheme in _GRAPHEME.finditer(text):
        # The first grapheme is always due: an answer that is there shall be seen.
        while end and grapheme.end() > due_characters():
            yield text[sent:end]
            sent = end
        end = grapheme.end()
    yield text[sent:]
