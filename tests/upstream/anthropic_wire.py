"""Anthropic's Messages API, as much of it as a chat uses."""

from collections.abc import Sequence

from tests.upstream.script import Fault, Script
from tests.upstream.wire import Json, encode, sse

ERROR_TYPES = {
    400: "invalid_request_error",
    401: "authentication_error",
    402: "billing_error",
    403: "permission_error",
    404: "not_found_error",
    413: "request_too_large",
    429: "rate_limit_error",
    500: "api_error",
    504: "timeout_error",
    529: "overloaded_error",
}


class AnthropicWire:
    """One answer of `POST /v1/messages`."""

    def __init__(self, model: str, script: Script) -> None:
        self._model = model
        self._script = script
        self._index = -1
        self._block: str | None = None

    def opening(self) -> bytes:
        message = self._message([], None) | {"usage": {"input_tokens": self._script.input_tokens, "output_tokens": 1}}
        return _event("message_start", message=message) + _event("ping")

    def delta(self, text: str, *, is_thinking: bool) -> bytes:
        block = "thinking" if is_thinking else "text"
        start = b"" if self._block == block else self._end_block() + self._start_block(block)
        delta = {"type": f"{block}_delta", block: text}
        return start + _event("content_block_delta", index=self._index, delta=delta)

    def closing(self) -> bytes:
        delta = {"stop_reason": self._script.stop_reason or "end_turn", "stop_sequence": None}
        usage = {"output_tokens": self._script.output_tokens}
        return self._end_block() + _event("message_delta", delta=delta, usage=usage) + _event("message_stop")

    def keep_alive(self) -> bytes:
        return _event("ping")

    def malformed_event(self) -> bytes:
        return sse(b'{"type":"content_block_delta","index":0,"delta":{"type":"text_de', "content_block_delta")

    def error_event(self, fault: Fault) -> bytes:
        return sse(encode(self.error_body(fault)), "error")

    def error_body(self, fault: Fault) -> Json:
        kind = fault.error_type or ERROR_TYPES.get(fault.status, "api_error")
        return {"type": "error", "error": {"type": kind, "message": fault.message}, "request_id": "req_scripted"}

    def whole(self) -> Json:
        script = self._script
        thinking = [{"type": "thinking", "thinking": script.thinking, "signature": "c2ln"}] if script.thinking else []
        usage = {"input_tokens": script.input_tokens, "output_tokens": script.output_tokens}
        content: list[Json] = [*thinking, {"type": "text", "text": script.whole_text}]
        return self._message(content, script.stop_reason or "end_turn") | {"usage": usage}

    def _message(self, content: Sequence[Json], stop_reason: str | None) -> Json:
        return {
            "id": "msg_scripted",
            "type": "message",
            "role": "assistant",
            "model": self._model,
            "content": list(content),
            "stop_reason": stop_reason,
            "stop_sequence": None,
        }

    def _start_block(self, block: str) -> bytes:
        self._index += 1
        self._block = block
        empty = {"type": block, block: ""} | ({"signature": ""} if block == "thinking" else {})
        return _event("content_block_start", index=self._index, content_block=empty)

    def _end_block(self) -> bytes:
        if self._block is None:
            return b""
        signature = {"type": "signature_delta", "signature": "c2ln"}
        signed = _event("content_block_delta", index=self._index, delta=signature) if self._block == "thinking" else b""
        self._block = None
        return signed + _event("content_block_stop", index=self._index)


def list_models(names: Sequence[str], after: str | None, page_size: int) -> Json:
    """Give one page of the models API."""
    start = names.index(after) + 1 if after in names else 0
    page = names[start : start + page_size]
    return {
        "data": [_model(name) for name in page],
        "has_more": start + page_size < len(names),
        "first_id": page[0] if page else None,
        "last_id": page[-1] if page else None,
    }


def _model(name: str) -> Json:
    return {
        "type": "model",
        "id": name,
        "display_name": name.replace("-", " ").title(),
        "created_at": "2026-01-01T00:00:00Z",
        "lifecycle": "active",
        "max_input_tokens": 200_000,
        "max_tokens": 64_000,
    }


def _event(kind: str, **fields: object) -> bytes:
    return sse(encode({"type": kind} | fields), kind)
