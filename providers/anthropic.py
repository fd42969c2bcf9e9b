"""Claude through Anthropic's own SDK."""

import asyncio
import re
from collections.abc import AsyncGenerator, Iterator
from contextlib import suppress

import anthropic
import httpx2
from anthropic.types import (
    Message,
    MessageDeltaUsage,
    MessageParam,
    RawMessageStreamEvent,
    ThinkingConfigParam,
    Usage,
)
from anthropic.types import ModelInfo as ListedModel

from providers.base import (
    Capabilities,
    ChatMessage,
    GenerationRequest,
    ModelInfo,
    StreamingProvider,
    WholeAnswer,
    refuse_unsupported,
)
from providers.breather import Breather
from providers.errors import BrokenStream, ProviderError
from providers.events import (
    Completed,
    Phase,
    PhaseChanged,
    ProviderEvent,
    StopReason,
    TextDelta,
    ThinkingDelta,
    UsageReported,
)
from providers.http_client import Timeouts, build_http_client
from providers.http_errors import HttpErrors, vendor_errors
from providers.surrogates import SurrogateJoiner, heal_surrogates

OFFICIAL_URL = "https://api.anthropic.com"
DEFAULT_MAX_TOKENS = 8_192
# An answer of this many tokens is a book chapter; asking for more makes older models refuse long conversations.
LARGEST_DEFAULT_MAX_TOKENS = 32_000
SMALLEST_THINKING_BUDGET = 1_024
DRAIN_SECONDS = 0.1

# Claude 4.6 and newer refuse a conversation that ends in the assistant's words (Anthropic's migration guide: prefill).
_PREFILLED = re.compile(r"claude-(3-|(opus|sonnet|haiku)-4-(0|1|5|\d{8}))")

_STOP_REASONS = {
    "end_turn": StopReason.END_TURN,
    "max_tokens": StopReason.MAX_TOKENS,
    "stop_sequence": StopReason.STOP_SEQUENCE,
    "tool_use": StopReason.TOOL_USE,
    "pause_turn": StopReason.PAUSE_TURN,
    "refusal": StopReason.REFUSAL,
    "model_context_window_exceeded": StopReason.CONTEXT_EXCEEDED,
}


class AnthropicProvider(StreamingProvider):
    """Answer with Claude."""

    def __init__(self, api_key: str, base_url: str | None = None, *, timeouts: Timeouts | None = None) -> None:
        """Connect to Anthropic, or to whatever speaks its Messages API at `base_url`."""
        self.name = "anthropic"
        self.label = "Claude"
        self._timeouts = timeouts or Timeouts()
        self._errors = HttpErrors(self.label, api_key)
        self._listed: dict[str, ListedModel] = {}
        url = base_url or OFFICIAL_URL
        self._client = anthropic.AsyncAnthropic(
            api_key=api_key, base_url=url, max_retries=0, http_client=build_http_client(url, self._timeouts)
        )
        # The SDK imports these on first use, which would stop the event loop in the middle of somebody's answer.
        self._messages = self._client.messages
        self._models = self._client.models

    async def models(self) -> tuple[ModelInfo, ...]:
        """List the models that the key may use, newest first."""
        with vendor_errors(self._translate):
            listed = [model async for model in self._models.list(limit=100)]
            self._listed = {model.id: model for model in listed if getattr(model, "lifecycle", "") != "retired"}
            return tuple(self._describe(model) for model in self._listed.values())

    def capabilities(self, model: str) -> Capabilities:
        """Say what `model` can do; Anthropic's API takes no temperature any more."""
        listed = self._listed.get(model)
        thinking = listed.capabilities.thinking.supported if listed and listed.capabilities else True
        return Capabilities(thinking=thinking, temperature=False, prefill=_PREFILLED.match(model) is not None)

    async def stream(self, request: GenerationRequest) -> AsyncGenerator[ProviderEvent]:
        """Answer as events; see `StreamingProvider.stream`."""
        refuse_unsupported(self.label, request, self.capabilities(request.model))
        yield PhaseChanged(Phase.CONNECTING)
        with vendor_errors(self._translate):
            async with await self._open_stream(request) as stream:
                yield PhaseChanged(Phase.WAITING)
                reader = _AnswerReader(self.label)
                breather = Breather()
                async for raw in stream:
                    for event in reader.read(raw):
                        yield event
                    await breather.pause_if_due()
                    if reader.is_over:
                        break
                await _drain(stream)
            yield reader.completed()

    async def complete(self, request: GenerationRequest) -> WholeAnswer:
        """Answer in one piece."""
        refuse_unsupported(self.label, request, self.capabilities(request.model))
        max_tokens, thinking = self._limits(request)
        with vendor_errors(self._translate):
            message = await self._messages.create(
                model=request.model,
                max_tokens=max_tokens,
                messages=_turns(request),
                system=request.system or anthropic.omit,
                thinking=thinking or anthropic.omit,
                timeout=self._timeouts.whole_answer,
            )
            return self._whole(message)

    async def aclose(self) -> None:
        """Close all connections."""
        await self._client.close()

    async def _open_stream(self, request: GenerationRequest) -> anthropic.AsyncStream[RawMessageStreamEvent]:
        max_tokens, thinking = self._limits(request)
        return await self._messages.create(
            model=request.model,
            max_tokens=max_tokens,
            messages=_turns(request),
            system=request.system or anthropic.omit,
            thinking=thinking or anthropic.omit,
            stream=True,
        )

    def _describe(self, model: ListedModel) -> ModelInfo:
        return ModelInfo(self.name, model.id, model.display_name, "at Anthropic", self.capabilities(model.id))

    def _limits(self, request: GenerationRequest) -> tuple[int, ThinkingConfigParam | None]:
        """Give `max_tokens`, which for Anthropic covers thinking and answer together, and the thinking setting."""
        listed = self._listed.get(request.model)
        ceiling = listed.max_tokens if listed else None
        default = min(ceiling or DEFAULT_MAX_TOKENS, LARGEST_DEFAULT_MAX_TOKENS)
        answer_tokens = request.max_tokens or default
        if request.thinking_tokens is None:
            return answer_tokens, None
        budget = max(request.thinking_tokens, SMALLEST_THINKING_BUDGET)
        max_tokens = min(answer_tokens + budget, ceiling or answer_tokens + budget)
        return max_tokens, _thinking(listed, min(budget, max_tokens - 1))

    def _whole(self, message: Message) -> WholeAnswer:
        if message.stop_reason is None:
            raise BrokenStream(self.label, "the answer came without a stop reason")
        return WholeAnswer(
            text=heal_surrogates("".join(block.text for block in message.content if block.type == "text")),
            stop_reason=_stop_reason(message.stop_reason),
            thinking=heal_surrogates("".join(b.thinking for b in message.content if b.type == "thinking")),
            usage=UsageReported(_input_tokens(message.usage), message.usage.output_tokens),
        )

    def _translate(self, error: Exception) -> ProviderError:
        match error:
            case anthropic.APIStatusError():
                detail = error.api_message or error.message
                kinds = (error.error_code, error.type)
                return self._errors.from_status(error.status_code, detail, kinds=kinds, headers=error.response.headers)
            case anthropic.APIConnectionError():
                return self._errors.from_transport(error.__cause__ or error)
            case _:
                return self._errors.from_transport(error)


