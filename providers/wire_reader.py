"""What reading an answer has in common in every wire format: frames in, events out, an ending that is never assumed."""

from abc import ABC, abstractmethod
from collections.abc import Iterator, Mapping
from typing import Any, ClassVar, cast

from providers.answer_text import AnswerText
from providers.errors import BrokenStream, EmptyAnswer
from providers.events import Finished, ProviderEvent, StopReason
from providers.http_errors import HttpErrors
from providers.reply import DONE, Frame
from providers.server_words import tidied, words_in

Json = dict[str, Any]


class WireReader(ABC):
    """Turns one server's frames into events, and knows whether they reached the answer's end.

    It takes from each what it knows, whatever else is in it or missing. A wire format gives the words for its stop
    reasons and reads its objects.
    """

    stop_reasons: ClassVar[Mapping[str, StopReason]]

    def __init__(self, errors: HttpErrors) -> None:
        self.is_over = False
        self._errors = errors
        self._text = AnswerText()
        self._reason = ""
        self._stray_words = ""

    @property
    def has_ending(self) -> bool:
        """Say whether the server has said that the answer is over; usage may still follow, unless `is_over`."""
        return bool(self._reason) or self.is_over

    def read(self, frame: Frame) -> Iterator[ProviderEvent]:
        """Take one frame; raises `ProviderError` when it tells of a failure."""
        data = frame.data
        if data is DONE:
            self.is_over = True
        elif isinstance(data, dict):
            yield from self._read_object(frame.event, cast(Json, data))
        elif isinstance(data, list):
            for item in cast(list[Any], data):
                yield from self.read(Frame(frame.event, item))
        elif isinstance(data, str) and frame.event == "error":
            raise self._errors.in_stream(words_in(data))
        elif isinstance(data, str):
            self._stray_words = self._stray_words or tidied(data)

    def finish(self) -> Iterator[ProviderEvent]:
        """Give what was held back and `Finished`; raises `EmptyAnswer` or `BrokenStream` when no ending came."""
        yield from self._text.flush()
        if self._text.is_empty and not self._reason:
            raise EmptyAnswer(self._errors.provider, said=self._errors.clean(self._stray_words))
        if not self.has_ending:
            raise BrokenStream(self._errors.provider, "the stream ended without a reason")
        word = self._reason.lower().removeprefix("finish_reason_")
        yield Finished(self.stop_reasons.get(word, StopReason.OTHER) if word else StopReason.END_TURN)

    @abstractmethod
    def _read_object(self, event: str, item: Json) -> Iterator[ProviderEvent]:
        """Read one JSON object; `event` is its name in the stream, or empty."""
        ...
