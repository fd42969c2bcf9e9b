"""Titles of conversations."""

import re
import unicodedata

from app.streaming.wellformed import well_formed

TITLE_CHARS = 80
UNTITLED = "New chat"


def make_title(text: str, fallback: str = UNTITLED) -> str:
    """Make a title of at most 80 characters out of a text's first words."""
    printable = "".join(" " if unicodedata.category(char) in ("Cc", "Zl", "Zp") else char for char in text[:2000])
    line = re.sub(r"\s+", " ", well_formed(printable)).strip(" #>*`-")
    if len(line) <= TITLE_CHARS:
        return line or fallback
    return line[: TITLE_CHARS - 1].rsplit(" ", 1)[0].rstrip(" ,.;:") + "…"
