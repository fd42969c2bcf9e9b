"""Folding events: idempotent, resumable, and never with a gap."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.streaming.events import Completed, Interrupted, Started, Status, StreamEvent, Text, Thinking, Usage
from app.streaming.transcript import GapError, Transcript, apply


def told(pieces: list[tuple[bool, str]]) -> list[StreamEvent]:
    """A run that thinks (True) and writes (False) these pieces."""
    events: list[StreamEvent] = [Started("r", 1, "m", "x/y")]
    offsets = {True: 0, False: 0}
    for is_thought, piece in pieces:
        seq = len(events) + 1
        thinking, text = Thinking("r", seq, offsets[True], piece, seq * 10), Text("r", seq, offsets[False], piece)
        events.append(thinking if is_thought else text)
        offsets[is_thought] += len(piece)
    return [*events, Completed("r", len(events) + 1, "end_turn")]


PIECES = st.lists(st.tuples(st.booleans(), st.text(min_size=1, max_size=5)), max_size=30)


def folded(events: list[StreamEvent]) -> Transcript:
    transcript = Transcript("r")
    for event in events:
        apply(transcript, event)
    return transcript


def state(transcript: Transcript) -> tuple[object, ...]:
    text, thinking = str(transcript.text), str(transcript.thinking)
    return (text, thinking, transcript.thinking_ms, transcript.last_seq, transcript.terminal)


@given(PIECES)
def test_the_text_is_what_was_told(pieces: list[tuple[bool, str]]) -> None:
    transcript = folded(told(pieces))
    assert str(transcript.text) == "".join(piece for is_thought, piece in pieces if not is_thought)
    assert str(transcript.thinking) == "".join(piece for is_thought, piece in pieces if is_thought)


@given(PIECES, st.data())
def test_telling_a_part_again_changes_nothing(pieces: list[tuple[bool, str]], data: st.DataObject) -> None:
    events = told(pieces)
    upto = data.draw(st.integers(0, len(events)))
    since = data.draw(st.integers(0, upto))
    assert state(folded([*events[:upto], *events[since:]])) == state(folded(events))


@given(PIECES, st.data())
def test_a_snapshot_brings_any_follower_to_the_same_state(pieces: list[tuple[bool, str]], data: st.DataObject) -> None:
    events = told(pieces)
    known = data.draw(st.integers(0, len(events)))
    taken = data.draw(st.integers(known, len(events)))
    snapshot = folded(events[:taken]).snapshot()
    assert state(folded([*events[:known], *snapshot, *events[taken:]])) == state(folded(events))


def test_missing_characters_are_noticed() -> None:
    with pytest.raises(GapError, match="2 characters are missing at 1"):
        folded([Text("r", 1, 0, "a"), Text("r", 3, 3, "d")])


def test_nothing_comes_after_the_end() -> None:
    transcript = folded(
        [Text("r", 1, 0, "a"), Interrupted("r", 2, "user"), Text("r", 3, 1, "b"), Completed("r", 4, "x")]
    )
    assert str(transcript.text) == "a"
    assert transcript.terminal == Interrupted("r", 2, "user")


def test_another_runs_event_is_refused() -> None:
    with pytest.raises(ValueError, match="event of run other"):
        apply(Transcript("r"), Text("other", 1, 0, "a"))


def test_the_newest_status_and_usage_are_kept() -> None:
    transcript = folded([Status("r", 2, "waiting"), Usage("r", 3, 1, 1), Status("r", 1, "queued"), Usage("r", 4, 1, 9)])
    assert (transcript.status, transcript.usage) == (Status("r", 2, "waiting"), Usage("r", 4, 1, 9))
