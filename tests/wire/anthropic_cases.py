"""What Anthropic, and the gateways that imitate it, send, and what is right then."""

import json
from typing import Any

from tests.wire.case import MIDDLE, NOTHING_CAME, Case, Right, always, failed, in_one_piece
from tests.wire.openai_cases import BOM, data
from tests.wire.raw_server import Reply, json_reply

MESSAGE = {"id": "m1", "type": "message", "role": "assistant", "model": "fake"}
USAGE = {"input_tokens": 7, "output_tokens": 2}


def event(value: dict[str, Any]) -> bytes:
    return f"event: {value['type']}\ndata: {json.dumps(value)}\n\n".encode()


def start(**more: Any) -> bytes:
    return event({"type": "message_start", "message": MESSAGE | {"content": [], "stop_reason": None} | more})


def block(content: dict[str, Any], index: int = 0) -> bytes:
    return event({"type": "content_block_start", "index": index, "content_block": content})


def delta(part: dict[str, Any], index: int = 0) -> bytes:
    return event({"type": "content_block_delta", "index": index, "delta": part})


def text(words: str | None, index: int = 0) -> bytes:
    return delta({"type": "text_delta", "text": words}, index)


def ended(reason: str | None = "end_turn", usage: Any = USAGE) -> bytes:
    return event({"type": "message_delta", "delta": {"stop_reason": reason}, "usage": usage})


def whole(content: Any = None, reason: str | None = "end_turn", **more: Any) -> Reply:
    return json_reply(
        MESSAGE | {"content": content or [{"type": "text", "text": "Hello"}], "stop_reason": reason} | more
    )


def stream(*parts: bytes) -> Reply:
    return Reply(b"".join(parts))


START = start(usage={"input_tokens": 7, "output_tokens": 1})
BLOCK = block({"type": "text", "text": ""})
HEL, LO = text("Hel"), text("lo")
BLOCK_END = event({"type": "content_block_stop", "index": 0})
END = ended()
MESSAGE_STOP = event({"type": "message_stop"})
USED = Right(requests=1, usage=(7, 2))
USUAL = (START, BLOCK, HEL, LO, BLOCK_END, END, MESSAGE_STOP)
BODY = (HEL, LO, BLOCK_END, END, MESSAGE_STOP)


def streams() -> list[Case]:
    """Events with more or less in them than the format knows."""
    unnamed = b"".join(line + b"\n\n" for line in b"".join(USUAL).replace(b"\n\n", b"\n").split(b"\n") if line.startswith(b"data"))  # fmt: skip
    thought = {"type": "thinking", "thinking": "hmm", "signature": "s"}
    second = (
        block({"type": "text", "text": "Hel"}, 1),
        text("lo", 1),
        event({"type": "content_block_stop", "index": 1}),
    )
    bad = delta({"type": "text_delta", "text": "@"}).replace(b"@", b"\xff")
    return [
        always("as Anthropic writes it", stream(*USUAL), USED),
        always("thinking in the block's start", stream(START, block(thought), BLOCK_END, *second, END, MESSAGE_STOP), Right(thinking="hmm", requests=1)),
        always("thinking in deltas, and its signature", stream(START, block({"type": "thinking", "thinking": ""}), delta({"type": "thinking_delta", "thinking": "hmm"}), delta({"type": "signature_delta", "signature": "s"}), BLOCK_END, *second, END, MESSAGE_STOP), Right(thinking="hmm", requests=1)),
        always("tags in the text", stream(START, BLOCK, text("<think>hmm</think>"), *BODY), Right(thinking="hmm", requests=1)),
        always("a closing tag whose opening was part of the prompt", stream(START, BLOCK, text("hmm\n</think>\n\n"), *BODY), Right(thinking="hmm", requests=1)),
        always("text null in the block's start", stream(START, block({"type": "text", "text": None}), *BODY)),
        always("text null in a delta", stream(START, BLOCK, text(None), *BODY)),
        always("a delta without its type", stream(START, BLOCK, delta({"text": "Hel"}), LO, BLOCK_END, END, MESSAGE_STOP)),
        always("type null", stream(START, block({"type": None, "text": "Hel"}), delta({"type": None, "text": "lo"}), BLOCK_END, END, MESSAGE_STOP)),
        always("no block's start", stream(START, *BODY)),
        always("usage null at the start", stream(start(usage=None), BLOCK, *BODY)),
        always("no usage at the start", stream(start(), BLOCK, *BODY)),
        always("usage null at the end", stream(START, BLOCK, HEL, LO, BLOCK_END, ended(usage=None), MESSAGE_STOP)),
        always("no names of events", stream(unnamed)),
        always("a byte-order mark", stream(BOM, *USUAL), USED),
        always("pings and unknown events", stream(START, event({"type": "ping"}), BLOCK, HEL, event({"type": "invented"}), LO, BLOCK_END, END, MESSAGE_STOP)),
        always("bytes that are no UTF-8", stream(START, BLOCK, HEL, bad, LO, BLOCK_END, END, MESSAGE_STOP), Right(text="Hel\ufffdlo")),
    ]  # fmt: skip


