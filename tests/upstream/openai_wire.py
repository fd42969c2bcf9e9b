"""OpenAI's chat completions, as much of it as a chat uses."""

from collections.abc import Sequence

from tests.upstream.script import Fault, Script
from tests.upstream.wire import Json, encode, sse

FINISH_REASONS = {
    None: "stop",
    "end_turn": "stop",
    "stop_sequence": "stop",
    "max_tokens": "length",
    "refusal": "content_filter",
    "tool_use": "tool_calls",
}

ERROR_TYPES = {
    400: "invalid_request_error",
    401: "invalid_api_key",
    403: "permission_error",
    404: "model_not_found",
    429: "rate_limit_exceeded",
    500: "server_error",
}


class OpenAIWire:
    """One answer of `POST /v1/chat/completions`."""

    def __init__(self, model: str, script: Script) -> None:
        self._model = model
        self._script = script

    def opening(self) -> bytes:
        return self._chunk({"role": "assistant", "content": ""})

    def delta(self, text: str, *, is_thinking: bool) -> bytes:
        return self._chunk({"reasoning_content" if is_thinking else "content": text})

    def closing(self) -> bytes:
        usage = sse(encode(self._envelope("chat.completion.chunk") | {"choices": [], "usage": self._usage()}))
        return self._chunk({}, finish_reason=self._finish_reason()) + usage + sse(b"[DONE]")

    def keep_alive(self) -> bytes:
        return b": keep-alive\n\n"

    def malformed_event(self) -> bytes:
        return sse(b'{"choices":[{"index":0,"delta":{"conte')

    def error_event(self, fault: Fault) -> bytes:
        return sse(encode(self.error_body(fault)))

    def error_body(self, fault: Fault) -> Json:
        kind = fault.error_type or ERROR_TYPES.get(fault.status, "server_error")
        return {"error": {"message": fault.message, "type": kind, "param": None, "code": kind}}

    def whole(self) -> Json:
        reasoning = {"reasoning_content": self._script.thinking} if self._script.thinking else {}
        message = {"role": "assistant", "content": self._script.whole_text} | reasoning
        choice = {"index": 0, "message": message, "finish_reason": self._finish_reason()}
        return self._envelope("chat.completion") | {"choices": [choice], "usage": self._usage()}

    def _finish_reason(self) -> str:
        return FINISH_REASONS.get(self._script.stop_reason) or str(self._script.stop_reason)

    def _usage(self) -> Json:
        sent, received = self._script.input_tokens, self._script.output_tokens
        return {"prompt_tokens": sent, "completion_tokens": received, "total_tokens": sent + received}

    def _chunk(self, delta: Json, finish_reason: str | None = None) -> bytes:
        choice = {"index": 0, "delta": delta, "finish_reason": finish_reason}
        return sse(encode(self._envelope("chat.completion.chunk") | {"choices": [choice]}))

    def _envelope(self, kind: str) -> Json:
        return {"id": "chatcmpl-scripted", "object": kind, "created": 1_700_000_000, "model": self._model}


def list_models(names: Sequence[str]) -> Json:
    """Give the models API."""
    models = [{"id": name, "object": "model", "created": 1_700_000_000, "owned_by": "test"} for name in names]
    return {"object": "list", "data": models}
