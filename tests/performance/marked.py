"""Texts that carry their own measure: numbered words, by which a page shows how far it has come."""

import itertools
import re
from collections.abc import Iterator

MARK = re.compile(r"w(\d{5})")


def mark(number: int) -> str:
    return f"w{number:05}"


def prose(chars: int) -> str:
    """Plain sentences."""
    words = (mark(number) + (". " if number % 12 == 11 else " ") for number in itertools.count())
    return _of_length(words, chars)


def markdown(chars: int) -> str:
    """What an answer is usually made of, but for the code."""

    def blocks() -> Iterator[str]:
        numbers = map(mark, itertools.count())
        return itertools.chain.from_iterable(
            (
                f"## {next(numbers)} {next(numbers)}\n\n",
                *(f"{next(numbers)} **{next(numbers)}** {next(numbers)} " for _ in range(12)),
                "\n\n",
                *(f"- {next(numbers)} `{next(numbers)}` {next(numbers)}\n" for _ in range(5)),
                f"\n| {next(numbers)} | {next(numbers)} |\n|---|---|\n",
                *(f"| {next(numbers)} | {next(numbers)} |\n" for _ in range(4)),
                "\n",
            )
            for _ in itertools.count()
        )

    return _of_length(blocks(), chars)


def code(chars: int) -> str:
    """One block of Python."""
    lines = (f"{mark(number)} = max({number}, {number} + 1)  # a comment\n" for number in itertools.count())
    return f"```python\n{_of_length(lines, chars)}\n```"


def page(chars: int) -> str:
    """One block that is a page, as a fragment is made of it."""
    lines = (f"<p>{mark(number)} <b>and</b> so on</p>\n" for number in itertools.count())
    return f'```html title="page.html"\n<h1>Page</h1>\n{_of_length(lines, chars)}\n```'


def ends(text: str) -> dict[int, int]:
    """Say up to which character each mark reaches."""
    return {int(found[1]): found.end() for found in MARK.finditer(text)}


def _of_length(pieces: Iterator[str], chars: int) -> str:
    text = ""
    for piece in pieces:
        text += piece
        if len(text) >= chars:
            return text
    raise AssertionError("the pieces have no end")
