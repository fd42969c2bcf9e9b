"""What a browser remembers of its tab, for a server that knows nothing of it: one that was started anew."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, fields
from typing import Any, Self

import reflex as rx
from reflex_base.constants.state import FIELD_MARKER

NAME = "rivulet.tab"  # in the session storage
MOST = 1_000_000
LONGEST_CHARS = 300


@dataclass(frozen=True, slots=True)
class Remembered:
    """What the page showed beyond its address; all of it is what a browser says, and may be anything."""

    is_of_page_before: bool = False
    is_reloaded: bool = False
    conversation_id: str = ""
    messages: int = 0
    lines: int = 0
    deleting_id: str = ""
    is_sheet_open: bool = False
    model: str = ""
    thinking: str = ""
    is_chosen: bool = False
    fields_version: int = 0
    panel: int = 0
    is_automatic: bool = False
    is_editing: bool = False
    fragment_id: str = ""
    number: int = 0
    details: int = 0
    message_id: str = ""
    gallery: int = 0
    gallery_version: int = 0
    gallery_words: str = ""
    gallery_lines: int = 0
    period: str = ""
    first: str = ""
    until: str = ""
    steps: str = ""
    shown_model: str = ""

    @classmethod
    def of(cls, text: object) -> Self:
        """Read it; what is not as it should be is as if there were nothing."""
        try:
            known = json.loads(str(text))
        except (ValueError, RecursionError):  # brackets within brackets without end
            return cls()
        if not isinstance(known, dict):
            return cls()
        return cls(**{field.name: _checked(known.get(field.name), field.default) for field in fields(cls)})


class TabMemory(rx.State):
    """The page writes it (`components/tab_memory.jsx`), and Reflex brings it along whenever it connects."""

    facts: str = rx.SessionStorage("", name=NAME)


def remembered(brought: object) -> Remembered:
    """Read it among the values of browser storage that a page brings."""
    if not isinstance(brought, Mapping):
        return Remembered()
    return Remembered.of(brought.get(f"{TabMemory.get_full_name()}.facts{FIELD_MARKER}", ""))


def _checked(value: Any, default: Any) -> Any:
    if type(value) is not type(default):
        return default
    match value:
        case str():
            return value if len(value) <= LONGEST_CHARS else default
        case bool():
            return value
        case _:
            return value if 0 <= value <= MOST else default
