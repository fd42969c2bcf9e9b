"""Reading an answer to its end, in whichever wire format it comes."""

import asyncio
from collections.abc import AsyncGenerator
from contextlib import aclosing, suppress

import httpx2

from providers.base import WholeAnswer
from providers.breather import Breather
from providers.events import Finished, ProviderEvent, TextDelta, ThinkingDelta, UsageReported
from providers.reply import Frame, MalformedReplyError, WebPageError, frames
from providers.sse import LineTooLongError
from providers.wire_reader import WireReader

DRAIN_SECONDS = 0.1
# What may come after an answer's end, and is nothing of it.
_UNREADABLE = (httpx2.HTTPError, MalformedReplyError, WebPageError, LineTooLongError)


async def read_answer(
    response: httpx2.Response, reader: WireReader, ending_seconds: float
) -> AsyncGenerator[ProviderEvent]:
    """Give an answer's events, `Finished` last.

    Once the server has said that the answer is over, that is not changed by a lost connection, by one that stays open
    for longer than `ending_seconds`, or by what follows and cannot be read. Raises `ProviderError` and the errors of
    `providers.reply.frames`.
    """
    breather = Breather()
    async with aclosing(frames(response)) as source:
        while not reader.is_over and (frame := await _next(source, reader, ending_seconds)) is not None:
            for event in reader.read(frame):
                yield event
            await breather.pause_if_due()
        if reader.is_over:
            await _drain(source)
    for event in reader.finish():
        yield event


async def collect_answer(response: httpx2.Response, reader: WireReader, ending_seconds: float) -> WholeAnswer:
    """Read an answer to its end and give it in one piece; raises what `read_answer` raises."""
    text: list[str] = []
    thinking: list[str] = []
    usage: UsageReported | None = None
    async with aclosing(read_answer(response, reader, ending_seconds)) as events:
        async for event in events:
            match event:
                case TextDelta():
                    text.append(event.text)
                case ThinkingDelta():
                    thinking.append(event.text)
                case UsageReported():
                    usage = event
                case Finished():
                    return WholeAnswer("".join(text), event.stop_reason, "".join(thinking), usage)
                case _:
                    pass
    raise AssertionError("an answer ends with Finished or an error")


async def _next(source: AsyncGenerator[Frame], reader: WireReader, ending_seconds: float) -> Frame | None:
    if not reader.has_ending:
        return await anext(source, None)
    try:
        async with asyncio.timeout(ending_seconds):
            return await anext(source, None)
    except (TimeoutError, *_UNREADABLE):
        return None


async def _drain(source: AsyncGenerator[Frame]) -> None:
    """Read to the end of the HTTP response, so that the next message finds the connection open."""
    with suppress(TimeoutError, *_UNREADABLE):
        async with asyncio.timeout(DRAIN_SECONDS):
            async for _ in source:
                pass
