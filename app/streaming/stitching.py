"""Going on with an answer exactly where it stopped: what a continuation repeats of it is dropped."""

from collections.abc import AsyncGenerator, Iterator
from contextlib import aclosing
from dataclasses import dataclass, replace

from app.streaming.store import StreamingStatus
from providers.base import ChatMessage, GenerationRequest
from providers.events import Finished, ProviderEvent, StopReason, TextDelta

ANCHOR_CHARS = 60
SEARCHED_CHARS = 600
CHANCE_CHARS = 6  # so many equal characters that begin within a word are no chance any more

_INSTRUCTION = (
    "Your last message was cut off. Go on with it exactly where it stopped: begin by repeating its last words, "
    "which stand below, and write on from there in the same format. No introduction and no comment.\n\n"
    "{anchor}"
)


@dataclass(frozen=True, slots=True)
class Prefix:
    """What stands already of an answer that is continued, and what it has cost."""

    text: str = ""
    thinking: str = ""
    output_tokens: int = 0
    thinking_ms: int = 0


def can_continue(status: StreamingStatus, text: str, stop_reason: object) -> bool:
    """Say whether an answer was cut off, and there is something to go on with."""
    is_cut = status in (StreamingStatus.INTERRUPTED, StreamingStatus.FAILED)
    return bool(text.strip()) and (is_cut or stop_reason in (StopReason.MAX_TOKENS, StopReason.PAUSE_TURN))


def continuing(request: GenerationRequest, prefix: str, *, has_prefill: bool) -> GenerationRequest:
    """Ask for the rest of an answer to the request, of which `prefix` stands.

    A model that takes a prefill writes on from it; another is asked in words to repeat the last ones, so that the
    `OverlapFilter` can see where the new text belongs.
    """
    if has_prefill:
        # Anthropic refuses a prefill that ends in white space; the filter drops what comes of it twice.
        return replace(request, messages=(*request.messages, ChatMessage("assistant", prefix.rstrip())))
    asked = ChatMessage("user", _INSTRUCTION.format(anchor=_anchor(prefix)))
    return replace(request, messages=(*request.messages, ChatMessage("assistant", prefix), asked))


async def stitched(
    events: AsyncGenerator[ProviderEvent], prefix: Prefix, *, has_prefill: bool
) -> AsyncGenerator[ProviderEvent]:
    """Give a model's events without what its text repeats of the prefix."""
    overlap = OverlapFilter(prefix.text, has_prefill=has_prefill)
    async with aclosing(events):
        async for event in events:
            if isinstance(event, TextDelta):
                if text := overlap.feed(event.text):
                    yield TextDelta(text)
                continue
            if isinstance(event, Finished) and (rest := overlap.flush()):
                yield TextDelta(rest)
            yield event
    if rest := overlap.flush():  # the stream broke off
        yield TextDelta(rest)


class OverlapFilter:
    """Joins a continuation to what stands: drops what it repeats, and adds nothing.

    The beginning is held back for as long as it may be a repetition. With a prefill only white space can be doubled.
    """

    def __init__(self, prefix: str, *, has_prefill: bool) -> None:
        self._end = prefix[-SEARCHED_CHARS:]
        self._has_prefill = has_prefill
        self._held = ""
        self._is_joined = not prefix

    def feed(self, text: str) -> str:
        """Give the text that is new for certain by now."""
        if self._is_joined:
            return text
        self._held += text
        if self._may_be_repetition():
            return ""
        return self.flush()

    def flush(self) -> str:
        """Give what was held back, without what it repeats."""
        held, self._held = self._held, ""
        if not held or self._is_joined:
            return held
        self._is_joined = True
        return held[self._repeated_chars(held) :]

    def _may_be_repetition(self) -> bool:
        if self._has_prefill:
            return self._held.isspace() and self._end.endswith(self._held)
        # The held text may grow into a repetition if it stands within the end, with something after it.
        return len(self._held) < SEARCHED_CHARS and self._held in self._end[:-1]

    def _repeated_chars(self, text: str) -> int:
        overlaps = [text[:size] for size in _overlaps(self._end, text)]
        if self._has_prefill:
            return max((len(overlap) for overlap in overlaps if overlap.isspace()), default=0)
        if text.startswith(anchor := _anchor(self._end)):
            return len(anchor)
        if any(map(self._is_refrain, overlaps)):
            return 0
        return max((len(overlap) for overlap in overlaps if self._is_repetition(overlap)), default=0)

    def _is_refrain(self, overlap: str) -> bool:
        """Tell a text that goes on in the same words, and has said them twice already, from a repetition."""
        return any(map(str.isalnum, overlap)) and self._end[: -len(overlap)].endswith(overlap)

    def _is_repetition(self, overlap: str) -> bool:
        before = self._end[: -len(overlap)]
        is_chance = len(overlap) < CHANCE_CHARS and before[-1:].isalnum() and overlap[0].isalnum()
        return overlap.isspace() or (not is_chance and any(map(str.isalnum, overlap)))


def _anchor(prefix: str) -> str:
    """Give the last words, whole ones where there are several."""
    end = prefix[-ANCHOR_CHARS:]
    if len(prefix) <= ANCHOR_CHARS:
        return end
    _, space, words = end.partition(" ")
    return words if space and words.strip() else end


def _overlaps(end: str, text: str) -> Iterator[int]:
    """Give every length of a beginning of `text` that is an end of `end`."""
    return (size for size in range(1, min(len(end), len(text)) + 1) if end.endswith(text[:size]))
