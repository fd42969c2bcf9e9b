"""The making of an answer, measured as it happens and stored as its `stream_metadata`."""

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any, assert_never

from app.streaming.asking import AskEvent, AttemptFailed
from app.streaming.events import Attempt, Completed, Failed, Interrupted, TerminalEvent, Text, Thinking, Usage
from app.streaming.policy import Step
from app.streaming.stitching import Prefix
from app.streaming.store import StreamingStatus
from providers.errors import ProviderError

TIMELINE_POINTS = 600
TIMELINE_STEP_MS = 33
STALL_MS = 2_000


class RunRecord:
    """Times in milliseconds since the run's start; the timeline holds `[ms, characters]` points for a replay.

    When the timeline is full every second point goes and the step doubles, so that it stays bounded. `attempts` holds,
    for every request made, `model`, `road` (the delivery mode), `at_ms` (its start), `ms` (its length) and, if it
    failed, `error` (the code), `then` (the step taken) and `wait_ms`. `thinking_ms` is the time from the first thinking
    to the first character after it, with what it took before a continuation. `longest_gap_ms` is between characters,
    of text or thinking, and `stalls` counts the gaps of `STALL_MS`. `new_characters` came in this run,
    `first_piece_characters` of them at once.
    """

    def __init__(self, run_id: str, model_key: str, prefix: Prefix, now: Callable[[], float]) -> None:
        self._now = now
        self._begun = now()
        self._chars = len(prefix.text)
        self._thought_before_ms = prefix.thinking_ms
        self._thinking_begun_ms: int | None = None
        self.thinking_ms: int | None = prefix.thinking_ms or None
        self._step_ms = TIMELINE_STEP_MS
        self._timeline: list[tuple[int, int]] = [(0, self._chars)] if self._chars else []
        self._attempts: list[dict[str, Any]] = []
        self._attempt_begun_ms: int | None = None
        self._progress_ms: int | None = None
        self._longest_gap_ms: int | None = None
        self._stalls = 0
        self._new_chars = 0
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

    def note(self, event: AskEvent) -> None:
        """Note what happens, at this moment."""
        match event:
            case Attempt():
                self._note_attempt(event)
            case AttemptFailed():
                self._end_attempt(event.error, event.step, event.wait_seconds)
            case Text():
                self._note_text(len(event.text))
            case Thinking():
                self._note_thinking(self.ms())
                self._note_progress(self.ms())
            case Usage():
                self._facts.setdefault("first_event_ms", self.ms())
            case _:
                pass

    def _note_attempt(self, attempt: Attempt) -> None:
        provider, _, model = attempt.model.partition("/")
        self._facts.update(provider=provider, model=model, road=attempt.road, thinking=attempt.thinking)
        if self._attempt_begun_ms is None:
            self._attempt_begun_ms = self.ms()
            begun = {"model": attempt.model, "road": attempt.road, "at_ms": self._attempt_begun_ms}
            self._attempts.append(begun)
        else:  # the same attempt goes on in another delivery mode
            self._attempts[-1]["road"] = attempt.road

    def _end_attempt(
        self, error: ProviderError | None = None, step: Step | None = None, wait_seconds: float | None = None
    ) -> None:
        if self._attempt_begun_ms is None:
            return
        facts = {"ms": self.ms() - self._attempt_begun_ms, "error": error.code if error else None, "then": step}
        facts["wait_ms"] = None if wait_seconds is None else round(wait_seconds * 1000)
        self._attempts[-1].update({name: fact for name, fact in facts.items() if fact is not None})
        self._attempt_begun_ms = None
        if error is not None and step is None:
            self._facts.update(error_detail=error.detail, server_said=error.said)

    def _note_thinking(self, ms: int) -> None:
        self._thinking_begun_ms = ms if self._thinking_begun_ms is None else self._thinking_begun_ms
        self.thinking_ms = self._thought_before_ms + ms - self._thinking_begun_ms

    def _note_progress(self, ms: int) -> None:
        """Note that something came of what the model writes."""
        self._facts.setdefault("first_event_ms", ms)
        if self._progress_ms is not None:
            gap_ms = ms - self._progress_ms
            self._longest_gap_ms = max(gap_ms, self._longest_gap_ms or 0)
            self._stalls += gap_ms >= STALL_MS
        self._progress_ms = ms

    def _note_text(self, chars: int) -> None:
        ms = self.ms()
        self._chars += chars
        self._new_chars += chars
        self._note_progress(ms)
        self._facts.setdefault("first_piece_characters", chars)
        self._facts["last_character_ms"] = ms
        if self._thinking_begun_ms is not None and "first_character_ms" not in self._facts:
            self._note_thinking(ms)
        self._facts.setdefault("first_character_ms", ms)
        if not self._timeline or ms - self._timeline[-1][0] >= self._step_ms:
            self._timeline.append((ms, self._chars))
        if len(self._timeline) > TIMELINE_POINTS:
            self._timeline = self._timeline[::2]
            self._step_ms *= 2

    def close(self, **facts: Any) -> dict[str, Any]:
        """Give all facts as JSON values, with the duration and the timeline's end."""
        self._end_attempt()
        duration_ms = self.ms()
        characters = facts.get("characters", 0)
        timeline = [*self._timeline, (duration_ms, characters)] if characters else []
        gaps = {} if self._longest_gap_ms is None else {"longest_gap_ms": self._longest_gap_ms, "stalls": self._stalls}
        begun = {} if self._thinking_begun_ms is None else {"thinking_begun_ms": self._thinking_begun_ms}
        return {
            **self._facts,
            **({} if self.thinking_ms is None else {"thinking_ms": self.thinking_ms}),
            **begun,
            **gaps,
            **facts,
            "new_characters": self._new_chars,
            "attempts": self._attempts,
            "duration_ms": duration_ms,
            "timeline": [list(point) for point in timeline],
            "timeline_step_ms": self._step_ms,
        }


def ending_of(terminal: TerminalEvent) -> tuple[StreamingStatus, dict[str, Any]]:
    """Give how an answer that ended so is stored, and what is known of its end."""
    match terminal:
        case Completed():
            return StreamingStatus.COMPLETE, {"stop_reason": terminal.stop_reason}
        case Interrupted():
            return StreamingStatus.INTERRUPTED, {
                "stop_reason": terminal.reason,
                "closed_ms": terminal.closed_ms,
                "output_tokens": terminal.tokens,
                "is_estimate": terminal.is_estimate,
            }
        case Failed():
            return StreamingStatus.FAILED, {"stop_reason": "error", "error_code": terminal.code}
        case _:
            assert_never(terminal)
