"""How fast a reader is shown what has come: a typewriter at its speed, else never more than a bounded time behind."""

import re
from typing import Protocol

NATURAL_CHARS_PER_SECOND = 40
NATURAL_LAG_SECONDS = 0.4
SENTENCE_LAG_SECONDS = 3.0
CATCH_UP_SECONDS = 0.8
_SENTENCE_END = re.compile(r"[.!?…][\"'”’)\]*_]*\s|[。！？]|\n")


class Pace(Protocol):
    """Says how much of a backlog is due."""

    def chars_due(self, backlog: str, seconds: float) -> int:
        """Give how many characters to show now, `seconds` after the last time."""
        ...


class AtOnce:
    """Everything, as it comes."""

    def chars_due(self, backlog: str, seconds: float) -> int:
        """Give all."""
        return len(backlog)


class Steady:
    """So many characters a second, and more when the backlog would otherwise take longer than `lag_seconds`, if given.

    Once faster, it stays so until nothing is behind: no character waits longer than that.
    """

    def __init__(self, chars_per_second: float, lag_seconds: float | None = None) -> None:
        self._chars_per_second = chars_per_second
        self._lag_seconds = lag_seconds
        self._rate = chars_per_second
        self._credit = 0.0

    def chars_due(self, backlog: str, seconds: float) -> int:
        """Give what the rate allows, in whole characters; what is left over counts next time."""
        if self._lag_seconds is not None:
            self._rate = max(self._rate, len(backlog) / self._lag_seconds)
        self._credit += self._rate * seconds
        due = int(self._credit)
        if due >= len(backlog):
            self._rate, self._credit = self._chars_per_second, 0.0
            return len(backlog)
        self._credit -= due
        return due


class BySentence:
    """Whole sentences and lines; a long one is cut between words after a while."""

    def __init__(self) -> None:
        self._waited_seconds = 0.0

    def chars_due(self, backlog: str, seconds: float) -> int:
        """Give what reaches to the last end of a sentence."""
        self._waited_seconds += seconds
        ends = [match.end() for match in _SENTENCE_END.finditer(backlog)]
        if not ends and self._waited_seconds >= SENTENCE_LAG_SECONDS:
            ends = [backlog.rfind(" ") + 1 or len(backlog)]
        if not ends:
            return 0
        self._waited_seconds = 0.0
        return ends[-1]


def natural() -> Pace:
    """Smooth the bursts in which providers send."""
    return Steady(NATURAL_CHARS_PER_SECOND, NATURAL_LAG_SECONDS)


def typewriter(chars_per_second: float) -> Pace:
    """Write at one speed, however far ahead the model is."""
    return Steady(chars_per_second)


class CatchUp:
    """Show what is behind within a moment, but not at once."""

    def __init__(self) -> None:
        self._steady: Steady | None = None

    def chars_due(self, backlog: str, seconds: float) -> int:
        """Give what the rate allows that the first backlog asks for."""
        self._steady = self._steady or Steady(len(backlog) / CATCH_UP_SECONDS, CATCH_UP_SECONDS)
        return self._steady.chars_due(backlog, seconds)
