"""Turns what a provider says into a run's numbered events, and keeps count."""

from collections.abc import Callable
from typing import assert_never

from app.streaming.bus import EventBus
from app.streaming.continuation import Base, Seam
from app.streaming.events import Attempt, Status, StreamEvent, Text, Thinking, Usage
from app.streaming.policy import Step
from app.streaming.record import RunRecord
from app.streaming.source import Source
from app.streaming.transcript import Transcript, apply
from app.streaming.wellformed import WellFormedText
from providers import events as provider_events
from providers.errors import ProviderError

MAX_ANSWER_CHARS = 2_000_000
THINKING_BREAK = "\n\n---\n\n"


class AnswerTooLongError(Exception):
    """The answer has passed the bound; the message is a sentence for the user."""

    def __init__(self, limit: int) -> None:
        super().__init__(f"The answer passed {limit:,} characters and was ended. What was written is kept.")


class Writer:
    """Publishes a run's events in order, each applied to the transcript first. It is a `Listener` of the delivery."""

    def __init__(
        self,
        transcript: Transcript,
        bus: EventBus,
        record: RunRecord,
        base: Base,
        on_progress: Callable[[], None],
        max_chars: int = MAX_ANSWER_CHARS,
    ) -> None:
        self.is_over = False
        self._transcript = transcript
        self._bus = bus
        self._record = record
        self._base = base
        self._on_progress = on_progress
        self._max_chars = max_chars
        self._begin_text(has_prefill=False)

    @property
    def has_text(self) -> bool:
        """Say whether a character has been added to what stood before."""
        return self._transcript.text.chars > len(self._base.text)

    def next(self) -> tuple[str, int]:
        """Give the run's id and the number of the next event."""
        return self._transcript.run_id, self._transcript.last_seq + 1

    async def publish(self, event: StreamEvent) -> None:
        """Apply an event and tell it to all followers."""
        apply(self._transcript, event)
        await self._bus.publish(event)
        self._on_progress()

    async def write_base(self) -> None:
        """Write what stands already of an answer that is continued."""
        await self._add_thinking(self._base.thinking)
        if self._base.text:
            await self.publish(Text(*self.next(), offset=0, text=self._base.text))

    async def attempt(self, source: Source) -> None:
        """Note that a source is about to be asked, and begin its text anew."""
        self._begin_text(has_prefill=source.has_prefill)
        self._record.begin_attempt(source.provider.name, source.request.model, source.road, source.thinking)
        await self.publish(_attempt(self.next(), source))

    async def take_road(self, source: Source) -> None:
        """Note that the attempt goes on by another road."""
        self._record.change_road(source.road)
        await self.publish(_attempt(self.next(), source))

    def failed(self, error: ProviderError, step: Step | None, wait_seconds: float | None = None) -> None:
        """Note how an attempt failed and what is done about it."""
        self._record.end_attempt(error.code, step, wait_seconds)

    async def take(self, event: provider_events.ProviderEvent) -> None:
        """Publish what a provider says."""
        if self._is_stopped:
            return
        match event:
            case provider_events.TextDelta(text):
                await self._add_text(self._seam.feed(self._text.feed(text)))
            case provider_events.ThinkingDelta(text):
                await self._add_new_thinking(self._thinking.feed(text))
            case provider_events.PhaseChanged(phase, detail):
                await self.publish(Status(*self.next(), phase=phase, detail=detail))
            case provider_events.UsageReported(input_tokens, output_tokens):
                await self.publish(Usage(*self.next(), input_tokens=input_tokens, output_tokens=output_tokens))
            case provider_events.Completed() | provider_events.Unstreamed():
                pass  # the delivery takes these for itself
            case _:
                assert_never(event)

    async def flush(self) -> None:
        """Write what was held back until its end was known."""
        if self._is_stopped:
            return
        await self._add_new_thinking(self._thinking.flush())
        await self._add_text(self._seam.feed(self._text.flush()) + self._seam.flush())

    @property
    def _is_stopped(self) -> bool:
        # Neither what came in one burst with a stop, nor a provider that is slow to let go, adds to a stopped answer.
        return self.is_over or self._bus.is_interrupted(self._transcript.run_id)

    def _begin_text(self, *, has_prefill: bool) -> None:
        self._text = WellFormedText()
        self._thinking = WellFormedText()
        self._seam = Seam(self._base.text, has_prefill=has_prefill)
        self._has_new_thinking = False

    async def _add_text(self, text: str) -> None:
        if not text:
            return
        offset = self._transcript.text.chars
        self._check_length(offset + len(text))
        thought_ms = self._record.thinking_ms
        self._record.note_text(offset + len(text))
        if self._record.thinking_ms != thought_ms:
            await self._publish_thinking("")
        await self.publish(Text(*self.next(), offset=offset, text=text))

    async def _add_new_thinking(self, text: str) -> None:
        """Set thinking apart from that of an earlier attempt, which has been shown and stays."""
        if text and self._transcript.thinking.chars and not self._has_new_thinking:
            text = THINKING_BREAK + text
        self._has_new_thinking = self._has_new_thinking or bool(text)
        if text:
            self._record.note_thinking()
        await self._add_thinking(text)

    async def _add_thinking(self, text: str) -> None:
        if text:
            self._check_length(self._transcript.thinking.chars + len(text))
            await self._publish_thinking(text)

    async def _publish_thinking(self, text: str) -> None:
        offset, took_ms = self._transcript.thinking.chars, self._record.thinking_ms
        await self.publish(Thinking(*self.next(), offset=offset, text=text, took_ms=took_ms))

    def _check_length(self, chars: int) -> None:
        if chars > self._max_chars:
            raise AnswerTooLongError(self._max_chars)


def _attempt(number: tuple[str, int], source: Source) -> Attempt:
    return Attempt(*number, model=source.model_key, road=source.road, thinking=source.thinking)