def endings() -> list[Case]:
    """How a stream ends, and how it breaks off."""
    opening = (START, BLOCK, HEL, LO, BLOCK_END)
    return [
        always("the body ends after message_delta", stream(*opening, END)),
        always("the end mark for message_stop", stream(*opening, END, data(b"[DONE]"))),
        always("stop_reason null, then message_stop", stream(*opening, ended(None), MESSAGE_STOP)),
        always("message_stop without message_delta", stream(*opening, MESSAGE_STOP)),
        always("OpenAI's word for the limit", stream(*opening, ended("length"), MESSAGE_STOP), Right(stop_reason="max_tokens")),
        always("error as the stop reason", stream(*opening, ended("error"), MESSAGE_STOP), failed("Hello")),
        always("Bedrock's word for a filter", stream(*opening, ended("guardrail_intervened"), MESSAGE_STOP), Right(stop_reason="refusal")),
        always("the reason beside the delta", stream(*opening, event({"type": "message_delta", "stop_reason": "max_tokens"}), MESSAGE_STOP), Right(stop_reason="max_tokens")),
        always("the reason in message_stop", stream(*opening, event({"type": "message_stop", "stop_reason": "max_tokens"})), Right(stop_reason="max_tokens")),
        always("no ending at all", stream(*opening), failed("Hello", says_one_of=("broke off",))),
    ]  # fmt: skip


def odd_endings() -> list[Case]:
    """A reason that is named twice, and what follows the end of an answer."""
    return [
        always("a limit, then end_turn", stream(*USUAL[:-2], ended("max_tokens"), END, MESSAGE_STOP), Right(stop_reason="max_tokens")),
        always("message_stop cut short", stream(*USUAL[:-1], MESSAGE_STOP[:30]), USED),
        always("half JSON after message_stop", stream(*USUAL, b'data: {"x\n\n'), USED),
    ]  # fmt: skip


def errors() -> list[Case]:
    """Errors in a stream, in a body, and in the other format."""
    overloaded = {"type": "error", "error": {"type": "overloaded_error", "message": "Overloaded since noon"}}
    opening = (START, BLOCK, HEL)
    too_much = {"type": "invalid_request_error", "message": "max_tokens: 64000 > 8192, which is the maximum allowed"}
    return [
        always("an error event after text", stream(*opening, event(overloaded)), failed("Hel", "Overloaded since noon")),
        always("error as a string", stream(*opening, event({"type": "error", "error": "GPU lost"})), failed("Hel", "GPU lost")),
        always("an error without its event's name", stream(*opening, data({"type": "error", "error": {"type": "api_error", "message": "GPU lost"}})), failed("Hel", "GPU lost")),
        always("200 with an error", json_reply(overloaded), failed(shows="Overloaded since noon", never_says=MIDDLE)),
        always("an empty body", stream(), NOTHING_CAME),
        always("the server's words", json_reply({"type": "error", "error": too_much}, 400), failed(shows="max_tokens: 64000 > 8192", requests=2)),
        always("OpenAI's shape", json_reply({"error": {"message": "No auth credentials found", "code": 401}}, 401), failed(shows="No auth credentials found")),
        always("a web page", Reply(b"<html><title>Sign in</title></html>", kind="text/html"), failed(shows="Sign in", says_one_of=("web page",), never_says=MIDDLE)),
    ]  # fmt: skip


def whole_answers() -> list[Case]:
    """Answers in one piece, asked for or not."""
    return [
        always("JSON to a stream", whole(usage=USAGE), Right(requests=1, road="simulated", usage=(7, 2))),
        in_one_piece("no usage", whole()),
        in_one_piece("usage null", whole(usage=None)),
        in_one_piece("stop_reason null", whole(reason=None, usage=USAGE)),
        in_one_piece("content as a string", whole("Hello")),
        in_one_piece("a stream to a whole request", stream(*USUAL)),
    ]


CASES = [*streams(), *endings(), *odd_endings(), *errors(), *whole_answers()]
