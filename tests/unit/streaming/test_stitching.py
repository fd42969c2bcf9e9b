"""Joining a continuation to what stands: nothing twice, nothing missing, nothing invented."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.streaming.stitching import ANCHOR_CHARS, OverlapFilter, continuing
from providers.base import ChatMessage, GenerationRequest

SENTENCE = "A river begins as a trickle of melted snow, and ends as wide as a lake. "
STORY = (
    "The Loire rises in the Massif Central at 1,408 m. It runs north for 400 km, turns west at Orléans, and reaches "
    "the Atlantic at Saint-Nazaire; on its way it takes in the Allier, the Cher and the Vienne."
)
REQUEST = GenerationRequest("m", (ChatMessage("user", "Why?"),))


def join(prefix: str, continuation: str, chunk_chars: int, *, has_prefill: bool = False) -> str:
    overlap = OverlapFilter(prefix, has_prefill=has_prefill)
    starts = range(0, len(continuation), chunk_chars)
    return prefix + "".join(overlap.feed(continuation[at : at + chunk_chars]) for at in starts) + overlap.flush()


@pytest.mark.parametrize("chunk_chars", [1, 3, 1000])
@pytest.mark.parametrize(
    ("prefix", "continuation", "whole"),
    [
        ("The river flows to the", " sea.", "The river flows to the sea."),
        ("The river flows to the", "flows to the sea.", "The river flows to the sea."),
        ("The river flows to the", "The river flows to the sea.", "The river flows to the sea."),
        ("The river fl", "flows", "The river flows"),
        ("The river fl", "ows", "The river flows"),
        (STORY[:150], STORY[90:], STORY),
        (STORY[:150], STORY[60:], STORY),
        (STORY[:150], STORY, STORY),
        (SENTENCE * 10, SENTENCE, SENTENCE * 11),
        ((SENTENCE + STORY) * 10, SENTENCE + STORY, (SENTENCE + STORY) * 11),
        ("a {\n  b {\n    c\n  }\n", "}\n", "a {\n  b {\n    c\n  }\n}\n"),
        ("def f():\n    x = 1\n    ", "    y = 2\n", "def f():\n    x = 1\n    y = 2\n"),
        ("One.\n\n", "\n\nTwo.", "One.\n\nTwo."),
        ("", "All of it.", "All of it."),
    ],
)
def test_a_repetition_is_dropped_and_nothing_else(prefix: str, continuation: str, whole: str, chunk_chars: int) -> None:
    assert join(prefix, continuation, chunk_chars) == whole


@given(st.text(min_size=1), st.text(), st.integers(1, 9))
def test_what_was_asked_to_be_repeated_is_dropped_from_any_text(prefix: str, rest: str, chunk_chars: int) -> None:
    asked = continuing(REQUEST, prefix, has_prefill=False).messages[-1].content
    anchor = asked.partition("\n\n")[2]
    assert prefix.endswith(anchor)
    assert len(anchor) <= ANCHOR_CHARS
    assert join(prefix, anchor + rest, chunk_chars) == prefix + rest


@given(st.text("ab \n", min_size=1), st.text("ab \n"), st.integers(1, 9), st.booleans())
def test_only_a_beginning_that_stands_already_is_ever_dropped(
    prefix: str, continuation: str, chunk_chars: int, has_prefill: bool
) -> None:
    joined = join(prefix, continuation, chunk_chars, has_prefill=has_prefill)
    dropped = len(prefix) + len(continuation) - len(joined)
    assert joined == prefix + continuation[dropped:]
    assert prefix.endswith(continuation[:dropped])
    assert not (has_prefill and continuation[:dropped].strip())


@given(st.text(min_size=1), st.text())
def test_a_text_comes_out_the_same_however_it_is_cut(prefix: str, continuation: str) -> None:
    assert len({join(prefix, continuation, chunk_chars) for chunk_chars in (1, 2, 5, 1000)}) == 1


def test_a_prefill_ends_without_white_space_and_doubles_none() -> None:
    request = continuing(REQUEST, "The end ", has_prefill=True)
    assert request.messages[-1] == ChatMessage("assistant", "The end")
    assert join("The end ", " of the end", 1, has_prefill=True) == "The end of the end"


def test_what_follows_the_beginning_is_held_back_no_more_whatever_it_repeats() -> None:
    text = OverlapFilter("The river flows to the", has_prefill=False)
    assert text.feed(" sea. And then?") == " sea. And then?"
    assert text.feed("The river flows") == "The river flows"
