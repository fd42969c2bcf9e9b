"""Frames: what a reader is shown, once every few milliseconds and at their pace, instead of single deltas."""

import asyncio
import time
from collections.abc import AsyncGenerator, Awaitable, Callable, Iterable
from dataclasses import replace
from typing import Protocol

import regex

from app.streaming.asking import DeliveryMode
from app.streaming.events import (
    Attempt,
    Batch,
    Completed,
    Interrupted,
    Started,
    Status,
    StreamEvent,
    TerminalEvent,
    Text,
    Thinking,
    is_terminal,
)
from app.streaming.paces import Pace, at_once

SHORTEST_FRAME_SECONDS = 0.012
LONGEST_FRAME_SECONDS = 0.200
FRAME_BUDGET_SECONDS = 0.003
STATUS_SECONDS = 0.15  # what is over sooner is not worth a word
FEW_CHARS = 80  # so many are shown rather than spoken of
LONGEST_GRAPHEME_CHARS = 64  # longer ones are no writing
_WAITING = (Started, Attempt, Status)
_GRAPHEME = regex.compile(r"\X")


class Follower(Protocol):
    """A place in a run's events."""

    async def read(self, within_seconds: float | None = None) -> Batch | None:
        """Give what is new, or wait for it, at most so long (then nothing, empty); None after the end."""
        ...


class FrameClock:
    """How long a frame lasts at least, given how many answers are shown at once in this process.

    A frame costs up to 1 ms of CPU here, so beyond four followers each one stretches everybody's frames, from 12 ms up
    to 200 ms.
    """

    def __init__(self) -> None:
        self._followers = 0

    def __enter__(self) -> "FrameClock":
        self._followers += 1
        return self

    def __exit__(self, *_: object) -> None:
        self._followers -= 1

    @property
    def followers(self) -> int:
        """Count those who are shown an answer now."""
        return self._followers

    @property
    def seconds(self) -> float:
        """The present length of a frame."""
        return min(max(self._followers * FRAME_BUDGET_SECONDS, SHORTEST_FRAME_SECONDS), LONGEST_FRAME_SECONDS)


async def frames(
    follower: Follower,
    backlog: "Backlog",
    frame_clock: FrameClock,
    *,
    page_seconds: Callable[[], float] = lambda: 0.0,
    now: Callable[[], float] = time.monotonic,
    sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
) -> AsyncGenerator[Batch]:
    """Give what is due, one coalesced batch a frame, up to the ending; the first after a pause at once.

    While a frame lasts nothing is read, so the run's log gathers the next one by itself. `page_seconds` says how long
    it has to be for whoever shows it; `sleep` may take longer, as long as they cannot take more.
    """
    with frame_clock:
        backlog.begin(await follower.read(0) or ())
        last_shown = now() - frame_clock.seconds
        while True:
            is_waiting, status_seconds = backlog.is_empty, backlog.status_seconds
            batch = await follower.read(None if is_waiting else status_seconds)
            if batch is None and is_waiting:
                return
            backlog.take(batch or ())
            moment = now()
            is_pause = is_waiting or bool(status_seconds and batch)  # which makes nothing due
            since = frame_clock.seconds if is_pause else moment - last_shown
            frame, last_shown = coalesce(backlog.due(since)), moment
            if frame:
                yield frame
                if is_terminal(frame[-1]):
                    return
            elif backlog.status_seconds and batch is not None:
                continue  # nothing has been shown, so that what comes now is the first after a pause
            await sleep(max(0.0, max(frame_clock.seconds, page_seconds()) - (now() - moment)))


def coalesce(events: Iterable[StreamEvent]) -> Batch:
    """Join neighbouring text (and thinking) events into one; time and space are linear in the characters."""
    joined: list[StreamEvent] = []
    group: list[Text | Thinking] = []
    for event in events:
        if group and not _continues(group[-1], event):
            joined.append(_join(group))
            group = []
        if isinstance(event, Text | Thinking):
            group.append(event)
        else:
            joined.append(event)
    if group:
        joined.append(_join(group))
    return tuple(joined)


