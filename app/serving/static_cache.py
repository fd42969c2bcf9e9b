"""How long browsers may keep the built files."""

from collections.abc import Mapping

from app.serving.answer_headers import AnswerHeaders, Header, is_page

HASHED = "/assets/"
FOR_EVER = b"public, max-age=31536000, immutable"
ASK_FIRST = b"no-cache"
NAME = b"cache-control"


class StaticCache(AnswerHeaders):
    """Files whose name holds the hash of their content may be kept for ever.

    A page, which names them, is asked for each time: one that was kept would ask for files of a version that is gone.
    """

    def header(self, path: str, status: int, headers: Mapping[bytes, bytes]) -> Header | None:
        """Give the lifetime of a built file or a page that has none."""
        if NAME in headers:
            return None
        if path.startswith(HASHED):
            return NAME, FOR_EVER if status in (200, 304) else ASK_FIRST
        return (NAME, ASK_FIRST) if is_page(headers) else None
