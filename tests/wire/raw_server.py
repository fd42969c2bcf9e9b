"""A model server that sends exactly the bytes that a test gives it, over real HTTP."""

import asyncio
import json
import socket
import struct
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

Json = dict[str, Any]


class Ending(StrEnum):
    """How a connection ends after the last byte."""

    WHOLE = "whole"
    CUT = "cut"
    RESET = "reset"
    OPEN = "open"


@dataclass(frozen=True, slots=True)
class Reply:
    """One reply: a stream of bytes, or another status and type."""

    body: bytes = b""
    status: int = 200
    kind: str = "text/event-stream"
    headers: dict[str, str] = field(default_factory=dict[str, str])
    ending: Ending = Ending.WHOLE


def json_reply(value: Any, status: int = 200, **headers: str) -> Reply:
    return Reply(json.dumps(value).encode(), status, "application/json", headers)


@dataclass(slots=True)
class Asked:
    """A request as it came; `body` is None for one without."""

    method: str
    path: str
    headers: dict[str, str]
    body: Json | None
    query: str = ""

    @property
    def is_streaming(self) -> bool:
        return bool(self.body and self.body.get("stream"))


Answering = Callable[[Asked], Reply]


@dataclass(slots=True)
class RawServer:
    """The running server; `asked` are all requests that had a body."""

    answering: Answering
    url: str = ""
    asked: list[Asked] = field(default_factory=list[Asked])
    listed: int = 0

    async def handle(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with suppress(asyncio.IncompleteReadError, ConnectionError):
            asked = await _read(reader)
            if asked.body is None:
                self.listed += 1
            else:
                self.asked.append(asked)
            reply = self.answering(asked)
            writer.write(_head(reply) + _chunked(reply.body))
            await writer.drain()
            await _end(reply.ending, reader, writer)
        writer.close()


@asynccontextmanager
async def raw_server(answering: Answering) -> AsyncIterator[RawServer]:
    """Serve on a free port of loopback."""
    running = RawServer(answering)
    server = await asyncio.start_server(running.handle, "127.0.0.1", 0)
    running.url = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"
    try:
        yield running
    finally:
        server.close()


async def _read(reader: asyncio.StreamReader) -> Asked:
    head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1").split("\r\n")
    method, target, _ = head[0].split(" ", 2)
    headers = {name.lower(): value.strip() for name, _, value in (line.partition(":") for line in head[1:] if line)}
    body = await reader.readexactly(int(headers.get("content-length", 0)))
    path, _, query = target.partition("?")
    return Asked(method, path, headers, json.loads(body) if body else None, query)


def _head(reply: Reply) -> bytes:
    headers = {"content-type": reply.kind, "transfer-encoding": "chunked", "connection": "close", **reply.headers}
    lines = [f"HTTP/1.1 {reply.status} Raw", *(f"{name}: {value}" for name, value in headers.items())]
    return ("\r\n".join(lines) + "\r\n\r\n").encode("latin-1")


def _chunked(body: bytes) -> bytes:
    return b"%x\r\n%b\r\n" % (len(body), body) if body else b""


async def _end(ending: Ending, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    match ending:
        case Ending.WHOLE:
            writer.write(b"0\r\n\r\n")
            await writer.drain()
        case Ending.CUT:
            pass
        case Ending.RESET:
            await asyncio.sleep(0.1)  # a reset takes back what the client has not read yet
            connection: socket.socket = writer.get_extra_info("socket")
            connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            writer.transport.abort()
        case Ending.OPEN:
            while await reader.read(1024):
                pass
