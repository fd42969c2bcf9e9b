"""One generation's life, from its start to exactly one terminal event."""

import asyncio
import logging
import math
import time
from collections.abc import Callable, Coroutine
from dataclasses import dataclass, field
from typing import Any, TypeVar, assert_never

from app.streaming.bus import EventBus
from app.streaming.checkpoints import Checkpoints
from app.streaming.continuation import Base
from app.streaming.delivery import Delivery
from app.streaming.events import Completed, Failed, Interrupted, Started, TerminalEvent
from app.streaming.policy import Patience
from app.streaming.record import RunRecord
from app.streaming.saving import save
from app.streaming.source import Source
from app.streaming.store import RunOutcome, RunWriter, StreamingStatus
from app.streaming.transcript import Transcript
from app.streaming.writer import MAX_ANSWER_CHARS, AnswerTooLongError, Writer
from providers.errors import ProviderError
from providers.events import StopReason

CLOSE_SECONDS = 0.5
STORE_SECONDS = 1.0
CHARS_PER_TOKEN = 4  # of English text, as Anthropic and OpenAI both say

logger = logging.getLogger(__name__)
_Result = TypeVar("_Result")


@dataclass(frozen=True, slots=True)
class RunSpec:
    """What a run shall do: ask `source`, or `fallback` when that fails, and write after `base`, if anything stands."""

    run_id: str
    message_id: str
    source: Source
    fallback: Source | None = None
    base: Base = field(default_factory=Base)


@dataclass(frozen=True, slots=True)
class Limits:
    """How long a run waits for its providers, and how long its answer may be."""

    patience: Patience = field(default_factory=Patience)
    silence_seconds: float | None = None
    max_chars: int = MAX_ANSWER_CHARS


