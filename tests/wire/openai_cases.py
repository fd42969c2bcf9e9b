"""What servers that speak OpenAI's format send, as public reports of other chat apps tell, and what is right then."""

import json
from typing import Any

from tests.wire.case import MIDDLE, NOTHING_CAME, Case, Right, always, failed, in_one_piece
from tests.wire.raw_server import Asked, Ending, Reply, json_reply

ENVELOPE = {"id": "c1", "object": "chat.completion.chunk", "created": 1_700_000_000, "model": "fake"}
USAGE = {"prompt_tokens": 7, "completion_tokens": 2, "total_tokens": 9}


def data(value: Any) -> bytes:
    return b"data: " + (value if isinstance(value, bytes) else json.dumps(value).encode()) + b"\n\n"


def delta(part: Any, reason: str | None = None, **more: Any) -> bytes:
    return data(ENVELOPE | {"choices": [{"index": 0, "delta": part, "finish_reason": reason, **more}]})


def choice(**fields: Any) -> bytes:
    return data(ENVELOPE | {"choices": [{"index": 0, **fields}]})


def raw(content: bytes) -> bytes:
    return data(b'{"id":"c1","choices":[{"index":0,"delta":{"content":"' + content + b'"},"finish_reason":null}]}')


def whole(message: Any, reason: str | None = "stop", **more: Any) -> dict[str, Any]:
    envelope = ENVELOPE | {"object": "chat.completion"}
    return envelope | {"choices": [{"index": 0, "message": message, "finish_reason": reason}], "usage": USAGE} | more


def stream(*parts: bytes, ending: Ending = Ending.WHOLE) -> Reply:
    return Reply(b"".join(parts), ending=ending)


HEL = delta({"role": "assistant", "content": "Hel"})
LO = delta({"content": "lo"})
STOP = delta({}, "stop")
DONE = data(b"[DONE]")
USED = data(ENVELOPE | {"choices": [], "usage": USAGE})
ANSWER = {"role": "assistant", "content": "Hello"}
BOM = b"\xef\xbb\xbf"
THOUGHT = Right(thinking="hmm", requests=1)


def framing() -> list[Case]:
    """Server-sent events as the standard allows them, and as servers bend it."""
    return [
        always("numbered events with a comment between", stream(b"id: 1\n", HEL, b": ping\n\nid: 2\n", LO, b"id: 3\n", STOP, DONE)),
        always("a reconnect time first", stream(b"retry: 3000\n\n", HEL, LO, STOP, DONE)),
        always("named events without data", stream(HEL, b"event: heartbeat\n\n", LO, b"event: heartbeat\nid: 9\n\n", STOP, DONE)),
        always("the end mark as a JSON string", stream(HEL, LO, STOP, data(b'"[DONE]"'))),
        always("empty data first", stream(b"data: \n\n", HEL, LO, STOP, DONE)),
        always("empty data between", stream(HEL, b"data: \n\n", LO, b"data:\n\n", STOP, DONE)),
        always("a byte-order mark", stream(BOM, HEL, LO, STOP, DONE)),
        always("CR as the line end", Reply((HEL + LO + STOP + DONE).replace(b"\n", b"\r"))),
        always("CRLF as the line end", Reply((HEL + LO + STOP + DONE).replace(b"\n", b"\r\n"))),
        always("no space after the colon", Reply((HEL + LO + STOP + DONE).replace(b"data: ", b"data:"))),
        always("no empty line between events", Reply((HEL + LO + STOP + DONE).replace(b"\n\n", b"\n"))),
        always("no empty line at the end", stream(HEL, LO, STOP[:-2])),
        always("a byte-order mark before a later event, and in one", stream(HEL, BOM + delta({"content": "l"}), LO.replace(b"data: ", b"data: " + BOM).replace(b"lo", b"o"), STOP, DONE)),
        always("NUL bytes between events", stream(HEL, b"\0\0", LO, b"\0\n\n", STOP, DONE)),
        always("names of fields in capitals, or after a space", Reply((HEL + LO).replace(b"data", b"Data") + (STOP + DONE).replace(b"data", b" data"))),
        always("indented JSON after one prefix", Reply(b"data: " + json.dumps(ENVELOPE | {"choices": [{"index": 0, "delta": {"content": "Hello"}}]}, indent=2).encode() + b"\n\n" + STOP + DONE)),
        always("the prefix twice", stream(b"data: " + HEL, LO, STOP, DONE)),
        always("JSON lines without any prefix", Reply((HEL + LO + STOP).replace(b"data: ", b"").replace(b"\n\n", b"\n"), kind="application/x-ndjson")),
        always("an event over several data lines", stream(HEL, b"data: {\"choices\": [{\"index\": 0,\ndata: \"delta\": {\"content\": \"lo\"}}]}\n\n", STOP, DONE)),
        always("bytes that are no UTF-8", stream(HEL, raw(b"\xff\xfe"), LO, STOP, DONE), Right(text="Hel\ufffd\ufffdlo")),
        always("an emoji that was cut off", stream(HEL, raw(b"\xf0\x9f\x98"), LO, STOP, DONE), Right(text="Hel\ufffdlo")),
        always("a control character unescaped", stream(raw(b"a\tb"), STOP, DONE), Right(text="a\tb")),
        always("separators that are no line ends", stream(HEL, raw("\u2028\u0085".encode()), LO, STOP, DONE), Right(text="Hel\u2028\u0085lo")),
    ]  # fmt: skip


