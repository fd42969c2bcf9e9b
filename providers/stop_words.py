"""The words by which servers say why an answer is over."""

from collections.abc import Mapping

from providers.events import StopReason

_WORDS: Mapping[str, StopReason] = {
    "stop": StopReason.END_TURN,
    "stop_sequence": StopReason.STOP_SEQUENCE,
    "pause_turn": StopReason.PAUSE_TURN,
    "recitation": StopReason.REFUSAL,
    "refusal": StopReason.REFUSAL,
    "spii": StopReason.REFUSAL,
}
# For the words of all others the first that holds one of these counts.
_PARTS: tuple[tuple[tuple[str, ...], StopReason], ...] = (
    (("tool", "function"), StopReason.TOOL_USE),
    (("context",), StopReason.CONTEXT_EXCEEDED),
    (("filter", "safety", "sensitive", "guardrail", "prohibited", "blocklist", "moderation"), StopReason.REFUSAL),
    (("length", "limit", "max_"), StopReason.MAX_TOKENS),
    (("stop", "eos", "end", "done", "finish", "complete", "normal"), StopReason.END_TURN),
)
_FAILURES = (
    "error", "abort", "cancel", "timeout", "timed_out", "failed", "failure", "unavailable", "insufficient", "overload",
)  # fmt: skip
_NONE = ("", "null", "none", "unspecified")


def stop_word(reason: object) -> str:
    """Give a reason in small letters and without Google's prefix; empty when it is none."""
    word = reason.lower().removeprefix("finish_reason_") if isinstance(reason, str) else ""
    return "" if word in _NONE else word


def stop_reason(word: str) -> StopReason:
    """Say what a word means; without one the answer has simply ended."""
    if not word:
        return StopReason.END_TURN
    parts = (reason for names, reason in _PARTS if any(name in word for name in names))
    return _WORDS.get(word) or next(parts, StopReason.OTHER)


def is_failure(word: str) -> bool:
    """Say whether a word tells of a failure and not of an end."""
    return any(name in word for name in _FAILURES)
