"""One generation's life, from its start to exactly one terminal event."""

import asyncio
import logging
import time
from collections.abc import Callable, Coroutine
from contextlib import aclosing
from dataclasses import dataclass
from typing import Any, TypeVar, assert_never

from app.streaming.bus import EventBus
from app.streaming.checkpoints import Checkpoints
from app.streaming.events import (
    Completed,
    Failed,
    Interrupted,
    Started,
    Status,
    StreamEvent,
    TerminalEvent,
    Text,
    Thinking,
    Usage,
)
from app.streaming.record import RunRecord
from app.streaming.saving import save
from app.streaming.store import RunOutcome, RunStore, StreamingStatus
from app.streaming.transcript import Transcript, apply
from app.streaming.wellformed import WellFormedText
from providers import events as provider_events
from providers.base import GenerationRequest, StreamingProvider
from providers.errors import BrokenStream, ProviderError

MAX_ANSWER_CHARS = 2_000_000
CLOSE_SECONDS = 0.5
STORE_SECONDS = 1.0

logger = logging.getLogger(__name__)
_Result = TypeVar("_Result")


@dataclass(frozen=True, slots=True)
class RunSpec:
    """What a run shall do; `provider` and `request.model` are its model's two halves."""

    run_id: str
    message_id: str
    provider: StreamingProvider
    request: GenerationRequest
    road: str = "streamed"

    @property
    def model_key(self) -> str:
        """The model as rows and events name it: `provider/model`."""
        return f"{self.provider.name}/{self.request.model}"


class Run:
    """Reads one answer from a provider, publishes it, keeps it, and ends it once.

    `execute` is the whole life. Cancelling it (the server stops) ends the run as interrupted by shutdown, too.
    """

    def __init__(
        self,
        spec: RunSpec,
        bus: EventBus,
        store: RunStore,
        *,
        now: Callable[[], float] = time.monotonic,
        max_chars: int = MAX_ANSWER_CHARS,
    ) -> None:
        self._spec = spec
        self._bus = bus
        self._store = store
        self._now = now
        self._max_chars = max_chars
        self._transcript = Transcript(spec.run_id)
        self._checkpoints = Checkpoints(store, self._transcript)
        self._record = RunRecord(spec.run_id, spec.provider.name, spec.request.model, spec.road, now)
        self._text = WellFormedText()
        self._thinking = WellFormedText()
        self._is_over = False

    async def execute(self) -> None:
        """Live until the terminal event is published and the outcome stored; raises nothing but `CancelledError`."""
        try:
            terminal = await self._until_over()
        except asyncio.CancelledError:
            saving = await self._finish(Interrupted(*self._next(), reason="shutdown"))
            saving.cancel()
            raise
        except Exception:  # noqa: BLE001 (whatever it was, followers are owed an ending)
            terminal = self._fault()
        await (await _to_its_end(self._finish(terminal)))

    async def _until_over(self) -> TerminalEvent:
        await self._publish(Started(*self._next(), message_id=self._spec.message_id, model=self._spec.model_key))
        reader = asyncio.create_task(self._read(), name=f"reader of {self._spec.run_id}")
        stop = asyncio.create_task(self._bus.interrupted(self._spec.run_id))
        checkpoints = asyncio.create_task(self._checkpoints.run())
        try:
            await asyncio.wait((reader, stop), return_when=asyncio.FIRST_COMPLETED)
            if reader.done():
                return self._ending(reader)
            return await self._interrupt(reader, stop.result())
        finally:
            self._is_over = True
            await _cancelled(*(task for task in (reader, stop, checkpoints) if not task.cancelling()))

    async def _interrupt(self, reader: asyncio.Task[provider_events.StopReason], reason: str) -> TerminalEvent:
        self._is_over = True
        asked = self._now()
        is_closed = await _cancelled(reader)
        closed_ms = round((self._now() - asked) * 1000) if is_closed else None
        return Interrupted(*self._next(), reason=reason, closed_ms=closed_ms)

    def _ending(self, reader: asyncio.Task[provider_events.StopReason]) -> TerminalEvent:
        try:
            return Completed(*self._next(), stop_reason=reader.result())
        except ProviderError as error:
            logger.warning("Run %s failed: %s (%s)", self._spec.run_id, error.code, error.detail)
            self._record.note(error_detail=error.detail)
            return Failed(*self._next(), code=error.code, sentence=error.sentence)
        except _AnswerTooLongError as error:
            return Failed(*self._next(), code="answer_too_long", sentence=str(error))
        except (Exception, asyncio.CancelledError):  # noqa: BLE001 (here a run becomes a failed event)
            return self._fault()

    def _fault(self) -> Failed:
        logger.exception("Run %s failed by a fault of Rivulet's own", self._spec.run_id)
        sentence = "Rivulet had a fault of its own while it wrote this answer. What came so far is kept. Try again."
        return Failed(*self._next(), code="internal", sentence=sentence)

    async def _read(self) -> provider_events.StopReason:
        await self._begin()
        stop_reason: provider_events.StopReason | None = None
        async with aclosing(self._spec.provider.stream(self._spec.request)) as events:
            async for event in events:
                stop_reason = await self._take(event) or stop_reason
        await self._add_thinking(self._thinking.flush())
        await self._add_text(self._text.flush())
        if stop_reason is None:
            raise BrokenStream(self._spec.provider.label, "the stream ended without a stop reason")
        return stop_reason

    async def _begin(self) -> None:
        try:
            await self._store.begin(self._spec.run_id)
        except Exception:
            logger.exception("Run %s could not be marked as streaming; its answer goes on", self._spec.run_id)

    async def _take(self, event: provider_events.ProviderEvent) -> provider_events.StopReason | None:
        if self._is_over:  # a provider that is slow to let go may not add to an answer that has been stopped
            return None
        match event:
            case provider_events.TextDelta(text):
                await self._add_text(self._text.feed(text))
            case provider_events.ThinkingDelta(text):
                await self._add_thinking(self._thinking.feed(text))
            case provider_events.PhaseChanged(phase, detail):
                await self._publish(Status(*self._next(), phase=phase, detail=detail))
            case provider_events.UsageReported(input_tokens, output_tokens):
                await self._publish(Usage(*self._next(), input_tokens=input_tokens, output_tokens=output_tokens))
            case provider_events.Completed(stop_reason):
                return stop_reason
            case _:
                assert_never(event)
        return None

    async def _add_text(self, text: str) -> None:
        if not text:
            return
        offset = self._transcript.text.chars
        if offset + len(text) > self._max_chars:
            raise _AnswerTooLongError(self._max_chars)
        self._record.note_text(offset + len(text))
        await self._publish(Text(*self._next(), offset=offset, text=text))

    async def _add_thinking(self, text: str) -> None:
        if not text:
            return
        offset = self._transcript.thinking.chars
        if offset + len(text) > self._max_chars:
            raise _AnswerTooLongError(self._max_chars)
        await self._publish(Thinking(*self._next(), offset=offset, text=text))

    def _next(self) -> tuple[str, int]:
        return self._spec.run_id, self._transcript.last_seq + 1

    async def _publish(self, event: StreamEvent) -> None:
        apply(self._transcript, event)
        await self._bus.publish(event)
        self._checkpoints.note_progress()

    async def _finish(self, terminal: TerminalEvent) -> asyncio.Task[None]:
        """Store the outcome and publish the ending, after a second even if the storing takes longer."""
        saving = asyncio.create_task(save(self._store, self._spec.run_id, self._outcome(terminal)))
        await asyncio.wait({saving}, timeout=STORE_SECONDS)
        if not saving.done():
            logger.warning("Run %s is not stored after %s s", self._spec.run_id, STORE_SECONDS)
        await self._publish(terminal)
        return saving

    def _outcome(self, terminal: TerminalEvent) -> RunOutcome:
        status, facts = _ending_facts(terminal)
        usage = self._transcript.usage
        metadata = self._record.close(
            **facts,
            characters=self._transcript.text.chars,
            thinking_characters=self._transcript.thinking.chars,
            input_tokens=usage.input_tokens if usage else None,
            output_tokens=usage.output_tokens if usage else None,
        )
        return RunOutcome(
            status=status,
            text=str(self._transcript.text),
            thinking=str(self._transcript.thinking),
            error_code=facts.get("error_code", ""),
            error_sentence=terminal.sentence if isinstance(terminal, Failed) else "",
            metadata=metadata,
        )


