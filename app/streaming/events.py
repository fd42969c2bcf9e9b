"""What a run tells its followers: one frozen dataclass an event, and its JSON form.

Every event carries its run's id and `seq` (from 1, contiguous). Text and thinking carry the offset, in characters, at
which they begin, so that applying one twice or resuming from a snapshot can never repeat or lose a character. An event
is made without these (see `unnumbered`); the run's log sets them as it is appended.
"""

from dataclasses import asdict, dataclass
from typing import Any, Literal


@dataclass(frozen=True, slots=True)
class Started:
    """The run exists and a provider is about to be asked; `model` is `provider/model`."""

    run_id: str
    seq: int
    message_id: str
    model: str


@dataclass(frozen=True, slots=True)
class Attempt:
    """A provider is asked, in this delivery mode (`road`), for so much `thinking` (see `app.streaming.asking`).

    A later attempt replaces an earlier one.
    """

    run_id: str
    seq: int
    model: str
    road: str
    thinking: str = "off"


@dataclass(frozen=True, slots=True)
class Text:
    """Characters of the answer from `offset` on."""

    run_id: str
    seq: int
    offset: int
    text: str


@dataclass(frozen=True, slots=True)
class Thinking:
    """Characters of the model's visible reasoning from `offset` on; it has taken `took_ms` up to here.

    When the answer begins, one without characters says how long it took.
    """

    run_id: str
    seq: int
    offset: int
    text: str
    took_ms: int | None = None


@dataclass(frozen=True, slots=True)
class Status:
    """What the run waits for now: a phase of `providers.events.Phase`, and a sentence for the user or nothing."""

    run_id: str
    seq: int
    phase: str
    detail: str = ""


@dataclass(frozen=True, slots=True)
class Usage:
    """Tokens counted by the provider so far; a later event replaces an earlier one."""

    run_id: str
    seq: int
    input_tokens: int | None
    output_tokens: int | None


@dataclass(frozen=True, slots=True)
class Completed:
    """The provider ended the answer; terminal."""

    run_id: str
    seq: int
    stop_reason: str


@dataclass(frozen=True, slots=True)
class Interrupted:
    """The answer was stopped; terminal.

    `reason` says by whom, `closed_ms` how long the provider's connection took to close (None: not seen). `tokens` were
    written, counted by the provider or estimated.
    """

    run_id: str
    seq: int
    reason: Literal["user", "shutdown", "lost"] | str
    closed_ms: int | None = None
    tokens: int | None = None
    is_estimate: bool = True


@dataclass(frozen=True, slots=True)
class Failed:
    """The answer broke; terminal. `code` is for programs, `sentence` for people, `said` are the server's own words."""

    run_id: str
    seq: int
    code: str
    sentence: str
    said: str = ""


TerminalEvent = Completed | Interrupted | Failed
StreamEvent = Started | Attempt | Text | Thinking | Status | Usage | TerminalEvent


Batch = tuple[StreamEvent, ...]

unnumbered: tuple[str, int] = ("", 0)
"""The run's id and the `seq` of an event that no log has numbered yet: `Text(*unnumbered, 0, "so")`."""


def is_terminal(event: StreamEvent) -> bool:
    """Say whether no event follows this one."""
    return isinstance(event, TerminalEvent)


def to_json(event: StreamEvent) -> dict[str, Any]:
    """Give the event as JSON values; `type` is the class name in lower case."""
    return {"type": type(event).__name__.lower(), **asdict(event)}
