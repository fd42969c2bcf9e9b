"""Frames: the first at once, then one a frame, with every character in order."""

import asyncio
import itertools

from hypothesis import given
from hypothesis import strategies as st

from app.streaming.events import Completed, Status, StreamEvent, Text, Thinking
from app.streaming.frames import (
    LONGEST_FRAME_SECONDS,
    SHORTEST_FRAME_SECONDS,
    STATUS_SECONDS,
    Backlog,
    FrameClock,
    coalesce,
    frames,
)
from app.streaming.paces import typewriter
from app.streaming.transcript import Transcript, apply


def test_neighbouring_text_becomes_one_event() -> None:
    events = [
        Text("r", 1, 0, "a"),
        Text("r", 2, 1, "b"),
        Thinking("r", 3, 0, "t", 10),
        Thinking("r", 4, 1, "u", 20),
        Text("r", 5, 2, "c"),
        Status("r", 6, "waiting"),
        Completed("r", 7, "end_turn"),
    ]
    assert coalesce(events) == (
        Text("r", 2, 0, "ab"),
        Thinking("r", 4, 0, "tu", 20),
        Text("r", 5, 2, "c"),
        Status("r", 6, "waiting"),
        Completed("r", 7, "end_turn"),
    )


@given(st.lists(st.tuples(st.sampled_from([Text, Thinking]), st.text(min_size=1, max_size=4)), max_size=40))
def test_coalescing_changes_no_character(pieces: list[tuple[type[Text | Thinking], str]]) -> None:
    events: list[StreamEvent] = []
    offsets = {Text: 0, Thinking: 0}
    for kind, piece in pieces:
        events.append(kind("r", len(events) + 1, offsets[kind], piece))
        offsets[kind] += len(piece)
    one, other = Transcript("r"), Transcript("r")
    for event in events:
        apply(one, event)
    for event in coalesce(events):
        apply(other, event)
    assert (str(one.text), str(one.thinking), one.last_seq) == (str(other.text), str(other.thinking), other.last_seq)


class Clock:
    """Time that passes only when somebody sleeps."""

    def __init__(self) -> None:
        self.seconds = 0.0

    def now(self) -> float:
        return self.seconds

    async def sleep(self, seconds: float) -> None:
        self.seconds += seconds
        await asyncio.sleep(0)


class Written:
    """A run that writes a character each millisecond of a clock, then ends."""

    def __init__(self, clock: Clock, chars: int) -> None:
        self._clock = clock
        self._chars = chars
        self._given = 0
        self._is_over = False

    async def read(self, within_seconds: float | None = None) -> tuple[StreamEvent, ...] | None:
        if self._given == self._chars:
            if self._is_over:
                return None
            self._is_over = True
            return (Completed("r", self._chars + 1, "end_turn"),)
        come = min(self._chars, round(self._clock.seconds * 1000) + 1)
        if come == self._given and within_seconds is None:
            await self._clock.sleep(0.001)
            come += 1
        given, self._given = self._given, come
        return tuple(Text("r", number + 1, number, "x") for number in range(given, come))


async def test_the_first_character_is_not_held_back_and_later_ones_come_once_a_frame() -> None:
    clock, shown = Clock(), list[tuple[float, int]]()
    async for frame in frames(Written(clock, 200), Backlog("r"), FrameClock(), now=clock.now, sleep=clock.sleep):
        shown += [(clock.seconds, len(event.text)) for event in frame if isinstance(event, Text)]
    assert shown[0] == (0.0, 1)
    assert sum(chars for _, chars in shown) == 200
    gaps = [later - earlier for (earlier, _), (later, _) in itertools.pairwise(shown)]
    assert all(abs(gap - SHORTEST_FRAME_SECONDS) < 0.0015 for gap in gaps)