def _continues(last: Text | Thinking, event: StreamEvent) -> bool:
    if not isinstance(event, Text | Thinking) or type(event) is not type(last):
        return False
    return event.offset == last.offset + len(last.text)


def _join(group: list[Text | Thinking]) -> Text | Thinking:
    first, last = group[0], group[-1]
    return replace(last, offset=first.offset, text="".join(part.text for part in group))


class Backlog:
    """What has come of a run and is not shown yet: text is held back until its pace says that it is due.

    Only text waits, and a word about the waiting, until it has been true for a moment; but a later event is numbered as
    what is shown, so that a follower that resumes misses nothing.
    `shown_seq` and `shown_chars` tell what the reader has already. `first_pace` is for what is there when they begin: a
    reader who came late, or looked away, has waited for it already. What a stop keeps from being shown is counted as
    `kept_back_chars`.
    """

    def __init__(
        self,
        run_id: str,
        pace: Pace = at_once,
        shown_seq: int = 0,
        shown_chars: int = 0,
        first_pace: Pace | None = None,
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
        self._status_seconds = 0.0
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
    def status_seconds(self) -> float:
        """Say how long to wait for more before what is there, only words about the waiting, is shown; else 0."""
        return max(0.0, STATUS_SECONDS - self._status_seconds) if self._has_only_statuses else 0.0

    @property
    def _has_only_statuses(self) -> bool:
        is_alone = bool(self._others) and not self._text and self._ending is None
        return is_alone and not self._is_urgent and all(isinstance(event, _WAITING) for event in self._others)

    def begin(self, batch: Batch) -> None:
        """Add what is there when the reader begins; only that has a pace of its own."""
        self.take(batch)
        if not self._text:
            self._first_pace = None

    def take(self, batch: Batch) -> None:
        """Add what has come."""
        for event in batch:
            match event:
                case Text():
                    self._text += event.text[max(0, self._chars - event.offset) :]
                    self._chars = max(self._chars, event.offset + len(event.text))
                case Completed():
                    self._ending = event
                case Interrupted(reason="user") if self._keeps_back:
                    self._ending = event  # who stops an answer has seen enough
                    self.kept_back_chars, self._text = len(self._text), ""
                case _ if isinstance(event, TerminalEvent):
                    self._ending, self._is_urgent = event, True  # a stop or a fault is no time for typing
                case _:
                    self._others.append(event)
                    self._is_urgent |= isinstance(event, Attempt) and event.road == DeliveryMode.TRADITIONAL
            self._seq = max(self._seq, event.seq)

    @property
    def _keeps_back(self) -> bool:
        return self._pace is not at_once and len(self._text) > FEW_CHARS and self._first_pace is None

    def due(self, seconds: float) -> Batch:
        """Give what is to be shown now, `seconds` after the last time."""
        if self._waits_with_statuses(seconds):
            return ()
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

    def _waits_with_statuses(self, seconds: float) -> bool:
        if not self._has_only_statuses:
            self._status_seconds = 0.0
            return False
        self._status_seconds += seconds
        return self._status_seconds < STATUS_SECONDS

    def _chars_due(self, seconds: float) -> int:
        if self._is_urgent:
            return len(self._text)
        pace = self._first_pace or self._pace
        return pace(self._text, seconds, is_all=self._ending is not None)

    def _cut(self, chars: int) -> tuple[str, str]:
        """Cut after so many characters, or before: between graphemes, at least one of them."""
        if not 0 < chars < len(self._text):
            return self._text[:chars], self._text[chars:]
        start = max(0, chars - LONGEST_GRAPHEME_CHARS)
        ends = [match.end() for match in _GRAPHEME.finditer(self._text, start, chars + 1)]
        whole = _GRAPHEME.match(self._text)
        end = max((end for end in ends if end <= chars), default=whole.end() if whole else chars)
        return self._text[:end], self._text[end:]
