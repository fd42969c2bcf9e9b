"""What reading an answer has in common in every wire format: frames in, events out, an ending that is never assumed."""

from abc import ABC, abstractmethod
from collections.abc import Iterator
from typing import Any, cast

from providers.answer_text import AnswerText
from providers.errors import BrokenStream, EmptyAnswer, Overloaded, ProviderError
from providers.events import Finished, ProviderEvent, StopReason, TextDelta, ThinkingDelta
from providers.http_errors import HttpErrors
from providers.reply import DONE, Frame
from providers.server_words import ServerWords, words_in
from providers.stop_words import is_failure, stop_reason, stop_word

Json = dict[str, Any]

_LAST_EVENTS = ("done", "end", "[done]")


class WireReader(ABC):
    """Turns one server's frames into events, and knows whether they reached the answer's end.

    It takes from each what it knows, whatever else is in it or missing. A wire format reads its objects.
    """

    def __init__(self, errors: HttpErrors) -> None:
        self.is_over = self.has_read = False
        self._errors = errors
        self._text = AnswerText()
        self._reason = ""
        self._has_ended = self._names_reason = self._ends_early = False
        self._stray_words = ""
        self._complaint: ServerWords | None = None

    @property
    def is_empty(self) -> bool:
        """Say whether nothing of the answer has come."""
        return self._text.is_empty

    @property
    def has_ending(self) -> bool:
        """Say whether the server has said that the answer is over; usage may still follow, unless `is_over`."""
        return self._has_ended or self.is_over

    @property
    def _may_have_ended(self) -> bool:
        """Say whether a reply that has come to its end is a whole answer: any reason will do."""
        return self.has_ending or bool(self._reason)

    def read(self, frame: Frame) -> Iterator[ProviderEvent]:
        """Take one frame; raises `ProviderError` when it tells of a failure before the answer's end."""
        self.has_read, self._names_reason = True, False
        was_whole = self.has_ending and not self.is_empty
        has_text = has_thinking = False
        try:
            for event in self._read_data(frame):
                has_text |= isinstance(event, TextDelta)
                has_thinking |= isinstance(event, ThinkingDelta)
                if has_text or has_thinking:
                    self._complaint = None  # the answer went on
                yield event
        except ProviderError:
            if not was_whole:
                raise
            self.is_over = True
        self._judge_reason(has_text=has_text, has_thinking=has_thinking)
        self.is_over = self.is_over or frame.event.lower() in _LAST_EVENTS

    def _judge_reason(self, *, has_text: bool, has_thinking: bool) -> None:
        """Say whether a reason ends the answer: some servers name one beside the thinking, or in every chunk."""
        goes_on = has_text or has_thinking
        if goes_on:
            self._ends_early |= self._has_ended
            self._has_ended = False
        if self._names_reason and (not goes_on or (has_text and not self._ends_early)):
            self._has_ended = True

    def _read_data(self, frame: Frame) -> Iterator[ProviderEvent]:
        data = frame.data
        if data is DONE:
            self.is_over = True
        elif isinstance(data, dict):
            yield from self._read_object(frame.event, cast(Json, data))
        elif isinstance(data, list):
            for item in cast(list[Any], data):
                yield from self._read_data(Frame(frame.event, item))
        elif frame.event == "error":
            raise self._errors.in_stream(words_in(data))
        elif isinstance(data, str):
            self._stray_words = self._stray_words or data

    def finish(self) -> Iterator[ProviderEvent]:
        """Give what was held back and `Finished`; raises `EmptyAnswer` or `BrokenStream` when no ending came."""
        yield from self._text.flush()
        self._check_ending()
        yield Finished(stop_reason(self._reason))

    def _check_ending(self) -> None:
        """Raise what the server has said in place of an ending, or that none came."""
        if self._complaint and not self._reason:
            raise self._errors.in_stream(self._complaint)
        words = words_in(self._stray_words)
        if self.is_empty and not self._reason:
            raise EmptyAnswer(self._errors.provider, said=self._errors.clean(words.words))
        if not self._may_have_ended and words.words:
            raise self._errors.in_stream(words)
        if not self._may_have_ended:
            raise BrokenStream(self._errors.provider, "the stream ended without a reason")

    def _end_with(self, reason: Any) -> None:
        """Note why the answer is over, if this says so; raises `Overloaded` when it tells of a failure.

        That it is simply over says less than a reason that was named before.
        """
        word = stop_word(reason)
        if is_failure(word):
            raise Overloaded(self._errors.provider, f"stopped by {word}")
        self._names_reason |= bool(word)
        if word and (not self._reason or stop_reason(word) is not StopReason.END_TURN):
            self._reason = word

    @abstractmethod
    def _read_object(self, event: str, item: Json) -> Iterator[ProviderEvent]:
        """Read one JSON object; `event` is its name in the stream, or empty."""
        ...
