"""Reading paces on a clock of their own: everything is shown, in order, and never too late."""

import itertools
import math
from collections.abc import Callable

import pytest
import regex
from hypothesis import given
from hypothesis import strategies as st

from app.streaming.events import Attempt, Completed, Failed, Interrupted, StreamEvent, Text, is_terminal
from app.streaming.frames import Backlog, FrameClock, frames
from app.streaming.paces import (
    CATCH_UP_SECONDS,
    NATURAL_LAG_SECONDS,
    SENTENCE_LAG_SECONDS,
    Pace,
    at_once,
    by_sentence,
    catch_up,
    natural,
    typewriter,
)

FRAME = 0.033
LONG = "A river begins as a trickle of melted snow, and ends as wide as a lake. " * 200
PACES: dict[str, tuple[Callable[[], Pace], float]] = {
    "at once": (lambda: at_once, FRAME),
    "natural": (natural, NATURAL_LAG_SECONDS),
    "typewriter": (lambda: typewriter(60), math.inf),
    "by sentence": (by_sentence, SENTENCE_LAG_SECONDS),
}
every_pace = pytest.mark.parametrize("name", PACES)
every_pace_but_a_typewriters = pytest.mark.parametrize("name", [name for name in PACES if name != "typewriter"])


class Reader:
    """Somebody before whom a backlog is shown, frame by frame."""

    def __init__(self, pace: Pace, first_pace: Pace | None = None) -> None:
        self.backlog = Backlog("r", pace, first_pace=first_pace)
        self.seconds = 0.0
        self.text = ""
        self.events: list[StreamEvent] = []
        self._seq = self._sent = 0

    def send(self, text: str) -> None:
        self._seq += 1
        self.backlog.take((Text("r", self._seq, self._sent, text),))
        self._sent += len(text)

    def end(self, ending: StreamEvent) -> None:
        self.backlog.take((ending,))

    def wait(self, seconds: float) -> None:
        until = self.seconds + seconds
        while self.seconds < until:
            self.seconds += FRAME
            shown = self.backlog.due(FRAME)
            self.events.extend(shown)
            self.text += "".join(event.text for event in shown if isinstance(event, Text))


@every_pace
@given(texts=st.lists(st.text(max_size=60), max_size=12), pauses=st.lists(st.floats(0, 1), min_size=12, max_size=12))
def test_everything_is_shown_in_order_and_then_the_ending(name: str, texts: list[str], pauses: list[float]) -> None:
    reader = Reader(PACES[name][0]())
    for text, pause in zip(texts, pauses, strict=False):
        reader.send(text)
        reader.wait(pause)
    reader.end(Completed("r", 99, "end_turn"))
    reader.wait(60)
    assert reader.text == "".join(texts)
    offsets = [event.offset for event in reader.events if isinstance(event, Text)]
    assert offsets == sorted(offsets)
    assert [event for event in reader.events if is_terminal(event)] == [reader.events[-1]]
    assert reader.backlog.is_empty


@every_pace_but_a_typewriters
def test_the_backlog_is_bounded_in_time_however_fast_the_model(name: str) -> None:
    make, lag_seconds = PACES[name]
    reader = Reader(make())
    reader.wait(FRAME)
    chars_per_frame = 33
    for frame in range(0, 6000, chars_per_frame):
        reader.send(LONG[frame : frame + chars_per_frame])
        reader.wait(FRAME)
    behind_chars = 6000 - len(reader.text)
    assert behind_chars <= 1000 * lag_seconds + chars_per_frame


@every_pace_but_a_typewriters
@pytest.mark.parametrize("chars", [1000, 14_000])
def test_what_is_behind_at_the_end_is_shown_within_the_same_bound(name: str, chars: int) -> None:
    make, lag_seconds = PACES[name]
    reader = Reader(make())
    reader.send(LONG[:chars])
    reader.end(Completed("r", 99, "end_turn"))
    reader.wait(lag_seconds + 2 * FRAME)
    assert reader.text == LONG[:chars]
    assert reader.backlog.is_empty


@pytest.mark.parametrize("chars_per_second", [60, 400])
def test_a_typewriter_keeps_its_speed_however_far_ahead_the_model_is(chars_per_second: int) -> None:
    reader = Reader(typewriter(60))
    for second in range(20):
        reader.send(LONG[second * chars_per_second : (second + 1) * chars_per_second])
        reader.wait(1)
    assert abs(len(reader.text) - 60 * reader.seconds) <= 60


def test_sentences_come_whole() -> None:
    reader = Reader(by_sentence())
    for char in "One is here. Two follows":
        reader.send(char)
        reader.wait(FRAME)
    assert reader.text == "One is here. "
    reader.end(Completed("r", 99, "end_turn"))
    reader.wait(FRAME)
    assert reader.text == "One is here. Two follows"


@pytest.mark.parametrize(
    ("text", "pieces"),
    [
        ("Use a list, e.g. Python's. Or a set.", ["Use a list, e.g. Python's. ", "Or a set."]),
        ("It takes approx. two days. Then rest.", ["It takes approx. two days. ", "Then rest."]),
        ("Ask Dr. Who? He knows. Go.", ["Ask Dr. Who? ", "He knows. ", "Go."]),
        ("1. Open it. Wait.\n2. Close it.", ["1. Open it. ", "Wait.\n", "2. Close it."]),
        ("He said “No.” Then he left.", ["He said “No.” ", "Then he left."]),
        ("It grew to 5. 20 more came.", ["It grew to 5. ", "20 more came."]),
        ("Er ging. Ärger folgte… später kam er. Ende.", ["Er ging. ", "Ärger folgte… später kam er. ", "Ende."]),
        ("終わり。次です。", ["終わり。", "次です。"]),
    ],
)
def test_what_only_looks_like_the_end_of_a_sentence_is_none(text: str, pieces: list[str]) -> None:
    reader = Reader(by_sentence())
    shown = [""]
    for char in text:
        reader.send(char)
        reader.wait(FRAME / 10)
        shown.append(reader.text)
    reader.end(Completed("r", 99, "end_turn"))
    reader.wait(FRAME)
    shown.append(reader.text)
    assert [now[len(before) :] for before, now in itertools.pairwise(shown) if now != before] == pieces


