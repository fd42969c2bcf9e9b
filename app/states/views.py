"""What the page shows of stored things: plain data, formatted for people."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from typing import NamedTuple

from app.fragments.naming import general_name
from app.persistence.conversations import ConversationSummary
from app.persistence.fragments import FragmentCard, StoredFragment, VersionHead
from app.persistence.messages import StoredMessage
from app.streaming.asking import NO_THINKING, DeliveryMode
from app.streaming.stitching import can_continue
from app.streaming.store import StreamingStatus
from providers.base import ModelInfo

NOTES = {
    "max_tokens": "The answer reached the model's length limit.",
    "refusal": "The model declined to go on.",
    "pause_turn": "The model paused here.",
    "tool_use": "The model asked for a tool, which Rivulet does not have.",
    "context_exceeded": "The conversation filled the model's context.",
}
SERVER_STOPPED = ("shutdown", "server_stopped", "lost", "not_started")


class Note(NamedTuple):
    """A line under an answer, and what it can tell beside that."""

    line: str = ""
    rest: str = ""


@dataclass(frozen=True)
class CardView:
    """The fragment that the code block at `place` of a message is, in version `number`."""

    fragment_id: str
    place: int
    name: str
    language: str
    kind: str
    number: int


@dataclass(frozen=True)
class VersionView:
    """A version in the strip; `status` is a `StreamingStatus`, `made_at` a moment in ISO 8601."""

    number: int
    status: str
    lines: int
    is_users: bool
    made_at: str


@dataclass(frozen=True)
class FragmentView:
    """A fragment in a list."""

    id: str
    conversation_id: str
    name: str
    kind: str
    about: str


@dataclass(frozen=True)
class MessageView:
    """A message in the transcript; `status` is a `StreamingStatus`.

    `place` of `version_count` says which of several answers it is, and `key` names the place in the transcript that
    they share. `attempt` tells of a newer answer that came to less, and `kept_back`
    of text that a stop kept from being shown.
    """

    id: str
    key: str
    role: str
    text: str
    status: str = StreamingStatus.COMPLETE.value
    thinking: str = ""
    thought: str = ""
    note: str = ""
    note_rest: str = ""
    error: str = ""
    error_details: str = ""
    can_continue: bool = False
    kept_back: str = ""
    place: int = 1
    version_count: int = 1
    previous_id: str = ""
    next_id: str = ""
    attempt: str = ""
    attempt_details: str = ""
    fragments: list[CardView] = field(default_factory=list[CardView])


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


def message_view(
    message: StoredMessage, versions: Sequence[str], attempt: StoredMessage | None, cards: Iterable[FragmentCard] = ()
) -> MessageView:
    """Show a stored message, one of `versions`, with its fragments and a word on an attempt that came to less."""
    place = versions.index(message.id)
    note = note_for(message.status, len(message.text), message.metadata)
    return MessageView(
        id=message.id,
        key=versions[0],
        role=message.role,
        text=message.text,
        status=message.status.value,
        thinking=message.thinking,
        thought=thought(message.metadata.get("thinking_ms")),
        note=note.line,
        note_rest=note.rest,
        error=message.error_sentence,
        error_details=_said(message),
        can_continue=can_continue(message.status, message.text, message.metadata.get("stop_reason")),
        place=place + 1,
        version_count=len(versions),
        previous_id=versions[place - 1] if place else "",
        next_id=versions[place + 1] if place + 1 < len(versions) else "",
        attempt=_attempt(attempt, len(versions)) if attempt else "",
        attempt_details=_said(attempt) if attempt else "",
        fragments=[card_view(card) for card in cards],
    )


def card_view(card: FragmentCard) -> CardView:
    """Show a fragment in its message."""
    return CardView(card.fragment_id, card.place, card.name, card.language, card.kind, card.number)


def named(cards: Sequence[CardView], names: Mapping[str, str]) -> list[CardView]:
    """Give cards the names that their fragments have, by id."""
    return [replace(card, name=names.get(card.fragment_id, card.name)) for card in cards]


def version_view(version: VersionHead) -> VersionView:
    """Show a version in the strip."""
    return VersionView(
        version.number, version.status.value, version.lines, version.is_users, version.created_at.isoformat()
    )


def fragment_view(fragment: StoredFragment) -> FragmentView:
    """Show a fragment in a list."""
    newest = fragment.versions[-1]
    about = (general_name(fragment.language), _count(newest.number, "version"), _count(newest.lines, "line"))
    return FragmentView(fragment.id, fragment.conversation_id, fragment.name, fragment.kind, " · ".join(about))


def _said(message: StoredMessage) -> str:
    """Give the server's own words about a failure."""
    is_failed = message.status is StreamingStatus.FAILED
    return str(message.metadata.get("server_said") or "") if is_failed else ""


