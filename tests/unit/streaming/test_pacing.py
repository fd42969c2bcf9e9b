"""Frames: the first at once, then one a frame, with every character in order."""

import asyncio
import itertools
from collections.abc import AsyncGenerator

from hypothesis import given
from hypothesis import strategies as st

from app.streaming.events import Completed, Status, StreamEvent, Text, Thinking
from app.streaming.pacing import FrameClock, coalesce, frames
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


async def a_character_each_millisecond(clock: Clock, chars: int) -> AsyncGenerator[tuple[StreamEvent, ...]]:
    """A log that gives, at each step, all that has come by then."""
    given = 0
    while given < chars:
        come = min(chars, round(clock.seconds * 1000) + 1)
        if come == given:
            await clock.sleep(0.001)
            continue
        yield tuple(Text("r", number + 1, number, "x") for number in range(given, come))
        given = come
    yield (Completed("r", chars + 1, "end_turn"),)


async def test_the_first_character_is_not_held_back_and_later_ones_come_once_a_frame() -> None:
    clock = Clock()
    shown: list[tuple[float, int]] = []
    async for frame in frames(a_character_each_millisecond(clock, 200), FrameClock(), now=clock.now, sleep=clock.sleep):
        shown += [(clock.seconds, len(event.text)) for event in frame if isinstance(event, Text)]
    assert shown[0] == (0.0, 1)
    assert sum(chars for _, chars in shown) == 200
    gaps = [later - earlier for (earlier, _), (later, _) in itertools.pairwise(shown)]
    assert all(0.032 < gap < 0.035 for gap in gaps)


def test_frames_stretch_with_the_number_of_answers_shown_but_only_so_far() -> None:
    clock = FrameClock()
    lengths: list[float] = []
    for _ in range(40):
        clock.__enter__()
        lengths.append(clock.seconds)
    assert lengths[0] == lengths[3] == 0.033
    assert lengths == sorted(lengths)
    assert lengths[-1] == 0.1
    for _ in range(40):
        clock.__exit__()
    assert clock.seconds == 0.033
