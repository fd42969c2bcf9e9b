"""Characters that a vendor cut in two: JSON carries an emoji as two escapes, and a stream may part between them."""

_HIGH = range(0xD800, 0xDC00)


class SurrogateJoiner:
    """Join surrogate halves across deltas, so that every text handed on can be written as UTF-8.

    A half whose partner never comes becomes U+FFFD; all other text passes unchanged.
    """

    def __init__(self) -> None:
        self._held = ""

    def feed(self, text: str) -> str:
        """Give the text that is whole by now; a half at the end waits for the next call."""
        text = self._held + text
        self._held = ""
        if text and ord(text[-1]) in _HIGH:
            text, self._held = text[:-1], text[-1]
        return heal_surrogates(text)

    def flush(self) -> str:
        """Give what still waits at the end of the text."""
        held, self._held = self._held, ""
        return heal_surrogates(held)


def heal_surrogates(text: str) -> str:
    """Join the halves within `text`; a half without its partner becomes U+FFFD."""
    if text.isascii():
        return text
    return text.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace")
