"""OpenAI's chat-completions format as the world's servers write it."""

from collections.abc import Iterator
from typing import Any, cast

from providers.answer_text import flattened
from providers.events import ProviderEvent, Unstreamed, UsageReported
from providers.http_errors import HttpErrors
from providers.server_words import complaint_in, says_something, tells_of_failure, words_in
from providers.stop_words import is_failure, stop_word
from providers.wire_reader import Json, WireReader

# Thinking has many names, none of them OpenAI's; a server that sends two of them says the same twice.
_THINKING = (
    "reasoning_content", "reasoningContent", "reasoning", "reasoning_text", "thinking", "thinking_blocks",
    "reasoning_details", "thoughts",
)  # fmt: skip
_THINKING_PARTS = ("thinking", "reasoning", "reasoning_text")
_TEXT_PARTS = ("text", "output_text", "refusal", "")
_USAGE_NAMES = (("prompt_tokens", "input_tokens"), ("completion_tokens", "output_tokens"))


class OpenAIReader(WireReader):
    """Reads chunks of chat completions, and whole ones."""

    def __init__(self, errors: HttpErrors) -> None:
        super().__init__(errors)
        self._is_whole = self._may_be_whole = self._has_messages = False
        self._index: Any = None

    @property
    def has_ending(self) -> bool:
        """Say whether a finish reason, the end mark or a whole answer has come."""
        return super().has_ending or self._is_whole

    @property
    def _may_have_ended(self) -> bool:
        return super()._may_have_ended or self._may_be_whole

    def _read_object(self, event: str, item: Json) -> Iterator[ProviderEvent]:
        wrapped = item.get("data")
        if not item.get("choices") and isinstance(wrapped, dict) and "choices" in wrapped:
            item = cast(Json, wrapped)
        choice = self._choice(item.get("choices"))
        if choice is not None:
            yield from self._read_choice(item, choice)
        if usage := _usage(item, choice or {}):
            yield usage
        inner = (_field(choice, "error"), _field(_field(choice, "delta"), "error"))
        if tells_of_failure(event, item) or any(map(says_something, inner)):
            raise self._errors.in_stream(words_in([item, *inner]))
        self._complaint = complaint_in(item) or self._complaint
        self._read_reason(item, choice or {})

    def _read_reason(self, item: Json, choice: Json) -> None:
        """Take the reason from wherever it stands; what a router has heard from behind it counts as a failure only."""
        for reason in _reasons(item, choice):
            self._end_with(reason)
        native = choice.get("native_finish_reason")
        if is_failure(stop_word(native)):
            self._end_with(native)

    def _choice(self, choices: Any) -> Json | None:
        """Give the part of the first answer; servers that are asked for one may send several."""
        choices = [choices] if isinstance(choices, dict) else choices
        if not isinstance(choices, list):
            return None
        listed = [cast(Json, choice) for choice in cast(list[Any], choices) if isinstance(choice, dict)]
        if listed and self._index is None:
            indices = [choice.get("index") for choice in listed]
            self._index = 0 if 0 in indices or None in indices else indices[0]
        return next((choice for choice in listed if choice.get("index", self._index) in (self._index, None)), None)

    def _read_choice(self, item: Json, choice: Json) -> Iterator[ProviderEvent]:
        delta, message = choice.get("delta"), choice.get("message")
        if isinstance(message, dict) and delta is None and self._text.is_empty:
            self._has_messages = True
            self._may_be_whole = item.get("object") != "chat.completion.chunk"
            is_named = item.get("object") == "chat.completion" or any(_reasons(item, choice))
            self._is_whole = self._may_be_whole and is_named
            if self._is_whole:
                yield Unstreamed()
        # A message after deltas says once more what they have said.
        given = cast(Any, message if delta is None and self._has_messages else delta)
        part = cast(Json, given) if isinstance(given, dict) else {"content": given}
        yield from self._text.think(_thinking(part, part.get("provider_specific_fields"), choice))
        content = part.get("content")
        yield from self._read_content(part.get("text") if content is None else content)
        for words in (part.get("refusal"), _field(part.get("audio"), "transcript"), choice.get("text")):
            yield from self._text.say(words if isinstance(words, str) else "")

    def _read_content(self, content: Any) -> Iterator[ProviderEvent]:
        for text, is_thinking in _parts(content):
            yield from self._text.think(text) if is_thinking else self._text.say(text)


def _reasons(item: Json, choice: Json) -> tuple[Any, ...]:
    """Give why the answer is over, or nothing, from each place; the second name is Gemini's."""
    places = (item, choice, choice.get("delta"))
    return tuple(_field(place, "finish_reason") or _field(place, "finishReason") for place in places)


def _thinking(*places: Any) -> str:
    return next(filter(None, (flattened(_field(place, name)) for place in places for name in _THINKING)), "")


def _parts(content: Any) -> Iterator[tuple[str, bool]]:
    if not isinstance(content, list | dict):
        yield flattened(content), False
        return
    for part in cast(list[Any], content if isinstance(content, list) else [content]):
        kind = _field(part, "type") or ""
        if kind in _THINKING_PARTS or _field(part, "thought") is True:
            yield flattened(part), True
        elif kind in _TEXT_PARTS:
            yield flattened(part), False


def _field(value: Any, name: str) -> Any:
    return cast(Json, value).get(name) if isinstance(value, dict) else None


def _usage(item: Json, choice: Json) -> UsageReported | None:
    for usage in (item.get("usage"), choice.get("usage"), _field(item.get("x_groq"), "usage")):
        counts = [_count(usage, *names) for names in _USAGE_NAMES]
        if any(count is not None for count in counts):
            return UsageReported(*counts)
    return None


def _count(usage: Any, *names: str) -> int | None:
    given = (_field(usage, name) for name in names)
    return next((int(count) for count in given if isinstance(count, int | float)), None)
