"""One generation's life, from its start to exactly one terminal event."""

import asyncio
import logging
import math
import time
from collections.abc import Callable, Coroutine
from contextlib import aclosing
from dataclasses import dataclass, field, replace
from typing import Any, TypeVar

from app.streaming.asking import AskEvent, AttemptFailed, ModelCall, ask
from app.streaming.events import Completed, Failed, Interrupted, Started, TerminalEvent, Text, Thinking, unnumbered
from app.streaming.keeper import Keeper
from app.streaming.log import RunLog
from app.streaming.policy import RetryPolicy
from app.streaming.record import RunRecord, ending_of
from app.streaming.stitching import Prefix
from app.streaming.store import RunOutcome
from providers.errors import ProviderError
from providers.thinking_tags import settled

CLOSE_SECONDS = 0.5
STORE_SECONDS = 1.0
MAX_ANSWER_CHARS = 2_000_000
MAX_RUNS = 256
CHARS_PER_TOKEN = 4  # of English text, as Anthropic and OpenAI both say

logger = logging.getLogger(__name__)
_Result = TypeVar("_Result")


@dataclass(frozen=True, slots=True)
class RunSpec:
    """What a run shall do: make `call`, or `fallback` when that fails, and write after `prefix`, if anything stands."""

    run_id: str
    message_id: str
    call: ModelCall
    fallback: ModelCall | None = None
    prefix: Prefix = field(default_factory=Prefix)


OutcomeListener = Callable[[RunSpec, RunOutcome], None]


@dataclass(frozen=True, slots=True)
class Limits:
    """How patient runs are with their providers, how long an answer may be, and how many are written at once."""

    retry: RetryPolicy = field(default_factory=RetryPolicy)
    silence_seconds: float | None = None
    max_chars: int = MAX_ANSWER_CHARS
    max_runs: int = MAX_RUNS


class AnswerTooLongError(Exception):
    """The answer has passed the bound; the message is a sentence for the user."""

    def __init__(self, limit: int) -> None:
        super().__init__(f"The answer passed {limit:,} characters and was ended. What was written is kept.")


