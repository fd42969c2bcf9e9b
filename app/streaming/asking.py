"""Asking for an answer: attempts, retries and fallbacks, as the policy has them, told as one stream of events."""

import asyncio
import math
from collections.abc import AsyncGenerator, Awaitable, Callable
from contextlib import aclosing
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import NamedTuple

from app.streaming.events import Attempt, Completed, Status, Text, Thinking, Usage, unnumbered
from app.streaming.policy import RetryPolicy, Step, steps_for
from app.streaming.stitching import Prefix, stitched
from app.streaming.wellformed import well_formed_deltas
from providers.base import GenerationRequest, StreamingProvider
from providers.errors import BrokenStream, ProviderError, StillWorking, TimedOut
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

NO_THINKING = "unavailable"
THINKING_BREAK = "\n\n---\n\n"
_COUNTDOWN_SECONDS = 1.0
# While a model is loaded, or others are served first, silence means nothing.
_PATIENT_PHASES = (Phase.QUEUED, Phase.LOADING_MODEL)


class DeliveryMode(StrEnum):
    """How an answer comes; events and stored metadata call it `road`.

    `simulated`: a provider that cannot stream is written out as if it could. `traditional`: the whole answer at once,
    because the user wants it so. `fallback`: at once, because streaming failed.
    """

    STREAMED = "streamed"
    SIMULATED = "simulated"
    TRADITIONAL = "traditional"
    FALLBACK = "fallback"

    @property
    def is_whole(self) -> bool:
        """Say whether the answer comes in one piece."""
        return self in (DeliveryMode.TRADITIONAL, DeliveryMode.FALLBACK)


@dataclass(frozen=True, slots=True)
class ModelCall:
    """Who is asked, for what, in which delivery mode.

    `has_prefill` says that the request ends in the beginning of the answer, from which the model writes on. `thinking`
    is how much of it was asked for: off, brief, long, or `NO_THINKING` where the user wants some and the model cannot.
    """

    provider: StreamingProvider
    request: GenerationRequest
    mode: DeliveryMode = DeliveryMode.STREAMED
    has_prefill: bool = False
    thinking: str = "off"

    @property
    def model_key(self) -> str:
        """The model as rows and events name it: `provider/model`."""
        return f"{self.provider.name}/{self.request.model}"


@dataclass(frozen=True, slots=True)
class AttemptFailed:
    """An attempt has failed, and this is done about it; for the record, not for followers."""

    error: ProviderError
    step: Step | None
    wait_seconds: float | None = None


AskEvent = Attempt | Text | Thinking | Status | Usage | Completed | AttemptFailed


async def ask(
    call: ModelCall,
    fallback: ModelCall | None,
    prefix: Prefix,
    retry: RetryPolicy,
    silence_seconds: float | None,
    sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
) -> AsyncGenerator[AskEvent]:
    """Get the rest of an answer whose `prefix` stands already: unnumbered events, `Completed` last.

    A model that fails before the first new character is asked again, in one piece, or replaced by `fallback`, as the
    policy says. `silence_seconds` without an event end an attempt. Raises the last `ProviderError` when nothing is
    left to try.
    """
    plan = _Plan(call, fallback, retry)
    has_thought = bool(prefix.thinking)
    while True:
        yield _attempt(plan.call)
        has_text, thought_in_attempt, failure = False, False, None
        try:
            async with aclosing(_answer(plan.call, prefix, silence_seconds)) as events:
                async for event in events:
                    match event:
                        case TextDelta(text):
                            has_text = True
                            yield Text(*unnumbered, 0, text)
                        case ThinkingDelta(text):
                            # Thinking of an earlier attempt has been shown and stays, set apart.
                            apart = THINKING_BREAK if has_thought and not thought_in_attempt else ""
                            has_thought = thought_in_attempt = True
                            yield Thinking(*unnumbered, 0, apart + text)
                        case PhaseChanged(phase, detail):
                            yield Status(*unnumbered, phase, detail or plan.reason)
                        case UsageReported(input_tokens, output_tokens):
                            yield Usage(*unnumbered, input_tokens, output_tokens)
                        case Unstreamed():
                            if plan.note_unstreamed():
                                yield _attempt(plan.call)
                        case Finished(stop_reason):
                            yield Completed(*unnumbered, stop_reason)
                            return
            raise BrokenStream(plan.call.provider.label, "the provider's stream ended without an ending")
        except ProviderError as error:
            failure = error
        decision = plan.decide(failure, has_text=has_text)
        yield AttemptFailed(failure, decision.step, decision.wait_seconds)
        if decision.step is None:
            raise failure
        async with aclosing(_announced(failure, decision, sleep)) as statuses:
            async for status in statuses:
                yield status


