"""The making of an answer, measured as it happens and stored as its `stream_metadata`."""

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

TIMELINE_POINTS = 600
TIMELINE_STEP_MS = 33


class RunRecord:
    """Times in milliseconds since the run's start; the timeline holds `[ms, characters]` points for a replay.

    When the timeline is full every second point goes and the step doubles, so that it stays bounded.
    """

    def __init__(self, run_id: str, provider: str, model: str, road: str, now: Callable[[], float]) -> None:
        self._now = now
        self._begun = now()
        self._step_ms = TIMELINE_STEP_MS
        self._timeline: list[tuple[int, int]] = []
        self._facts: dict[str, Any] = {
            "run_id": run_id,
            "provider": provider,
            "model": model,
            "road": road,
            "started_at": datetime.now(UTC).isoformat(),
        }

    def ms(self) -> int:
        """Milliseconds since the start."""
        return round((self._now() - self._begun) * 1000)

    def note(self, **facts: Any) -> None:
        """Keep facts under their names."""
        self._facts.update(facts)

    def note_text(self, chars: int) -> None:
        """Note that `chars` characters of the answer are there now."""
        ms = self.ms()
        self._facts.setdefault("first_character_ms", ms)
        if not self._timeline or ms - self._timeline[-1][0] >= self._step_ms:
            self._timeline.append((ms, chars))
        if len(self._timeline) > TIMELINE_POINTS:
            self._timeline = self._timeline[::2]
            self._step_ms *= 2

    def close(self, **facts: Any) -> dict[str, Any]:
        """Give all facts as JSON values, with the duration and the timeline's end."""
        duration_ms = self.ms()
        characters = facts.get("characters", 0)
        timeline = [*self._timeline, (duration_ms, characters)] if characters else []
        attempt = {"road": self._facts["road"], "model": self._facts["model"], "ms": duration_ms}
        if error_code := facts.get("error_code"):
            attempt["error"] = error_code
        return {
            **self._facts,
            **facts,
            "attempts": [attempt],
            "duration_ms": duration_ms,
            "timeline": [list(point) for point in timeline],
        }
