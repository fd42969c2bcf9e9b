"""How an answer's ending is put into words."""

import pytest

from app.states.views import note_for, thought
from app.streaming.store import StreamingStatus

STOPPED = {"stop_reason": "user", "closed_ms": 12, "output_tokens": 1, "is_estimate": True}


@pytest.mark.parametrize(
    ("chars", "facts", "line", "rest"),
    [
        (0, {**STOPPED, "output_tokens": 0}, "Stopped", "before the first character · upstream closed in 12 ms"),
        (1, STOPPED, "Stopped", "1 character · upstream closed in 12 ms · about 1 token"),
        (
            1240,
            {**STOPPED, "output_tokens": 310, "is_estimate": False},
            "Stopped",
            "1,240 characters · upstream closed in 12 ms · 310 tokens",
        ),
        (720, {"stop_reason": "shutdown"}, "Stopped when the server stopped", "720 characters"),
        (
            1,
            {"stop_reason": "lost"},
            "Stopped when the server stopped · 1 character was saved; the end may be missing",
            "",
        ),
        (0, {"stop_reason": "server_stopped"}, "Stopped when the server stopped · nothing of it was saved", ""),
    ],
)
def test_a_stopped_answer_says_one_word_and_keeps_the_rest_aside(
    chars: int, facts: dict[str, object], line: str, rest: str
) -> None:
    assert note_for(StreamingStatus.INTERRUPTED, chars, facts) == (line, rest)


@pytest.mark.parametrize(
    ("thinking_ms", "line"),
    [
        (None, ""),
        (120, "Thought for 1 s"),
        (5600, "Thought for 6 s"),
        (59_600, "Thought for 1 min 0 s"),
        (125_000, "Thought for 2 min 5 s"),
    ],
)
def test_thoughts_say_how_long_they_took(thinking_ms: int | None, line: str) -> None:
    assert thought(thinking_ms) == line
