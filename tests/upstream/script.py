"""What a scripted model does: its answer, its pace, and how it fails."""

from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum


class FaultKind(StrEnum):
    """A way in which a model server goes wrong."""

    STATUS = "status"
    ERROR_EVENT = "error_event"
    MALFORMED_EVENT = "malformed_event"
    DROP = "drop"
    SILENCE = "silence"
    KEEP_ALIVE = "keep_alive"
    TRUNCATED = "truncated"


@dataclass(frozen=True, slots=True)
class Fault:
    """A failure after `after_chars` characters of text (a `STATUS` fault comes instead of any answer).

    `status` belongs to `STATUS`; `error_type` and `message` to `STATUS` and `ERROR_EVENT`, in the words of the wire
    format in use (None: the words that fit the status); `reset` to `DROP`: RST instead of FIN.
    """

    kind: FaultKind
    after_chars: int = 0
    status: int = 500
    error_type: str | None = None
    message: str = "scripted failure"
    retry_after: str | None = None
    reset: bool = False


@dataclass(frozen=True, slots=True)
class Script:
    """How a model answers. `stop_reason` is in the words of the wire format, Anthropic's are translated for OpenAI's.

    `chunks` are the exact text deltas; without them the text is cut into pieces of `chunk_chars`.
    `hold_after_chars` stops there until `Upstream.release(model)`. `split` is the seed for packets of a few bytes.
    """

    text: str = "Hello! This is a scripted answer."
    thinking: str = ""
    chunks: tuple[str, ...] | None = None
    chunk_chars: int = 4
    chars_per_second: float | None = None
    first_delay_seconds: float = 0
    stop_reason: str | None = None
    input_tokens: int = 11
    output_tokens: int = 7
    fault: Fault | None = None
    hold_after_chars: int | None = None
    split: int | None = None

    @property
    def whole_text(self) -> str:
        """The answer as sent in one piece."""
        return self.text if self.chunks is None else "".join(self.chunks)

    def steps(self) -> Iterator["Step"]:
        """Give what to do in order, text pieces cut exactly where a hold or the fault falls."""
        yield from (Say(piece, is_thinking=True) for piece in _pieces(self.thinking, self.chunk_chars))
        marks = self._marks()
        position = 0
        for piece in self.chunks if self.chunks is not None else _pieces(self.text, self.chunk_chars):
            rest = piece
            while marks and position + len(rest) > marks[0][0]:
                head, rest = rest[: marks[0][0] - position], rest[marks[0][0] - position :]
                position += len(head)
                yield from [Say(head)] if head else []
                yield marks.pop(0)[1]
            yield from [Say(rest)] if rest else []
            position += len(rest)
        yield from (step for _, step in marks)

    def _marks(self) -> list[tuple[int, "Hold | Fault"]]:
        marks: list[tuple[int, Hold | Fault]] = []
        if self.hold_after_chars is not None:
            marks.append((self.hold_after_chars, Hold()))
        if self.fault is not None:
            marks.append((self.fault.after_chars, self.fault))
        return sorted(marks, key=lambda mark: mark[0])


@dataclass(frozen=True, slots=True)
class Say:
    """Send this delta."""

    text: str
    is_thinking: bool = False


@dataclass(frozen=True, slots=True)
class Hold:
    """Wait until the test releases the model."""


Step = Say | Hold | Fault


def _pieces(text: str, size: int) -> Iterator[str]:
    return (text[at : at + size] for at in range(0, len(text), size))