def _attempt(attempt: StoredMessage, place: int) -> str:
    """Say how a new attempt came to less than the answer that is shown."""
    kept = f" What came of it is version {place}." if attempt.text else ""
    if attempt.status is StreamingStatus.FAILED:
        return f"The new attempt failed: {attempt.error_sentence}{kept}"
    if attempt.metadata.get("stop_reason") in SERVER_STOPPED:
        return f"The new attempt ended when the server stopped.{kept}"
    if attempt.status is StreamingStatus.INTERRUPTED:
        return f"The new attempt was stopped{'.' if kept else ' before its first word.'}{kept}"
    return "The new attempt brought no text."


def conversation_view(summary: ConversationSummary) -> ConversationView:
    """Show a conversation as a line."""
    return ConversationView(summary.id, summary.title, summary.is_writing)


def model_view(model: ModelInfo) -> ModelView:
    """Show a model on offer, by its id where it has no name."""
    name = model.name or model.model
    return ModelView(model.key, name, f"{name}, {model.runs_where}")


def note_for(status: StreamingStatus, chars: int, metadata: Mapping[str, object]) -> Note:
    """Say in one muted line what is special about how an answer ended, or nothing."""
    if status is StreamingStatus.INTERRUPTED:
        return _stopped(chars, metadata)
    if status is not StreamingStatus.COMPLETE or not metadata:
        return Note()
    ending = NOTES.get(str(metadata.get("stop_reason", "")), "" if chars else "The model sent an empty answer.")
    return Note(" ".join(filter(None, (ending, *_detours(metadata)))))


def _stopped(chars: int, metadata: Mapping[str, object]) -> Note:
    reason, closed_ms, tokens = (metadata.get(name) for name in ("stop_reason", "closed_ms", "output_tokens"))
    if reason in ("server_stopped", "lost"):  # what came after the last checkpoint went with the process
        are = "was" if chars == 1 else "were"
        saved = (
            f"{_count(chars, 'character')} {are} saved; the end may be missing" if chars else "nothing of it was saved"
        )
        return Note(f"Stopped when the server stopped · {saved}")
    facts = [_count(chars, "character") if chars else "before the first character"]
    if reason == "shutdown":
        return Note("Stopped when the server stopped", *facts)
    if closed_ms is not None:
        facts.append(f"upstream closed in {closed_ms} ms")
    if isinstance(tokens, int) and tokens:
        facts.append(f"{'about ' if metadata.get('is_estimate') else ''}{_count(tokens, 'token')}")
    return Note("Stopped", " · ".join(facts))


def thought(thinking_ms: object) -> str:
    """Say how long a model has thought; nothing where that is not known."""
    if not isinstance(thinking_ms, int):
        return ""
    minutes, seconds = divmod(max(1, round(thinking_ms / 1000)), 60)
    return f"Thought for {minutes} min {seconds} s" if minutes else f"Thought for {seconds} s"


def kept_back(chars: int) -> str:
    """Say how much more had come when an answer was stopped."""
    return f"{chars:,} more characters had come." if chars else ""


def _count(number: int, name: str) -> str:
    return f"{number:,} {name}" if number == 1 else f"{number:,} {name}s"


def _detours(metadata: Mapping[str, object]) -> Iterator[str]:
    """Name what was done differently from what was asked for."""
    if metadata.get("road") == DeliveryMode.FALLBACK:
        yield "Streaming failed, so this answer came in one piece."
    if metadata.get("road") == DeliveryMode.SIMULATED:
        yield "This model cannot stream: the whole answer came first and was then written out."
    if metadata.get("thinking") == NO_THINKING:
        yield "This model has no thinking to ask for."
    asked, answered = metadata.get("asked_model"), f"{metadata.get('provider')}/{metadata.get('model')}"
    if asked and asked != answered:
        yield f"Answered by {answered}, because {asked} failed."


def now_ms() -> int:
    """Milliseconds since the epoch."""
    return round(datetime.now(UTC).timestamp() * 1000)
