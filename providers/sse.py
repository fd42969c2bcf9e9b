"""Server-sent events out of bytes, as the standard reads them (WHATWG HTML, section 9.2), and a little milder."""

import codecs
import re
from collections.abc import Iterator
from dataclasses import dataclass

LONGEST_LINE_CHARS = LONGEST_EVENT_CHARS = 32_000_000
_LINE_END = re.compile(r"\r\n|\n|\r")
_DATA_FIELDS = ("data", "error")  # llama.cpp names its errors in a field of their own
_OTHER_FIELDS = ("event", "id", "retry", "")
_END_MARK = "[done]"
# What gateways put before a field, each of which would make another name of it.
_PADDING = "\ufeff\0 \t"
_MOST_STRAYS = 5


class LineTooLongError(ValueError):
    """A line, or an event, passed the bound: what comes is no event stream."""


@dataclass(frozen=True, slots=True)
class ServerSentEvent:
    """What one event said: `event` is its name, or empty, `data` its lines."""

    event: str
    data: str


class Lines:
    """Cuts bytes into lines at CR, LF or CRLF, in time linear in the bytes.

    Bytes that are no UTF-8 become U+FFFD, a byte-order mark at the start is dropped.
    """

    def __init__(self) -> None:
        self._decoder = codecs.getincrementaldecoder("utf-8-sig")(errors="replace")
        self._parts: list[str] = []
        self._chars = 0
        self._drops_line_feed = False

    def feed(self, data: bytes) -> Iterator[str]:
        """Give the lines that are whole by now; raises `LineTooLongError`."""
        text = self._decoder.decode(data)
        if text and self._drops_line_feed:
            text = text.removeprefix("\n")
            self._drops_line_feed = False
        *whole, rest = _LINE_END.split(text)
        for line in whole:
            yield "".join((*self._parts, line))
            self._parts, self._chars = [], 0
        self._drops_line_feed = self._drops_line_feed or text.endswith("\r")
        self._keep(rest)

    def end(self) -> str:
        """Give the last line, which nothing ended."""
        last = "".join((*self._parts, self._decoder.decode(b"", final=True)))
        self._parts, self._chars = [], 0
        return last

    def _keep(self, rest: str) -> None:
        if not rest:
            return
        self._parts.append(rest)
        self._chars += len(rest)
        if self._chars > LONGEST_LINE_CHARS:
            raise LineTooLongError(f"a line of more than {LONGEST_LINE_CHARS:,} characters")


class EventDecoder:
    """Joins the lines of a stream into events.

    Milder than the standard in ways that servers need: an event is complete at the end of the stream as well as at an
    empty line, a field's name may be padded and in capitals, bare JSON is data, over several lines as well, and so are
    a bare end mark and the field `error`. `strays` are the first lines that are no part of an event stream at all: a
    gateway's plain words, perhaps.
    """

    def __init__(self) -> None:
        self.strays: list[str] = []
        self._event = ""
        self._data: list[str] = []
        self._chars = 0

    def feed(self, line: str) -> Iterator[ServerSentEvent]:
        """Take one line without its end, give the event that it completes; raises `LineTooLongError`."""
        if not line:
            yield from self.end()
            return
        name, value = self._field(line)
        if name == "event":
            self._event = value
        elif name in _DATA_FIELDS:
            # Some servers forget the empty line between two events.
            if self._data and value.startswith(("{", "[DONE]")) and self._data[-1].endswith("}"):
                yield from self.end()
            if name == "error":
                self._event = "error"
            self._data.append(value)
            self._chars += len(value) + 1  # with its line's end: empty lines take room, too
            if self._chars > LONGEST_EVENT_CHARS:
                raise LineTooLongError(f"an event of more than {LONGEST_EVENT_CHARS:,} characters")
        elif name not in _OTHER_FIELDS and len(self.strays) < _MOST_STRAYS:
            self.strays.append(line)

    def _field(self, line: str) -> tuple[str, str]:
        bare = line.lstrip(_PADDING)
        if bare.startswith("{") or bare.casefold().startswith(_END_MARK) or self._goes_on(line):
            return "data", line
        name, _, value = bare.partition(":")
        return name.strip().lower(), value.removeprefix(" ")

    def _goes_on(self, line: str) -> bool:
        """Say whether a line is one more of the JSON that is open, as a server that indents it sends it."""
        is_open = bool(self._data) and self._data[0].lstrip(_PADDING)[:1] in ("{", "[")
        return is_open and line[0] in ' \t}]"' and line.lstrip()[:1] in ("{", "}", "[", "]", '"')

    def end(self) -> Iterator[ServerSentEvent]:
        """Give the event that is open, if it has data."""
        if self._data:
            yield ServerSentEvent(self._event, "\n".join(self._data))
        self._event, self._data, self._chars = "", [], 0
