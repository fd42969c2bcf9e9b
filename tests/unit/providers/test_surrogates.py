from hypothesis import given
from hypothesis import strategies as st

from providers.surrogates import SurrogateJoiner, heal_surrogates


def feed(*deltas: str) -> list[str]:
    joiner = SurrogateJoiner()
    return [*(joiner.feed(delta) for delta in deltas), joiner.flush()]


def test_halves_in_two_deltas_become_one_character():
    assert feed("a\ud83d", "\ude00b") == ["a", "😀b", ""]


def test_a_half_alone_becomes_the_replacement_character():
    assert "".join(feed("a\ud83d", "b", "\ude00", "\ud83d")) == "a�b��"


@given(st.lists(st.text()))
def test_whole_text_passes_unchanged_and_unheld(deltas: list[str]):
    assert feed(*deltas) == [*deltas, ""]


@given(st.text(), st.data())
def test_any_cut_between_utf16_units_is_healed(text: str, data: st.DataObject):
    units = text.encode("utf-16-le", "surrogatepass")
    cut = 2 * data.draw(st.integers(0, len(units) // 2))
    parts = [units[:cut].decode("utf-16-le", "surrogatepass"), units[cut:].decode("utf-16-le", "surrogatepass")]
    assert "".join(feed(*parts)) == text


def test_healing_a_whole_text():
    assert heal_surrogates("\ud83d\ude00 ok") == "😀 ok"
