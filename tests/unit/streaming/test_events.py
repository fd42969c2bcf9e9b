"""The JSON form of stream events."""

import json

import pytest

from app.streaming.events import (
    Attempt,
    Completed,
    Failed,
    Interrupted,
    Started,
    Status,
    StreamEvent,
    Text,
    Thinking,
    Usage,
    from_json,
    is_terminal,
    to_json,
)

EVERY_EVENT: list[tuple[StreamEvent, dict[str, object]]] = [
    (Started("r", 1, "m", "local/x"), {"type": "started", "message_id": "m", "model": "local/x"}),
    (
        Attempt("r", 2, "local/x", "streamed"),
        {"type": "attempt", "model": "local/x", "road": "streamed", "thinking": "off"},
    ),
    (Text("r", 2, 0, "héllo 🌊"), {"type": "text", "offset": 0, "text": "héllo 🌊"}),
    (Thinking("r", 3, 7, "hm", 900), {"type": "thinking", "offset": 7, "text": "hm", "took_ms": 900}),
    (Status("r", 4, "waiting", "Soon"), {"type": "status", "phase": "waiting", "detail": "Soon"}),
    (Usage("r", 5, 11, None), {"type": "usage", "input_tokens": 11, "output_tokens": None}),
    (Completed("r", 6, "end_turn"), {"type": "completed", "stop_reason": "end_turn"}),
    (
        Interrupted("r", 7, "user", 80, tokens=5),
        {"type": "interrupted", "reason": "user", "closed_ms": 80, "tokens": 5, "is_estimate": True},
    ),
    (
        Failed("r", 8, "overloaded", "Busy.", "GPU lost"),
        {"type": "failed", "code": "overloaded", "sentence": "Busy.", "said": "GPU lost"},
    ),
]


@pytest.mark.parametrize(("event", "fields"), EVERY_EVENT, ids=lambda value: type(value).__name__)
def test_an_event_has_this_json_form_and_comes_back_from_it(event: StreamEvent, fields: dict[str, object]) -> None:
    data = to_json(event)
    assert data == {"run_id": "r", "seq": event.seq, **fields}
    assert from_json(json.loads(json.dumps(data))) == event


def test_exactly_the_three_endings_are_terminal() -> None:
    endings = [type(event).__name__ for event, _ in EVERY_EVENT if is_terminal(event)]
    assert endings == ["Completed", "Interrupted", "Failed"]


def test_a_field_of_a_later_version_is_ignored() -> None:
    assert from_json({"type": "text", "run_id": "r", "seq": 1, "offset": 0, "text": "a", "new": 1}) == Text(
        "r", 1, 0, "a"
    )


@pytest.mark.parametrize("data", [{}, {"type": "nonsense"}, {"type": "text", "run_id": "r", "seq": 1}, {"type": None}])
def test_what_is_no_event_is_refused(data: dict[str, object]) -> None:
    with pytest.raises(ValueError, match="event"):
        from_json(data)
