"""The log structure of the live answer.

Reflex sends the whole value of a changed var. Text that grows in one var therefore costs O(n²) bytes. Kept in levels,
each eight times as large as the one after it, a frame changes mostly the last and smallest; what has left the largest
is a part, which is sent once. Levels that are sent again fit into the window of the socket's compression
(`app.serving.socket`), which makes them nearly free.
"""

from collections.abc import Callable
from typing import Final

LEVEL_CHARS: Final = {"tail": 128, "page": 1024, "chapter": 8 * 1024, "volume": 64 * 1024}
PARTS: Final = 32  # of a volume each: as long as an answer may be (`app.streaming.run.MAX_ANSWER_CHARS`)
PART_NAMES: Final = tuple(f"part_{number}" for number in range(PARTS))
NAMES: Final = (*PART_NAMES, *reversed(LEVEL_CHARS))
"""Where a text stands, from its beginning to its end."""


def grown(read: Callable[[str], str], text: str) -> dict[str, str]:
    """Add `text` at the end of what stands under the names that `read` gives; say what changes, by name.

    A level that is full moves to the one before it, the largest into a part. Beyond the last part that one grows.
    """
    changed: dict[str, str] = {}
    for name, most in LEVEL_CHARS.items():
        before = read(name)
        text = before + text
        if len(text) <= most:
            return {**changed, name: text}
        if before:
            changed[name] = ""
    free = next((name for name in PART_NAMES if not read(name)), None)
    return {**changed, free or "volume": text}
