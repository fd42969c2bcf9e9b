"""A conversation's title, made of its first question."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.services.titles import TITLE_CHARS, make_title


@pytest.mark.parametrize(
    ("text", "title"),
    [
        ("Hello", "Hello"),
        ("  two\n\nlines\there ", "two lines here"),
        ("## A heading", "A heading"),
        ("\n \x00 ", "New chat"),
        ("word " * 40, "word " * 14 + "word…"),
        ("x" * 300, "x" * 79 + "…"),
    ],
)
def test_a_title_is_the_first_words_in_one_line(text: str, title: str) -> None:
    assert make_title(text) == title


@given(st.text(alphabet=st.characters(exclude_categories=[])))
def test_a_title_is_never_empty_long_or_unfit_to_store(text: str) -> None:
    title = make_title(text)
    assert 0 < len(title) <= TITLE_CHARS
    assert title.isprintable() or title.encode()
    assert "\n" not in title
    assert "\0" not in title
