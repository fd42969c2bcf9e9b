"""Just enough HTTP/1.1 to control every byte that a client receives."""

import asyncio
import random
import socket
import struct
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from tests.upstream.wire import Json, encode


@dataclass(frozen=True, slots=True)
class Request:
    """A request as it arrived."""

    method: str
    path: str
    query: str
    headers: Mapping[str, str]
    body: bytes


async def read_request(reader: asyncio.StreamReader) -> Request:
    """Read one request; header names in lower case."""
    head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1").split("\r\n")
    method, target, _ = head[0].split(" ", 2)
    path, _, query = target.partition("?")
    pairs = (line.split(":", 1) for line in head[1:] if line)
    headers = {name.strip().lower(): value.strip() for name, value in pairs}
    body = await reader.readexactly(int(headers.get("content-length", 0)))
    return Request(method, path, query, headers, body)


class Response:
    """One response on a connection that closes after it."""

    def __init__(self, writer: asyncio.StreamWriter, split: int | None = None) -> None:
        """Send as told; with `split` in chunks of a few bytes, sized by that seed."""
        self._writer = writer
        self._sizes = None if split is None else random.Random(split)

    async def json(self, status: int, body: Json, headers: Mapping[str, str] | None = None, cut: int = 0) -> None:
        """Send a whole response; `cut` bytes at the end are announced but never sent."""
        data = encode(body)
        length = {"content-type": "application/json", "content-length": str(len(data))}
        self._writer.write(_head(status, length | dict(headers or {})) + data[: len(data) - cut])
        await self._writer.drain()

    async def malformed_json(self) -> None:
        """Send a whole response that is no JSON although it says so."""
        data = b'{"content": [{"type": "te'
        self._writer.write(_head(200, {"content-type": "application/json", "content-length": str(len(data))}) + data)
        await self._writer.drain()

    async def start_stream(self) -> None:
        """Send the headers of an event stream."""
        kinds = {"content-type": "text/event-stream; charset=utf-8", "transfer-encoding": "chunked"}
        self._writer.write(_head(200, kinds))
        await self._writer.drain()

    async def send(self, data: bytes) -> None:
        """Send some bytes of the stream."""
        for number, packet in enumerate(self._packets(data)):
            self._writer.write(b"%x\r\n%b\r\n" % (len(packet), packet))
            if number % 50 == 49:
                await asyncio.sleep(0)
        await self._writer.drain()

    async def end_stream(self) -> None:
        """End the stream as HTTP wants it."""
        self._writer.write(b"0\r\n\r\n")
        await self._writer.drain()

    def drop(self, *, reset: bool) -> None:
        """Cut the connection without ending the response."""
        if reset:
            connection: socket.socket = self._writer.get_extra_info("socket")
            connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            self._writer.transport.abort()
        else:
            self._writer.close()

    def _packets(self, data: bytes) -> Iterator[bytes]:
        at = 0
        while at < len(data):
            size = self._sizes.randint(1, 7) if self._sizes else len(data)
            yield data[at : at + size]
            at += size


def _head(status: int, headers: Mapping[str, str]) -> bytes:
    lines = [
        f"HTTP/1.1 {status} Scripted",
        "connection: close",
        *(f"{name}: {value}" for name, value in headers.items()),
    ]
    return ("\r\n".join(lines) + "\r\n\r\n").encode("latin-1")
