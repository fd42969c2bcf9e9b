"""Why one answer was slow: what its reader waited for, in parts that add up."""

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple


class Part(NamedTuple):
    """One thing that was waited for, in milliseconds."""

    name: str
    ms: int


def until_first_character(metadata: Mapping[str, Any], views: Sequence[Mapping[str, float]]) -> tuple[Part, ...]:
    """Split the wait for the first character; empty for an answer without one.

    Up to the character's coming the parts are measured one after the other. What came after it, on its way to the
    glass, is the answer's own 95th percentile in the page that was quickest, where any page has told.
    """
    first = metadata.get("first_character_ms")
    if not isinstance(first, int):
        return ()
    attempts: Sequence[Mapping[str, Any]] = metadata.get("attempts") or ()
    starts = [int(attempt.get("at_ms", 0)) for attempt in attempts] or [0]
    thinking = min(_thinking_ms(metadata), first - starts[-1])
    server, seen = (_least(views, name) for name in ("server_delay_ms", "seen_delay_ms"))
    parts = (
        Part("Before the first request", starts[0]),
        Part("Requests that failed, and the pauses after them", starts[-1] - starts[0]),
        Part("The model's server", first - starts[-1] - thinking),
        Part("The model's thinking", thinking),
        Part("Rivulet, on the way to the page", server),
        Part("Network and browser", seen),
    )
    return tuple(part for part in parts if part.ms > 0)


def _thinking_ms(metadata: Mapping[str, Any]) -> int:
    """Give what this run has thought: a continued answer counts what was thought before, too."""
    begun = metadata.get("thinking_begun_ms")
    first = metadata.get("first_character_ms")
    return first - begun if isinstance(begun, int) and isinstance(first, int) else 0


def _least(views: Sequence[Mapping[str, float]], name: str) -> int:
    return round(min((view[name] for view in views if name in view), default=0))
