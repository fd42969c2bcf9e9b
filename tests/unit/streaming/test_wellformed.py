"""Every text becomes one that databases and browsers can hold, and nothing else changes."""

from hypothesis import given
from hypothesis import strategies as st

from app.streaming.wellformed import WellFormedText, well_formed

ANY_TEXT = st.text(alphabet=st.characters(exclude_categories=[]))


def in_pieces(text: str, cuts: list[int]) -> list[str]:
    marks = sorted({min(cut, len(text)) for cut in cuts})
    return [text[start:end] for start, end in zip([0, *marks], [*marks, len(text)], strict=True)]


@given(st.text(alphabet=st.characters(exclude_categories=["Cs"], exclude_characters="\0")))
def test_well_formed_text_is_kept_character_for_character(text: str) -> None:
    assert well_formed(text) == text


@given(ANY_TEXT)
def test_the_result_can_be_stored_anywhere(text: str) -> None:
    result = well_formed(text)
    assert "\0" not in result
    assert result.encode().decode() == result


@given(ANY_TEXT, st.lists(st.integers(0, 50)))
def test_a_stream_gives_the_same_however_it_is_cut(text: str, cuts: list[int]) -> None:
    stream = WellFormedText()
    result = "".join(stream.feed(piece) for piece in in_pieces(text, cuts)) + stream.flush()
    assert result == well_formed(text)


@given(st.text(alphabet=st.characters(min_codepoint=0x10000)), st.lists(st.integers(0, 50)))
def test_a_character_sent_as_two_halves_is_one(text: str, cuts: list[int]) -> None:
    units = text.encode("utf-16-be")
    halves = "".join(chr(int.from_bytes(units[i : i + 2], "big")) for i in range(0, len(units), 2))
    stream = WellFormedText()
    assert "".join(map(stream.feed, in_pieces(halves, cuts))) + stream.flush() == text


def test_each_unfit_character_becomes_one_replacement() -> None:
    assert well_formed("a\0b\ud83dc\udc00\ud83d") == "a�b�c��"