def endings() -> list[Case]:
    """How a stream ends, and how it breaks off."""
    return [
        always("cut after the stop chunk", stream(HEL, LO, STOP, ending=Ending.CUT)),
        always("an error after the stop chunk", stream(HEL, LO, STOP, data({"error": {"message": "usage: database is locked"}}), DONE)),
        always("reset after the stop chunk and the usage", stream(HEL, LO, STOP, USED, ending=Ending.RESET)),
        always("left open after the stop chunk", stream(HEL, LO, STOP, USED, ending=Ending.OPEN)),
        always("left open after the end mark", stream(HEL, LO, STOP, DONE, ending=Ending.OPEN)),
        always("the end mark without a finish reason", stream(HEL, LO, DONE)),
        always("the end mark without a prefix", stream(HEL, LO, b"[DONE]\n")),
        always("the end mark as a word", stream(HEL, LO, data(b"DONE"))),
        always("an event that is named done", stream(HEL, LO, b"event: done\ndata: {}\n\n")),
        always("usage and the end mark, no finish reason", stream(HEL, LO, USED, DONE), Right(requests=1, usage=(7, 2))),
        always("text after the finish reason", stream(HEL, STOP, LO, DONE)),
        always("an empty finish reason is none", stream(delta({"content": "Hel"}, ""), LO, STOP, DONE)),
        always("a format that is another's", stream(data({"response": "Hel"}), data({"response": "lo"}), DONE), NOTHING_CAME),
        always("no ending at all", stream(HEL, LO), failed("Hello", says_one_of=("broke off",))),
        always("closed before a word", Reply(ending=Ending.CUT), failed(says_one_of=("broke off before",), never_says=MIDDLE)),
        always("cut in the middle", stream(HEL, LO, ending=Ending.CUT), failed("Hello", says_one_of=("broke off",))),
        always("error as the finish reason", stream(HEL, LO, delta({}, "error"), DONE), failed("Hello")),
        always("network_error", stream(HEL, LO, delta({}, "network_error"), DONE), failed("Hello")),
        always("error with a native reason", stream(HEL, LO, delta({"content": ""}, "error", native_finish_reason="error"), DONE), failed("Hello")),
        Case("error before any text", lambda asked: stream(delta({"content": ""}, "error"), DONE) if asked.is_streaming else json_reply({}, 500), failed()),
        *(always(f"{word}: a limit", stream(HEL, LO, delta({}, word), DONE), Right(stop_reason="max_tokens")) for word in ("length_limit", "max_new_tokens", "FINISH_REASON_MAX_TOKENS", "token_limit")),
        *(always(f"{word}: a refusal", stream(HEL, LO, delta({}, word), DONE), Right(stop_reason="refusal")) for word in ("content_filtered", "guardrail_intervened", "IMAGE_SAFETY", "SPII", "sensitive")),
        *(always(f"{word}: an end", stream(HEL, LO, delta({}, word), DONE), Right(stop_reason="end_turn")) for word in ("end", "done", "normal", "stop_token", "FINISH_REASON_UNSPECIFIED")),
        always("context_length_exceeded as the reason", stream(HEL, LO, delta({}, "context_length_exceeded"), DONE), Right(stop_reason="context_exceeded")),
        always("insufficient_system_resource is no end", stream(HEL, LO, delta({}, "insufficient_system_resource"), DONE), failed("Hello")),
        always("a router's stop, and the failure behind it", stream(HEL, LO, choice(delta={}, finish_reason="stop", native_finish_reason="network_error"), DONE), failed("Hello")),
        always("the reason in Gemini's spelling", stream(HEL, LO, choice(delta={}, finishReason="STOP"))),
        always("the reason in the delta", stream(HEL, LO, delta({"finish_reason": "length"})), Right(stop_reason="max_tokens")),
        always("the reason beside no choice", stream(HEL, LO, data(ENVELOPE | {"choices": [], "finish_reason": "stop"}))),
        always("usage in Anthropic's names", stream(HEL, LO, STOP, data({"choices": [], "usage": {"input_tokens": 7, "output_tokens": 2.0}}), DONE), Right(usage=(7, 2))),
        always("usage in the choice", stream(HEL, LO, choice(delta={}, finish_reason="stop", usage=USAGE), DONE), Right(usage=(7, 2))),
        always("usage in Groq's place", stream(HEL, LO, data(ENVELOPE | {"choices": [{"index": 0, "delta": {}, "finish_reason": "stop"}], "x_groq": {"usage": USAGE}}), DONE), Right(usage=(7, 2))),
        always("MAX_TOKENS", stream(HEL, LO, delta({}, "MAX_TOKENS"), DONE), Right(stop_reason="max_tokens")),
        always("model_length", stream(HEL, LO, delta({}, "model_length"), DONE), Right(stop_reason="max_tokens")),
        always("STOP in capitals", stream(HEL, LO, delta({}, "STOP"), DONE), Right(stop_reason="end_turn")),
    ]  # fmt: skip


