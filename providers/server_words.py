"""A server's own words about what went wrong, wherever in its reply they stand."""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from itertools import chain
from typing import Any, cast

from providers.reply import looks_like_page, title_of
from providers.waits import seconds_in

Json = dict[str, Any]

LONGEST_WORDS = 300
DEEPEST = 6
# Where servers put their words, the most telling first.
_PLACES = (
    "error", "message", "msg", "faultstring", "detail", "errors", "error_message", "error_msg", "errorMessage",
    "exception", "status_msg", "fault", "base_resp", "header", "response",
    "error_description", "Message", "reason", "title", "description", "details", "text",
)  # fmt: skip
_ECHOES = ("input", "body", "request", "messages", "payload")
_ERROR_EVENTS = ("error", "exception")
_COMPLAINTS = (
    "detail", "message", "msg", "errors", "error_message", "error_msg", "errorMessage", "exception", "status_msg",
)  # fmt: skip
_HOLDERS = ("fault", "base_resp", "header", "response")
_CODES = ("code", "status", "status_code")
_KINDS = ("code", "type", "status", "error_type", "__type", "error")
_WAITS = ("retry_after", "retryAfter", "retryDelay", "retry_after_seconds", "estimated_time")
_FINE = (0, 200, "0", "200", "ok", "success")
_TERMINAL_COLOURS = re.compile(r"\x1b\[[\d;]*[A-Za-z]")
_SCREEN_CONTROLS = re.compile(r"[\x00-\x1f\x7f-\x9f\u200b-\u200f\u2028-\u202e\u2066-\u2069]+")


@dataclass(frozen=True, slots=True)
class ServerWords:
    """What a server said: its `words`, the `kinds` by which it names the failure, and a `status` where one is inside.

    `retry_after_seconds` is the wait that the body names; `is_page` says that it was a web page, whose title is all
    that is told.
    """

    words: str = ""
    kinds: tuple[str, ...] = ()
    status: int | None = None
    retry_after_seconds: float | None = None
    is_page: bool = False


def refusal_in(body: str) -> ServerWords | None:
    """Give the words of a body that is an error whatever its status says."""
    try:
        value = json.loads(body.lstrip("\ufeff"), strict=False)
    except (ValueError, RecursionError):
        return None
    item = cast(Json, value) if isinstance(value, dict) else {}
    return words_in(item) if tells_of_failure("", item) or complaint_in(item) else None


def words_in_body(body: str) -> ServerWords:
    """Read the body of a refused request."""
    if looks_like_page(body):
        return ServerWords(title_of(body), is_page=True)
    try:
        value = json.loads(body.lstrip("\ufeff"), strict=False)
    except (ValueError, RecursionError):
        return ServerWords(tidied(body))
    return words_in(value)


def without_echo(body: str) -> str:
    """Give a refusal's body without the request that some servers repeat in it, which names all that was asked."""
    try:
        return json.dumps(_without_echo(json.loads(body, strict=False)), ensure_ascii=False)
    except (ValueError, RecursionError):
        return body


def _without_echo(value: Any) -> Any:
    match value:
        case dict():
            item = cast(Json, value)
            return {name: _without_echo(inner) for name, inner in item.items() if name not in _ECHOES}
        case list():
            return [_without_echo(inner) for inner in cast(list[Any], value)]
        case _:
            return value


def words_in(value: Any) -> ServerWords:
    """Read the value in which a server tells of a failure."""
    found = list(_dicts(value))
    kinds = tuple(str(item[name]) for item in found for name in _KINDS if isinstance(item.get(name), str | int))
    statuses = (_status(item.get(name)) for item in found for name in ("code", "status", "status_code", "statusCode"))
    waits = (seconds_in(str(item[name])) for item in found for name in _WAITS if item.get(name) is not None)
    milliseconds = (seconds_in(f"{item['retry_after_ms']}ms") for item in found if item.get("retry_after_ms"))
    return ServerWords(
        words=tidied(_words(value)) or " ".join(kinds[:1]),
        kinds=kinds,
        status=next((status for status in statuses if status), None),
        retry_after_seconds=next((wait for wait in chain(milliseconds, waits) if wait is not None), None),
    )


