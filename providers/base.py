"""The interface that every provider implements, and the typed request it is given."""

from collections.abc import AsyncGenerator
from dataclasses import dataclass, field
from typing import Literal, Protocol

from providers.errors import Unsupported
from providers.events import ProviderEvent, StopReason, UsageReported


@dataclass(frozen=True, slots=True)
class ChatMessage:
    """One turn of the conversation."""

    role: Literal["user", "assistant"]
    content: str


@dataclass(frozen=True, slots=True)
class GenerationRequest:
    """What the model shall answer; `model` is the provider's own name for it, without our prefix.

    `max_tokens` bounds the answer (None: the provider's default), `thinking_tokens` asks for visible reasoning of at
    most that many tokens (None: no reasoning asked for).
    """

    model: str
    messages: tuple[ChatMessage, ...]
    system: str = ""
    max_tokens: int | None = None
    temperature: float | None = None
    thinking_tokens: int | None = None


@dataclass(frozen=True, slots=True)
class Capabilities:
    """What a provider can do with a model; what is not declared here is refused in words, never dropped.

    `prefill`: when the last message is the assistant's, the model writes on from its end.
    """

    streaming: bool = True
    system_prompt: bool = True
    thinking: bool = False
    temperature: bool = True
    prefill: bool = False


@dataclass(frozen=True, slots=True)
class ModelInfo:
    """A model on offer. `name` is for people, `runs_where` completes "runs …", for example "on this computer"."""

    provider: str
    model: str
    name: str
    runs_where: str
    capabilities: Capabilities = field(default_factory=Capabilities)

    @property
    def key(self) -> str:
        """The name by which settings and rows refer to the model: `provider/model`."""
        return f"{self.provider}/{self.model}"


@dataclass(frozen=True, slots=True)
class WholeAnswer:
    """An answer that came in one piece."""

    text: str
    stop_reason: StopReason
    thinking: str = ""
    usage: UsageReported | None = None


class WholeAnswerProvider(Protocol):
    """A provider that can answer in one piece."""

    name: str
    label: str

    async def complete(self, request: GenerationRequest) -> WholeAnswer:
        """Answer in one piece; raises `ProviderError`."""
        ...


class StreamingProvider(Protocol):
    """A provider that answers as a stream of events.

    `name` is the key in `provider/model`; `label` is how its sentences call it ("Claude", "the local model").
    """

    name: str
    label: str

    async def models(self) -> tuple[ModelInfo, ...]:
        """List the models on offer; raises `ProviderError`."""
        ...

    def capabilities(self, model: str) -> Capabilities:
        """Say what this provider can do with `model`."""
        ...

    def stream(self, request: GenerationRequest) -> AsyncGenerator[ProviderEvent]:
        """Answer as events, `Completed` last; raises `ProviderError` and nothing of the vendor's.

        The generator holds its connection: `aclose()` (use `contextlib.aclosing`) or cancellation closes it at once.
        """
        ...

    async def complete(self, request: GenerationRequest) -> WholeAnswer:
        """Answer in one piece; raises `ProviderError`."""
        ...

    async def aclose(self) -> None:
        """Give back connections and memory; safe to call twice."""
        ...


def refuse_unsupported(label: str, request: GenerationRequest, can: Capabilities) -> None:
    """Raise `Unsupported` when the request asks for what the provider has not declared."""
    asked = (
        (bool(request.system), can.system_prompt, "take a system prompt"),
        (request.thinking_tokens is not None, can.thinking, "show its thinking"),
        (request.temperature is not None, can.temperature, "take a temperature"),
    )
    for wanted, possible, words in asked:
        if wanted and not possible:
            raise Unsupported(label, f"{label[:1].upper()}{label[1:]} cannot {words} with {request.model}.")
