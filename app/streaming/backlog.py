"""What has come of a run and is not shown yet."""

from collections.abc import Iterable
from dataclasses import replace

import regex

from app.streaming.events import Attempt, Completed, Interrupted, StreamEvent, TerminalEvent, Text
from app.streaming.paces import BySentence, Pace
from app.streaming.source import Road

FEW_CHARS = 80  # so many are shown rather than spoken of
LONGEST_GRAPHEME_CHARS = 64  # longer ones are no writing
_GRAPHEME = regex.compile(r"\X")


class Backlog:
    """Holds back text until its pace says that it is due.

    Only text waits; but a later event is numbered as what is shown, so that a follower that resumes misses nothing.
    `shown_seq` and `shown_chars` tell what the reader has already. `first_pace` is for what is there when they begin: a
    reader who came late, or looked away, has waited for it already. What a stop keeps from being shown is counted as
    `kept_back_chars`.
    """

    def __init__(
        self, run_id: str, pace: Pace, shown_seq: int = 0, shown_chars: int = 0, first_pace: Pace | None = None
    ) -> None:
        self._run_id = run_id
        self._pace = pace
        self._text = ""
        self._chars = shown_chars
        self._shown_seq = self._seq = shown_seq
        self._others: list[StreamEvent] = []
        self._ending: TerminalEvent | None = None
        self._first_pace = first_pace
        self._is_urgent = False
        self.kept_back_chars = 0

    @property
    def behind_chars(self) -> int:
        """Count what has come and is not shown."""
        return len(self._text)

    @property
    def is_empty(self) -> bool:
        """Say whether everything that has come is shown."""
        return not self._text and not self._others and self._ending is None

    @property
    def has_ending(self) -> bool:
        """Say whether nothing more will come."""
        return self._ending is not None

    def begin(self, batches: Iterable[tuple[StreamEvent, ...]]) -> None:
        """Add what is there when the reader begins; only that has a pace of its own."""
        for batch in batches:
            self.take(batch)
        if not self._text:
            self._first_pace = None

    def take(self, batch: tuple[StreamEvent, ...]) -> None:
        """Add what has come."""
        for event in batch:
            match event:
                case Text():
                    self._text += event.text[max(0, self._chars - event.offset) :]
                    self._chars = max(self._chars, event.offset + len(event.text))
                case Completed():
                    self._ending = event
                case Interrupted(reason="user") if len(self._text) > FEW_CHARS and self._first_pace is None:
                    self._ending = event  # who stops an answer has seen enough
                    self.kept_back_chars, self._text = len(self._text), ""
                case _ if isinstance(event, TerminalEvent):
                    self._ending, self._is_urgent = event, True  # a stop or a fault is no time for typing
                case _:
                    self._others.append(event)
                    self._is_urgent |= isinstance(event, Attempt) and event.road == Road.TRADITIONAL
            self._seq = max(self._seq, event.seq)

    def due(self, seconds: float) -> tuple[StreamEvent, ...]:
        """Give what is to be shown now, `seconds` after the last time."""
        text, self._text = self._cut(self._chars_due(seconds))
        if not self._text:
            self._shown_seq, self._first_pace = self._seq, None
        shown = [replace(event, seq=self._shown_seq) for event in self._others]
        self._others = []
        if text:
            offset = self._chars - len(self._text) - len(text)
            shown.append(Text(self._run_id, self._shown_seq, offset, text))
        if self._ending is not None and not self._text:
            shown.append(self._ending)
            self._ending = None
        return tuple(shown)

    def _chars_due(self, seconds: float) -> int:
        if self._is_urgent:
            return len(self._text)
        pace = self._first_pace or self._pace
        due = pace.chars_due(self._text, seconds)
        is_last_sentence = self._ending is not None and isinstance(pace, BySentence)
        return len(self._text) if is_last_sentence else due

    def _cut(self, chars: int) -> tuple[str, str]:
        """Cut after so many characters, or before: between graphemes, at least one of them."""
        if not 0 < chars < len(self._text):
            return self._text[:chars], self._text[chars:]
        start = max(0, chars - LONGEST_GRAPHEME_CHARS)
        ends = [match.end() for match in _GRAPHEME.finditer(self._text, start, chars + 1)]
        whole = _GRAPHEME.match(self._text)
        end = max((end for end in ends if end <= chars), default=whole.end() if whole else chars)
        return self._text[:end], self._text[end:]
