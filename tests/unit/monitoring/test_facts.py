"""The facts of an answer are read out of what is stored of its making."""

import pytest

from app.monitoring.facts import AnswerFacts
from app.monitoring.prices import Price
from app.monitoring.views import ViewMeter
from app.streaming.store import StreamingStatus

STREAMED = {
    "asked_model": "openai/a",
    "provider": "openai",
    "model": "b",
    "road": "streamed",
    "first_event_ms": 100,
    "first_character_ms": 200,
    "last_character_ms": 2_200,
    "first_piece_characters": 10,
    "new_characters": 410,
    "characters": 900,
    "duration_ms": 2_300,
    "longest_gap_ms": 50,
    "stalls": 0,
    "input_tokens": 1_000,
    "output_tokens": 100,
    "attempts": [{"error": "overloaded", "ms": 10}, {"ms": 2_000}],
}


def test_of_a_streamed_answer_everything_is_known() -> None:
    facts = AnswerFacts.of(StreamingStatus.COMPLETE, STREAMED, "", Price(3, 15))
    assert (facts.provider, facts.model, facts.mode, facts.attempt_failures) == (
        "openai",
        "b",
        "streamed",
        ("overloaded",),
    )
    assert facts.measures["characters_per_second"] == 200
    assert facts.measures["characters"] == 410
    assert facts.measures["attempts"] == 2
    assert facts.measures["cost_usd"] == pytest.approx(0.0045)


def test_what_nobody_knows_is_not_there() -> None:
    facts = AnswerFacts.of(StreamingStatus.FAILED, {"asked_model": "openai/a", "duration_ms": 3}, "unreachable", None)
    assert facts.measures == {"duration_ms": 3}
    assert (facts.provider, facts.model, facts.mode, facts.failure) == ("openai", "a", "", "unreachable")
    one_piece = {**STREAMED, "last_character_ms": 200}
    assert "characters_per_second" not in AnswerFacts.of(StreamingStatus.COMPLETE, one_piece, "", None).measures
    without_tokens = {**STREAMED, "output_tokens": None}
    assert "cost_usd" not in AnswerFacts.of(StreamingStatus.COMPLETE, without_tokens, "", Price(3, 15)).measures


@pytest.mark.parametrize(
    ("metadata", "phase"),
    [
        ({}, "waiting"),
        ({"thinking_ms": 30}, "thinking"),
        ({"thinking_ms": 30, "first_character_ms": 60}, "writing"),
        ({"stopped_in": "writing"}, "writing"),
    ],
)
def test_a_stop_is_counted_with_its_phase(metadata: dict[str, object], phase: str) -> None:
    facts = AnswerFacts.of(StreamingStatus.INTERRUPTED, {**metadata, "stop_reason": "user"}, "", None)
    assert facts.tally().counts[f"interrupted:user:{phase}"] == 1
    assert facts.tally().counts["end:interrupted"] == 1


def test_a_view_counts_what_came_while_it_looked() -> None:
    moments = iter([10.0, 10.02, 10.5])
    meter = ViewMeter(lambda: 0, lambda: next(moments))
    meter.sent(9.0)  # it was there before
    meter.sent(10.0)
    meter.sent(None)
    meter.seen(0.03)
    meter.seen(4_000.0)  # the machine slept
    measures = meter.measures()
    assert measures["frames"] == 3
    assert measures["server_delay_ms"] == pytest.approx(20, rel=0.08)
    assert measures["seen_delay_ms"] == pytest.approx(30, rel=0.08)


def test_traffic_is_what_went_out_since_the_view_began_or_since_its_connection_is_another() -> None:
    sent = 100
    meter = ViewMeter(lambda: sent)
    sent = 350
    assert meter.traffic() == {"sent_bytes": 250}
    sent = 40
    assert meter.traffic() == {"sent_bytes": 40}
