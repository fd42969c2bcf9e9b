"""How long a server asks to wait, in whichever form it says so."""

import math
import re
from collections.abc import Mapping
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime

_UNITS = {"ms": 0.001, "s": 1, "m": 60, "h": 3600, "d": 86_400}
_PART = r"(\d+(?:\.\d+)?)\s*(ms|milliseconds?|s|secs?|seconds?|m|mins?|minutes?|h|hrs?|hours?|d|days?)"
_LENGTH = re.compile(rf"(?:{_PART}\s*)+", re.IGNORECASE)
_ASKED = re.compile(
    rf"(?:try again|retry|wait)\b[\w ]{{0,20}}?(?:in|after|for|of)?:? ((?:{_PART}\s*)+)\b", re.IGNORECASE
)
# A number as large as this is a moment, in seconds of the Unix clock; a thousand times that in milliseconds.
_FIRST_MOMENT = 1_000_000_000


def retry_after_seconds(headers: Mapping[str, str], now: datetime | None = None) -> float | None:
    """Read `retry-after-ms`, or `Retry-After` in any form; None when absent or unreadable."""
    milliseconds = _number(headers.get("retry-after-ms"))
    return milliseconds / 1000 if milliseconds is not None else seconds_in(headers.get("retry-after") or "", now)


def seconds_in(text: str, now: datetime | None = None) -> float | None:
    """Read seconds, a length with its units or a moment; None when it is none of these."""
    text, moment = text.strip(), now or datetime.now(UTC)
    number = _number(text)
    if number is None:
        return _length(text) if _LENGTH.fullmatch(text) else _seconds_until(text, moment)
    if number < _FIRST_MOMENT:
        return number
    return max(0.0, (number / 1000 if number >= _FIRST_MOMENT * 1000 else number) - moment.timestamp())


def seconds_asked_in(words: str) -> float | None:
    """Find the wait in a sentence such as “Please try again in 7.66s.”."""
    found = _ASKED.search(words)
    return _length(found[1]) if found else None


def in_words(seconds: float) -> str:
    """Say a wait in a unit that people can use: `40 s`, `5 min`, `3 h`."""
    whole = max(1, round(seconds))
    if whole < 120:
        return f"{whole} s"
    if whole < 7200:
        return f"{round(whole / 60)} min"
    return f"{round(whole / 3600)} h" if whole < 172_800 else f"{round(whole / 86_400)} days"


def _length(text: str) -> float:
    return sum(float(number) * _UNITS[_unit(name)] for number, name in re.findall(_PART, text, re.IGNORECASE))


def _unit(name: str) -> str:
    name = name.lower()
    return "ms" if name.startswith(("ms", "milli")) else name[0]


def _number(value: str | None) -> float | None:
    try:
        number = float(value or "")
    except ValueError:
        return None
    return max(0.0, number) if math.isfinite(number) else None


def _seconds_until(text: str, now: datetime) -> float | None:
    for read in (parsedate_to_datetime, datetime.fromisoformat):
        try:
            moment = read(text)
        except (ValueError, OverflowError):
            continue
        aware = moment if moment.tzinfo else moment.replace(tzinfo=UTC)
        return max(0.0, (aware - now).total_seconds())
    return None