def chunks() -> list[Case]:
    """Chunks with more or less in them than the format knows."""
    return [
        always("usage with choices null", stream(HEL, LO, STOP, data(ENVELOPE | {"choices": None, "usage": USAGE}), DONE), Right(requests=1, usage=(7, 2))),
        always("usage without choices", stream(HEL, LO, STOP, data(ENVELOPE | {"usage": USAGE}), DONE), Right(requests=1, usage=(7, 2))),
        always("an empty object", stream(HEL, data({}), LO, STOP, DONE)),
        always("null", stream(data(None), HEL, LO, STOP, DONE)),
        always("numbers and lists", stream(data(1), HEL, data([]), LO, data(True), STOP, DONE)),
        always("a ping with data", stream(HEL, b'event: ping\ndata: {"type":"ping"}\n\n', LO, b'event: ping\ndata: {"type":"ping"}\n\n', STOP, DONE)),
        always("a ping as a string", stream(data("ping"), HEL, LO, STOP, DONE)),
        always("a ping as a bare word", stream(data(b"ping"), HEL, LO, data(b"keep-alive"), STOP, DONE)),
        always("a choice without a delta", stream(HEL, choice(finish_reason=None, content_filter_results={}), LO, STOP, DONE)),
        always("delta null", stream(HEL, delta(None), LO, STOP, DONE)),
        always("the stop chunk without a delta", stream(HEL, LO, choice(finish_reason="stop"), DONE)),
        always("text of a completion server", stream(choice(text="Hel", finish_reason=None), choice(text="lo", finish_reason="stop"), DONE)),
        always("two choices", stream(HEL, data(ENVELOPE | {"choices": [{"index": 1, "delta": {"content": "Bon"}}]}), LO, data(ENVELOPE | {"choices": [{"index": 1, "delta": {"content": "jour"}, "finish_reason": "length"}]}), STOP, DONE)),
        always("numbers as text", stream(delta({"content": 4}), delta({"content": 2}), STOP, DONE), Right(text="42")),
        always("choices as one object", stream(data({"choices": {"delta": {"content": "Hello"}, "finish_reason": "stop"}}), DONE)),
        always("the delta as a string", stream(delta("Hel"), delta("lo"), STOP, DONE)),
        always("a message beside each delta", stream(*(choice(delta={"content": part}, message={"content": so_far}) for part, so_far in (("Hel", "Hel"), ("lo", "Hello"))), STOP, DONE)),
        always("the whole message once more at the end", stream(HEL, LO, choice(message=ANSWER, finish_reason="stop"), DONE)),
        always("chunks that say message for delta", stream(choice(message={"content": "Hel"}), choice(message={"content": "lo"}), STOP, DONE)),
        always("chunks in an envelope", stream(*(data({"code": 0, "msg": "ok", "data": {"choices": [{"delta": {"content": part}}]}}) for part in ("Hel", "lo")), STOP, DONE)),
        always("the finish reason as the word null", stream(delta({"content": "Hel"}, "null"), LO, STOP, DONE)),
        always("no error", stream(data({"error": None, "choices": [{"delta": {"content": "Hel"}}]}), data({"error": {}, "code": 0, "message": "ok"}), LO, STOP, DONE)),
        always("usage in every chunk", stream(*(data(ENVELOPE | {"choices": [{"delta": {"content": part}}], "usage": USAGE}) for part in ("Hel", "lo")), STOP, DONE), Right(requests=1, usage=(7, 2))),
        always("a choice without an index", stream(data({"choices": [{"delta": {"content": "Hello"}, "finish_reason": "stop"}]}), DONE)),
        always("content as parts", stream(delta({"content": [{"type": "text", "text": "Hel"}, {"type": "text", "text": "lo"}]}), delta({"content": [{"type": "reference", "reference_ids": [1]}]}), STOP, DONE)),
        always("a part whose text is an object", stream(delta({"content": [{"type": "text", "text": {"value": "Hello", "annotations": []}}]}), STOP, DONE)),
        always("a delta that says text for content", stream(delta({"text": "Hello"}), STOP, DONE)),
        always("an audio model's transcript", stream(delta({"audio": {"id": "a1", "transcript": "Hel"}}), delta({"audio": {"transcript": "lo"}}), delta({"audio": {"data": "AAAA"}}), STOP, DONE)),
        always("half a surrogate pair a chunk", stream(raw(rb"Hel \ud83d"), raw(rb"\ude00"), STOP, DONE), Right(text="Hel 😀")),
    ]  # fmt: skip


