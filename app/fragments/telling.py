"""What a model is told of fragments."""

import re
from collections.abc import Iterable, Sequence

MOST_NAMED = 50
_HOW = (
    "The user sees each file that you write beside the conversation. Give every file a fenced code block of its own "
    'and name it in the fence, for example ```python title="app.py". To change a file, write the whole of it again '
    "under the same name: it becomes its next version."
)


def how_fragments_work(made: Sequence[tuple[str, int]]) -> str:
    """Say how files are written, and which there are, each by its name and the number of its newest version."""
    if not made:
        return _HOW
    names = ", ".join(f"{name} (version {number})" for name, number in made[:MOST_NAMED])
    return f"{_HOW}\nFiles so far: {names}."


def what_was_edited(edits: Iterable[tuple[str, str, str]]) -> str:
    """Say what the user has changed by hand: of each name, with its language and content, only the last."""
    newest = {name: (language, content) for name, language, content in edits}
    return "\n\n".join(_edited(name, *rest) for name, rest in newest.items())


def fenced(content: str, info: str) -> str:
    """Put a text into a fence that nothing in it closes."""
    longest = max((len(marks) for marks in re.findall(r"`{3,}", content)), default=2)
    fence = "`" * (longest + 1)
    end = "" if content.endswith("\n") else "\n"
    return f"{fence}{info}\n{content}{end}{fence}"


def _edited(name: str, language: str, content: str) -> str:
    title = name.replace('"', "'").replace("`", "'")
    written = fenced(content, f'{language} title="{title}"')
    return f"I have changed {name}. It is now:\n\n{written}"
