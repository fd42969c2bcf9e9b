"""The log structure: the same text, in n·log n bytes."""

from hypothesis import given
from hypothesis import strategies as st

from app.states.levels import CHAPTER_CHARS, PAGE_CHARS, TAIL_CHARS, Levels


@given(st.lists(st.integers(0, 3000), max_size=60))
def test_the_levels_joined_are_the_text(sizes: list[int]) -> None:
    levels, text = Levels(), ""
    for number, size in enumerate(sizes):
        piece = chr(97 + number % 26) * size
        levels, text = levels.grown(piece), text + piece
        assert "".join(levels) == text
        assert len(levels.tail) <= TAIL_CHARS
        assert len(levels.page) <= PAGE_CHARS
        assert len(levels.chapter) <= CHAPTER_CHARS


def bytes_sent(chars: int, frame_chars: int = 33) -> int:
    """Count what Reflex would send: each frame, every level that has changed, whole."""
    levels, sent = Levels(), 0
    for _ in range(chars // frame_chars):
        grown = levels.grown("x" * frame_chars)
        sent += sum(len(new) for old, new in zip(levels, grown, strict=True) if old != new)
        levels = grown
    return sent


def test_bytes_grow_nearly_linearly_with_the_text() -> None:
    per_character = {chars: bytes_sent(chars) / chars for chars in (10_000, 100_000, 1_000_000)}
    one_growing_var = 100_000 / 2 / 33
    assert per_character[100_000] < one_growing_var / 40
    assert per_character[1_000_000] < per_character[10_000] * 3
