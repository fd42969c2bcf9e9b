"""What the heart asks of storage; `app.persistence` implements it."""

from collections.abc import Set
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any, NamedTuple, Protocol


class StreamingStatus(StrEnum):
    """The life of an answer as it is stored."""

    PENDING = "pending"
    STREAMING = "streaming"
    COMPLETE = "complete"
    INTERRUPTED = "interrupted"
    FAILED = "failed"

    @property
    def is_terminal(self) -> bool:
        """Say whether nothing more will be written."""
        return self in (StreamingStatus.COMPLETE, StreamingStatus.INTERRUPTED, StreamingStatus.FAILED)


@dataclass(frozen=True, slots=True)
class RunOutcome:
    """How a run ended: the whole text, exactly as received, and what is known about its making."""

    status: StreamingStatus
    text: str
    thinking: str = ""
    error_code: str = ""
    error_sentence: str = ""
    metadata: dict[str, Any] = field(default_factory=dict[str, Any])


@dataclass(frozen=True, slots=True)
class StoredRun:
    """A run as storage knows it; `text` is the whole text of an ended run, the last checkpoint of another."""

    run_id: str
    user_id: str
    conversation_id: str
    message_id: str
    status: StreamingStatus
    text: str
    thinking: str
    error_code: str
    error_sentence: str
    metadata: dict[str, Any]


class Piece(NamedTuple):
    """Characters of a text from `start` on."""

    start: int
    text: str

    @property
    def end(self) -> int:
        """Where the next piece begins."""
        return self.start + len(self.text)


class RunAlreadyEndedError(Exception):
    """Somebody else has ended the run."""


class RunWriter(Protocol):
    """Where a run keeps what it writes. Every method is one short transaction and may raise on a broken database."""

    async def begin(self, run_id: str) -> None:
        """Mark the run and its message as streaming."""
        ...

    async def checkpoint(self, run_id: str, text: Piece, thinking: Piece) -> None:
        """Keep what has been added to the partial content, once however often it is told; ignored after the end."""
        ...

    async def finish(self, run_id: str, outcome: RunOutcome) -> None:
        """Store the terminal state; again, or when the conversation is gone, nothing happens.

        Raises `RunAlreadyEndedError` when somebody else has ended the run.
        """
        ...


class RunStore(RunWriter, Protocol):
    """Where all runs are kept."""

    async def load(self, run_id: str) -> StoredRun | None:
        """Read a run back, or None when there is none."""
        ...

    async def recover(self) -> tuple[str, ...]:
        """Close every run that a dead process left pending or streaming as interrupted; the partial text is kept.

        Returns the ids of the runs closed.
        """
        ...

    async def beat(self, run_ids: Set[str]) -> None:
        """Note that the process that writes these runs lives."""
        ...

    async def close_lost(self, silent_seconds: float, own: Set[str]) -> tuple[StoredRun, ...]:
        """Close, as `recover` does, the runs beside `own` that gave no sign of life for so long."""
        ...
