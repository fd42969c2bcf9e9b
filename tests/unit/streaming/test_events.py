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
def test_an_event_has_this_json_form(event: StreamEvent, fields: dict[str, object]) -> None:
    assert json.loads(json.dumps(to_json(event))) == {"run_id": "r", "seq": event.seq, **fields}


def test_exactly_the_three_endings_are_terminal() -> None:
    endings = [type(event).__name__ for event, _ in EVERY_EVENT if is_terminal(event)]
    assert endings == ["Completed", "Interrupted", "Failed"]
