"""Thinking that a model writes between tags into its answer, told apart from the answer."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice

import regex

# The marks of the models known to write them: DeepSeek R1, Qwen, Magistral, Kimi, Seed, Command, gpt-oss, Gemma.
_NAMES = "think|thinking|thoughts?|reason|reasoning|scratchpad|antthinking|seed:think"
_ATTRIBUTES = r"""(?:\s+[\w:-]+\s*=\s*(?:"[^"<>]*"|'[^'<>]*'|[^\s"'<>]+))*\s*"""
_CLOSED_BY = {
    "[THINK]": "[/THINK]",
    "◁think▷": "◁/think▷",
    "<|begin_of_thought|>": "<|end_of_thought|>",
    "<|START_THINKING|>": "<|END_THINKING|>",
    "<|channel|>analysis<|message|>": "<|end|>",
    "<|channel|>commentary<|message|>": "<|end|>",
    "<|channel>thought": "<channel|>",
}
_OPENING = regex.compile(
    rf"(?i:<(?P<name>{_NAMES}){_ATTRIBUTES}>)|" + "|".join(regex.escape(mark) for mark in _CLOSED_BY)
)
_CLOSING = regex.compile(rf"(?i:</(?:{_NAMES})\s*>)|\[/THINK\]|◁/think▷")
_FENCE = re.compile(r"^[ \t>]*(?:(?:[-*+]|\d+[.)])[ \t]+)?(```|~~~)", re.MULTILINE)  # in a list or a quotation, too
_INDENTED = re.compile(r"^(?: {4,}|\t)[ \t]*\Z", re.MULTILINE)
# What stands before the answer and says nothing itself, and what ends the answer then.
_ENDED_BY = {
    "<|start|>assistant": ("<|return|>", "<|end|>"),
    "<|channel|>final<|message|>": ("<|return|>", "<|end|>"),
    "<|START_RESPONSE|>": ("<|END_RESPONSE|>",),
    "<|begin_of_solution|>": ("<|end_of_solution|>",),
}
_BETWEEN = regex.compile("|".join(regex.escape(mark) for mark in _ENDED_BY))
# An answer may begin by speaking of the tag.
_MENTION = re.compile(r"[,;:/|]| (?:tags?|blocks?|elements?|tokens?|markers?|is|are|was|and|or)\b(?!$)")
_LEADING = "\ufeff \t\r\n\f\v\u00a0"
_BETWEEN_THOUGHTS = "\n\n"
_LONGEST_MENTION = 12
_LONGEST_SPACE = 200
_MOST_CLOSINGS = 20


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
        self._closing: regex.Pattern[str] | None = None
        self._ends: tuple[str, ...] = ()
        self._is_text = False
        self._has_mark = False
        self._has_begun_thinking = False
        self._last = ""

    def feed(self, text: str) -> Iterator[Piece]:
        """Take the next characters."""
        self._held += text
        yield from self._take(is_end=False)

    def flush(self) -> Iterator[Piece]:
        """Give what was held back: nothing more comes."""
        yield from self._take(is_end=True)

    def _take(self, *, is_end: bool) -> Iterator[Piece]:
        while self._held and not self._is_text:
            before = self._held, self._closing
            if self._closing:
                yield from self._think(self._closing, is_end=is_end)
            else:
                self._begin(is_end=is_end)
            if before == (self._held, self._closing):
                break
        if self._is_text:
            yield from self._say(is_end=is_end)

    def _begin(self, *, is_end: bool) -> None:
        start = self._held.lstrip(_LEADING)
        if not start and len(self._held) <= _LONGEST_SPACE and not is_end:
            return
        found = _mark_at(start)
        if found is None or (found.partial and is_end):
            self._is_text = True
        elif not found.partial:
            self._take_mark(found, start[found.end() :], is_end=is_end)
        if self._is_text and self._has_mark:
            self._held = start

    def _take_mark(self, found: "regex.Match[str]", rest: str, *, is_end: bool) -> None:
        if found[0] in _ENDED_BY:
            self._held, self._ends, self._has_mark = rest, _ENDED_BY[found[0]], True
        elif found.re is _CLOSING:
            self._close_unopened(rest, is_end=is_end)
        else:
            self._open(found, rest, is_end=is_end)

    def _open(self, found: "regex.Match[str]", rest: str, *, is_end: bool) -> None:
        if _MENTION.match(rest):
            self._is_text = True
        elif rest.strip() and (len(rest) >= _LONGEST_MENTION or "\n" in rest or _CLOSING.search(rest) or is_end):
            self._closing, self._held = _closing_for(found), rest
            self._has_mark, self._has_begun_thinking = True, False
        elif is_end:
            self._held = ""

    def _close_unopened(self, rest: str, *, is_end: bool) -> None:
        """Drop a closing tag that the answer begins with: its thinking came in a field, or was empty."""
        if rest[:1].isalnum() or rest[:1] in ("\r", "\n") or (is_end and not rest):
            self._held, self._has_mark = rest, True
        elif rest:
            self._is_text = True

    def _think(self, closing: "regex.Pattern[str]", *, is_end: bool) -> Iterator[Piece]:
        end = self._end_of_thinking(closing)
        if not end.partial:
            thinking, self._held, self._closing = self._held[: end.start()].rstrip(), self._held[end.end() :], None
        else:
            cut = len(self._held) if is_end else self._decided_chars(end.start())
            thinking, self._held = self._held[:cut], self._held[cut:]
        if not self._has_begun_thinking:
            thinking = thinking.lstrip()
        if thinking:
            between = _BETWEEN_THOUGHTS if self._last and not self._has_begun_thinking else ""
            self._has_begun_thinking, self._last = True, thinking[-1]
            yield Piece(between + thinking, is_thinking=True)

    def _end_of_thinking(self, closing: "regex.Pattern[str]") -> "regex.Match[str]":
        """Find the closing tag, or the beginning of one at the end, which may be empty."""
        found = closing.finditer(self._held, partial=True)
        return next(end for end in found if end.partial or (self._held[: end.start()] or self._last)[-1:] != "`")

    def _decided_chars(self, end: int) -> int:
        """Count the characters before a tag that may come; the white space before it may belong to it."""
        space = end - len(self._held[:end].rstrip())
        return end - (space if space <= _LONGEST_SPACE else 0)

    def _say(self, *, is_end: bool) -> Iterator[Piece]:
        kept = self._chars_of_end()
        if is_end:
            kept = kept if self._held.endswith(self._ends) else 0
        text, held = self._held[: len(self._held) - kept], self._held[len(self._held) - kept :]
        self._held = "" if is_end else held
        if text:
            yield Piece(text, is_thinking=False)

    def _chars_of_end(self) -> int:
        """Count the last characters that may belong to a mark that ends the answer."""
        longest = max(map(len, self._ends), default=0)
        sizes = range(min(longest, len(self._held)), 0, -1)
        return next((size for size in sizes if any(end.startswith(self._held[-size:]) for end in self._ends)), 0)


def settled(text: str, thinking: str) -> tuple[str, str]:
    """Give an ended answer's text and thinking, told apart where only the end of the thinking has a tag.

    The opening tag of some models is part of their prompt: not before the closing one comes is it known that what
    stands before it was thinking. A tag in code, or with spaces around it in a line, is only spoken of.
    """
    tags = islice(_CLOSING.finditer(text), _MOST_CLOSINGS)
    end = next((tag for tag in tags if _ends_thinking(text, tag)), None)
    if end is None or _OPENING.search(text, 0, end.start()):
        return text, thinking
    parts = (thinking, text[: end.start()].strip())
    return text[end.end() :].lstrip(_LEADING), _BETWEEN_THOUGHTS.join(filter(None, parts))


def _ends_thinking(text: str, tag: "regex.Match[str]") -> bool:
    before, after = text[: tag.start()], text[tag.end() :]
    is_in_code = len(_FENCE.findall(before)) % 2 == 1 or before.endswith("`") or bool(_INDENTED.search(before))
    is_spoken_of = after[:1] not in ("\r", "\n") and (after[:1].isspace() or before[-1:] in (" ", "\t"))
    is_in_line = before[-1:] in (" ", "\t") and not after.startswith(("\n\n", "\r\n\r\n"))
    return bool(before.strip() and after.strip()) and not (is_in_code or is_spoken_of or is_in_line)


def _mark_at(start: str) -> "regex.Match[str] | None":
    """Give the mark with which the text begins, or a beginning of one that is all of the text so far."""
    marks = [mark for kind in (_OPENING, _BETWEEN, _CLOSING) if (mark := kind.match(start, partial=True))]
    return next((mark for mark in marks if not mark.partial), marks[0] if marks else None)


def _closing_for(opening: "regex.Match[str]") -> "regex.Pattern[str]":
    if name := opening["name"]:
        return regex.compile(rf"(?i:</{name}\s*>)")
    return regex.compile(regex.escape(_CLOSED_BY[opening[0]]))
