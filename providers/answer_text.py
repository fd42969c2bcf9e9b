"""What both wires do with the characters of an answer before they become events."""

import re
from collections.abc import Iterator
from typing import Any, cast

from providers.events import TextDelta, ThinkingDelta
from providers.thinking_tags import Piece, ThinkingTags

# Some servers tell thinking apart and leave its tags in it.
_TAG_IN_FIELD = re.compile(r"^\s*<think>\s*|\s*(?<!`)</think>\s*$", re.IGNORECASE)
_WORDS_IN = ("text", "content", "summary", "thinking", "reasoning", "parts", "value")
_DEEPEST = 5


class AnswerText:
    """Tells thinking in tags from the answer."""

    def __init__(self) -> None:
        self._tags = ThinkingTags()
        self.is_empty = True

    def say(self, text: str) -> Iterator[TextDelta | ThinkingDelta]:
        """Take characters of the answer."""
        if text:
            yield from self._pieces(self._tags.feed(text))

    def think(self, text: str) -> Iterator[TextDelta | ThinkingDelta]:
        """Take characters of the thinking that the server tells apart itself."""
        text = _TAG_IN_FIELD.sub("", text)
        if text:
            yield from self._pieces((Piece(text, is_thinking=True),))

    def flush(self) -> Iterator[TextDelta | ThinkingDelta]:
        """Give everything that was held back: nothing more comes."""
        yield from self._pieces(self._tags.flush())

    def _pieces(self, pieces: Iterator[Piece] | tuple[Piece, ...]) -> Iterator[TextDelta | ThinkingDelta]:
        for piece in pieces:
            self.is_empty = False
            yield ThinkingDelta(piece.text) if piece.is_thinking else TextDelta(piece.text)


def flattened(value: Any, depth: int = 0) -> str:
    """Join the text in whatever a server made of it: words, parts, objects."""
    match value:
        case str():
            return value
        case int() | float() if not isinstance(value, bool):
            return str(value)  # a model that answers “42” may be handed on as a number
        case list() if depth < _DEEPEST:
            return "".join(flattened(item, depth + 1) for item in cast(list[Any], value))
        case dict() if depth < _DEEPEST:
            return next(
                filter(None, (flattened(cast(dict[str, Any], value).get(name), depth + 1) for name in _WORDS_IN)), ""
            )
        case _:
            return ""
