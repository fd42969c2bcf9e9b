"""The making of an answer, measured as it happens and stored as its `stream_metadata`."""

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

from app.streaming.policy import Step

TIMELINE_POINTS = 600
TIMELINE_STEP_MS = 33


class RunRecord:
    """Times in milliseconds since the run's start; the timeline holds `[ms, characters]` points for a replay.

    When the timeline is full every second point goes and the step doubles, so that it stays bounded. `attempts` holds,
    for every request made, `model`, `road`, `ms` (its length) and, if it failed, `error` (the code), `then` (the step
    taken) and `wait_ms`.
    """

    def __init__(self, run_id: str, model_key: str, now: Callable[[], float], thought_before_ms: int = 0) -> None:
        self._now = now
        self._thought_before_ms = thought_before_ms
        self._thinking_begun_ms: int | None = None
        self.thinking_ms: int | None = thought_before_ms or None
        self._begun = now()
        self._step_ms = TIMELINE_STEP_MS
        self._timeline: list[tuple[int, int]] = []
        self._attempts: list[dict[str, Any]] = []
        self._attempt_begun_ms: int | None = None
        self._facts: dict[str, Any] = {
            "run_id": run_id,
            "asked_model": model_key,
            "started_at": datetime.now(UTC).isoformat(),
        }

    def ms(self) -> int:
        """Milliseconds since the start."""
        return round((self._now() - self._begun) * 1000)

    @property
    def is_asking(self) -> bool:
        """Say whether an attempt is under way."""
        return self._attempt_begun_ms is not None

    def note(self, **facts: Any) -> None:
        """Keep facts under their names."""
        self._facts.update(facts)

    def begin_attempt(self, provider: str, model: str, road: str, thinking: str) -> None:
        """Note that a provider is asked."""
        self.note(provider=provider, model=model, road=road, thinking=thinking)
        self._attempt_begun_ms = self.ms()
        self._attempts.append({"model": f"{provider}/{model}", "road": road})

    def change_road(self, road: str) -> None:
        """Note that the present attempt goes on by another road."""
        self.note(road=road)
        self._attempts[-1]["road"] = road

    def end_attempt(
        self, error: str | None = None, step: Step | None = None, wait_seconds: float | None = None
    ) -> None:
        """Note how the present attempt ended; nothing happens when there is none."""
        if self._attempt_begun_ms is None:
            return
        facts = {"ms": self.ms() - self._attempt_begun_ms, "error": error, "then": step}
        facts["wait_ms"] = None if wait_seconds is None else round(wait_seconds * 1000)
        self._attempts[-1].update({name: fact for name, fact in facts.items() if fact is not None})
        self._attempt_begun_ms = None

    def note_thinking(self) -> None:
        """Note that the model thinks; it has taken `thinking_ms`, with what it took before a continuation."""
        ms = self.ms()
        self._thinking_begun_ms = ms if self._thinking_begun_ms is None else self._thinking_begun_ms
        self.thinking_ms = self._thought_before_ms + ms - self._thinking_begun_ms

    def note_text(self, chars: int) -> None:
        """Note that `chars` characters of the answer are there now; the first of them ends the thinking."""
        ms = self.ms()
        if self._thinking_begun_ms is not None and "first_character_ms" not in self._facts:
            self.note_thinking()
        self._facts.setdefault("first_character_ms", ms)
        if not self._timeline or ms - self._timeline[-1][0] >= self._step_ms:
            self._timeline.append((ms, chars))
        if len(self._timeline) > TIMELINE_POINTS:
            self._timeline = self._timeline[::2]
            self._step_ms *= 2

    def close(self, **facts: Any) -> dict[str, Any]:
        """Give all facts as JSON values, with the duration and the timeline's end."""
        self.end_attempt()
        duration_ms = self.ms()
        characters = facts.get("characters", 0)
        timeline = [*self._timeline, (duration_ms, characters)] if characters else []
        return {
            **self._facts,
            **({} if self.thinking_ms is None else {"thinking_ms": self.thinking_ms}),
            **facts,
            "attempts": self._attempts,
            "duration_ms": duration_ms,
            "timeline": [list(point) for point in timeline],
        }
