"""OpenAI's chat-completions format as the world's servers write it."""

from collections.abc import Iterator
from typing import Any, cast

from providers.answer_text import flattened
from providers.errors import Overloaded
from providers.events import ProviderEvent, StopReason, Unstreamed, UsageReported
from providers.http_errors import HttpErrors
from providers.server_words import tells_of_failure, words_in
from providers.wire_reader import Json, WireReader

_STOP_REASONS = {
    "stop": StopReason.END_TURN,
    "end_turn": StopReason.END_TURN,
    "eos": StopReason.END_TURN,
    "eos_token": StopReason.END_TURN,
    "complete": StopReason.END_TURN,
    "completed": StopReason.END_TURN,
    "stop_sequence": StopReason.STOP_SEQUENCE,
    "length": StopReason.MAX_TOKENS,
    "max_tokens": StopReason.MAX_TOKENS,
    "max_output_tokens": StopReason.MAX_TOKENS,
    "max_length": StopReason.MAX_TOKENS,
    "model_length": StopReason.MAX_TOKENS,
    "model_context_window_exceeded": StopReason.CONTEXT_EXCEEDED,
    "content_filter": StopReason.REFUSAL,
    "safety": StopReason.REFUSAL,
    "refusal": StopReason.REFUSAL,
    "recitation": StopReason.REFUSAL,
    "prohibited_content": StopReason.REFUSAL,
    "blocklist": StopReason.REFUSAL,
    "tool_calls": StopReason.TOOL_USE,
    "tool_use": StopReason.TOOL_USE,
    "function_call": StopReason.TOOL_USE,
}
_NO_REASON = ("null", "none", "")
_FAILURES = ("error", "abort", "cancel", "timeout", "failed", "failure", "unavailable")
# Thinking has many names, none of them OpenAI's; a server that sends two of them says the same twice.
_THINKING = ("reasoning_content", "reasoning", "reasoning_text", "thinking", "thinking_blocks", "reasoning_details")
_THINKING_PARTS = ("thinking", "reasoning", "reasoning_text")
_TEXT_PARTS = ("text", "output_text", "refusal", "")


class OpenAIReader(WireReader):
    """Reads chunks of chat completions, and whole ones."""

    stop_reasons = _STOP_REASONS

    def __init__(self, errors: HttpErrors) -> None:
        super().__init__(errors)
        self._is_whole = self._has_messages = False
        self._index: Any = None

    @property
    def has_ending(self) -> bool:
        """Say whether a finish reason, the end mark or a whole answer has come."""
        return super().has_ending or self._is_whole

    def _read_object(self, event: str, item: Json) -> Iterator[ProviderEvent]:
        wrapped = item.get("data")
        if not item.get("choices") and isinstance(wrapped, dict) and "choices" in wrapped:
            item = cast(Json, wrapped)
        choice = self._choice(item.get("choices"))
        if choice is not None:
            yield from self._read_choice(choice, is_chunk=item.get("object") == "chat.completion.chunk")
        if usage := _usage(item):
            yield usage
        if tells_of_failure(event, item):
            raise self._errors.in_stream(words_in(item))
        if _is_failure(self._reason):
            raise Overloaded(self._errors.provider, f"finish_reason {self._reason}")

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

    def _read_choice(self, choice: Json, *, is_chunk: bool) -> Iterator[ProviderEvent]:
        delta, message = choice.get("delta"), choice.get("message")
        if isinstance(message, dict) and delta is None and self._text.is_empty:
            self._has_messages = True
            if not is_chunk:
                self._is_whole = True
                yield Unstreamed()
        # A message after deltas says once more what they have said.
        given = cast(Any, message if delta is None and self._has_messages else delta)
        part = cast(Json, given) if isinstance(given, dict) else {"content": given}
        yield from self._text.think(_thinking(part))
        yield from self._read_content(part.get("content"))
        for words in (part.get("refusal"), _field(part.get("audio"), "transcript"), choice.get("text")):
            yield from self._text.say(words if isinstance(words, str) else "")
        reason = choice.get("finish_reason")
        if isinstance(reason, str) and reason.lower() not in _NO_REASON:
            self._reason = reason

    def _read_content(self, content: Any) -> Iterator[ProviderEvent]:
        for text, is_thinking in _parts(content):
            yield from self._text.think(text) if is_thinking else self._text.say(text)


def _thinking(part: Json) -> str:
    return next(filter(None, (flattened(part.get(name)) for name in _THINKING)), "")


def _parts(content: Any) -> Iterator[tuple[str, bool]]:
    if not isinstance(content, list):
        yield flattened(content), False
        return
    for part in cast(list[Any], content):
        kind = _field(part, "type") or ""
        if kind in _THINKING_PARTS:
            yield flattened(part), True
        elif kind in _TEXT_PARTS:
            yield flattened(part), False


def _field(value: Any, name: str) -> Any:
    return cast(Json, value).get(name) if isinstance(value, dict) else None


def _is_failure(reason: str) -> bool:
    return any(word in reason.lower() for word in _FAILURES)


def _usage(item: Json) -> UsageReported | None:
    usage = item.get("usage")
    sent, received = _field(usage, "prompt_tokens"), _field(usage, "completion_tokens")
    counts = tuple(count if isinstance(count, int) else None for count in (sent, received))
    return UsageReported(*counts) if any(count is not None for count in counts) else None
