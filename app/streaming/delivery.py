"""Getting an answer out of a provider, by whatever step the policy still allows."""

import asyncio
import math
from collections.abc import AsyncGenerator, Awaitable, Callable
from contextlib import aclosing
from dataclasses import replace
from typing import Protocol

from tenacity import AsyncRetrying, RetryCallState, retry_if_exception, stop_after_attempt, wait_exponential_jitter

from app.streaming.policy import Patience, Step, steps_for
from app.streaming.source import Road, Source
from providers.errors import BrokenStream, ProviderError, StillWorking, TimedOut
from providers.events import (
    Completed,
    Phase,
    PhaseChanged,
    ProviderEvent,
    StopReason,
    TextDelta,
    ThinkingDelta,
    Unstreamed,
)

# While a model is loaded, or others are served first, silence means nothing.
_PATIENT_PHASES = (Phase.QUEUED, Phase.LOADING_MODEL)
_COUNTDOWN_SECONDS = 1.0


class Listener(Protocol):
    """Who takes what comes, and notes what is tried."""

    @property
    def has_text(self) -> bool:
        """Say whether a character of the answer has come."""
        ...

    async def attempt(self, source: Source) -> None:
        """Note that a source is about to be asked."""
        ...

    async def take_road(self, source: Source) -> None:
        """Note that the attempt goes on by another road."""
        ...

    async def take(self, event: ProviderEvent) -> None:
        """Take what the source says."""
        ...

    async def flush(self) -> None:
        """Take what was held back: the source has said all."""
        ...

    def failed(self, error: ProviderError, step: Step | None, wait_seconds: float | None = None) -> None:
        """Note that the attempt has failed, and what is done about it."""
        ...