class Told:
    """A run that tells these batches, one a read, each as late as it says."""

    def __init__(self, clock: Clock, *batches: tuple[float, StreamEvent]) -> None:
        self._clock = clock
        self._batches = list(batches)

    async def read(self, within_seconds: float | None = None) -> tuple[StreamEvent, ...] | None:
        if not self._batches:
            return None
        at, event = self._batches[0]
        if within_seconds is not None and self._clock.seconds + within_seconds < at:
            self._clock.seconds += within_seconds
            return ()
        self._clock.seconds = max(self._clock.seconds, at)
        del self._batches[0]
        return (event,)


async def test_the_first_character_after_a_pause_is_shown_at_once() -> None:
    clock = Clock()
    told = Told(clock, (0.0, Text("r", 1, 0, "a")), (3.0, Text("r", 2, 1, "b")), (3.0, Completed("r", 3, "end_turn")))
    shown = [
        (clock.seconds, event.text)
        async for frame in frames(told, Backlog("r"), FrameClock(), now=clock.now, sleep=clock.sleep)
        for event in frame
        if isinstance(event, Text)
    ]
    assert shown == [(0.0, "a"), (3.0, "b")]


async def test_the_first_character_after_words_that_nobody_has_seen_is_shown_at_once() -> None:
    clock = Clock()
    told = Told(
        clock,
        (0.0, Status("r", 1, "connecting")),
        (0.095, Status("r", 2, "waiting")),
        (0.1, Text("r", 3, 0, "abcd")),
        (0.5, Completed("r", 4, "end_turn")),
    )
    shown: list[tuple[float, int]] = []
    async for frame in frames(told, Backlog("r"), FrameClock(), now=clock.now, sleep=clock.sleep):
        shown += [(clock.seconds, len(event.text)) for event in frame if isinstance(event, Text)]
    assert shown == [(0.1, 4)]


async def test_a_pause_makes_nothing_due_of_what_comes_after_it() -> None:
    clock = Clock()
    told = Told(clock, (0.0, Text("r", 1, 0, "a")), (30.0, Text("r", 2, 1, "x" * 600)), (99.0, Completed("r", 3, "x")))
    shown: list[tuple[float, int]] = []
    async for frame in frames(told, Backlog("r", typewriter(60)), FrameClock(), now=clock.now, sleep=clock.sleep):
        shown += [(clock.seconds, len(event.text)) for event in frame if isinstance(event, Text)]
    assert sum(chars for at, chars in shown if at < 31) <= 62


def test_frames_stretch_with_the_number_of_answers_shown_but_only_so_far() -> None:
    clock = FrameClock()
    lengths: list[float] = []
    for _ in range(100):
        clock.__enter__()
        lengths.append(clock.seconds)
    assert lengths[0] == lengths[1] == SHORTEST_FRAME_SECONDS
    assert lengths == sorted(lengths)
    assert lengths[-1] == LONGEST_FRAME_SECONDS
    for _ in range(100):
        clock.__exit__()
    assert clock.seconds == SHORTEST_FRAME_SECONDS


async def test_a_word_about_the_waiting_is_shown_when_it_has_been_true_for_a_moment() -> None:
    clock = Clock()
    told = Told(
        clock,
        (0.0, Status("r", 1, "connecting")),
        (0.02, Status("r", 2, "waiting")),
        (0.3, Text("r", 3, 0, "a")),
        (0.31, Status("r", 4, "waiting")),
        (0.34, Text("r", 5, 1, "b")),
        (0.4, Completed("r", 6, "end_turn")),
    )
    shown: list[tuple[str, float]] = []
    async for frame in frames(told, Backlog("r"), FrameClock(), now=clock.now, sleep=clock.sleep):
        shown += [(getattr(event, "text", "") or getattr(event, "phase", ""), clock.seconds) for event in frame]
    assert [name for name, _ in shown] == ["connecting", "waiting", "a", "waiting", "b", ""]
    at = dict(reversed(shown))
    assert STATUS_SECONDS - SHORTEST_FRAME_SECONDS <= at["connecting"] == at["waiting"] < 0.2
    assert 0.34 <= at["b"] < 0.36
