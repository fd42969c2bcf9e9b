"""What a model server replies, whatever form it takes: an event stream, JSON, lines of JSON, a web page, nothing."""

import json
import re
from collections.abc import AsyncGenerator, Iterator
from dataclasses import dataclass
from typing import Any, Final

import httpx2

from providers.sse import EventDecoder, Lines, ServerSentEvent

LONGEST_PAGE_BYTES = 65_536
_BOM = b"\xef\xbb\xbf"
_SPACE = "\ufeff\0 \t\r\n"
_LOOKS_LIKE_JSON = re.compile(r"\{|\[\s*[\[{\"\d\]]")
_END_WORDS = ("[done]", "done")
_TITLE = re.compile(r"<(title|h1|message)[^>]*>(.*?)</\1", re.IGNORECASE | re.DOTALL)


class Done:
    """The mark by which a stream says that it is over."""


DONE: Final = Done()


@dataclass(frozen=True, slots=True)
class Frame:
    """One thing that a server said.

    `event` is its name in an event stream, or empty; `data` is its JSON value, `DONE`, or a `str` where it was no JSON.
    """

    event: str
    data: Any


class MalformedReplyError(Exception):
    """What came looks like JSON but is none."""


class WebPageError(Exception):
    """A web page came instead of an answer; the message is its title, which may be empty."""


async def frames(response: httpx2.Response) -> AsyncGenerator[Frame]:
    """Read a reply as it comes, by what it looks like: servers name its type wrongly.

    Raises `MalformedReplyError`, `WebPageError`, `LineTooLongError` and the client's transport errors.
    """
    decoder = _ReplyDecoder()
    async for data in response.aiter_bytes():
        for frame in decoder.feed(data):
            yield frame
    for frame in decoder.end():
        yield frame


def title_of(page: str) -> str:
    """Give a web page's title, or its first heading."""
    found = _TITLE.search(page)
    return " ".join(re.sub(r"<[^>]*>", " ", found[2]).split()) if found else ""


def looks_like_page(text: str) -> bool:
    """Say whether a body is a web page."""
    return text.lstrip("\ufeff \t\r\n").startswith("<")


class _ReplyDecoder:
    """Waits for the first telling byte, then reads the rest in its way."""

    def __init__(self) -> None:
        self._start = b""
        self._reader: _EventStream | _JsonLines | _Page | None = None

    def feed(self, data: bytes) -> Iterator[Frame]:
        if self._reader is None:
            self._start = (self._start + data).lstrip()
            telling = self._start.removeprefix(_BOM).lstrip()
            if not telling or _BOM.startswith(self._start):
                self._start = self._start[: len(_BOM)]
                return
            self._reader = _reader_for(telling[:1])
            data, self._start = self._start, b""
        yield from self._reader.feed(data)

    def end(self) -> Iterator[Frame]:
        if self._reader is not None:
            yield from self._reader.end()


def _reader_for(first: bytes) -> "_EventStream | _JsonLines | _Page":
    if first in b"{[":
        return _JsonLines()
    return _Page() if first == b"<" else _EventStream()


class _EventStream:
    def __init__(self) -> None:
        self._lines = Lines()
        self._events = EventDecoder()

    def feed(self, data: bytes) -> Iterator[Frame]:
        for line in self._lines.feed(data):
            for event in self._events.feed(line):
                yield from _frames_in(event)

    def end(self) -> Iterator[Frame]:
        for event in (*self._events.feed(self._lines.end()), *self._events.end()):
            yield from _frames_in(event)
        if self._events.strays:
            yield Frame("", " ".join(self._events.strays))


class _JsonLines:
    """One JSON value over many lines, or one a line; what follows it may be an event stream's end mark."""

    def __init__(self) -> None:
        self._lines = Lines()
        self._open: list[str] = []

    def feed(self, data: bytes) -> Iterator[Frame]:
        for line in self._lines.feed(data):
            self._open.append(line)
            if line[-1:] in ("}", "]") and not line[0].isspace():
                yield from self._complete()

    def end(self) -> Iterator[Frame]:
        self._open.append(self._lines.end())
        yield from _values("\n".join(self._open))

    def _complete(self) -> Iterator[Frame]:
        try:
            frames = list(_values("\n".join(self._open)))
        except MalformedReplyError:
            return  # not all of it has come
        self._open = []
        yield from frames


class _Page:
    def __init__(self) -> None:
        self._data = b""

    def feed(self, data: bytes) -> Iterator[Frame]:
        self._data = (self._data + data)[:LONGEST_PAGE_BYTES]
        return iter(())

    def end(self) -> Iterator[Frame]:
        raise WebPageError(title_of(self._data.decode(errors="replace")))


def _frames_in(event: ServerSentEvent) -> Iterator[Frame]:
    text = event.data.strip(_SPACE)
    while text.startswith("data:"):  # two relays, one after the other
        text = text.removeprefix("data:").strip(_SPACE)
    if not text:
        return
    try:
        yield Frame(event.event, _value(text))
    except MalformedReplyError:
        for frame in _values(text):
            yield Frame(event.event, frame.data)


def _values(text: str) -> Iterator[Frame]:
    """Read JSON values that stand one after the other."""
    text = text.strip().removeprefix("\ufeff")
    while text:
        text = text.removeprefix("data:").strip()
        if text.casefold().startswith("[done]"):
            yield Frame("", DONE)
            text = text[len("[done]") :].strip()
            continue
        try:
            value, end = json.JSONDecoder(strict=False).raw_decode(text)
        except (ValueError, RecursionError) as error:
            raise MalformedReplyError(f"{error}: {text[:200]}") from error
        yield Frame("", value)
        text = text[end:].strip()


def _value(text: str) -> Any:
    """Read one value; words that are no JSON stay words."""
    if text.strip('"').casefold() in _END_WORDS:
        return DONE
    try:
        # Not strict: hand-made servers leave control characters unescaped.
        return json.loads(text, strict=False)
    except ValueError as error:
        if _LOOKS_LIKE_JSON.match(text):
            raise MalformedReplyError(f"{error}: {text[:200]}") from error
        return text
    except RecursionError as error:
        raise MalformedReplyError("nested too deeply") from error
