"""What a provider says while it answers: one frozen dataclass an event."""

from dataclasses import dataclass
from enum import StrEnum


class StopReason(StrEnum):
    """Why a provider ended an answer of its own accord."""

    END_TURN = "end_turn"
    MAX_TOKENS = "max_tokens"
    STOP_SEQUENCE = "stop_sequence"
    REFUSAL = "refusal"
    PAUSE_TURN = "pause_turn"
    TOOL_USE = "tool_use"
    CONTEXT_EXCEEDED = "context_exceeded"
    OTHER = "other"


class Phase(StrEnum):
    """What an answer without text yet is waiting for."""

    QUEUED = "queued"
    LOADING_MODEL = "loading_model"
    CONNECTING = "connecting"
    WAITING = "waiting"
    BACKING_OFF = "backing_off"


@dataclass(frozen=True, slots=True)
class TextDelta:
    """Characters to append to the answer, exactly as the provider sent them."""

    text: str


@dataclass(frozen=True, slots=True)
class ThinkingDelta:
    """Characters to append to the model's visible reasoning."""

    text: str


@dataclass(frozen=True, slots=True)
class PhaseChanged:
    """The provider waits for something else now; `detail` is a short sentence for the user, or empty."""

    phase: Phase
    detail: str = ""


@dataclass(frozen=True, slots=True)
class UsageReported:
    """Tokens counted by the provider so far; a later report replaces an earlier one, `None` means not reported."""

    input_tokens: int | None
    output_tokens: int | None


@dataclass(frozen=True, slots=True)
class Unstreamed:
    """The server gives this answer in one piece, although a stream was asked for; comes before its text."""


@dataclass(frozen=True, slots=True)
class Finished:
    """The provider said that the answer is over; always the last event, and absent when the stream broke."""

    stop_reason: StopReason


ProviderEvent = TextDelta | ThinkingDelta | PhaseChanged | UsageReported | Unstreamed | Finished
