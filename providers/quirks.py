"""What a server cannot take, learnt from its refusals and remembered for as long as this process lives."""

import re
from dataclasses import dataclass, field, replace
from enum import StrEnum

from providers.base import GenerationRequest, alternating


class Quirk(StrEnum):
    """One thing that a server has refused."""

    NO_STREAM_OPTIONS = "stream_options"
    NO_SYSTEM_ROLE = "system role"
    OTHER_BOUND_NAME = "max_tokens"
    NO_TEMPERATURE = "temperature"
    OTHER_THINKING = "kind of thinking"
    NO_EFFORT = "reasoning effort"


# These say that something else is wrong than what was asked for.
_OTHER_REFUSALS = frozenset({401, 402, 407, 408, 409, 413, 429})
_SYSTEM_WORDS = re.compile(
    r"system.{0,40}(role|message|prompt|instruction)|(role|message|instruction).{0,60}system|developer instruction"
    r"|only user(,| and) (assistant|model)|roles must alternate"
    r"|\broles?\b.{0,60}\b(user|assistant)\b|first message.{0,40}\buser\b",
    re.IGNORECASE | re.DOTALL,
)
_STREAM_WORDS = re.compile(r"\bstream(ing|ed|s)?\b|server-sent events", re.IGNORECASE)
_CANNOT_WORDS = re.compile(
    r"\b(not|n't|cannot|only|must|without|disabled?|unsupported|unable|extra|unknown|invalid|verified|false)\b",
    re.IGNORECASE,
)
_STREAM_OPTION_WORDS = re.compile(r"stream_options|include_usage", re.IGNORECASE)
_THINKING_KIND_WORDS = re.compile(r"adaptive|thinking\.type|display|output_config|budget_tokens", re.IGNORECASE)
_EFFORT_WORDS = re.compile(r"reasoning|thinking|\bthink\b|effort", re.IGNORECASE)


@dataclass(slots=True)
class Quirks:
    """The quirks of one server, by model; what a server has refused for one model may hold for others."""

    known: dict[str, frozenset[Quirk]] = field(default_factory=dict[str, frozenset[Quirk]])

    def of(self, model: str) -> frozenset[Quirk]:
        """Give what is known of a model."""
        everywhere = frozenset[Quirk]().union(*self.known.values()) & {Quirk.NO_STREAM_OPTIONS}
        return self.known.get(model, frozenset()) | everywhere

    def learn(self, request: GenerationRequest, status: int, body: str, *, is_streaming: bool) -> bool:
        """Learn from a refusal; False when it names nothing new that can be left out."""
        if not _is_refusal(status):
            return False
        known = self.of(request.model)
        quirk = next((quirk for quirk in _named(request, body, is_streaming=is_streaming) if quirk not in known), None)
        if quirk is None:
            return False
        self.known[request.model] = self.known.get(request.model, frozenset()) | {quirk}
        return True

    def adapted(self, request: GenerationRequest) -> GenerationRequest:
        """Give the request as the server can take it: turns that alternate, the system prompt where it may stand."""
        request = replace(request, messages=alternating(request.messages))
        known = self.of(request.model)
        if Quirk.NO_TEMPERATURE in known:
            request = replace(request, temperature=None)
        if Quirk.NO_EFFORT in known:
            request = replace(request, thinking=None)
        if Quirk.NO_SYSTEM_ROLE in known and request.system:
            first, *others = request.messages
            said = replace(first, content=f"{request.system}\n\n{first.content}")
            request = replace(request, system="", messages=(said, *others))
        return request

    def refuses_streaming(self, request: GenerationRequest, status: int, words: str) -> bool:
        """Say whether a server refuses to stream, and not one of a stream's options that can still be left out."""
        has_options = Quirk.NO_STREAM_OPTIONS not in self.of(request.model)
        if not _is_refusal(status) or (has_options and _STREAM_OPTION_WORDS.search(words)):
            return False
        return bool(_STREAM_WORDS.search(words) and _CANNOT_WORDS.search(words))


def _is_refusal(status: int) -> bool:
    return (400 <= status < 500 and status not in _OTHER_REFUSALS) or status in (500, 501)


def _named(request: GenerationRequest, body: str, *, is_streaming: bool) -> list[Quirk]:
    """Name what a refusal speaks of, as far as the request had it."""
    asked = (
        (Quirk.NO_STREAM_OPTIONS, is_streaming and _STREAM_OPTION_WORDS.search(body)),
        (Quirk.OTHER_BOUND_NAME, request.max_tokens and _speaks_of_bound(body)),
        (Quirk.OTHER_THINKING, request.thinking and _THINKING_KIND_WORDS.search(body)),
        (Quirk.NO_EFFORT, request.thinking and _EFFORT_WORDS.search(body)),
        (Quirk.NO_TEMPERATURE, request.temperature is not None and "temperature" in body),
        (Quirk.NO_SYSTEM_ROLE, request.system and _SYSTEM_WORDS.search(body)),
    )
    return [quirk for quirk, is_named in asked if is_named]


def _speaks_of_bound(body: str) -> bool:
    """Tell a bound whose name is not known from one that is too large."""
    is_named = "max_tokens" in body or "max_completion_tokens" in body
    return (
        is_named
        and re.search(r"unsupported|not supported|unknown|unrecognized|extra|instead|permitted", body, re.I) is not None
    )