def tells_of_failure(event: str, item: Mapping[str, Any]) -> bool:
    """Say whether an object of either wire is an error, beyond doubt."""
    kinds = (item.get("object"), item.get("type"))
    is_named = any("error" in str(kind).lower() for kind in kinds)
    return event in _ERROR_EVENTS or is_named or says_something(item.get("error"))


def says_something(value: Any) -> bool:
    """Say whether an error is more than a field that every reply of a server has, with nothing in it."""
    match value:
        case str():
            return value.strip().lower() not in ("", "null", "none")
        case dict():
            return any(map(says_something, cast(Json, value).values()))
        case list():
            return any(map(says_something, cast(list[Any], value)))
        case _:
            return bool(value)


def complaint_in(item: Mapping[str, Any]) -> ServerWords | None:
    """Give the words of an object that is no part of an answer: an error, if the answer then does not go on."""
    if item.get("choices") or item.get("usage") or item.get("success") is True:
        return None
    holders = [item, *(_inner(item, name) for name in _HOLDERS)]
    if any(holder.get(name) in _FINE for holder in holders for name in _CODES if name in holder):
        return None
    is_complaint = any(item.get(name) for name in _COMPLAINTS) or any(map(bool, holders[1:]))
    is_wrapped = len(item) == 1 and isinstance(next(iter(item.values())), dict)
    return words_in(item) if _words(item) and (is_complaint or is_wrapped) else None


def tidied(words: str) -> str:
    """Make words fit for a page: one line, no control characters, not too long."""
    line = " ".join(_SCREEN_CONTROLS.sub(" ", _TERMINAL_COLOURS.sub("", words)).split())
    return line if len(line) <= LONGEST_WORDS else f"{line[: LONGEST_WORDS - 1].rstrip()}…"


def _words(value: Any, depth: int = 0) -> str:
    if depth > DEEPEST:
        return ""
    match value:
        case str():
            return _words_of_text(value, depth)
        case list():
            items = cast(list[Any], value)[:3]
            return "; ".join(filter(None, (_words(item, depth + 1) for item in items)))
        case dict():
            return _words_of_dict(cast(dict[str, Any], value), depth)
        case _:
            return ""


def _words_of_text(text: str, depth: int) -> str:
    """Unwrap words that are JSON once more, as gateways hand on what their upstream said."""
    if text.lstrip()[:1] not in ("{", "["):
        return title_of(text) if looks_like_page(text) else text
    try:
        return _words(json.loads(text, strict=False), depth + 1) or text
    except (ValueError, RecursionError):
        return text


def _words_of_dict(item: dict[str, Any], depth: int) -> str:
    words = next(filter(None, (_words(item.get(place), depth + 1) for place in _PLACES)), "")
    if not words and len(item) == 1:  # AWS names an exception by its field
        words = _words(next(iter(item.values())), depth + 1)
    raw = _words(_inner(item, "metadata").get("raw"), depth + 1)
    where = item.get("loc")
    if words and isinstance(where, list):  # FastAPI names the field beside its words
        field = ".".join(str(part) for part in cast(list[Any], where) if part != "body")
        return f"{field}: {words}" if field else words
    return f"{words}: {raw}" if words and raw and raw not in words else words or raw


def _dicts(value: Any, depth: int = 0) -> list[dict[str, Any]]:
    """Give the objects in which a server names its failure, the innermost error first."""
    if depth > DEEPEST:
        return []
    if isinstance(value, list):
        return [found for item in cast(list[Any], value)[:3] for found in _dicts(item, depth + 1)]
    if not isinstance(value, dict):
        return []
    item = cast(dict[str, Any], value)
    inner = [found for name in ("error", "detail", "message", "details", "metadata", "errors", "innererror", *_HOLDERS)
             for found in _dicts(item.get(name), depth + 1)]  # fmt: skip
    return [*inner, item]


def _inner(item: Mapping[str, Any], name: str) -> dict[str, Any]:
    value = item.get(name)
    return cast(dict[str, Any], value) if isinstance(value, dict) else {}


def _status(value: Any) -> int | None:
    text = str(value)
    return int(text) if re.fullmatch(r"[45]\d\d", text) else None
