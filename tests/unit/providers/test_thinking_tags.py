"""Thinking in tags comes out the same however the answer was cut on its way."""

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from providers.thinking_tags import ThinkingTags, settled

PARTS = (
    "<think>", "</think>", "<THINK >", "<thinking a='b'>", "</thinking>", "[THINK]", "[/THINK]", "<", "</", "`", " ",
    "\n", "Hello", " is it ", "a long thought", "<|start|>assistant", "<|channel|>analysis<|message|>", "<|end|>",
    "<|channel|>final<|message|>", "<|return|>", "<|channel>thought", "<channel|>", "\ufeff",
)  # fmt: skip
ANSWERS = st.lists(st.sampled_from(PARTS), max_size=8).map("".join)


def told(pieces: list[str]) -> tuple[str, str]:
    """The text and the thinking of an answer that comes in these pieces."""
    tags = ThinkingTags()
    come = [piece for part in pieces for piece in tags.feed(part)] + list(tags.flush())
    text, thinking = ("".join(piece.text for piece in come if piece.is_thinking is kind) for kind in (False, True))
    return text, thinking


@given(ANSWERS)
@example("<think>a</think>b")
@example("<|channel|>analysis<|message|>a<|end|><|start|>assistant<|channel|>final<|message|>b<|return|>")
def test_where_an_answer_was_cut_changes_nothing(answer: str):
    assert told(list(answer)) == told([answer])


@given(ANSWERS)
def test_text_without_a_mark_at_its_start_passes_as_it_is(answer: str):
    assert told(list(f"Well, {answer}")) == (f"Well, {answer}", "")


@pytest.mark.parametrize(
    "thought",
    ["hmm\n</think>\n\nHello", "hmm</think>Hello", "hmm </think>\n\nHello", "hmm\n</think>Hello", "hmm[/THINK]Hello"],
)
def test_what_stands_before_a_closing_tag_that_nothing_opened_is_thinking(thought: str):
    assert settled(thought, "") == ("Hello", "hmm")


@pytest.mark.parametrize(
    "text",
    [
        "The tag </think> closes it.",
        "Close it by </think>\nand go on.",
        "It ends with\n</think>",
        "`x`\n`</think>`\n\nHello",
        "```\nx\n</think>\n\n```\nHello",
        "So:\n<think>x\n</think>\n\nHello",
        "First\n</think> is a tag.",
        "- One\n    - raw:\n\n      ```text\n      x\n      </think>\n\n      Hello\n      ```\n\nEnd.",
        "> ```\n> x\n> </think>\n>\n> Hello\n> ```\n\nEnd.",
        "1. ```\n   x\n   </think>\n\n   Hello\n   ```\n\nEnd.",
        "The output is:\n\n    x\n    </think>\n\n    Hello\n\nEnd.",
    ],
)
def test_a_closing_tag_that_is_spoken_of_is_text(text: str):
    assert settled(text, "") == (text, "")


def test_many_closing_tags_cost_little():
    text = "a </think> " * 200_000
    assert settled(text, "") == (text, "")
