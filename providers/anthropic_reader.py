"""Anthropic's Messages format as Anthropic and the gateways that imitate it write it."""

from collections.abc import Iterator
from typing import Any, cast

from providers.answer_text import flattened
from providers.events import ProviderEvent, Unstreamed, UsageReported
from providers.http_errors import HttpErrors
from providers.server_words import complaint_in, tells_of_failure, words_in
from providers.wire_reader import Json, WireReader

REDACTED = "[A part of the thinking is encrypted.]"


class AnthropicReader(WireReader):
    """Reads the events of a message, and whole ones."""

    def __init__(self, errors: HttpErrors) -> None:
        super().__init__(errors)
        self._input_tokens: int | None = None

    def _read_object(self, event: str, item: Json) -> Iterator[ProviderEvent]:
        kind = item.get("type") or event
        if kind != "message_start" and tells_of_failure(event, item):
            raise self._errors.in_stream(words_in(item))
        match kind:
            case "message_start":
                yield from self._usage(_inner(item, "message").get("usage"))
            case "content_block_start":
                yield from self._read_block(_inner(item, "content_block"))
            case "content_block_delta":
                yield from self._read_block(_inner(item, "delta"))
            case "message_delta":
                self._end_with(_inner(item, "delta").get("stop_reason") or item.get("stop_reason"))
                yield from self._usage(item.get("usage"))
            case "message_stop":
                self._end_with(item.get("stop_reason"))
                self.is_over = True
            case _ if isinstance(item.get("content"), list | str):
                yield from self._read_whole(item)
            case _:
                # Anthropic adds kinds of events over time and asks clients to pass over unknown ones.
                self._complaint = complaint_in(item) or self._complaint

    def _read_whole(self, message: Json) -> Iterator[ProviderEvent]:
        yield Unstreamed()
        content = message["content"]
        for block in cast(list[Any], [content] if isinstance(content, str) else content):
            yield from self._read_block({"type": "text", "text": block} if isinstance(block, str) else block)
        self._end_with(message.get("stop_reason"))
        yield from self._usage(message.get("usage"))
        self.is_over = True

    def _read_block(self, block: Any) -> Iterator[ProviderEvent]:
        """Read a block's start, a part of it or all of it: they name their text alike."""
        if not isinstance(block, dict):
            return
        part = cast(Json, block)
        match part.get("type") or ("thinking" if "thinking" in part else "text"):
            case "text" | "text_delta":
                yield from self._text.say(flattened(part))
            case "thinking" | "thinking_delta":
                yield from self._text.think(flattened(part.get("thinking")))
            case "redacted_thinking":
                yield from self._text.think(REDACTED)
            case _:
                pass

    def _usage(self, usage: Any) -> Iterator[UsageReported]:
        if not isinstance(usage, dict):
            return
        counts = cast(Json, usage)
        names = ("input_tokens", "cache_creation_input_tokens", "cache_read_input_tokens")
        parts = [count for name in names if isinstance(count := counts.get(name), int)]
        self._input_tokens = sum(parts) or self._input_tokens
        output_tokens = counts.get("output_tokens")
        yield UsageReported(self._input_tokens, output_tokens if isinstance(output_tokens, int) else None)


def _inner(item: Json, name: str) -> Json:
    value = item.get(name)
    return cast(Json, value) if isinstance(value, dict) else {}
