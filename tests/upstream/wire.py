"""What the two wire formats have in common, as the scripted server sees it."""

import json
from collections.abc import Mapping
from typing import Any, Protocol

from tests.upstream.script import Fault, Script

Json = dict[str, Any]


class Wire(Protocol):
    """One answer in one wire format; stateful, because Anthropic numbers its content blocks."""

    def opening(self) -> bytes: ...
    def delta(self, text: str, *, is_thinking: bool) -> bytes: ...
    def closing(self) -> bytes: ...
    def keep_alive(self) -> bytes: ...
    def malformed_event(self) -> bytes: ...
    def error_event(self, fault: Fault) -> bytes: ...
    def error_body(self, fault: Fault) -> Json: ...
    def whole(self) -> Json: ...


class WireFormat(Protocol):
    """Make the wire of one answer, and the list of models."""

    def __call__(self, model: str, script: Script) -> Wire: ...


def encode(value: Mapping[str, Any]) -> bytes:
    """Write JSON; characters as UTF-8, so that packets can part within one, but lone surrogates as escapes."""
    try:
        return json.dumps(value, ensure_ascii=False, separators=(",", ":")).encode()
    except UnicodeEncodeError:
        return json.dumps(value, separators=(",", ":")).encode()


def sse(data: bytes, event: str | None = None) -> bytes:
    """Write one server-sent event."""
    name = f"event: {event}\n".encode() if event else b""
    return name + b"data: " + data + b"\n\n"