def thinking() -> list[Case]:
    """Thinking, wherever servers put it."""
    detail = {"type": "reasoning.text", "format": "x", "index": 0}
    parts = [{"type": "thinking", "thinking": [{"type": "text", "text": "hmm"}]}]
    tail = (HEL, LO, STOP, DONE)
    places: dict[str, Any] = {
        "reasoning_content": {"reasoning_content": "hmm"},
        "reasoning": {"reasoning": "hmm"},
        "reasoning_text": {"content": None, "reasoning_text": "hmm"},
        "reasoning as an object": {"reasoning": {"content": "hmm"}},
        "thinking": {"thinking": "hmm", "content": ""},
        "two names for the same": {"reasoning": "hmm", "reasoning_details": [detail | {"text": "hmm"}]},
        "a summary and an encrypted part": {"content": "", "reasoning_details": [{"type": "reasoning.summary", "summary": "hmm"}, {"type": "reasoning.encrypted", "data": "zzz"}]},
        "parts": {"role": "assistant", "content": parts},
        "parts with plain words": {"content": [{"type": "thinking", "thinking": "hmm"}]},
        "one part without a list": {"content": {"type": "thinking", "thinking": "hmm"}},
        "a part that is marked as a thought": {"content": [{"text": "hmm", "thought": True}]},
        "thoughts": {"thoughts": "hmm"},
        "reasoningContent": {"reasoningContent": "hmm"},
        "LiteLLM's fields of the provider": {"provider_specific_fields": {"reasoning_content": "hmm"}},
    }  # fmt: skip
    tags: dict[str, tuple[bytes, ...]] = {
        "tags at the start": (delta({"content": "<think>\nhmm\n"}), delta({"content": "</think>\n\nHello"})),
        "tags cut between chunks": tuple(delta({"content": part}) for part in ("<th", "ink>hmm</thi", "nk>", "\n\nHello")),
        "tags cut at every character": tuple(delta({"content": part}) for part in "<think>\nhmm\n</think>\n\nHello"),
        "a tag named thinking": (delta({"content": "<thinking>hmm</thinking>Hello"}),),
        "brackets for tags": (delta({"content": "[THINK]hmm[/THINK]Hello"}),),
        "a closing tag whose opening was part of the prompt": (delta({"content": "hmm\n"}), delta({"content": "</think>\n\nHello"})),
        "a closing tag without an opening, cut": tuple(delta({"content": part}) for part in ("hm", "m</th", "ink>", "\n\nHel", "lo")),
        "a closing tag without an opening, glued": (delta({"content": "hmm</think>Hello"}),),
        "a tag in capitals": (delta({"content": "<THINK>hmm</Think>Hello"}),),
        "a tag with attributes": (delta({"content": '<thinking duration="3" lang=en>\nhmm</thinking>\nHello'}),),
        "a tag with attributes, cut": tuple(delta({"content": part}) for part in '<think type="x" >hmm</think >Hello'),
        "a tag named scratchpad": (delta({"content": "<scratchpad>hmm</scratchpad>Hello"}),),
        "a mark before the tag": (delta({"content": "\ufeff<think>hmm</think>Hello"}),),
        "Gemma's channel": (delta({"content": "<|channel>thought\nhmm<channel|>Hello"}),),
        "Harmony from its very start": (delta({"content": "<|start|>assistant<|channel|>analysis<|message|>hmm<|end|><|start|>assistant<|channel|>final<|message|>Hello<|return|>"}),),
        "Harmony, cut": tuple(delta({"content": part}) for part in "<|channel|>analysis<|message|>hmm<|end|><|start|>assistant<|channel|>final<|message|>Hello<|end|>"),
        "a response between marks": (delta({"content": "<|START_THINKING|>hmm<|END_THINKING|><|START_RESPONSE|>Hel"}), delta({"content": "lo<|END_RES"}), delta({"content": "PONSE|>"})),
        "a closing tag after thinking in a field": (delta({"reasoning_content": "hmm"}), delta({"content": "</th"}), delta({"content": "ink>\n\nHello"})),
        "tags around thinking in a field": (delta({"reasoning_content": "<think>\nhmm"}), delta({"reasoning_content": "\n</think>"}), delta({"content": "Hello"})),
    }  # fmt: skip
    mentions = {
        "a tag in prose": "The <think> tag opens, </think> closes.",
        "a tag that the answer begins with": "<think> tags mark reasoning.",
        "a tag in code": "`<think>` begins it.",
        "tags in a fence": "```\n<think>a</think>\n```",
        "a closing tag in prose": "The tag </think> closes it.\n\nSo does `</think>`\n\nin code.",
        "a closing tag in a fence": "Write this:\n```xml\nhm\n</think>\n\n```\nand no more.",
        "a closing tag with its opening in prose": "I wrote <think>\nhm\n</think>\n\nand went on.",
        "words that look like attributes": "<thinking about it> is not a tag.",
        "brackets in prose": "[think] about this: it is no tag at all.",
        "a closing tag that the answer begins with": "</think> is how it ends.",
        "a mark of Harmony in prose": "The token <|channel|> opens a channel, <|end|> ends it.",
        "a mark of Harmony at the end": "The last token is <|end|>",
    }
    cases = [always(name, stream(delta(part), *tail), THOUGHT) for name, part in places.items()]
    cases.append(
        always(
            "reasoning beside the delta", stream(choice(delta={"role": "assistant"}, reasoning="hmm"), *tail), THOUGHT
        )
    )
    cases.append(always("details in two parts", stream(*(delta({"content": "", "reasoning_details": [detail | {"text": text}]}) for text in ("hm", "m")), *tail), THOUGHT))  # fmt: skip
    cases += [always(name, stream(*parts, STOP, DONE), THOUGHT) for name, parts in tags.items()]
    cases += [
        always(name, stream(delta({"content": text}), STOP, DONE), Right(text=text)) for name, text in mentions.items()
    ]
    cases.append(
        always("Harmony without thinking", stream(delta({"content": "<|channel|>final<|message|>Hello"}), STOP, DONE))
    )
    cases.append(
        always(
            "two channels of Harmony",
            stream(
                delta(
                    {
                        "content": "<|channel|>analysis<|message|>hm<|end|><|start|>assistant<|channel|>commentary<|message|>m<|end|><|start|>assistant<|channel|>final<|message|>Hello"
                    }
                ),
                STOP,
                DONE,
            ),
            Right(thinking="hm\n\nm"),
        )
    )
    cases.append(
        always(
            "a tag that nothing closes",
            stream(delta({"content": "<think>hmm"}), STOP, DONE),
            Right(text="", thinking="hmm"),
        )
    )
    cases.append(
        always(
            "a closing tag named in the thinking",
            stream(delta({"content": "<think>I write `</think>` last.</think>Hello"}), STOP, DONE),
            Right(thinking="I write `</think>` last."),
        )
    )
    return cases


