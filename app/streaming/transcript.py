"""The only accumulator: a run's events folded into its text and state."""

from dataclasses import dataclass, field
from typing import TypeVar, assert_never

from app.streaming.events import (
    Attempt,
    Completed,
    Failed,
    Interrupted,
    Started,
    Status,
    StreamEvent,
    TerminalEvent,
    Text,
    Thinking,
    Usage,
)

_State = TypeVar("_State", Attempt, Status, Usage)


class GapError(Exception):
    """Characters between what is known and what arrived are missing: resume from a snapshot."""


class GrowingText:
    """Text that grows at its end in time linear in what is added."""

    __slots__ = ("_parts", "chars")

    def __init__(self) -> None:
        self._parts: list[str] = []
        self.chars = 0

    def extend(self, offset: int, text: str) -> str:
        """Take `text` that begins at `offset`, give the part of it that is new; raises `GapError`."""
        if offset > self.chars:
            raise GapError(f"{offset - self.chars} characters are missing at {self.chars}")
        new = text[self.chars - offset :]
        if new:
            self._parts.append(new)
            self.chars += len(new)
        return new

    def __str__(self) -> str:
        if len(self._parts) > 1:
            self._parts = ["".join(self._parts)]
        return self._parts[0] if self._parts else ""


@dataclass(slots=True)
class Transcript:
    """All that is known of a run after its first `last_seq` events."""

    run_id: str
    last_seq: int = 0
    started: Started | None = None
    attempt: Attempt | None = None
    text: GrowingText = field(default_factory=GrowingText)
    thinking: GrowingText = field(default_factory=GrowingText)
    thinking_ms: int | None = None
    status: Status | None = None
    usage: Usage | None = None
    terminal: TerminalEvent | None = None

    def snapshot(self) -> tuple[StreamEvent, ...]:
        """Give the fewest events that bring any follower, at whatever offset, to this state."""
        written = (
            Thinking(self.run_id, self.last_seq, 0, str(self.thinking), self.thinking_ms)
            if self.thinking.chars
            else None,
            Text(self.run_id, self.last_seq, 0, str(self.text)) if self.text.chars else None,
        )
        events = (self.started, self.attempt, self.status, self.usage, *written, self.terminal)
        return tuple(event for event in events if event is not None)


def apply(transcript: Transcript, event: StreamEvent) -> None:
    """Fold one event into the transcript.

    Idempotent: what is known already, or comes after the terminal event, changes nothing. Raises `GapError` when
    characters are missing and `ValueError` for another run's event.
    """
    if event.run_id != transcript.run_id:
        raise ValueError(f"event of run {event.run_id} applied to run {transcript.run_id}")
    if transcript.terminal is not None:
        return
    _fold(transcript, event)
    transcript.last_seq = max(transcript.last_seq, event.seq)


def _fold(transcript: Transcript, event: StreamEvent) -> None:
    match event:
        case Text():
            transcript.text.extend(event.offset, event.text)
        case Thinking():
            transcript.thinking.extend(event.offset, event.text)
            if event.took_ms is not None:
                transcript.thinking_ms = max(event.took_ms, transcript.thinking_ms or 0)
        case Started():
            transcript.started = event
        case Attempt():
            transcript.attempt = _newer(transcript.attempt, event)
        case Status():
            transcript.status = _newer(transcript.status, event)
        case Usage():
            transcript.usage = _newer(transcript.usage, event)
        case Completed() | Interrupted() | Failed():
            transcript.terminal = event
        case _:
            assert_never(event)


def _newer(known: _State | None, event: _State) -> _State:
    return event if known is None or event.seq >= known.seq else known
