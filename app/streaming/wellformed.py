"""Text that every database and browser can hold.

Rule: what a provider sends is kept character for character, with two exceptions, each replaced by one U+FFFD: a lone
surrogate (no encoding can carry it) and NUL (PostgreSQL cannot store it). A surrogate pair that was split between two
deltas is one character and is put together again.
"""

import re
from collections.abc import AsyncGenerator, Iterator
from contextlib import aclosing

from providers.events import Finished, ProviderEvent, TextDelta, ThinkingDelta

REPLACEMENT = "\N{REPLACEMENT CHARACTER}"
_PAIR = re.compile("[\ud800-\udbff][\udc00-\udfff]")
_UNFIT = re.compile("[\ud800-\udfff\0]")


def well_formed(text: str) -> str:
    """Join surrogate pairs and replace lone surrogates and NUL."""
    if _UNFIT.search(text) is None:
        return text
    joined = _PAIR.sub(lambda pair: pair[0].encode("utf-16", "surrogatepass").decode("utf-16"), text)
    return _UNFIT.sub(REPLACEMENT, joined)


class WellFormedText:
    """Makes a stream of deltas well-formed, holding back half a surrogate pair until the next delta."""

    def __init__(self) -> None:
        self._held = ""

    def feed(self, delta: str) -> str:
        """Give the characters that are certain after `delta`."""
        text = self._held + delta
        self._held = ""
        if text and "\ud800" <= text[-1] <= "\udbff":
            text, self._held = text[:-1], text[-1]
        return well_formed(text)

    def flush(self) -> str:
        """Give what was held back, at the end of the stream."""
        text, self._held = self._held, ""
        return well_formed(text)


async def well_formed_deltas(events: AsyncGenerator[ProviderEvent]) -> AsyncGenerator[ProviderEvent]:
    """Give a model's events with well-formed text and thinking, and no empty ones of these."""
    text, thinking = WellFormedText(), WellFormedText()
    async with aclosing(events):
        async for event in events:
            match event:
                case TextDelta():
                    if delta := text.feed(event.text):
                        yield TextDelta(delta)
                case ThinkingDelta():
                    if delta := thinking.feed(event.text):
                        yield ThinkingDelta(delta)
                case Finished():
                    for rest in _rest(thinking, text):
                        yield rest
                    yield event
                case _:
                    yield event
    for rest in _rest(thinking, text):  # the stream broke off
        yield rest


def _rest(thinking: WellFormedText, text: WellFormedText) -> Iterator[TextDelta | ThinkingDelta]:
    if rest := thinking.flush():
        yield ThinkingDelta(rest)
    if rest := text.flush():
        yield TextDelta(rest)