def errors_in_streams() -> list[Case]:
    """Errors where an answer was expected: kept text, and the server's words."""
    return [
        always("error as a string", stream(HEL, data({"error": "model runner has unexpectedly stopped"})), failed("Hel", "model runner has unexpectedly stopped")),
        always("event: error with a flat object", stream(HEL, b'event: error\ndata: {"code":"InternalError","message":"GPU lost"}\n\n'), failed("Hel", "GPU lost")),
        always("event: error with plain words", stream(HEL, b"event: error\ndata: GPU lost\n\n"), failed("Hel", "GPU lost")),
        always("detail as the whole event", stream(HEL, data({"detail": "Model not loaded"})), failed("Hel", "Model not loaded")),
        always("a string error with its type", stream(HEL, b'data:{"error":"Request failed: CUDA out of memory","error_type":"generation"}\n\n'), failed("Hel", "CUDA out of memory")),
        always("an error object", stream(HEL, data({"error": {"code": 502, "message": "Upstream idle timeout"}})), failed("Hel", "Upstream idle timeout")),
        always("an error beside choices", stream(HEL, data(ENVELOPE | {"error": {"code": 502, "message": "Provider gone"}, "choices": [{"index": 0, "delta": {"content": ""}, "finish_reason": "error"}]})), failed("Hel", "Provider gone")),
        always("vLLM's error object", stream(HEL, data({"object": "error", "message": "engine died", "type": "InternalServerError", "code": 500})), failed("Hel", "engine died")),
        always("the field error", stream(b'error: {"code":400,"message":"the request exceeds the available context size","type":"invalid_request_error"}\n\n'), failed(shows="exceeds the available context size", says_one_of=("too long",), never_says=MIDDLE)),
        always("a kind of error without the word", stream(HEL, data({"type": "InternalServerError", "message": "GPU lost", "code": 500})), failed("Hel", "GPU lost", never_says=MIDDLE)),
        always("an error in the choice", stream(HEL, choice(delta={}, error={"code": 502, "message": "Upstream died"}, finish_reason="error")), failed("Hel", "Upstream died")),
        always("an error in the delta", stream(HEL, delta({"error": "GPU lost"})), failed("Hel", "GPU lost")),
        always("Baidu's names", stream(HEL, data({"error_code": 336003, "error_msg": "the max length exceeded"})), failed("Hel", "max length", never_says=MIDDLE)),
        always("MiniMax's place", stream(HEL, data({"base_resp": {"status_code": 1004, "status_msg": "login fail"}}), DONE), failed("Hel", "login fail", never_says=MIDDLE)),
        always("a gateway's fault", stream(HEL, data({"fault": {"faultstring": "Quota violation", "detail": {"errorcode": "x"}}})), failed("Hel", "Quota violation", never_says=MIDDLE)),
        always("Amazon's exceptions", stream(HEL, data({"modelStreamErrorException": {"message": "model died"}})), failed("Hel", "model died", never_says=MIDDLE)),
        always("the Responses API's failure", stream(HEL, data({"type": "response.failed", "response": {"error": {"message": "GPU lost"}}})), failed("Hel", "GPU lost", never_says=MIDDLE)),
        always("event: error with null", stream(HEL, b"event: error\ndata: null\n\n"), failed("Hel", never_says=MIDDLE)),
        always("plain words as the last event", stream(HEL, data(b"Internal Server Error")), failed("Hel", "Internal Server Error", never_says=MIDDLE)),
        always("words after a bracket", stream(HEL, data(b"[ERROR] upstream timed out")), failed("Hel", "upstream timed out", never_says=MIDDLE)),
        always("an indented error", stream(HEL, json.dumps({"error": {"code": 503, "message": "Too busy"}}, indent=2).encode() + b"\n"), failed("Hel", "Too busy")),
        always("a page after text", stream(HEL, b"<html><head><title>504 Gateway Time-out</title></head></html>\n"), failed("Hel", "504 Gateway Time-out", never_says=MIDDLE)),
        always("colours of a terminal", stream(HEL, data({"error": "\x1b[31mGPU lost\x1b[0m now"})), failed("Hel", "GPU lost now")),
        always("objects with words, and the answer goes on", stream(HEL, data({"status": "in_progress", "message": "queued"}), data({"warning": "x", "message": "old model"}), data({"id": "x", "detail": "cached"}), LO, STOP, DONE)),
        always("an object with words after the end", stream(HEL, LO, STOP, data({"message": "bye"}), DONE)),
        always("bare JSON after text", stream(HEL, b'{"error":{"message":"worker restarted"}}\n'), failed("Hel", "worker restarted")),
        always("a bare error in a stream's type", Reply(b'{"error":{"message":"Rate limit reached, slow down","type":"rate_limit_error"}}'), failed(shows="Rate limit reached", never_says=MIDDLE)),
        always("comments and an end", stream(b": PROCESSING\n\n: PROCESSING\n\n"), NOTHING_CAME),
        always("an empty body", stream(), NOTHING_CAME),
        always("the end mark alone", stream(DONE), NOTHING_CAME),
        always("plain words with status 200", Reply(b"no healthy upstream", kind="text/plain"), failed(shows="no healthy upstream", never_says=MIDDLE)),
        always("a web page", Reply(b"<!doctype html><html><head><title>Welcome to nginx!</title></head></html>", kind="text/html"), failed(shows="Welcome to nginx", says_one_of=("web page",), never_says=MIDDLE)),
        always("half a JSON object", stream(HEL, data(b'{"choices":[{"index":0,"del')), failed("Hel", says_one_of=("cannot be read",), never_says=MIDDLE)),
    ]  # fmt: skip


