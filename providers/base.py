"""The interface that every provider implements, and the typed request it is given."""

from collections.abc import AsyncGenerator, Iterable
from dataclasses import dataclass, field, replace
from enum import StrEnum
from typing import Literal, Protocol

from providers.errors import Unsupported
from providers.events import ProviderEvent, StopReason, UsageReported


@dataclass(frozen=True, slots=True)
class ChatMessage:
    """One turn of the conversation."""

    role: Literal["user", "assistant"]
    content: str


class ThinkingEffort(StrEnum):
    """How much a model shall think, visibly, before it answers."""

    BRIEF = "brief"
    LONG = "long"


@dataclass(frozen=True, slots=True)
class GenerationRequest:
    """What the model shall answer; `model` is the provider's own name for it, without our prefix.

    `max_tokens` bounds the answer (None: the provider's default), `thinking` asks for visible reasoning (None: whatever
    the model does by itself). `unstreamed_rate` is the pace, in characters a second, at which an answer is written out
    that the server can only give in one piece (None: a reader's).
    """

    model: str
    messages: tuple[ChatMessage, ...]
    system: str = ""
    max_tokens: int | None = None
    temperature: float | None = None
    thinking: ThinkingEffort | None = None
    unstreamed_rate: float | None = None


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


class StreamingProvider(Protocol):
    """A provider that answers as a stream of events.

    `name` is the key in `provider/model`; `label` is how its sentences call it ("Claude", "the local model").
    `first_event_seconds` bounds the wait for its first event.
    """

    name: str
    label: str
    first_event_seconds: float

    async def models(self) -> tuple[ModelInfo, ...]:
        """List the models on offer; raises `ProviderError`."""
        ...

    def capabilities(self, model: str) -> Capabilities:
        """Say what this provider can do with `model`."""
        ...

    def stream(self, request: GenerationRequest) -> AsyncGenerator[ProviderEvent]:
        """Answer as events, `Finished` last; raises `ProviderError` and nothing of the vendor's.

        The generator holds its connection: `aclose()` (use `contextlib.aclosing`) or cancellation closes it at once.
        """
        ...

    async def complete(self, request: GenerationRequest) -> WholeAnswer:
        """Answer in one piece; raises `ProviderError`."""
        ...

    async def aclose(self) -> None:
        """Give back connections and memory; safe to call twice."""
        ...


def alternating(messages: Iterable[ChatMessage]) -> tuple[ChatMessage, ...]:
    """Leave out empty turns and join neighbours of one role: many servers refuse either.

    Two questions in a row are what stays when the answer between them failed before its first word.
    """
    turns: list[ChatMessage] = []
    for message in messages:
        if turns and message.content and turns[-1].role == message.role:
            turns[-1] = replace(message, content=f"{turns[-1].content}\n\n{message.content}")
        elif message.content:
            turns.append(message)
    return tuple(turns)


def refuse_unsupported(label: str, request: GenerationRequest, can: Capabilities) -> None:
    """Raise `Unsupported` when the request asks for what the provider has not declared."""
    asked = (
        (bool(request.system), can.system_prompt, "take a system prompt"),
        (request.thinking is not None, can.thinking, "show its thinking"),
        (request.temperature is not None, can.temperature, "take a temperature"),
    )
    for wanted, possible, words in asked:
        if wanted and not possible:
            raise Unsupported(label, f"{label[:1].upper()}{label[1:]} cannot {words} with {request.model}.")