class Run:
    """Gets one answer from its providers into its log, has it kept, and ends it once.

    `execute` is the whole life. Cancelling it (the server stops) ends the run as interrupted by shutdown, too.
    `on_outcome` hears how it ended, once its followers have.
    """

    def __init__(
        self,
        spec: RunSpec,
        log: RunLog,
        keeper: Keeper,
        limits: Limits,
        *,
        now: Callable[[], float] = time.monotonic,
        on_outcome: OutcomeListener | None = None,
    ) -> None:
        self._spec = spec
        self._log = log
        self._keeper = keeper
        self._limits = limits
        self._now = now
        self._on_outcome = on_outcome
        self._record = RunRecord(spec.run_id, spec.call.model_key, spec.prefix, now)

    async def execute(self) -> None:
        """Live until the terminal event is told and the outcome stored; raises nothing but `CancelledError`."""
        keeping = asyncio.create_task(self._keeper.run(), name=f"keeper of {self._spec.run_id}")
        try:
            terminal = await self._until_over()
        except asyncio.CancelledError:
            keeping.cancel()
            storing = await self._end(self._interrupted("shutdown"))
            storing.cancel()
            raise
        except Exception:  # noqa: BLE001 (whatever it was, followers are owed an ending)
            terminal = self._fault()
        keeping.cancel()  # whatever it is storing may take its time: the ending does not wait for it
        logger.info("Run %s ended as %s after %d ms", self._spec.run_id, ending_of(terminal)[0], self._record.ms())
        await (await _to_its_end(self._end(terminal)))
        await asyncio.wait({keeping})

    async def _until_over(self) -> TerminalEvent:
        await self._begin()
        writing = asyncio.create_task(self._write(), name=f"writer of {self._spec.run_id}")
        stop = asyncio.create_task(self._log.interrupted())
        try:
            await asyncio.wait((writing, stop), return_when=asyncio.FIRST_COMPLETED)
            # Once a stop was asked for the log takes nothing more, so that a writer at its end proves nothing.
            if writing.done() and not self._log.is_interrupted:
                return self._ending(writing)
            return await self._stopped(writing, await stop)
        finally:
            await _cancelled(*(task for task in (writing, stop) if not task.cancelling()))

    async def _begin(self) -> None:
        """Tell that the run exists, and what stands already of an answer that is continued."""
        spec = self._spec
        await self._log.append(Started(*unnumbered, spec.message_id, spec.call.model_key))
        if spec.prefix.thinking:
            took_ms = spec.prefix.thinking_ms or None
            await self._log.append(Thinking(*unnumbered, 0, spec.prefix.thinking, took_ms))
        if spec.prefix.text:
            await self._log.append(Text(*unnumbered, 0, spec.prefix.text))

    async def _write(self) -> str:
        """Write what is asked for into the log; give the stop reason."""
        spec, limits = self._spec, self._limits
        answer = ask(spec.call, spec.fallback, spec.prefix, limits.retry, limits.silence_seconds)
        async with aclosing(answer) as events:
            async for event in events:
                if self._log.is_interrupted:
                    continue  # the log takes nothing more, and only what it takes counts
                self._check_length(event)
                thought_ms = self._record.thinking_ms
                self._record.note(event)
                match event:
                    case Completed():
                        return event.stop_reason
                    case AttemptFailed():
                        pass
                    case Thinking():
                        await self._log.append(replace(event, took_ms=self._record.thinking_ms))
                    case _:
                        if self._record.thinking_ms != thought_ms:  # the answer has begun
                            await self._log.append(Thinking(*unnumbered, 0, "", self._record.thinking_ms))
                        await self._log.append(event)
        raise AssertionError("asking ends with Completed or an error")

    def _check_length(self, event: AskEvent) -> None:
        if not isinstance(event, Text | Thinking):
            return
        transcript = self._log.transcript
        written = transcript.text if isinstance(event, Text) else transcript.thinking
        if written.chars + len(event.text) > self._limits.max_chars:
            raise AnswerTooLongError(self._limits.max_chars)

    async def _stopped(self, writing: asyncio.Task[str], reason: str) -> TerminalEvent:
        asked, has_connection = self._now(), self._record.is_asking
        is_closed = await _cancelled(writing) and has_connection
        return self._interrupted(reason, round((self._now() - asked) * 1000) if is_closed else None)

    def _interrupted(self, reason: str, closed_ms: int | None = None) -> Interrupted:
        tokens, is_estimate = self._output_tokens()
        return Interrupted(*unnumbered, reason, closed_ms, tokens, is_estimate)

    def _output_tokens(self) -> tuple[int, bool]:
        """Count what a stopped message has cost: providers say it only at its end, so it is mostly an estimate."""
        transcript, prefix = self._log.transcript, self._spec.prefix
        reported = (transcript.usage.output_tokens if transcript.usage else None) or 0
        own_chars = transcript.text.chars + transcript.thinking.chars - len(prefix.text) - len(prefix.thinking)
        estimate = math.ceil(own_chars / CHARS_PER_TOKEN)
        return prefix.output_tokens + max(reported, estimate), estimate > reported

    def _reported_tokens(self) -> int | None:
        usage = self._log.transcript.usage
        if usage is None or usage.output_tokens is None:
            return None
        return self._spec.prefix.output_tokens + usage.output_tokens

    def _ending(self, writing: asyncio.Task[str]) -> TerminalEvent:
        try:
            return Completed(*unnumbered, stop_reason=writing.result())
        except ProviderError as error:
            logger.warning("Run %s failed: %s", self._spec.run_id, error.code)
            return Failed(*unnumbered, code=error.code, sentence=error.sentence, said=error.said)
        except AnswerTooLongError as error:
            return Failed(*unnumbered, code="answer_too_long", sentence=str(error))
        except (Exception, asyncio.CancelledError):  # noqa: BLE001 (here a run becomes a failed event)
            return self._fault()

    def _fault(self) -> Failed:
        logger.exception("Run %s failed by a fault of Rivulet's own", self._spec.run_id)
        sentence = "Rivulet had a fault of its own while it wrote this answer. What came so far is kept. Try again."
        return Failed(*unnumbered, code="internal", sentence=sentence)

    async def _end(self, terminal: TerminalEvent) -> asyncio.Task[None]:
        """Store the outcome and tell the ending, after a second even if the storing takes longer."""
        outcome = self._outcome(terminal)
        storing = asyncio.create_task(self._keeper.finish(outcome))
        await asyncio.wait({storing}, timeout=STORE_SECONDS)
        if not storing.done():
            logger.warning("Run %s is not stored after %s s", self._spec.run_id, STORE_SECONDS)
        await self._log.append(terminal)
        if self._on_outcome:
            self._on_outcome(self._spec, outcome)
        return storing

    def _outcome(self, terminal: TerminalEvent) -> RunOutcome:
        status, facts = ending_of(terminal)
        transcript = self._log.transcript
        text, thinking = settled(str(transcript.text), str(transcript.thinking))
        counts = {
            "characters": len(text),
            "thinking_characters": len(thinking),
            "input_tokens": transcript.usage.input_tokens if transcript.usage else None,
            "output_tokens": self._reported_tokens(),
        }
        return RunOutcome(
            status=status,
            text=text,
            thinking=thinking,
            error_code=facts.get("error_code", ""),
            error_sentence=terminal.sentence if isinstance(terminal, Failed) else "",
            metadata=self._record.close(**(counts | facts)),
        )


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
