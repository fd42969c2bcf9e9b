"""The facts of one ended answer, as they are counted everywhere."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, NamedTuple

from app.monitoring.measures import BY_NAME
from app.monitoring.prices import Price
from app.monitoring.tally import Tally
from app.streaming.store import StreamingStatus


@dataclass(frozen=True, slots=True)
class AnswerFacts:
    """What is known of an ended answer; what nobody knows is not in `measures`.

    `mode` is a `DeliveryMode`, or empty when no provider was asked. `stopped_in` is the phase in which an interrupted
    answer was: waiting, thinking or writing. `ended_by` says who interrupted it, `failure` is the code of the error
    that ended it.
    """

    provider: str
    model: str
    status: StreamingStatus
    mode: str = ""
    ended_by: str = ""
    stopped_in: str = ""
    failure: str = ""
    attempt_failures: tuple[str, ...] = ()
    measures: Mapping[str, float] = field(default_factory=dict[str, float])

    @classmethod
    def of(
        cls, status: StreamingStatus, metadata: Mapping[str, Any], failure: str, price: Price | None
    ) -> "AnswerFacts":
        """Read them out of the metadata of a run (see `app.streaming.record`)."""
        provider, _, model = str(metadata.get("asked_model", "/")).partition("/")
        attempts = metadata.get("attempts") or ()
        return cls(
            provider=str(metadata.get("provider") or provider),
            model=str(metadata.get("model") or model),
            status=status,
            mode=str(metadata.get("road") or ""),
            ended_by=str(metadata.get("stop_reason") or "") if status is StreamingStatus.INTERRUPTED else "",
            stopped_in=_phase(metadata) if status is StreamingStatus.INTERRUPTED else "",
            failure=failure if status is StreamingStatus.FAILED else "",
            attempt_failures=tuple(str(one["error"]) for one in attempts if one.get("error")),
            measures=_measures(metadata, len(attempts), price),
        )

    def tally(self) -> Tally:
        """Count this one answer."""
        tally = Tally()
        tally.count("answers")
        tally.count(f"end:{self.status.value}")
        if self.mode:
            tally.count(f"mode:{self.mode}")
        if self.ended_by:
            tally.count(f"interrupted:{self.ended_by}:{self.stopped_in}")
        if self.failure:
            tally.count(f"failure:{self.failure}")
        for code in self.attempt_failures:
            tally.count(f"attempt_failure:{code}")
        for name, value in self.measures.items():
            tally.note(name, value)
        return tally


class EndedRun(NamedTuple):
    """Whose run it was, and in what."""

    run_id: str
    user_id: str
    conversation_id: str
    message_id: str
    ended_at: datetime


@dataclass(frozen=True, slots=True)
class EndedAnswer:
    """One ended answer with its facts."""

    run: EndedRun
    facts: AnswerFacts


def _phase(metadata: Mapping[str, Any]) -> str:
    if known := metadata.get("stopped_in"):
        return str(known)
    if metadata.get("first_character_ms") is not None:
        return "writing"
    return "thinking" if metadata.get("thinking_ms") is not None else "waiting"


def _measures(metadata: Mapping[str, Any], attempts: int, price: Price | None) -> dict[str, float]:
    found: dict[str, float | None] = {name: metadata.get(name) for name in BY_NAME}
    found["characters"] = metadata.get("new_characters", metadata.get("characters"))
    found["characters_per_second"] = _speed(metadata)
    found["attempts"] = attempts or None
    found["cost_usd"] = price.cost(metadata.get("input_tokens"), metadata.get("output_tokens")) if price else None
    return {name: value for name, value in found.items() if value is not None}


def _speed(metadata: Mapping[str, Any]) -> float | None:
    """Characters a second while it was written; None for an answer in one piece, whose time says nothing."""
    first, last = metadata.get("first_character_ms"), metadata.get("last_character_ms")
    chars, at_once = metadata.get("new_characters"), metadata.get("first_piece_characters")
    if first is None or last is None or chars is None or at_once is None or last <= first:
        return None
    return (chars - at_once) * 1000 / (last - first)
