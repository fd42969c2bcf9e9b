"""How events get from a run to its followers, in whatever process they are."""

from collections.abc import AsyncGenerator
from typing import Protocol

from app.streaming.events import StreamEvent


class UnknownRunError(Exception):
    """The bus does not know this run, or no longer."""


class EventBus(Protocol):
    """Carries every run's events to any number of followers.

    Guarantees: a follower gets every event beyond its `after_seq`, in order, and ends after the terminal one. The
    producer never waits for a follower. What is kept of a run is bounded: a follower that is behind it is given the
    run's snapshot (see `Transcript.snapshot`) in place of the events that are gone.
    """

    is_process_local: bool
    """Whether nobody but this process can write a run that the bus carries."""

    def open(self, run_id: str) -> None:
        """Make the run known, so that it can be followed and interrupted before its first event."""
        ...

    async def publish(self, event: StreamEvent) -> None:
        """Append an event to its run; raises `UnknownRunError` when the run was never opened."""
        ...

    def follow(self, run_id: str, after_seq: int = 0) -> AsyncGenerator[tuple[StreamEvent, ...]]:
        """Give all events beyond `after_seq`, each batch holding what has come since the last one was taken.

        Raises `UnknownRunError` at the first step.
        """
        ...

    async def interrupt(self, run_id: str, reason: str = "user") -> bool:
        """Ask the run to stop, wherever it runs; False when it is over or unknown. The first reason counts."""
        ...

    async def interrupted(self, run_id: str) -> str:
        """Wait until somebody asks the run to stop, and give the reason."""
        ...

    async def over(self, run_id: str) -> None:
        """Wait until the run has ended; raises `UnknownRunError`."""
        ...

    def close(self, run_id: str) -> None:
        """Forget a run that was opened and never began."""
        ...
