"""What a browser says of its tab may be anything."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.states.tab_memory import LONGEST_CHARS, MOST, Remembered, remembered

VALUES = st.none() | st.booleans() | st.integers() | st.floats() | st.text() | st.lists(st.integers())


def test_what_the_page_showed_is_read() -> None:
    facts = {"conversation_id": "abc", "messages": 120, "is_editing": True, "unknown": 1}
    assert Remembered.of(json.dumps(facts)) == Remembered(conversation_id="abc", messages=120, is_editing=True)


@pytest.mark.parametrize("text", ["", "{", "[]", "7", "null", None, '{"messages": NaN}', "[" * 100_000])
def test_what_cannot_be_read_is_nothing(text: object) -> None:
    assert Remembered.of(text) == Remembered()
    assert remembered(text) == Remembered()


@pytest.mark.parametrize(
    "facts",
    [
        {"messages": -1},
        {"messages": MOST + 1},
        {"messages": True},
        {"messages": "7"},
        {"is_editing": 1},
        {"model": "m" * (LONGEST_CHARS + 1)},
        {"model": None},
    ],
)
def test_a_value_that_cannot_be_is_left_out(facts: dict[str, object]) -> None:
    assert Remembered.of(json.dumps({**facts, "lines": 3})) == Remembered(lines=3)


@given(st.dictionaries(st.sampled_from(Remembered.__match_args__) | st.text(), VALUES))
def test_whatever_comes_every_value_has_its_kind(facts: dict[str, object]) -> None:
    read = Remembered.of(json.dumps(facts))
    assert all(type(getattr(read, name)) is type(getattr(Remembered(), name)) for name in Remembered.__match_args__)
