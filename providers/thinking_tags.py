"""Thinking that a model writes between tags into its answer, told apart from the answer."""

import re
from collections.abc import Iterator
from dataclasses import dataclass

# The marks of the models that are known to write them: DeepSeek R1, Qwen, Magistral, Kimi, Seed, Command, gpt-oss.
PAIRS = {
    **{f"<{name}>": f"</{name}>" for name in ("think", "thinking", "thought", "reasoning", "reason", "seed:think")},
    "[THINK]": "[/THINK]",
    "◁think▷": "◁/think▷",
    "<|begin_of_thought|>": "<|end_of_thought|>",
    "<|START_THINKING|>": "<|END_THINKING|>",
    "<|channel|>analysis<|message|>": "<|end|>",
}
# What stands between thinking and answer, and says nothing itself.
_BETWEEN = ("<|start|>assistant", "<|channel|>final<|message|>", "<|START_RESPONSE|>", "<|begin_of_solution|>")
# An answer may begin by speaking of the tag.
_MENTION = re.compile(r"[,;:/|]| (?:tags?|blocks?|elements?|tokens?|markers?|is|are|was|and|or)\b(?!$)")
_BETWEEN_THOUGHTS = "\n\n"
_LONGEST_MENTION = 12
_LONGEST_SPACE = 200


@dataclass(frozen=True, slots=True)
class Piece:
    """Some characters, of the thinking or of the answer."""

    text: str
    is_thinking: bool


class ThinkingTags:
    """Takes an answer as it comes and gives its pieces; only tags at its very beginning count.

    A tag that is named in prose or in code is text. What may still become a tag is held back, which is never more than
    a tag's length. White space around thinking is dropped; an answer without thinking passes exactly as it is.
    """

    def __init__(self) -> None:
        self._held = ""
        self._closing = ""
        self._is_text = False
        self._has_thought = False
        self._has_begun_thinking = False
        self._last = ""

    def feed(self, text: str) -> Iterator[Piece]:
        """Take the next characters."""
        if self._is_text:
            yield Piece(text, is_thinking=False)
            return
        self._held += text
        yield from self._take(is_end=False)

    def flush(self) -> Iterator[Piece]:
        """Give what was held back: nothing more comes."""
        if not self._is_text:
            yield from self._take(is_end=True)

    def _take(self, *, is_end: bool) -> Iterator[Piece]:
        while self._held and not self._is_text:
            before = self._held, self._closing
            yield from self._think(is_end=is_end) if self._closing else self._begin(is_end=is_end)
            if before == (self._held, self._closing):
                return

    def _begin(self, *, is_end: bool) -> Iterator[Piece]:
        start = self._held.lstrip()
        if not start and len(self._held) <= _LONGEST_SPACE and not is_end:
            return
        between = next((mark for mark in _BETWEEN if start.startswith(mark)), None)
        opening = next((tag for tag in PAIRS if start.startswith(tag)), None)
        if between and self._has_thought:
            self._held = start[len(between) :]
        elif opening:
            self._open(opening, start[len(opening) :], is_end=is_end)
        elif is_end or not any(mark.startswith(start) for mark in (*PAIRS, *_BETWEEN)):
            self._is_text = True
        if self._is_text:
            text, self._held = (start if self._has_thought else self._held), ""
            if text:
                yield Piece(text, is_thinking=False)

    def _open(self, opening: str, rest: str, *, is_end: bool) -> None:
        if _MENTION.match(rest):
            self._is_text = True
        elif rest.strip() and (len(rest) >= _LONGEST_MENTION or "\n" in rest or PAIRS[opening][:2] in rest or is_end):
            self._closing, self._held = PAIRS[opening], rest
            self._has_thought, self._has_begun_thinking = True, False
        elif is_end:
            self._held = ""

    def _think(self, *, is_end: bool) -> Iterator[Piece]:
        at = self._closing_at()
        if at is not None:
            thinking, self._held = self._held[:at].rstrip(), self._held[at + len(self._closing) :]
            self._closing = ""
        else:
            kept = 0 if is_end else self._undecided_chars()
            cut = len(self._held) - kept
            thinking, self._held = self._held[:cut], self._held[cut:]
        if not self._has_begun_thinking:
            thinking = thinking.lstrip()
        if thinking:
            between = _BETWEEN_THOUGHTS if self._last and not self._has_begun_thinking else ""
            self._has_begun_thinking, self._last = True, thinking[-1]
            yield Piece(between + thinking, is_thinking=True)

    def _closing_at(self) -> int | None:
        at = self._held.find(self._closing)
        while at >= 0:
            if (self._held[at - 1] if at else self._last) != "`":
                return at
            at = self._held.find(self._closing, at + 1)
        return None

    def _undecided_chars(self) -> int:
        """Count the characters at the end that may belong to the closing tag, and the white space before it."""
        longest = min(len(self._closing) - 1, len(self._held))
        tag = next((size for size in range(longest, 0, -1) if self._closing.startswith(self._held[-size:])), 0)
        body = self._held[: len(self._held) - tag]
        space = len(body) - len(body.rstrip())
        return tag + (space if space <= _LONGEST_SPACE else 0)
