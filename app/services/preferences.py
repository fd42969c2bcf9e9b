"""What a user can prefer, how each value is checked, and what holds where nothing valid is stored."""

import logging
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, fields
from enum import StrEnum
from typing import Any

from app.errors import BadPreferenceError
from app.streaming.wellformed import well_formed

SLOWEST_CHARS_PER_SECOND = 5
FASTEST_CHARS_PER_SECOND = 500
LONGEST_SYSTEM_PROMPT = 8_000
_MODEL = re.compile(r"[\w.-]{1,60}/[^\s\0]{1,240}")

logger = logging.getLogger(__name__)


class Mode(StrEnum):
    """Whether an answer shows while it is written, or when it is whole."""

    STREAMING = "streaming"
    TRADITIONAL = "traditional"


class PaceChoice(StrEnum):
    """How the characters of an answer come."""

    AS_IT_COMES = "as_it_comes"
    NATURAL = "natural"
    TYPEWRITER = "typewriter"
    BY_SENTENCE = "by_sentence"


class CursorStyle(StrEnum):
    """What stands at the end of the text that is being written."""

    BLOCK = "block"
    BAR = "bar"
    NONE = "none"


class SendKey(StrEnum):
    """What sends a message: Enter, or Enter together with Ctrl or Cmd."""

    ENTER = "enter"
    MOD_ENTER = "mod_enter"


class Theme(StrEnum):
    """The colours of the page."""

    SYSTEM = "system"
    LIGHT = "light"
    DARK = "dark"


class ThinkingView(StrEnum):
    """Whether a model's thinking stays open once the answer has begun."""

    FOLDED = "folded"
    SHOWN = "shown"


class ThinkingAmount(StrEnum):
    """How much a model that can is asked to think before it answers."""

    OFF = "off"
    BRIEF = "brief"
    LONG = "long"


class Motion(StrEnum):
    """How much moves on the page."""

    SYSTEM = "system"
    REDUCED = "reduced"
    FULL = "full"


@dataclass(frozen=True, slots=True)
class Preferences:
    """Everything a user prefers; `model` is `provider/model`, or empty for the server's choice."""

    mode: Mode = Mode.STREAMING
    pace: PaceChoice = PaceChoice.AS_IT_COMES
    characters_per_second: int = 60
    cursor: CursorStyle = CursorStyle.BLOCK
    highlight_while_streaming: bool = True
    follow_scrolling: bool = True
    automatic_fragments: bool = True
    opens_fragments: bool = True
    tells_fragments: bool = False
    thinking: ThinkingView = ThinkingView.FOLDED
    thinking_amount: ThinkingAmount = ThinkingAmount.OFF
    send_key: SendKey = SendKey.ENTER
    model: str = ""
    system_prompt: str = ""
    theme: Theme = Theme.SYSTEM
    motion: Motion = Motion.SYSTEM
    notify: bool = False


def parse(stored: Mapping[str, Any]) -> Preferences:
    """Read stored values; each bad one counts as not stored and is named in the log, an unknown key is passed over."""
    valid: dict[str, Any] = {}
    for key in KEYS:
        if key in stored:
            try:
                valid[key] = checked(key, stored[key])
            except BadPreferenceError:  # the value stays out of the log: it may be a system prompt
                logger.warning("The stored preference “%s” is not valid; its default is used instead", key)
    return Preferences(**valid)


def checked(key: str, value: Any) -> Any:
    """Give the value of a preference in its type; raises `BadPreferenceError` with a sentence saying what fits."""
    if key not in KEYS:
        raise BadPreferenceError("There is no such preference.")
    return _CHECKS[key](value)


def _one_of(choices: type[StrEnum]) -> Callable[[Any], StrEnum]:
    names = ", ".join(choices)

    def check(value: Any) -> StrEnum:
        if isinstance(value, str) and value in tuple(choices):
            return choices(value)
        raise BadPreferenceError(f"That is not a choice here; it must be one of {names}.")

    return check


def _switch(value: Any) -> bool:
    if isinstance(value, bool):
        return value
    raise BadPreferenceError("That can only be on or off.")


def _speed(value: Any) -> int:
    is_number = isinstance(value, int) and not isinstance(value, bool)
    if is_number and SLOWEST_CHARS_PER_SECOND <= value <= FASTEST_CHARS_PER_SECOND:
        return value
    raise BadPreferenceError(
        "The speed must be a whole number of characters per second from "
        f"{SLOWEST_CHARS_PER_SECOND} to {FASTEST_CHARS_PER_SECOND}."
    )


def _model(value: Any) -> str:
    if isinstance(value, str) and (not value or _MODEL.fullmatch(value)):
        return well_formed(value)
    raise BadPreferenceError("A model must look like provider/model.")


def _system_prompt(value: Any) -> str:
    if not isinstance(value, str):
        raise BadPreferenceError("The system prompt must be text.")
    if len(value) > LONGEST_SYSTEM_PROMPT:
        raise BadPreferenceError(
            f"The system prompt has {len(value):,} characters; {LONGEST_SYSTEM_PROMPT:,} is the most. Shorten it."
        )
    return well_formed(value)


_CHECKS: dict[str, Callable[[Any], Any]] = {
    "mode": _one_of(Mode),
    "pace": _one_of(PaceChoice),
    "characters_per_second": _speed,
    "cursor": _one_of(CursorStyle),
    "highlight_while_streaming": _switch,
    "follow_scrolling": _switch,
    "automatic_fragments": _switch,
    "opens_fragments": _switch,
    "tells_fragments": _switch,
    "thinking": _one_of(ThinkingView),
    "thinking_amount": _one_of(ThinkingAmount),
    "send_key": _one_of(SendKey),
    "model": _model,
    "system_prompt": _system_prompt,
    "theme": _one_of(Theme),
    "motion": _one_of(Motion),
    "notify": _switch,
}
KEYS = tuple(field.name for field in fields(Preferences))
