"""The code blocks of a text, read line by line while it is written.

A fence counts where the page shows one: models write fences into lists and quotations, glue them to the line before,
and put whole READMEs with fences of their own into one. The rules are those of `components/prose.js`, and a test holds
both to the same blocks.
"""

import re
from dataclasses import dataclass, field

_CONTAINERS = r"(?:[ \t]*(?:>|(?:[-*+]|\d{1,9}[.)])(?=[ \t])))*[ \t]*"
_FENCE = re.compile(rf"({_CONTAINERS})(`{{3,}}(?=[^`]*$)|~{{3,}})[ \t]*(.*)$", re.DOTALL)
_GLUED_OPENING = re.compile(r"(.*[^\s`~])(`{3,})([\w+#.:/-]*)[ \t]*$", re.DOTALL | re.ASCII)
_SPACED_OPENING = re.compile(r"(.*[:：][*_]*)[ \t]+(`{3,})([\w+#.:/-]*)[ \t]*$", re.DOTALL | re.ASCII)
_GLUED_CLOSING = re.compile(r"(.*[^\s`])(`{3,})[ \t]*$", re.DOTALL)
_ITEM = re.compile(r"[ \t]*(?:[-*+]|\d{1,9}[.)])[ \t]+")
_QUOTED = re.compile(r"[ \t]*>")
_QUOTE_MARKS = re.compile(r"[ \t]*(?:>[ \t]?)+")
_MARKS = re.compile(r"[ \t]*(`{3,}|~{3,})[ \t]*(\S*)")
_HOLDS_FENCES = re.compile(r"(markdown|md|mdx|rst|text|txt)\b", re.IGNORECASE)

_ENVIRONMENTS = (
    "align|alignat|aligned|alignedat|array|Bmatrix|bmatrix|cases|CD|equation|gather|gathered|matrix|multline|pmatrix"
    "|rcases|smallmatrix|split|Vmatrix|vmatrix"
)
_FORMULA = re.compile(rf"[ \t]*(?:>[ \t]?)*(\$\$|\\\[|\\begin\{{((?:{_ENVIRONMENTS})\*?)\}})(.*)$", re.DOTALL)
_PROSE_WORD = re.compile(r"(?:^|[^\\A-Za-z{])[A-Za-z]{3,}")
_LONGEST_FORMULA_CHARS = 4000

BEGINNING_LINES = 15


@dataclass(slots=True)
class CodeBlock:
    """A fenced code block: `place` counts from 0 in its text, `before` is the last line with words above it.

    `content` is exactly what stands inside the fence, without the marks of the list or quotation around it.
    """

    place: int
    info: str
    before: str
    lines: int = 0
    is_closed: bool = False
    _parts: list[str] = field(default_factory=list[str])
    _beginning: list[str] = field(default_factory=list[str])

    @property
    def beginning(self) -> str:
        """The first `BEGINNING_LINES` lines of the content, or as many as there are."""
        return "".join(self._beginning)

    @property
    def content(self) -> str:
        """The text inside the fence."""
        if len(self._parts) > 1:
            self._parts = ["".join(self._parts)]
        return self._parts[0] if self._parts else ""

    def add(self, line: str) -> None:
        """Add a line with its end."""
        self._parts.append(line)
        if self.lines < BEGINNING_LINES:
            self._beginning.append(line)
        self.lines += 1


@dataclass(frozen=True, slots=True)
class _Fence:
    sign: str
    size: int
    indent: int
    quotes: int
    holds_fences: bool


@dataclass(slots=True)
class _Formula:
    """A formula on lines of its own, in which no fence counts; what nothing closes was none."""

    closing: str
    chars: int
    source: list[tuple[str, str]]


