"""The bounds of an event stream, whose lines and events may have no end."""

import pytest

from providers import sse
from providers.sse import EventDecoder, Lines, LineTooLongError


@pytest.fixture(autouse=True)
def bounds(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sse, "LONGEST_LINE_CHARS", 1_000)
    monkeypatch.setattr(sse, "LONGEST_EVENT_CHARS", 1_000)


@pytest.mark.parametrize("line", ["data: x", "data:", "error: x"])
def test_an_event_without_an_end_is_given_up(line: str) -> None:
    decoder = EventDecoder()
    with pytest.raises(LineTooLongError):
        _ = [event for _ in range(2_000) for event in decoder.feed(line)]


def test_a_line_without_an_end_is_given_up() -> None:
    lines = Lines()
    with pytest.raises(LineTooLongError):
        _ = [line for _ in range(2_000) for line in lines.feed(b"x")]


def test_many_events_are_no_long_one() -> None:
    decoder = EventDecoder()
    events = [event for _ in range(2_000) for line in ("data: x", "") for event in decoder.feed(line)]
    assert len(events) == 2_000