@every_pace
@pytest.mark.parametrize("ending", [Interrupted("r", 99, "shutdown"), Failed("r", 99, "overloaded", "Busy.")])
def test_an_end_that_nobody_asked_for_shows_all_that_has_come_at_once(name: str, ending: StreamEvent) -> None:
    reader = Reader(PACES[name][0]())
    reader.send(LONG)
    reader.end(ending)
    reader.wait(FRAME)
    assert reader.text == LONG
    assert reader.events[-1] == ending


@every_pace_but_a_typewriters
@pytest.mark.parametrize("chars", [40, 4000])
def test_a_stop_that_finds_little_held_back_shows_it(name: str, chars: int) -> None:
    reader = Reader(PACES[name][0]())
    reader.send(LONG[:chars])
    reader.wait(SENTENCE_LAG_SECONDS + FRAME)
    reader.end(Interrupted("r", 99, "user"))
    reader.wait(FRAME)
    assert reader.text == LONG[:chars]
    assert reader.backlog.kept_back_chars == 0


def test_a_stop_keeps_what_is_shown_and_counts_the_rest() -> None:
    reader = Reader(typewriter(60))
    reader.send(LONG)
    reader.wait(2)
    shown = reader.text
    reader.end(Interrupted("r", 99, "user"))
    reader.wait(FRAME)
    assert reader.text == shown
    assert reader.backlog.kept_back_chars == len(LONG) - len(shown)
    assert reader.backlog.is_empty
    assert isinstance(reader.events[-1], Interrupted)


@every_pace
def test_whole_answers_and_what_was_there_before_are_not_typed(name: str) -> None:
    late = Reader(PACES[name][0](), first_pace=at_once)
    late.backlog.begin((Text("r", 1, 0, LONG),))
    late.wait(FRAME)
    assert late.text == LONG
    whole = Reader(PACES[name][0]())
    whole.backlog.take((Attempt("r", 1, "local/x", "traditional"),))
    whole.wait(FRAME)
    whole.send(LONG)
    whole.wait(FRAME)
    assert whole.text == LONG


def test_a_reader_who_looked_away_catches_up_quickly_but_not_at_once() -> None:
    reader = Reader(at_once, first_pace=catch_up())
    reader.backlog.begin((Text("r", 1, 0, LONG),))
    reader.wait(FRAME)
    assert 0 < len(reader.text) < len(LONG) / 4
    reader.wait(CATCH_UP_SECONDS + FRAME)
    assert reader.text == LONG


@every_pace
def test_only_what_was_missed_has_a_pace_of_its_own(name: str) -> None:
    usual, late = (Reader(PACES[name][0](), first_pace=first) for first in (None, at_once))
    for reader in (usual, late):
        reader.backlog.begin(())
        reader.send(LONG)
        reader.wait(0.5)
    assert late.text == usual.text


def test_no_grapheme_is_cut_in_two() -> None:
    text = "👩‍👩‍👧é🏳️‍🌈" * 20
    reader = Reader(typewriter(5))
    reader.send(text)
    reader.wait(20)
    pieces = [event.text for event in reader.events if isinstance(event, Text) and event.text]
    assert "".join(pieces) == text
    assert [grapheme for piece in pieces for grapheme in regex.findall(r"\X", piece)] == regex.findall(r"\X", text)


def test_a_follower_that_resumes_in_the_middle_of_a_backlog_misses_nothing() -> None:
    reader = Reader(typewriter(5))
    reader.send("first ")
    reader.send("second")
    reader.wait(1)
    assert 0 < len(reader.text) < len("first second")
    assert {event.seq for event in reader.events} == {0}
    reader.wait(10)
    assert reader.events[-1].seq == 2


class Told:
    """A run that tells these batches, one a read."""

    def __init__(self, *batches: tuple[StreamEvent, ...]) -> None:
        self._batches = list(batches)

    async def read(self, within_seconds: float | None = None) -> tuple[StreamEvent, ...] | None:
        return self._batches.pop(0) if self._batches else None


@every_pace
async def test_frames_of_every_pace_end_with_the_run(name: str) -> None:
    told = Told((Text("r", 1, 0, "One. "),), (), (Text("r", 2, 5, "Two."),), (Completed("r", 3, "end_turn"),))
    shown = [event async for frame in frames(told, Backlog("r", PACES[name][0]()), FrameClock()) for event in frame]
    assert "".join(event.text for event in shown if isinstance(event, Text)) == "One. Two."
    assert isinstance(shown[-1], Completed)


@every_pace
async def test_frames_of_a_run_that_nobody_knows_are_none(name: str) -> None:
    assert [frame async for frame in frames(Told(), Backlog("r", PACES[name][0]()), FrameClock())] == []


def test_a_stop_keeps_nothing_back_from_who_sees_it_as_it_comes() -> None:
    reader = Reader(at_once)
    reader.send(LONG)
    reader.end(Interrupted("r", 99, "user"))
    reader.wait(FRAME)
    assert reader.text == LONG
    assert reader.backlog.kept_back_chars == 0