def whole_answers() -> list[Case]:
    """Answers in one piece, asked for or not."""
    parts = [{"type": "thinking", "thinking": [{"type": "text", "text": "hmm"}]}, {"type": "text", "text": "Hello"}]
    simulated = Right(requests=1, road="simulated", usage=(7, 2))
    thought = Right(thinking="hmm", requests=2, road="simulated")
    return [
        always("JSON to a stream", json_reply(whole(ANSWER)), simulated),
        always("JSON to a stream, over many lines", Reply(json.dumps(whole(ANSWER), indent=2).encode(), kind="application/json"), simulated),
        always("JSON to a stream that reached its limit", json_reply(whole(ANSWER, "length")), Right(requests=1, stop_reason="max_tokens")),
        always("200 with an error", json_reply({"error": {"message": "Insufficient balance"}}), failed(shows="Insufficient balance", never_says=MIDDLE)),
        always("200 with code and msg", json_reply({"code": 401, "msg": "token expired or incorrect", "success": False}), failed(shows="token expired", never_says=MIDDLE)),
        in_one_piece("a stream to a whole request", stream(HEL, LO, STOP, DONE)),
        in_one_piece("JSON, then the end mark", Reply(json.dumps(whole(ANSWER)).encode() + b"\ndata: [DONE]\n", kind="application/json")),
        in_one_piece("finish reason null", json_reply(whole(ANSWER, None))),
        in_one_piece("content as parts", json_reply(whole({"role": "assistant", "content": parts})), thought),
        in_one_piece("tags in a whole answer", json_reply(whole(ANSWER | {"content": "<think>\nhmm\n</think>\n\nHello"})), thought),
        in_one_piece("a closing tag without an opening in a whole answer", json_reply(whole(ANSWER | {"content": "hmm\n</think>\n\nHello"})), thought),
        in_one_piece("reasoning_content", json_reply(whole(ANSWER | {"reasoning_content": "hmm"})), thought),
        in_one_piece("text of a completion server", json_reply({"id": "1", "choices": [{"index": 0, "text": "Hello", "finish_reason": "stop"}]})),
        in_one_piece("choices null and an error", json_reply({"choices": None, "error": {"message": "Provider hiccup", "code": 502}}), failed(shows="Provider hiccup", never_says=MIDDLE)),
        in_one_piece("no choice", json_reply({"choices": []}), NOTHING_CAME),
    ]  # fmt: skip


