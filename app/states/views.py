"""What the page shows of stored things: plain data, formatted for people."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime

from app.persistence.conversations import ConversationSummary
from app.persistence.messages import StoredMessage
from app.streaming.continuation import can_continue
from app.streaming.source import NO_THINKING, Road
from app.streaming.store import StreamingStatus
from providers.base import ModelInfo

NOTES = {
    "max_tokens": "The answer reached the model's length limit.",
    "refusal": "The model declined to go on.",
    "pause_turn": "The model paused here.",
    "tool_use": "The model asked for a tool, which Rivulet does not have.",
    "context_exceeded": "The conversation filled the model's context.",
}


@dataclass(frozen=True)
class MessageView:
    """A message in the transcript; `status` is a `StreamingStatus`."""

    id: str
    role: str
    text: str
    status: str = StreamingStatus.COMPLETE.value
    thinking: str = ""
    note: str = ""
    error: str = ""
    can_continue: bool = False


@dataclass(frozen=True)
class ConversationView:
    """A line of the sidebar."""

    id: str
    title: str
    is_writing: bool


@dataclass(frozen=True)
class ModelView:
    """A model in the picker; `label` names it and says where it runs."""

    key: str
    name: str
    label: str


def message_view(message: StoredMessage) -> MessageView:
    """Show a stored message."""
    return MessageView(
        id=message.id,
        role=message.role,
        text=message.text,
        status=message.status.value,
        thinking=message.thinking,
        note=note_for(message.status, len(message.text), message.metadata),
        error=message.error_sentence,
        can_continue=can_continue(message.status, message.text, message.metadata.get("stop_reason")),
    )


def conversation_view(summary: ConversationSummary) -> ConversationView:
    """Show a conversation as a line."""
    return ConversationView(summary.id, summary.title, summary.is_writing)


def model_view(model: ModelInfo) -> ModelView:
    """Show a model on offer."""
    return ModelView(model.key, model.name, f"{model.name}, {model.runs_where}")


def note_for(status: StreamingStatus, chars: int, metadata: Mapping[str, object]) -> str:
    """Say in one muted line what is special about how an answer ended, or nothing."""
    if status is StreamingStatus.INTERRUPTED:
        return _stopped(chars, metadata)
    if status is not StreamingStatus.COMPLETE or not metadata:
        return ""
    ending = NOTES.get(str(metadata.get("stop_reason", "")), "" if chars else "The model sent an empty answer.")
    return " ".join(filter(None, (ending, *_detours(metadata))))


def _stopped(chars: int, metadata: Mapping[str, object]) -> str:
    reason, closed_ms, tokens = (metadata.get(name) for name in ("stop_reason", "closed_ms", "output_tokens"))
    if reason in ("server_stopped", "lost"):  # what came after the last checkpoint went with the process
        saved = f"{chars:,} characters were saved; the end may be missing" if chars else "nothing of it was saved"
        return f"Stopped when the server stopped · {saved}"
    by_server = reason == "shutdown"
    parts = ["Stopped when the server stopped" if by_server else "Stopped"]
    parts.append(f"{chars:,} characters" if chars else "before the first character")
    if closed_ms is not None and not by_server:
        parts.append(f"upstream closed in {closed_ms} ms")
    if tokens and not by_server:
        parts.append(f"{'about ' if metadata.get('is_estimate') else ''}{tokens:,} tokens")
    return " · ".join(parts)


def _detours(metadata: Mapping[str, object]) -> Iterator[str]:
    """Name what was done differently from what was asked for."""
    if metadata.get("road") == Road.FALLBACK:
        yield "Streaming failed, so this answer came in one piece."
    if metadata.get("road") == Road.SIMULATED:
        yield "This model cannot stream: the whole answer came first and was then written out."
    if metadata.get("thinking") == NO_THINKING:
        yield "This model has no thinking to ask for."
    asked, answered = metadata.get("asked_model"), f"{metadata.get('provider')}/{metadata.get('model')}"
    if asked and asked != answered:
        yield f"Answered by {answered}, because {asked} failed."


def now_ms() -> int:
    """Milliseconds since the epoch."""
    return round(datetime.now(UTC).timestamp() * 1000)