class _AnswerTooLongError(Exception):
    def __init__(self, limit: int) -> None:
        super().__init__(f"The answer passed {limit:,} characters and was ended. What was written is kept.")


def _ending_facts(terminal: TerminalEvent) -> tuple[StreamingStatus, dict[str, Any]]:
    match terminal:
        case Completed():
            return StreamingStatus.COMPLETE, {"stop_reason": terminal.stop_reason}
        case Interrupted():
            return StreamingStatus.INTERRUPTED, {"stop_reason": terminal.reason, "closed_ms": terminal.closed_ms}
        case Failed():
            return StreamingStatus.FAILED, {"stop_reason": "error", "error_code": terminal.code}
        case _:
            assert_never(terminal)


async def _to_its_end(ending: Coroutine[Any, Any, _Result]) -> _Result:
    """Await something that a cancellation may delay but not break off."""
    task = asyncio.ensure_future(ending)
    try:
        return await asyncio.shield(task)
    except asyncio.CancelledError:
        await task
        raise


async def _cancelled(*tasks: asyncio.Task[Any]) -> bool:
    """Cancel the tasks and wait, boundedly, until they have let go; say whether all have."""
    for task in tasks:
        task.cancel()
    if not tasks:
        return True
    done, pending = await asyncio.wait(tasks, timeout=CLOSE_SECONDS)
    for task in pending:
        logger.warning("%s has not let go within %s s", task.get_name(), CLOSE_SECONDS)
    for task in done:
        if not task.cancelled() and (error := task.exception()) is not None:
            logger.debug("%s while %s was being stopped", error, task.get_name())
    return not pending
