"""Playing a script over a connection, at its pace and with its fault."""

import asyncio
import time
from typing import Protocol

from tests.upstream.http import Response
from tests.upstream.script import Fault, FaultKind, Hold, Say, Script
from tests.upstream.wire import Wire

TICK_SECONDS = 0.016
KEEP_ALIVE_SECONDS = 0.1
BATCH_CHARS_AT_FULL_SPEED = 1_000


class Stage(Protocol):
    """Who is told what is about to be sent, and says how long a held answer waits."""

    def sending(self, chars: int) -> None: ...
    async def hold(self) -> None: ...


async def play(script: Script, wire: Wire, response: Response, stage: Stage, *, streaming: bool) -> None:
    """Answer one request."""
    await asyncio.sleep(script.first_delay_seconds)
    if script.fault and script.fault.kind is FaultKind.STATUS:
        await _refuse(script.fault, wire, response)
    elif streaming:
        await _Streaming(script, wire, response, stage).play()
    else:
        await _answer_whole(script, wire, response, stage)


async def _refuse(fault: Fault, wire: Wire, response: Response, status: int | None = None) -> None:
    headers = {"retry-after": fault.retry_after} if fault.retry_after else {}
    await response.json(status or fault.status, wire.error_body(fault), headers)


async def _answer_whole(script: Script, wire: Wire, response: Response, stage: Stage) -> None:
    if script.hold_after_chars is not None:
        await stage.hold()
    match script.fault:
        case None:
            stage.sending(len(script.whole_text))
            await response.json(200, wire.whole())
        case Fault(kind=FaultKind.SILENCE):
            await asyncio.Event().wait()
        case Fault(kind=FaultKind.ERROR_EVENT) as fault:
            await _refuse(fault, wire, response, status=fault.status)
        case Fault(kind=FaultKind.MALFORMED_EVENT):
            await response.malformed_json()
        case fault:
            await response.json(200, wire.whole(), cut=10)
            response.drop(reset=fault.reset)


class _Streaming:
    """One answer on its way; sends what is due every few milliseconds in one packet."""

    def __init__(self, script: Script, wire: Wire, response: Response, stage: Stage) -> None:
        self._script = script
        self._wire = wire
        self._response = response
        self._stage = stage
        self._batch: list[Say] = []
        self._batch_chars = 0
        self._paced_chars = 0
        self._started_at = time.monotonic()

    async def play(self) -> None:
        await self._response.start_stream()
        await self._response.send(self._wire.opening())
        for step in self._script.steps():
            match step:
                case Say():
                    await self._say(step)
                case Hold():
                    await self._flush()
                    await self._stage.hold()
                    self._started_at = time.monotonic()
                    self._paced_chars = 0
                case Fault():
                    await self._flush()
                    await self._fail(step)
                    return
        await self._flush()
        await self._response.send(self._wire.closing())
        await self._response.end_stream()

    async def _say(self, say: Say) -> None:
        self._batch.append(say)
        self._batch_chars += len(say.text)
        if self._script.chars_per_second is None:
            if self._batch_chars >= BATCH_CHARS_AT_FULL_SPEED:
                await self._flush()
        else:
            await self._keep_pace(self._script.chars_per_second)

    async def _keep_pace(self, chars_per_second: float) -> None:
        while self._batch and self._paced_chars + self._batch_chars > self._due_chars(chars_per_second):
            if self._batch_chars > len(self._batch[-1].text):
                await self._flush_but_last()
            await asyncio.sleep(TICK_SECONDS)

    def _due_chars(self, chars_per_second: float) -> float:
        return (time.monotonic() - self._started_at) * chars_per_second

    async def _flush_but_last(self) -> None:
        last = self._batch.pop()
        self._batch_chars -= len(last.text)
        await self._flush()
        self._batch = [last]
        self._batch_chars = len(last.text)

    async def _flush(self) -> None:
        if not self._batch:
            return
        batch, self._batch = self._batch, []
        packet = b"".join(self._wire.delta(say.text, is_thinking=say.is_thinking) for say in batch)
        self._stage.sending(sum(len(say.text) for say in batch if not say.is_thinking))
        await self._response.send(packet)
        self._paced_chars += self._batch_chars
        self._batch_chars = 0

    async def _fail(self, fault: Fault) -> None:
        match fault.kind:
            case FaultKind.ERROR_EVENT:
                await self._response.send(self._wire.error_event(fault))
                await self._response.end_stream()
            case FaultKind.MALFORMED_EVENT:
                await self._response.send(self._wire.malformed_event())
                await self._response.end_stream()
            case FaultKind.DROP:
                self._response.drop(reset=fault.reset)
            case FaultKind.SILENCE:
                await asyncio.Event().wait()
            case FaultKind.KEEP_ALIVE:
                while True:
                    await self._response.send(self._wire.keep_alive())
                    await asyncio.sleep(KEEP_ALIVE_SECONDS)
            case FaultKind.TRUNCATED:
                await self._response.end_stream()
            case FaultKind.STATUS:
                raise AssertionError("a status comes before any answer")