class Run:
    """Gets one answer from its providers, publishes it, keeps it, and ends it once.

    `execute` is the whole life. Cancelling it (the server stops) ends the run as interrupted by shutdown, too.
    """

    def __init__(
        self,
        spec: RunSpec,
        bus: EventBus,
        store: RunWriter,
        limits: Limits,
        *,
        now: Callable[[], float] = time.monotonic,
    ) -> None:
        self._spec = spec
        self._bus = bus
        self._store = store
        self._now = now
        self._transcript = Transcript(spec.run_id)
        self._checkpoints = Checkpoints(store, self._transcript)
        self._record = RunRecord(spec.run_id, spec.source.model_key, now, spec.base.thinking_ms)
        self._writer = Writer(
            self._transcript, bus, self._record, spec.base, self._checkpoints.note_progress, limits.max_chars
        )
        self._delivery = Delivery(spec.source, spec.fallback, self._writer, limits.patience, limits.silence_seconds)

    async def execute(self) -> None:
        """Live until the terminal event is published and the outcome stored; raises nothing but `CancelledError`."""
        try:
            terminal = await self._until_over()
        except asyncio.CancelledError:
            saving = await self._finish(self._interrupted("shutdown"))
            saving.cancel()
            raise
        except Exception:  # noqa: BLE001 (whatever it was, followers are owed an ending)
            terminal = self._fault()
        await (await _to_its_end(self._finish(terminal)))

    async def _until_over(self) -> TerminalEvent:
        await self._writer.publish(
            Started(*self._writer.next(), message_id=self._spec.message_id, model=self._spec.source.model_key)
        )
        await self._writer.write_base()
        reader = asyncio.create_task(self._read(), name=f"reader of {self._spec.run_id}")
        stop = asyncio.create_task(self._bus.interrupted(self._spec.run_id))
        checkpoints = asyncio.create_task(self._checkpoints.run())
        try:
            await asyncio.wait((reader, stop), return_when=asyncio.FIRST_COMPLETED)
            # Whoever was asked to stop may have left out what came last, so that a reader at its end proves nothing.
            if reader.done() and not self._bus.is_interrupted(self._spec.run_id):
                return self._ending(reader)
            return await self._interrupt(reader, await stop)
        finally:
            self._writer.is_over = True
            await _cancelled(*(task for task in (reader, stop, checkpoints) if not task.cancelling()))

    async def _interrupt(self, reader: asyncio.Task[StopReason], reason: str) -> TerminalEvent:
        self._writer.is_over = True
        asked, has_connection = self._now(), self._record.is_asking
        is_closed = await _cancelled(reader) and has_connection
        return self._interrupted(reason, round((self._now() - asked) * 1000) if is_closed else None)

    def _interrupted(self, reason: str, closed_ms: int | None = None) -> Interrupted:
        tokens, is_estimate = self._output_tokens()
        return Interrupted(*self._writer.next(), reason, closed_ms, tokens, is_estimate)

    def _output_tokens(self) -> tuple[int, bool]:
        """Count what a stopped message has cost: providers say it only at its end, so it is mostly an estimate."""
        usage = self._transcript.usage
        reported = (usage.output_tokens if usage else None) or 0
        chars = self._transcript.text.chars + self._transcript.thinking.chars
        own_chars = chars - len(self._spec.base.text) - len(self._spec.base.thinking)
        estimate = math.ceil(own_chars / CHARS_PER_TOKEN)
        return self._spec.base.output_tokens + max(reported, estimate), estimate > reported

    def _reported_tokens(self) -> int | None:
        usage = self._transcript.usage
        if usage is None or usage.output_tokens is None:
            return None
        return self._spec.base.output_tokens + usage.output_tokens

    def _ending(self, reader: asyncio.Task[StopReason]) -> TerminalEvent:
        try:
            return Completed(*self._writer.next(), stop_reason=reader.result())
        except ProviderError as error:
            logger.warning("Run %s failed: %s (%s)", self._spec.run_id, error.code, error.detail)
            self._record.note(error_detail=error.detail, server_said=error.said)
            return Failed(*self._writer.next(), code=error.code, sentence=error.sentence, said=error.said)
        except AnswerTooLongError as error:
            return Failed(*self._writer.next(), code="answer_too_long", sentence=str(error))
        except (Exception, asyncio.CancelledError):  # noqa: BLE001 (here a run becomes a failed event)
            return self._fault()

    def _fault(self) -> Failed:
        logger.exception("Run %s failed by a fault of Rivulet's own", self._spec.run_id)
        sentence = "Rivulet had a fault of its own while it wrote this answer. What came so far is kept. Try again."
        return Failed(*self._writer.next(), code="internal", sentence=sentence)

    async def _read(self) -> StopReason:
        await self._begin()
        return await self._delivery.run()

    async def _begin(self) -> None:
        try:
            await self._store.begin(self._spec.run_id)
        except Exception:
            logger.exception("Run %s could not be marked as streaming; its answer goes on", self._spec.run_id)

    async def _finish(self, terminal: TerminalEvent) -> asyncio.Task[None]:
        """Store the outcome and publish the ending, after a second even if the storing takes longer."""
        saving = asyncio.create_task(save(self._store, self._spec.run_id, self._outcome(terminal)))
        await asyncio.wait({saving}, timeout=STORE_SECONDS)
        if not saving.done():
            logger.warning("Run %s is not stored after %s s", self._spec.run_id, STORE_SECONDS)
        await self._writer.publish(terminal)
        return saving

    def _outcome(self, terminal: TerminalEvent) -> RunOutcome:
        status, facts = _ending_facts(terminal)
        usage = self._transcript.usage
        counts = {
            "characters": self._transcript.text.chars,
            "thinking_characters": self._transcript.thinking.chars,
            "input_tokens": usage.input_tokens if usage else None,
            "output_tokens": self._reported_tokens(),
        }
        return RunOutcome(
            status=status,
            text=str(self._transcript.text),
            thinking=str(self._transcript.thinking),
            error_code=facts.get("error_code", ""),
            error_sentence=terminal.sentence if isinstance(terminal, Failed) else "",
            metadata=self._record.close(**(counts | facts)),
        )


def _ending_facts(terminal: TerminalEvent) -> tuple[StreamingStatus, dict[str, Any]]:
    match terminal:
        case Completed():
            return StreamingStatus.COMPLETE, {"stop_reason": terminal.stop_reason}
        case Interrupted():
            return StreamingStatus.INTERRUPTED, {
                "stop_reason": terminal.reason,
                "closed_ms": terminal.closed_ms,
                "output_tokens": terminal.tokens,
                "is_estimate": terminal.is_estimate,
            }
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