def refusals() -> list[Case]:
    """Refused requests: our sentence, and the server's words."""

    def refused(name: str, reply: Reply, shows: str, requests: int | None = 2, *says: str) -> Case:
        return always(name, reply, failed(shows=shows, requests=requests, says_one_of=says))

    quota = [{"error": {"code": 429, "message": "You exceeded your current quota", "status": "RESOURCE_EXHAUSTED"}}]
    routed = {"error": {"message": "Provider returned error", "code": 429, "metadata": {"raw": "x is temporarily rate-limited upstream", "provider_name": "X"}}}  # fmt: skip
    template = {"error": {"code": 500, "message": "Conversation roles must alternate user/assistant/...", "type": "server_error"}}  # fmt: skip
    lm_studio = "Trying to keep the first 9000 tokens when context the overflows. However, the model is loaded with context length of only 4096 tokens"  # fmt: skip
    nested = json.dumps({"error": {"message": "upstream: model is offline"}})
    return [
        refused("an error object", json_reply({"error": {"message": "This model does not take system messages"}}, 400), "does not take system messages"),
        refused("a string", json_reply({"error": "model 'x' not found"}, 404), "model 'x' not found"),
        refused("detail as a list", json_reply({"detail": [{"loc": ["body", "messages"], "msg": "field required", "type": "missing"}]}, 422), "messages: field required"),
        refused("detail as a string", json_reply({"detail": "Model is still warming up"}, 400), "Model is still warming up"),
        refused("words inside metadata", json_reply(routed, 429), "rate-limited upstream"),
        refused("a template's error", json_reply(template, 500), "roles must alternate", 2, "rejected"),
        refused("a flat message", json_reply({"message": "Missing Authentication Token"}, 403), "Missing Authentication Token"),
        refused("a list", json_reply(quota, 429), "You exceeded your current quota"),
        refused("plain words", Reply(b"upstream connect error or disconnect/reset before headers", 503, "text/plain"), "upstream connect error", None),
        refused("a page's title", Reply(b"<html><head><title>502 Bad Gateway</title></head><body>x</body></html>", 502, "text/html"), "502 Bad Gateway", None),
        refused("a filter of the prompt", json_reply({"error": {"message": "The response was filtered", "code": "content_filter", "innererror": {"code": "ResponsibleAIPolicyViolation"}}}, 400), "was filtered", 1, "declined"),
        refused("a bad key with status 400", json_reply([{"error": {"code": 400, "message": "API key not valid. Please pass a valid API key.", "status": "INVALID_ARGUMENT"}}], 400), "not valid", 1, "did not accept the api key"),
        refused("no page at the address", Reply(b"404 page not found", 404, "text/plain"), "page not found", 1, "address"),
        refused("no such path", json_reply({"detail": "Not Found"}, 404), "Not Found", 1, "address"),
        refused("a long wait", json_reply({"error": "slow down"}, 429, **{"retry-after": "2 hours"}), "slow down", 1, "in 2 h"),
        refused("a code alone", json_reply({"error": {"code": "model_not_loaded"}}, 400), "model_not_loaded"),
        refused("XML", Reply(b"<?xml version='1.0'?><Error><Code>X</Code><Message>Region is closed</Message></Error>", 400, "application/xml"), "Region is closed"),
        refused("errors as a list", json_reply({"success": False, "errors": [{"code": 5007, "message": "No such model"}]}, 400), "No such model"),
        refused("a message that is an object", json_reply({"object": "error", "message": {"detail": [{"msg": "too few messages"}]}}, 422), "too few messages"),
        refused("words in JSON in a string", json_reply({"error": {"message": nested}}, 400), "model is offline"),
        refused("problem details", json_reply({"type": "about:blank", "title": "Forbidden", "status": 403, "detail": "Key is for another region"}, 403), "another region"),
        refused("other words that hold the key", json_reply({"error": {"message": "Use the latest tested model"}}, 400), "Use the latest tested model"),
        refused("too long, in another server's words", json_reply({"error": lm_studio}, 400), "4096 tokens", 2, "too long"),
        refused("a byte-order mark before the body", Reply(BOM + b'{"error":"no such model"}', 400, "application/json"), "no such model"),
    ]  # fmt: skip


def unless(forbidden: Any, refusal: Reply, answer: Reply) -> Any:
    """Refuse the requests that hold what this server cannot take."""
    return lambda asked: refusal if forbidden(asked) else answer


def _redirecting(asked: Asked) -> Reply:
    if asked.path.endswith("/moved"):
        return stream(HEL, LO, STOP, DONE) if asked.method == "POST" else json_reply({"error": "POST only"}, 405)
    return Reply(status=301, headers={"location": "/moved"})


