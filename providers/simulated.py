"""Streaming for providers that cannot: a whole answer, written out at a reader's pace."""

import asyncio
import time
from collections.abc import AsyncGenerator, Awaitable, Callable, Iterator
from dataclasses import dataclass, replace
from typing import Protocol, runtime_checkable

import regex

from providers.base import (
    Capabilities,
    GenerationRequest,
    ModelInfo,
    StreamingProvider,
    WholeAnswer,
    WholeAnswerProvider,
)
from providers.events import Completed, Phase, PhaseChanged, ProviderEvent, TextDelta, ThinkingDelta

TICK_SECONDS = 1 / 30
_GRAPHEME = regex.compile(r"\X")


@dataclass(frozen=True, slots=True)
class Pace:
    """How fast a simulated answer is written; a long one goes faster, so that none takes longer than `max_seconds`."""

    characters_per_second: float = 120
    max_seconds: float = 20

    def rate(self, characters: int) -> float:
        """Give the characters a second for an answer of so many characters."""
        return max(self.characters_per_second, characters / self.max_seconds)


@runtime_checkable
class _KnowsItsModels(Protocol):
    async def models(self) -> tuple[ModelInfo, ...]: ...

    def capabilities(self, model: str) -> Capabilities: ...


@runtime_checkable
class _Closable(Protocol):
    async def aclose(self) -> None: ...


class SimulatedProvider(StreamingProvider):
    """Stream the answers of a whole-answer provider; its models say `streaming=False`, so that nobody is deceived."""

    def __init__(
        self,
        inner: WholeAnswerProvider,
        pace: Pace | None = None,
        *,
        clock: Callable[[], float] = time.monotonic,
        sleep: Callable[[float], Awaitable[object]] = asyncio.sleep,
    ) -> None:
        """Wrap `inner` and own it from now on."""
        self.name = inner.name
        self.label = inner.label
        self._inner = inner
        self._pace = pace or Pace()
        self._clock = clock
        self._sleep = sleep

    async def models(self) -> tuple[ModelInfo, ...]:
        """List what the wrapped provider offers, if it can tell."""
        if not isinstance(self._inner, _KnowsItsModels):
            return ()
        models = await self._inner.models()
        return tuple(replace(model, capabilities=self.capabilities(model.model)) for model in models)

    def capabilities(self, model: str) -> Capabilities:
        """Say what the wrapped provider can do, except for streaming."""
        known = self._inner.capabilities(model) if isinstance(self._inner, _KnowsItsModels) else Capabilities()
        return replace(known, streaming=False)

    async def stream(self, request: GenerationRequest) -> AsyncGenerator[ProviderEvent]:
        """Wait for the whole answer, then write it out by whole graphemes, at most thirty pieces a second."""
        yield PhaseChanged(Phase.CONNECTING)
        yield PhaseChanged(Phase.WAITING, "The whole answer comes first")
        answer = await self._inner.complete(request)
        if answer.thinking:
            yield ThinkingDelta(answer.thinking)
        rate = self._pace.rate(len(answer.text))
        started_at = self._clock()
        for piece in pieces(answer.text, lambda: (self._clock() - started_at) * rate):
            if piece:
                yield TextDelta(piece)
            await self._sleep(TICK_SECONDS)
        if answer.usage:
            yield answer.usage
        yield Completed(answer.stop_reason)

    async def complete(self, request: GenerationRequest) -> WholeAnswer:
        """Answer in one piece."""
        return await self._inner.complete(request)

    async def aclose(self) -> None:
        """Close the wrapped provider."""
        if isinstance(self._inner, _Closable):
            await self._inner.aclose()


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