class Extractor:
    """Finds the blocks of a text that comes in pieces, cut anywhere; each character is looked at once.

    Only whole lines count until `close` tells that no more will come.
    """

    def __init__(self) -> None:
        self.blocks: list[CodeBlock] = []
        self._open_line: list[str] = []
        self._fence: _Fence | None = None
        self._formula: _Formula | None = None
        self._wants_no_formula = False
        self._depth = 0
        self._before = ""

    def feed(self, text: str) -> None:
        """Read on."""
        *whole, rest = text.split("\n")
        for line in whole:
            self._read("".join((*self._open_line, line)), "\n")
            self._open_line = []
        if rest:
            self._open_line.append(rest)

    def close(self) -> None:
        """Read what stands in the last line, which nothing ends."""
        if self._open_line:
            self._read("".join(self._open_line), "")
            self._open_line = []
        if self._formula:
            self._release(self._formula)

    def _read(self, line: str, end: str) -> None:
        if line.endswith("\r"):
            line, end = line[:-1], f"\r{end}"
        if self._fence:
            self._read_in_fence(self._fence, line, end)
        elif self._formula:
            self._read_in_formula(self._formula, line, end)
        else:
            self._read_prose(line, end)

    def _read_prose(self, line: str, end: str) -> None:
        if fence := _FENCE.match(line):
            self._open(fence[1], fence[2], fence[3].strip())
        elif self._is_formula(line, end):
            self._before = ""
        elif (glued := _GLUED_OPENING.match(line) or _SPACED_OPENING.match(line)) and "```" not in glued[1]:
            item = _ITEM.match(glued[1])
            self._before = glued[1]
            self._open(" " * len(item[0]) if item else "", glued[2], glued[3])
        elif line.strip():
            self._before = line

    def _open(self, prefix: str, marks: str, info: str) -> None:
        holds_fences = marks[0] == "`" and _HOLDS_FENCES.match(info) is not None
        quotes = prefix.count(">")
        indent = len(re.sub(r".*>[ ]?", "", prefix))
        self._fence = _Fence(marks[0], len(marks), indent, quotes, holds_fences)
        self._depth = 0
        self.blocks.append(CodeBlock(len(self.blocks), info.replace("`", ""), self._before))
        self._before = ""

    def _read_in_fence(self, fence: _Fence, line: str, end: str) -> None:
        block = self.blocks[-1]
        if fence.quotes and not _QUOTED.match(line):
            self._fence, block.is_closed = None, True
            self._read_prose(line, end)
            return
        bare = _QUOTE_MARKS.sub("", line, count=1) if fence.quotes else line
        if self._closes(fence, bare):
            self._fence, block.is_closed = None, True
            return
        glued = _GLUED_CLOSING.match(bare) if fence.sign == "`" and not fence.holds_fences else None
        if glued and len(glued[2]) == fence.size and "```" not in glued[1]:
            block.add(_unindented(glued[1], fence))
            self._fence, block.is_closed = None, True
            return
        block.add(_unindented(line, fence) + end)

    def _is_formula(self, line: str, end: str) -> bool:
        """Say whether a line is a formula, or the first of one that goes on."""
        found = _FORMULA.match(line)
        if found is None:
            return False
        opening, environment, rest = found.groups()
        closing = f"\\end{{{environment}}}" if environment else {"$$": "$$"}.get(opening, "\\]")
        body, is_closed, after = rest.rpartition(closing)
        if is_closed and not after.strip() and (environment or body.strip()):
            return opening != "$$" or "$$" not in body
        if is_closed or self._wants_no_formula or (opening == "$$" and _PROSE_WORD.search(rest)):
            return False
        self._formula = _Formula(closing, len(rest), [(line, end)])
        return True

    def _read_in_formula(self, formula: _Formula, line: str, end: str) -> None:
        formula.source.append((line, end))
        formula.chars += len(line)
        _, is_closed, after = line.partition(formula.closing)
        if is_closed:
            self._formula = None
            if after.strip():
                self._read_prose(after.lstrip(), end)
        elif formula.chars > _LONGEST_FORMULA_CHARS:
            self._release(formula)

    def _release(self, formula: _Formula) -> None:
        """Read a formula that was none as what it is."""
        self._formula, self._wants_no_formula = None, True
        for line, end in formula.source:
            self._read(line, end)
        self._wants_no_formula = False

    def _closes(self, fence: _Fence, bare: str) -> bool:
        marks = _MARKS.match(bare)
        if marks is None or marks[1][0] != fence.sign or "`" in bare[marks.end(1) :] or len(marks[1]) < fence.size:
            return False
        if marks[2]:
            self._depth += fence.holds_fences
            return False
        if self._depth:
            self._depth -= 1
            return False
        return True


def may_have_blocks(text: str) -> bool:
    """Say, at once, whether it is worth looking for blocks."""
    return "```" in text or "~~~" in text


def blocks_of(text: str) -> list[CodeBlock]:
    """Find the blocks of a whole text."""
    extractor = Extractor()
    extractor.feed(text)
    extractor.close()
    return extractor.blocks


def _unindented(line: str, fence: _Fence) -> str:
    """Take away what belongs to the list or quotation around the fence, as far as it is there."""
    for _ in range(fence.quotes):
        line = re.sub(r"^[ \t]{0,3}>[ ]?", "", line)
    own = len(line) - len(line.lstrip(" \t"))
    return line[min(own, fence.indent) :]
