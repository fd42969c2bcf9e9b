"""The log structure of the live answer.

Reflex sends the whole value of a changed var. Text that grows in one var therefore costs O(n²) bytes; kept in levels of
growing size, of which a frame changes mostly the last, it costs O(n·log n).
"""

from typing import NamedTuple

TAIL_CHARS = 512
PAGE_CHARS = 8 * 1024
CHAPTER_CHARS = 128 * 1024


class Levels(NamedTuple):
    """A text as `settled + chapter + page + tail`."""

    settled: str = ""
    chapter: str = ""
    page: str = ""
    tail: str = ""

    def grown(self, text: str) -> "Levels":
        """Add text at the end; a level that is full moves to the one before it."""
        settled, chapter, page, tail = self.settled, self.chapter, self.page, self.tail + text
        if len(tail) > TAIL_CHARS:
            page, tail = page + tail, ""
        if len(page) > PAGE_CHARS:
            chapter, page = chapter + page, ""
        if len(chapter) > CHAPTER_CHARS:
            settled, chapter = settled + chapter, ""
        return Levels(settled, chapter, page, tail)
