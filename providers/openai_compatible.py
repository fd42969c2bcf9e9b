"""Any server that speaks OpenAI's chat-completions format: OpenAI, Ollama, vLLM, LM Studio, llama.cpp."""

from collections.abc import AsyncGenerator, Iterator, Mapping
from typing import Any

import httpx2
import openai
from openai.types import CompletionUsage
from openai.types.chat import (
    ChatCompletion,
    ChatCompletionChunk,
    ChatCompletionMessage,
    ChatCompletionMessageParam,
)
from openai.types.chat.chat_completion_chunk import ChoiceDelta

from providers.base import (
    Capabilities,
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

OFFICIAL_URL = "https://api.openai.com/v1"
OFFICIAL_HOST = "api.openai.com"
# The SDK would otherwise fall back to OPENAI_API_KEY and hand that key to a foreign server.
NO_KEY = "none"

_STOP_REASONS = {
    "stop": StopReason.END_TURN,
    "length": StopReason.MAX_TOKENS,
    "content_filter": StopReason.REFUSAL,
    "tool_calls": StopReason.TOOL_USE,
    "function_call": StopReason.TOOL_USE,
}

# Servers list models of every kind and do not say which of them can chat.
_NOT_FOR_CHAT = (
    "audio",
    "babbage",
    "dall-e",
    "davinci",
    "embed",
    "image",
    "instruct-0914",
    "moderation",
    "realtime",
    "rerank",
    "sora",
    "transcribe",
    "tts",
    "whisper",
)


class OpenAICompatibleProvider(StreamingProvider):
    """Answer with a model behind a chat-completions server."""

    def __init__(
        self,
        api_key: str | None = None,
        base_url: str = OFFICIAL_URL,
        *,
        name: str = "openai",
        label: str = "OpenAI",
        runs_where: str = "at OpenAI",
        timeouts: Timeouts | None = None,
    ) -> None:
        """Connect to the server at `base_url`, which ends in `/v1` on most servers."""
        self.name = name
        self.label = label
        self._runs_where = runs_where
        self._timeouts = timeouts or Timeouts()
        self._is_official = httpx2.URL(base_url).host == OFFICIAL_HOST
        self._errors = HttpErrors(label, api_key)
        self._client = openai.AsyncOpenAI(
            api_key=api_key or NO_KEY,
            base_url=base_url,
            max_retries=0,
            http_client=build_http_client(base_url, self._timeouts),
        )
        # The SDK imports these on first use, which would stop the event loop in the middle of somebody's answer.
        self._completions = self._client.chat.completions
        self._models = self._client.models

    async def models(self) -> tuple[ModelInfo, ...]:
        """List the models that can chat, as far as their names tell."""
        with vendor_errors(self._translate):
            names = [model.id async for model in self._models.list()]
            return tuple(self._describe(name) for name in names if _can_chat(name))

    def capabilities(self, model: str) -> Capabilities:
        """Say what is common to all servers; reasoning is shown where it comes, but cannot be asked for."""
        return Capabilities()

    async def stream(self, request: GenerationRequest) -> AsyncGenerator[ProviderEvent]:
        """Answer as events; see `StreamingProvider.stream`."""
        refuse_unsupported(self.label, request, self.capabilities(request.model))
        yield PhaseChanged(Phase.CONNECTING)
        with vendor_errors(self._translate):
            async with await self._open_stream(request) as stream:
                yield PhaseChanged(Phase.WAITING)
                reader = _AnswerReader(self._errors)
                breather = Breather()
                async for chunk in stream:
                    for event in reader.read(chunk):
                        yield event
                    await breather.pause_if_due()
            for event in reader.finish():
                yield event

    async def complete(self, request: GenerationRequest) -> WholeAnswer:
        """Answer in one piece."""
        refuse_unsupported(self.label, request, self.capabilities(request.model))
        with vendor_errors(self._translate):
            completion = await self._completions.create(
                model=request.model,
                messages=_turns(request),
                temperature=openai.omit if request.temperature is None else request.temperature,
                extra_body=self._bound(request),
                timeout=self._timeouts.whole_answer,
            )
            return self._whole(completion)

    async def aclose(self) -> None:
        """Close all connections."""
        await self._client.close()

    async def _open_stream(self, request: GenerationRequest) -> openai.AsyncStream[ChatCompletionChunk]:
        return await self._completions.create(
            model=request.model,
            messages=_turns(request),
            temperature=openai.omit if request.temperature is None else request.temperature,
            extra_body=self._bound(request),
            stream=True,
            stream_options={"include_usage": True},
        )

    def _bound(self, request: GenerationRequest) -> Mapping[str, int]:
        """Name the bound of the answer as the server expects it: OpenAI renamed it, most other servers did not."""
        if request.max_tokens is None:
            return {}
        return {"max_completion_tokens" if self._is_official else "max_tokens": request.max_tokens}

    def _describe(self, model: str) -> ModelInfo:
        return ModelInfo(self.name, model, model, self._runs_where, self.capabilities(model))

    def _whole(self, completion: ChatCompletion) -> WholeAnswer:
        choice = completion.choices[0] if completion.choices else None
        # Servers leave it null where OpenAI's types promise a word.
        reason: str | None = choice.finish_reason if choice else None
        if choice is None or reason is None:
            raise BrokenStream(self.label, "the answer came without a finish reason")
        return WholeAnswer(
            text=heal_surrogates(choice.message.content or choice.message.refusal or ""),
            stop_reason=_stop_reason(reason),
            thinking=heal_surrogates(_reasoning(choice.message)),
            usage=_usage(completion.usage),
        )

    def _translate(self, error: Exception) -> ProviderError:
        match error:
            case openai.APIStatusError():
                kinds = (error.code, error.type)
                return self._errors.from_status(
                    error.status_code, error.message, kinds=kinds, headers=error.response.headers
                )
            case openai.APIConnectionError():
                return self._errors.from_transport(error.__cause__ or error)
            case openai.APIError():
                return _from_chunk(self._errors, error.message, error.code, error.type)
            case _:
                return self._errors.from_transport(error)


class _AnswerReader:
    """Turn the SDK's chunks into events; knows whether the answer reached its end."""

    def __init__(self, errors: HttpErrors) -> None:
        self._errors = errors
        self._text = SurrogateJoiner()
        self._thinking = SurrogateJoiner()
        self._finish_reason: str | None = None

    def read(self, chunk: ChatCompletionChunk) -> Iterator[ProviderEvent]:
        self._raise_if_error(chunk)
        # Only the last chunk of most servers has usage, and that one has no choices.
        for choice in chunk.choices[:1]:
            self._finish_reason = choice.finish_reason or self._finish_reason
            if thinking := self._thinking.feed(_reasoning(choice.delta)):
                yield ThinkingDelta(thinking)
            if text := self._text.feed(choice.delta.content or choice.delta.refusal or ""):
                yield TextDelta(text)
        if usage := _usage(chunk.usage):
            yield usage

    def finish(self) -> Iterator[ProviderEvent]:
        if self._finish_reason is None:
            raise BrokenStream(self._errors.provider, "the stream ended without a finish reason")
        if thinking := self._thinking.flush():
            yield ThinkingDelta(thinking)
        if text := self._text.flush():
            yield TextDelta(text)
        yield Completed(_stop_reason(self._finish_reason))

    def _raise_if_error(self, chunk: ChatCompletionChunk) -> None:
        """Recognise vLLM's errors, which are chunks of their own kind."""
        if str(chunk.object) == "error":
            said: dict[str, Any] = chunk.model_extra or {}
            raise _from_chunk(self._errors, str(said.get("message")), str(said.get("code")), str(said.get("type")))


def _from_chunk(errors: HttpErrors, message: str, code: str | None, kind: str | None) -> ProviderError:
    """Map an error inside a stream; llama.cpp and vLLM put the HTTP status in its `code`."""
    status = int(code) if code and code.isdecimal() else 200
    return errors.from_status(status, message, kinds=(code, kind))


def _turns(request: GenerationRequest) -> list[ChatCompletionMessageParam]:
    system: list[ChatCompletionMessageParam] = [{"role": "system", "content": request.system}] if request.system else []
    return system + [_turn(message.role, message.content) for message in request.messages if message.content]


def _turn(role: str, content: str) -> ChatCompletionMessageParam:
    if role == "assistant":
        return {"role": "assistant", "content": content}
    return {"role": "user", "content": content}


def _reasoning(message: ChoiceDelta | ChatCompletionMessage) -> str:
    """Read the reasoning, which is not in OpenAI's format and has two names among the servers that send it."""
    extra: dict[str, Any] = message.model_extra or {}
    reasoning = extra.get("reasoning_content") or extra.get("reasoning")
    return reasoning if isinstance(reasoning, str) else ""


def _usage(usage: CompletionUsage | None) -> UsageReported | None:
    return UsageReported(usage.prompt_tokens, usage.completion_tokens) if usage else None


def _stop_reason(word: str) -> StopReason:
    return _STOP_REASONS.get(word, StopReason.OTHER)


def _can_chat(model: str) -> bool:
    return not any(word in model.lower() for word in _NOT_FOR_CHAT)