def learnt() -> list[Case]:
    """What a server cannot take: asked again without it, and streamed still."""
    extra = json_reply({"detail": [{"type": "extra_forbidden", "loc": ["body", "stream_options"], "msg": "Extra inputs are not permitted"}]}, 422)  # fmt: skip
    answer = stream(HEL, LO, STOP, DONE)
    options = {
        "allowed with stream only": json_reply({"error": {"message": "stream_options is only allowed when 'stream' is enabled"}}, 400),
        "with the request repeated": json_reply({"detail": "Unknown field stream_options", "body": {"stream": True}}, 422),
        "forbidden": json_reply({"error": {"message": "stream_options is not allowed"}}, 403),
        "an odd status": json_reply({"error": "stream_options not supported"}, 424),
        "an error with status": json_reply({"error": {"message": "Unsupported parameter: stream_options"}}),
        "an event with status": stream(data({"error": {"message": "Unsupported parameter: stream_options"}})),
    }  # fmt: skip
    unstreamed = {
        "a fault": json_reply({"error": {"message": "Streaming is not supported"}}, 500),
        "in other words": json_reply({"error": "server-sent events are disabled"}, 400),
        "an event with status": stream(data({"error": {"message": "This model does not support streaming"}})),
    }
    streamed = Right(requests=2, road="streamed")
    return [
        Case("no stream_options", unless(lambda asked: "stream_options" in asked.body, extra, answer), streamed),
        *(
            Case(
                f"no stream_options: {words}, {reply.status}",
                unless(lambda asked: "stream_options" in asked.body, reply, answer),
                streamed,
            )
            for words, reply in options.items()
        ),
        *(
            Case(
                f"no streaming: {words}, {reply.status}",
                unless(lambda asked: asked.is_streaming, reply, json_reply(whole(ANSWER))),
                Right(requests=2, road="simulated"),
            )
            for words, reply in unstreamed.items()
        ),
        always(
            "a refusal that repeats the request",
            json_reply(
                {
                    "detail": [
                        {
                            "type": "missing",
                            "loc": ["body", "x"],
                            "msg": "Field required",
                            "input": {"stream": True, "stream_options": {}, "messages": []},
                        }
                    ]
                },
                422,
            ),
            failed(shows="Field required", requests=2, road="fallback"),
        ),
        Case("a redirection keeps its POST", _redirecting, Right(requests=3)),
    ]


def odd_endings() -> list[Case]:
    """Reasons that are named too early, or twice, and what follows the end of an answer."""
    early = delta({"content": "Hel"}, "stop")
    thought = delta({"reasoning_content": "hmm"}, "stop")
    unnamed = data({"choices": [{"message": {"content": "Hel"}}]})
    warning = b"<br />Warning: x in y.php\n"
    answer = json.dumps(whole(ANSWER)).encode()
    return [
        always("stop in every chunk", stream(early, delta({"content": "lo"}, "stop"), DONE)),
        always("stop in every chunk, and no end mark", stream(early, delta({"content": "lo"}, "stop"))),
        always("stop in every chunk, cut in the third", stream(early, LO, delta({"content": "!"}, "stop"), ending=Ending.CUT), failed("Hello!")),
        always("stop in every chunk, then a failure", stream(early, LO, data({"error": {"message": "GPU lost"}})), failed("Hello", "GPU lost")),
        always("stop beside the thinking", stream(thought, HEL, LO, STOP, DONE), THOUGHT),
        always("stop beside the thinking, then cut", stream(thought, ending=Ending.CUT), failed(thinking="hmm\n\n---\n\nhmm")),
        always("stop with the last words, then cut", stream(HEL, delta({"content": "lo"}, "stop"), ending=Ending.CUT)),
        always("a limit, then stop", stream(HEL, LO, delta({}, "length"), STOP, DONE), Right(stop_reason="max_tokens")),
        always("a filter, then stop", stream(HEL, LO, delta({}, "content_filter"), STOP, DONE), Right(stop_reason="refusal")),
        always("stop, then a limit", stream(HEL, LO, STOP, delta({}, "length"), DONE), Right(stop_reason="max_tokens")),
        always("a message of no kind, cut", stream(unnamed, ending=Ending.CUT), failed("Hel")),
        in_one_piece("a message of no kind, without a reason", json_reply({"choices": [{"message": ANSWER}]})),
        always("half JSON after the end mark", stream(HEL, LO, STOP, DONE, b'data: {"garb\n\n')),
        always("half of the usage, then cut", stream(HEL, LO, STOP, USED[:30], ending=Ending.CUT)),
        always("half of the usage", stream(HEL, LO, STOP, USED[:30])),
        always("JSON, then a warning", Reply(answer + b"\n" + warning, kind="application/json")),
        always("JSON, then a warning in the same line", Reply(answer + warning, kind="application/json")),
        always("an error in each chunk that says nothing", stream(*(data(ENVELOPE | {"error": {"message": "", "code": None}, "choices": [{"index": 0, "delta": {"content": words}}]}) for words in ("Hel", "lo")), STOP, DONE)),
        always("an error that is the word null", stream(data(ENVELOPE | {"error": "null", "choices": [{"index": 0, "delta": {"content": "Hel"}}]}), LO, STOP, DONE)),
        always("white space for a long while first", Reply(b"\n" * 100_000 + HEL + LO + STOP + DONE)),
        always("a wait of no calendar", Reply(b"{}", 429, "application/json", {"retry-after": "Mon, 01 Jan 2024 00:00:00 +99999999999999"}), failed(says_one_of=("limit", "often"), never_says="fault of its own")),
        always("a wait of ages", Reply(b"{}", 429, "application/json", {"retry-after": "99999999999999999999999"}), failed(never_says="days")),
        always("not modified", Reply(status=304), failed(never_says="redirects")),
    ]  # fmt: skip


CASES = [
    *framing(), *endings(), *odd_endings(), *chunks(), *thinking(), *errors_in_streams(), *whole_answers(), *refusals(), *learnt(),
]  # fmt: skip
