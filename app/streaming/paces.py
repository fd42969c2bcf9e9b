"""How fast a reader is shown what has come: a typewriter at its speed, else never more than a bounded time behind.

A pace is a function of the text that waits, the seconds since it was last asked, and whether that text is all there
will be; it gives how many characters to show now. Some remember what they have given.
"""

from typing import Protocol

import regex

NATURAL_CHARS_PER_SECOND = 40
NATURAL_LAG_SECONDS = 0.4
SENTENCE_LAG_SECONDS = 3.0
CATCH_UP_SECONDS = 0.8
_CLOSING = r"[\"'”’)\]*_]*"
_NO_END = r"(?<!\b(?:e\.g|i\.e|cf|vs|Dr|Mrs?|Ms|Prof|St))(?<!^\s*\d+)"  # abbreviations and the numbers of a list
# A full stop before a small letter ends nothing (UAX #29, SB8), so what follows it is waited for.
_SENTENCE_END = regex.compile(
    rf"[!?]{_CLOSING}\s|{_NO_END}[.…]{_CLOSING}\s+(?=[^\s\p{{Ll}}])|[。！？]|\n", regex.MULTILINE
)


class Pace(Protocol):
    """Says how much of what waits is due."""

    def __call__(self, waiting: str, seconds: float, *, is_all: bool = False) -> int:
        """Give how many characters to show now, `seconds` after the last time."""
        ...


def at_once(waiting: str, seconds: float, *, is_all: bool = False) -> int:
    """Show everything as it comes."""
    return len(waiting)


def steady(chars_per_second: float, lag_seconds: float | None = None) -> Pace:
    """Show so many a second, and more when the rest would otherwise take longer than `lag_seconds`, if given.

    Once faster, it stays so until nothing is behind: no character waits longer than that.
    """
    rate, credit = chars_per_second, 0.0  # what is left over of a character counts next time

    def pace(waiting: str, seconds: float, *, is_all: bool = False) -> int:
        nonlocal rate, credit
        if lag_seconds is not None:
            rate = max(rate, len(waiting) / lag_seconds)
        credit += rate * seconds
        due = int(credit)
        if due >= len(waiting):
            rate, credit = chars_per_second, 0.0
            return len(waiting)
        credit -= due
        return due

    return pace


def natural() -> Pace:
    """Smooth the bursts in which providers send."""
    return steady(NATURAL_CHARS_PER_SECOND, NATURAL_LAG_SECONDS)


def typewriter(chars_per_second: float) -> Pace:
    """Write at one speed, however far ahead the model is."""
    return steady(chars_per_second)


def catch_up() -> Pace:
    """Show what is behind within a moment, but not at once."""
    known: Pace | None = None

    def pace(waiting: str, seconds: float, *, is_all: bool = False) -> int:
        nonlocal known
        known = known or steady(len(waiting) / CATCH_UP_SECONDS, CATCH_UP_SECONDS)
        return known(waiting, seconds, is_all=is_all)

    return pace


def by_sentence() -> Pace:
    """Show whole sentences and lines; a long one is cut between words after a while."""
    waited_seconds = 0.0

    def pace(waiting: str, seconds: float, *, is_all: bool = False) -> int:
        nonlocal waited_seconds
        waited_seconds += seconds
        ends = [match.end() for match in _SENTENCE_END.finditer(waiting)]
        if not ends and waited_seconds >= SENTENCE_LAG_SECONDS:
            ends = [waiting.rfind(" ") + 1 or len(waiting)]
        if ends:
            waited_seconds = 0.0
        due = ends[-1] if ends else 0
        return len(waiting) if is_all else due

    return pace
