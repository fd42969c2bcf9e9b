"""A loopback proxy whose connections can be cut, as a bad network would."""

import asyncio
import threading
from collections.abc import Callable
from concurrent.futures import Future
from contextlib import suppress
from typing import Self

from tests.ending import end


class CutProxy:
    """Passes bytes to a port or a socket of this machine until told to cut; runs in a thread of its own.

    What it is told takes effect in the order of the calls, and before bytes that are sent after them.
    """

    def __init__(self, target: int | str, rewrite: Callable[[bytes], bytes] = bytes) -> None:
        """Pass to `target`, a port or a socket's path, each packet of a client as `rewrite` makes it."""
        self._target = target
        self._rewrite = rewrite
        self._writers: set[asyncio.StreamWriter] = set()
        self._is_open = True
        self._is_deaf = False
        self._is_mute = False
        self._serving: set[asyncio.Task[None]] = set()
        self.port = 0
        self.bytes_to_client = 0

    @property
    def url(self) -> str:
        return f"http://localhost:{self.port}"

    def __enter__(self) -> Self:
        started: Future[None] = Future()
        self._thread = threading.Thread(target=lambda: asyncio.run(self._run(started)), daemon=True)
        self._thread.start()
        started.result(60)
        return self

    def __exit__(self, *_: object) -> None:
        self._loop.call_soon_threadsafe(self._stopped.set)
        self._thread.join(60)

    def cut(self) -> None:
        """Break every connection and take no new one."""
        self._loop.call_soon_threadsafe(self._cut)

    def cut_for(self, seconds: float) -> None:
        """Be cut for so long."""
        self._loop.call_soon_threadsafe(self._cut)
        self._loop.call_soon_threadsafe(self._loop.call_later, seconds, self._mend)

    def deafen(self) -> None:
        """Let everything through to the port, and nothing of what it answers."""
        self._loop.call_soon_threadsafe(self._deafen)

    def swallow(self) -> None:
        """Keep every connection and let nothing through, as a network that dies without a word."""
        self._loop.call_soon_threadsafe(self._swallow)

    def mend(self) -> None:
        """Let new connections through again, after the cut that was told last."""
        self._loop.call_soon_threadsafe(self._mend)

    def _mend(self) -> None:
        self._is_open = True
        self._is_deaf = self._is_mute = False

    def _deafen(self) -> None:
        self._is_deaf = True

    def _swallow(self) -> None:
        self._is_deaf = self._is_mute = True

    def _cut(self) -> None:
        self._is_open = False
        for writer in self._writers:
            writer.transport.abort()

    async def _run(self, started: "Future[None]") -> None:
        self._loop = asyncio.get_running_loop()
        self._stopped = asyncio.Event()
        server = await asyncio.start_server(self._accept, "127.0.0.1", 0)
        self.port = server.sockets[0].getsockname()[1]
        started.set_result(None)
        await self._stopped.wait()
        await end(server, self._cut)

    async def _connect(self) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
        if isinstance(self._target, str):
            return await asyncio.open_unix_connection(self._target)
        return await asyncio.open_connection("127.0.0.1", self._target)

    def _counted(self, data: bytes) -> bytes:
        self.bytes_to_client += len(data)
        return data

    def _accept(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.create_task(self._serve(reader, writer))
        self._serving.add(task)
        task.add_done_callback(self._serving.discard)

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        if not self._is_open:
            writer.transport.abort()
            return
        self._writers.add(writer)
        with suppress(OSError):
            to_reader, to_writer = await self._connect()
            self._writers.add(to_writer)
            await asyncio.gather(
                _pass_on(reader, to_writer, lambda: not self._is_mute, self._rewrite),
                _pass_on(to_reader, writer, lambda: not self._is_deaf, self._counted),
            )
            self._writers.discard(to_writer)
        self._writers.discard(writer)
        writer.close()


async def _pass_on(
    reader: asyncio.StreamReader,
    writer: asyncio.StreamWriter,
    is_through: Callable[[], bool],
    rewrite: Callable[[bytes], bytes] = bytes,
) -> None:
    with suppress(OSError):
        while data := await reader.read(65_536):
            if is_through():
                writer.write(rewrite(data))
                await writer.drain()
    writer.close()
