"""What the page may do, as its browser is told: no frame in it leads anywhere.

A preview of a fragment is a frame whose document comes with the page (`srcdoc`), shut in by a policy of its own
(`components/preview_document.js`). That one cannot keep it from leading itself to another address; the policy of the
page around it can (Content Security Policy Level 3, `frame-src`).
"""

from collections.abc import Mapping

from app.serving.answer_headers import AnswerHeaders, Header, is_page

POLICY = b"frame-src 'none'; object-src 'none'; base-uri 'self'"
NAME = b"content-security-policy"


class PagePolicy(AnswerHeaders):
    """Every page that has no policy gets this one."""

    def header(self, path: str, status: int, headers: Mapping[bytes, bytes]) -> Header | None:
        """Give a page without a policy this one."""
        return (NAME, POLICY) if is_page(headers) and NAME not in headers else None