class Delivery:
    """Asks a source, and after a failure does what `app.streaming.policy` says: again, in one piece, somebody else.

    Every step is told to the listener as it happens. `silence_seconds` without an event end an attempt.
    """

    def __init__(
        self,
        source: Source,
        fallback: Source | None,
        listener: Listener,
        patience: Patience,
        silence_seconds: float | None,
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
    ) -> None:
        self._source = source
        self._fallback = fallback
        self._listener = listener
        self._patience = patience
        self._silence_seconds = silence_seconds
        self._sleep = sleep
        self._reason = self._source_reason = ""

    async def run(self) -> StopReason:
        """Get the answer to the listener; raises the last `ProviderError` when nothing is left to try."""
        while True:
            try:
                return await self._ask_patiently()
            except ProviderError as error:
                step, source = self._next_source(error)
                self._listener.failed(error, step)
                if source is None:
                    raise
                await self._announce_source(error, step, source)
                self._source = source

    def _with_reason(self, event: ProviderEvent) -> ProviderEvent:
        """Let another source's waiting go on saying why it is asked: its own phases would hide that at once."""
        if isinstance(event, PhaseChanged) and not event.detail:
            return PhaseChanged(event.phase, self._source_reason)
        return event

    async def _ask_patiently(self) -> StopReason:
        retrying = AsyncRetrying(
            stop=stop_after_attempt(1 + self._patience.retries),
            wait=self._wait_seconds,
            retry=retry_if_exception(self._may_ask_again),
            before_sleep=self._note_retry,
            sleep=self._pause,
            reraise=True,
        )
        return await retrying(self._ask)

    async def _ask(self) -> StopReason:
        await self._listener.attempt(self._source)
        stop_reason: StopReason | None = None
        async with aclosing(self._events()) as events:
            async for event in events:
                if isinstance(event, Completed):
                    stop_reason = event.stop_reason
                elif isinstance(event, Unstreamed):
                    await self._note_unstreamed()
                else:
                    await self._listener.take(self._with_reason(event))
        await self._listener.flush()
        if stop_reason is None:
            raise BrokenStream(self._source.provider.label, "the provider's stream ended without an ending")
        return stop_reason

    async def _note_unstreamed(self) -> None:
        if self._source.road is Road.STREAMED:
            self._source = replace(self._source, road=Road.SIMULATED)
            await self._listener.take_road(self._source)

    def _events(self) -> AsyncGenerator[ProviderEvent]:
        if self._source.road.is_whole:
            return _whole_answer(self._source)
        return _unless_silent(self._source, self._silence_seconds)

    def _may_ask_again(self, error: BaseException) -> bool:
        if not isinstance(error, ProviderError) or self._source.road is Road.FALLBACK:
            return False
        is_soon = (error.retry_after_seconds or 0) <= self._patience.longest_wait_seconds
        return is_soon and Step.RETRY in steps_for(error, has_text=self._listener.has_text)

    def _wait_seconds(self, state: RetryCallState) -> float:
        first = self._patience.first_wait_seconds
        backing_off = wait_exponential_jitter(multiplier=first, max=self._patience.longest_wait_seconds, jitter=first)
        return max(backing_off(state), _error(state).retry_after_seconds or 0)

    def _note_retry(self, state: RetryCallState) -> None:
        self._reason = _error(state).reason
        self._listener.failed(_error(state), Step.RETRY, state.upcoming_sleep)

    async def _pause(self, seconds: float) -> None:
        """Wait, counting down in words; a cancellation ends it at once."""
        while seconds > 0:
            words = f"{self._reason}, trying again in {math.ceil(seconds)} s"
            await self._listener.take(PhaseChanged(Phase.BACKING_OFF, words))
            await self._sleep(min(seconds, _COUNTDOWN_SECONDS))
            seconds -= _COUNTDOWN_SECONDS

    def _next_source(self, error: ProviderError) -> tuple[Step | None, Source | None]:
        for step in steps_for(error, has_text=self._listener.has_text):
            if step is Step.WHOLE_ANSWER and self._source.road is Road.STREAMED:
                return step, replace(self._source, road=Road.FALLBACK)
            if step is Step.OTHER_MODEL and self._fallback is not None:
                source, self._fallback = self._fallback, None
                return step, source
        return None, None

    async def _announce_source(self, error: ProviderError, step: Step | None, source: Source) -> None:
        other = "the whole answer" if step is Step.WHOLE_ANSWER else source.model_key
        self._source_reason = f"{error.reason}, asking for {other} instead"
        await self._listener.take(PhaseChanged(Phase.WAITING, self._source_reason))


async def _whole_answer(source: Source) -> AsyncGenerator[ProviderEvent]:
    """Ask without streaming, and tell the answer as a stream of one piece."""
    if source.road is Road.TRADITIONAL:
        yield PhaseChanged(Phase.WAITING, "Waiting for the whole answer")
    answer = await source.provider.complete(source.request)
    if answer.thinking:
        yield ThinkingDelta(answer.thinking)
    if answer.text:
        yield TextDelta(answer.text)
    if answer.usage:
        yield answer.usage
    yield Completed(answer.stop_reason)


async def _unless_silent(source: Source, seconds: float | None) -> AsyncGenerator[ProviderEvent]:
    """Stream, and raise `TimedOut` when no event comes for so long: keep-alive bytes are no answer."""
    first = None if seconds is None else max(seconds, source.provider.first_event_seconds)
    patience = first
    async with aclosing(source.provider.stream(source.request)) as events:
        while True:
            try:
                async with asyncio.timeout(patience):
                    event = await anext(events, None)
            except TimeoutError as error:
                too_late = StillWorking if patience != seconds else TimedOut
                raise too_late(source.provider.label, f"no event for {patience} s") from error
            if event is None:
                return
            match event:
                case PhaseChanged():
                    patience = None if event.phase in _PATIENT_PHASES else patience or first
                case Unstreamed():
                    # A provider that cannot stream says nothing until it has all of the answer, and times that itself.
                    patience = first = seconds = None
                case _:
                    patience = first = seconds
            yield event


def _error(state: RetryCallState) -> ProviderError:
    error = state.outcome.exception() if state.outcome else None
    assert isinstance(error, ProviderError)
    return error