class _AnswerReader:
    """Turn the SDK's events into ours; knows whether the answer reached its end."""

    def __init__(self, label: str) -> None:
        self.is_over = False
        self._label = label
        self._text = SurrogateJoiner()
        self._thinking = SurrogateJoiner()
        self._input_tokens: int | None = None
        self._stop_reason: str | None = None

    def read(self, event: RawMessageStreamEvent) -> Iterator[ProviderEvent]:
        match event.type:
            case "message_start":
                yield self._usage(event.message.usage)
            case "content_block_start" if event.content_block.type == "text":
                yield from self._write(event.content_block.text)
            case "content_block_delta" if event.delta.type == "text_delta":
                yield from self._write(event.delta.text)
            case "content_block_delta" if event.delta.type == "thinking_delta":
                yield from _delta(ThinkingDelta, self._thinking.feed(event.delta.thinking))
            case "content_block_stop":
                yield from _delta(ThinkingDelta, self._thinking.flush())
            case "message_delta":
                self._stop_reason = event.delta.stop_reason or self._stop_reason
                yield from _delta(TextDelta, self._text.flush())
                yield self._usage(event.usage)
            case "message_stop":
                self.is_over = True
            case _:
                # Anthropic adds kinds of events and blocks over time and asks clients to pass over unknown ones.
                pass

    def completed(self) -> Completed:
        if not self.is_over or self._stop_reason is None:
            raise BrokenStream(self._label, "the stream ended without a stop reason")
        return Completed(_stop_reason(self._stop_reason))

    def _write(self, text: str) -> Iterator[ProviderEvent]:
        yield from _delta(TextDelta, self._text.feed(text))

    def _usage(self, usage: Usage | MessageDeltaUsage) -> UsageReported:
        self._input_tokens = _input_tokens(usage) or self._input_tokens
        return UsageReported(self._input_tokens, usage.output_tokens)


def _delta(kind: type[TextDelta] | type[ThinkingDelta], text: str) -> Iterator[ProviderEvent]:
    if text:
        yield kind(text)


def _turns(request: GenerationRequest) -> list[MessageParam]:
    # Anthropic rejects empty turns, and an answer stopped before its first character is one.
    return [_turn(message) for message in request.messages if message.content]


def _turn(message: ChatMessage) -> MessageParam:
    if message.role == "assistant":
        return {"role": "assistant", "content": message.content}
    return {"role": "user", "content": message.content}


def _thinking(listed: ListedModel | None, budget_tokens: int) -> ThinkingConfigParam:
    """Ask for a budget where the model takes one; newer models decide by themselves how much to think."""
    if listed and listed.capabilities and listed.capabilities.thinking.types.enabled.supported:
        return {"type": "enabled", "budget_tokens": budget_tokens, "display": "summarized"}
    return {"type": "adaptive", "display": "summarized"}


def _stop_reason(word: str) -> StopReason:
    return _STOP_REASONS.get(word, StopReason.OTHER)


def _input_tokens(usage: Usage | MessageDeltaUsage) -> int | None:
    if usage.input_tokens is None:
        return None
    return usage.input_tokens + (usage.cache_creation_input_tokens or 0) + (usage.cache_read_input_tokens or 0)


async def _drain(stream: anthropic.AsyncStream[RawMessageStreamEvent]) -> None:
    """Read to the end of the HTTP response, so that the next message finds the connection open."""
    with suppress(TimeoutError, httpx2.HTTPError):
        async with asyncio.timeout(DRAIN_SECONDS):
            async for _ in stream:
                pass