class _Decision(NamedTuple):
    """What is done about a failure: the step, the pause before it, and in words what is asked for instead."""

    step: Step | None
    wait_seconds: float | None = None
    instead: str = ""


class _Plan:
    """Who is asked next, and what may still be tried."""

    def __init__(self, call: ModelCall, fallback: ModelCall | None, retry: RetryPolicy) -> None:
        self.call = call
        self.reason = ""  # why this one is asked: its own phases would hide that at once
        self._fallback = fallback
        self._retry = retry
        self._tries = 1

    def note_unstreamed(self) -> bool:
        """Go on in the mode that it turned out to be; False when it was known."""
        was_streamed = self.call.mode is DeliveryMode.STREAMED
        if was_streamed:
            self.call = replace(self.call, mode=DeliveryMode.SIMULATED)
        return was_streamed

    def decide(self, error: ProviderError, *, has_text: bool) -> _Decision:
        """Take the next step that the policy still allows."""
        for step in steps_for(error, has_text=has_text):
            if step is Step.RETRY and self._may_retry(error):
                self._tries += 1
                return _Decision(step, self._retry.wait_seconds(self._tries - 1, error))
            if step is Step.WHOLE_ANSWER and self.call.mode is DeliveryMode.STREAMED:
                return self._turn_to(error, step, replace(self.call, mode=DeliveryMode.FALLBACK), "the whole answer")
            if step is Step.OTHER_MODEL and self._fallback is not None:
                other, self._fallback = self._fallback, None
                return self._turn_to(error, step, other, other.model_key)
        return _Decision(None)

    def _may_retry(self, error: ProviderError) -> bool:
        is_soon = (error.retry_after_seconds or 0) <= self._retry.longest_wait_seconds
        return is_soon and self._tries <= self._retry.retries and self.call.mode is not DeliveryMode.FALLBACK

    def _turn_to(self, error: ProviderError, step: Step, call: ModelCall, instead: str) -> _Decision:
        self.call, self._tries = call, 1
        self.reason = f"{error.reason}, asking for {instead} instead"
        return _Decision(step, None, instead)


async def _announced(
    error: ProviderError, decision: _Decision, sleep: Callable[[float], Awaitable[None]]
) -> AsyncGenerator[Status]:
    """Say what is done next; before a retry, count down the seconds."""
    if decision.instead:
        yield Status(*unnumbered, Phase.WAITING, f"{error.reason}, asking for {decision.instead} instead")
    seconds = decision.wait_seconds or 0
    while seconds > 0:
        yield Status(*unnumbered, Phase.BACKING_OFF, f"{error.reason}, trying again in {math.ceil(seconds)} s")
        await sleep(min(seconds, _COUNTDOWN_SECONDS))
        seconds -= _COUNTDOWN_SECONDS


def _attempt(call: ModelCall) -> Attempt:
    return Attempt(*unnumbered, call.model_key, call.mode, call.thinking)


def _answer(call: ModelCall, prefix: Prefix, silence_seconds: float | None) -> AsyncGenerator[ProviderEvent]:
    """One attempt: what the provider sends, well-formed, without what it repeats of the prefix."""
    sent = _whole_answer(call) if call.mode.is_whole else _unless_silent(call, silence_seconds)
    return stitched(well_formed_deltas(sent), prefix, has_prefill=call.has_prefill)


async def _whole_answer(call: ModelCall) -> AsyncGenerator[ProviderEvent]:
    """Ask without streaming, and tell the answer as a stream of one piece."""
    if call.mode is DeliveryMode.TRADITIONAL:
        yield PhaseChanged(Phase.WAITING, "Waiting for the whole answer")
    answer = await call.provider.complete(call.request)
    if answer.thinking:
        yield ThinkingDelta(answer.thinking)
    if answer.text:
        yield TextDelta(answer.text)
    if answer.usage:
        yield answer.usage
    yield Finished(answer.stop_reason)


async def _unless_silent(call: ModelCall, seconds: float | None) -> AsyncGenerator[ProviderEvent]:
    """Stream, and raise `TimedOut` when no event comes for so long: keep-alive bytes are no answer."""
    first = None if seconds is None else max(seconds, call.provider.first_event_seconds)
    patience = first
    async with aclosing(call.provider.stream(call.request)) as events:
        while True:
            try:
                async with asyncio.timeout(patience):
                    event = await anext(events, None)
            except TimeoutError as error:
                too_late = StillWorking if patience != seconds else TimedOut
                raise too_late(call.provider.label, f"no event for {patience} s") from error
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
