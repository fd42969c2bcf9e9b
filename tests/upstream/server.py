"""The scripted model server: routes, scripts, records, and the thread it all runs in."""

import asyncio
import json
import socket
import threading
import time
from collections.abc import Callable
from concurrent.futures import Future
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any, Self
from urllib.parse import parse_qs

from tests.ending import end
from tests.upstream import anthropic_wire, openai_wire
from tests.upstream.answer import play
from tests.upstream.http import Request, Response, read_request
from tests.upstream.script import Script
from tests.upstream.wire import WireFormat

WIRES: dict[str, WireFormat] = {
    "/v1/messages": anthropic_wire.AnthropicWire,
    "/v1/chat/completions": openai_wire.OpenAIWire,
}


@dataclass(slots=True)
class RequestRecord:
    """What the server saw of one request; times are `time.monotonic()`."""

    path: str
    headers: dict[str, str]
    body: Any
    started_at: float = field(default_factory=time.monotonic)
    first_byte_at: float | None = None
    closed_by_client_at: float | None = None
    finished_at: float | None = None
    chars_sent: int = 0
    sent: list[tuple[float, int]] = field(default_factory=list[tuple[float, int]])
    """When each packet with text was about to go to the socket, and how many characters were sent with it."""


class Upstream:
    """A model server for tests. Use as a context manager; all methods may be called from any thread."""

    def __init__(self, port: int = 0) -> None:
        """Listen on loopback; port 0 takes a free one."""
        self.requests: list[RequestRecord] = []
        self.models: list[str] = []
        self.page_size = 20
        self.url = ""
        self._port = port
        self._scripts: dict[str, list[Script]] = {}
        self._released: set[str] = set()
        self._changed = threading.Condition()
        self._connections: set[asyncio.Task[Any]] = set()

    def __enter__(self) -> Self:
        started: Future[None] = Future()
        self._thread = threading.Thread(target=lambda: asyncio.run(self._run(started)), name="upstream", daemon=True)
        self._thread.start()
        started.result(timeout=60)
        return self

    def __exit__(self, *_: object) -> None:
        self._loop.call_soon_threadsafe(self._stop.set)
        self._thread.join(timeout=60)

    @property
    def questions(self) -> list[RequestRecord]:
        """The requests that ask for an answer, without those for a list of models, which come when they will."""
        return [record for record in self.requests if record.body]

    @property
    def openai_url(self) -> str:
        """The base URL for OpenAI clients."""
        return f"{self.url}/v1"

    def script(self, model: str, *scripts: Script) -> None:
        """Set what `model` does, request by request; the last script repeats."""
        with self._changed:
            self._scripts[model] = list(scripts)
            self._released.discard(model)
            if model not in self.models:
                self.models.append(model)

    def release(self, model: str) -> None:
        """Let every answer of `model` that is or will be held go on, until it is scripted anew."""
        with self._changed:
            self._released.add(model)
        self._loop.call_soon_threadsafe(self._wake_held)

    def wait_until(self, condition: Callable[[], bool], timeout_seconds: float = 60) -> None:
        """Block until `condition` holds; it is looked at whenever a record changes."""
        with self._changed:
            assert self._changed.wait_for(condition, timeout_seconds), "the upstream never came to this"

    async def until(self, condition: Callable[[], bool], timeout_seconds: float = 60) -> None:
        """Wait until `condition` holds without blocking the event loop."""
        await asyncio.to_thread(self.wait_until, condition, timeout_seconds)

    async def _run(self, started: "Future[None]") -> None:
        self._loop = asyncio.get_running_loop()
        self._stop = asyncio.Event()
        self._wake = asyncio.Event()
        server = await asyncio.start_server(self._serve, "127.0.0.1", self._port)
        self.url = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"
        started.set_result(None)
        await self._stop.wait()
        await end(server, self._break_off)

    def _break_off(self) -> None:
        for task in self._connections:
            task.cancel()

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task
        self._connections.add(task)
        try:
            with suppress(asyncio.IncompleteReadError, ConnectionError, asyncio.CancelledError):
                await self._handle(await read_request(reader), reader, writer)
        finally:
            self._connections.discard(task)
            writer.close()
            with suppress(OSError, asyncio.CancelledError):
                await writer.wait_closed()

    async def _handle(self, request: Request, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        body = json.loads(request.body) if request.body else None
        record = RequestRecord(request.path, dict(request.headers), body)
        with self._changed:
            self.requests.append(record)
            self._changed.notify_all()
        answer = asyncio.create_task(self._answer(request, record, writer))
        gone = asyncio.create_task(_wait_for_close(reader))
        await asyncio.wait({answer, gone}, return_when=asyncio.FIRST_COMPLETED)
        self._note(record, "finished_at" if _is_finished(answer) else "closed_by_client_at")
        for task in (answer, gone):
            task.cancel()
        await asyncio.gather(answer, gone, return_exceptions=True)

    async def _answer(self, request: Request, record: RequestRecord, writer: asyncio.StreamWriter) -> None:
        wire_format = WIRES.get(request.path)
        if wire_format is None:
            await self._answer_get(request, writer)
            return
        model = record.body["model"]
        script = self._next_script(model)
        response = Response(writer, script.split)
        wire = wire_format(model, script)
        await play(script, wire, response, _Stage(self, model, record), streaming=bool(record.body.get("stream")))

    async def _answer_get(self, request: Request, writer: asyncio.StreamWriter) -> None:
        response = Response(writer)
        match request.path:
            case "/v1/models" if "anthropic-version" in request.headers:
                after = parse_qs(request.query).get("after_id", [None])[0]
                await response.json(200, anthropic_wire.list_models(self.models, after, self.page_size))
            case "/v1/models":
                await response.json(200, openai_wire.list_models(self.models))
            case "/api/version":
                await response.json(200, {"version": "0.0.0-scripted"})
            case _:
                await response.json(404, {"error": {"message": "no such path", "type": "not_found_error"}})

    def _next_script(self, model: str) -> Script:
        with self._changed:
            scripts = self._scripts.get(model) or [Script()]
            return scripts.pop(0) if len(scripts) > 1 else scripts[0]

    def _note(self, record: RequestRecord, moment: str) -> None:
        with self._changed:
            setattr(record, moment, time.monotonic())
            self._changed.notify_all()

    def _wake_held(self) -> None:
        woken, self._wake = self._wake, asyncio.Event()
        woken.set()

    async def _wait_for_release(self, model: str) -> None:
        while model not in self._released:
            await self._wake.wait()


class _Stage:
    """What a playing answer tells and asks its server."""

    def __init__(self, upstream: Upstream, model: str, record: RequestRecord) -> None:
        self._upstream = upstream
        self._model = model
        self._record = record

    def sending(self, chars: int) -> None:
        if self._record.first_byte_at is None:
            self._upstream._note(self._record, "first_byte_at")
        self._record.chars_sent += chars
        self._record.sent.append((time.monotonic(), self._record.chars_sent))

    async def hold(self) -> None:
        with self._upstream._changed:
            self._upstream._changed.notify_all()
        await self._upstream._wait_for_release(self._model)


def closed_port() -> str:
    """Give a URL on loopback where nothing listens."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return f"http://127.0.0.1:{probe.getsockname()[1]}"


def _is_finished(answer: asyncio.Task[None]) -> bool:
    """Tell whether an answer came to its end; one that found its connection closed while it wrote did not."""
    return answer.done() and not isinstance(answer.exception(), ConnectionError)


async def _wait_for_close(reader: asyncio.StreamReader) -> None:
    with suppress(ConnectionError):
        while await reader.read(1024):
            pass
