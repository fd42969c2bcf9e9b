"""The log structure: the same text, in n·log n bytes."""

from hypothesis import example, given
from hypothesis import strategies as st

from app.states.levels import LEVEL_CHARS, NAMES, PART_NAMES, grown
from app.streaming.run import MAX_ANSWER_CHARS


class Levels:
    """A text in its vars, and what sending them costs."""

    def __init__(self) -> None:
        self.vars = dict.fromkeys(NAMES, "")
        self.sent = 0

    def grow(self, text: str) -> dict[str, str]:
        changed = grown(self.vars.__getitem__, text)
        self.vars.update(changed)
        self.sent += sum(map(len, changed.values()))
        return changed


@given(st.lists(st.integers(0, 3000), max_size=60))
@example([50_000] * 50)
@example([100] * 800)
def test_the_levels_joined_are_the_text(sizes: list[int]) -> None:
    levels, text = Levels(), ""
    for number, size in enumerate(sizes):
        piece = chr(97 + number % 26) * size
        levels.grow(piece)
        text += piece
        assert "".join(levels.vars.values()) == text
        assert all(len(levels.vars[name]) <= most for name, most in LEVEL_CHARS.items())


def test_what_does_not_change_is_not_sent() -> None:
    levels = Levels()
    assert levels.grow("a" * 200) == {"page": "a" * 200}
    assert levels.grow("b") == {"tail": "b"}


def bytes_a_char(chars: int, frame_chars: int = 33) -> float:
    levels = Levels()
    for _ in range(chars // frame_chars):
        levels.grow("x" * frame_chars)
    return levels.sent / chars


def test_bytes_grow_with_the_logarithm_of_the_text_until_it_is_as_long_as_a_part() -> None:
    one_growing_var = 100_000 / 2 / 33
    assert bytes_a_char(100_000) < one_growing_var / 80
    assert bytes_a_char(1_000_000) < bytes_a_char(100_000) * 1.2


def test_a_part_is_sent_once() -> None:
    levels, parts = Levels(), dict[str, int]()
    for _ in range(500_000 // 40):
        for name in levels.grow("x" * 40).keys() & set(PART_NAMES):
            parts[name] = parts.get(name, 0) + 1
    assert parts == dict.fromkeys(PART_NAMES[: len(parts)], 1)
    assert len(parts) > 5


def test_there_are_parts_for_the_longest_answer() -> None:
    assert len(PART_NAMES) * LEVEL_CHARS["volume"] >= MAX_ANSWER_CHARS


def test_a_text_beyond_all_parts_is_whole() -> None:
    levels = Levels()
    for _ in range(40):
        levels.grow("x" * 70_000)
    assert sum(map(len, levels.vars.values())) == 40 * 70_000
