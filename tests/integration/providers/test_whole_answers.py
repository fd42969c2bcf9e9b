"""Whole answers of servers that keep the connection alive with white space while they work."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import suppress

import pytest

from providers.anthropic import AnthropicProvider
from providers.base import ChatMessage, GenerationRequest
from providers.errors import TimedOut
from providers.http_client import Timeouts
from providers.openai_compatible import OpenAICompatibleProvider

REQUEST = GenerationRequest("fake", (ChatMessage("user", "Why?"),))
HEAD = b"HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ntransfer-encoding: chunked\r\n\r\n"


@pytest.fixture
async def url() -> AsyncIterator[str]:
    """A server that begins an answer and never says anything."""
    writers: list[asyncio.StreamWriter] = []

    async def dribble(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writers.append(writer)
        with suppress(OSError, asyncio.IncompleteReadError):
            await reader.readuntil(b"\r\n\r\n")
            writer.write(HEAD)
            while True:
                writer.write(b"1\r\n\n\r\n")
                await writer.drain()
                await asyncio.sleep(0.05)

    server = await asyncio.start_server(dribble, "127.0.0.1", 0)
    yield f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"
    server.close()
    for writer in writers:
        writer.transport.abort()


@pytest.mark.parametrize("vendor", [OpenAICompatibleProvider, AnthropicProvider])
async def test_a_whole_answer_that_never_comes_is_given_up(
    vendor: type[OpenAICompatibleProvider | AnthropicProvider], url: str
) -> None:
    provider = vendor("test", url, timeouts=Timeouts(whole_answer_seconds=0.5))
    async with asyncio.timeout(60):
        with pytest.raises(TimedOut):
            await provider.complete(REQUEST)
    await provider.aclose()
