"""Claude through Anthropic's own SDK."""

import re
from collections.abc import Mapping
from typing import Any

import anthropic
import httpx2
from anthropic.types import MessageParam

from providers.addresses import ANTHROPIC_URL
from providers.anthropic_reader import AnthropicReader
from providers.base import (
    Capabilities,
    ChatMessage,
    GenerationRequest,
    ModelInfo,
    ThinkingEffort,
)
from providers.http_client import Timeouts, build_http_client
from providers.http_errors import vendor_errors
from providers.model_list import ListedModel
from providers.quirks import Quirk
from providers.wire_provider import WireProvider

DEFAULT_MAX_TOKENS = 8_192
# An answer of this many tokens is a book chapter; asking for more makes older models refuse long conversations.
LARGEST_DEFAULT_MAX_TOKENS = 32_000
BUDGET_TOKENS = {ThinkingEffort.BRIEF: 2_048, ThinkingEffort.LONG: 16_000}
EFFORTS = {ThinkingEffort.BRIEF: "low", ThinkingEffort.LONG: "high"}
LISTED_PAGES = 20

# Claude 4.6 and newer refuse a conversation that ends in the assistant's words (Anthropic's migration guide: prefill).
_PREFILLED = re.compile(r"claude-(3-|(opus|sonnet|haiku)-4-(0|1|5|\d{8}))")


class AnthropicProvider(WireProvider):
    """Answer with Claude."""

    refusal = anthropic.APIStatusError
    no_connection = anthropic.APIConnectionError

    def __init__(self, api_key: str, base_url: str | None = None, *, timeouts: Timeouts | None = None) -> None:
        """Connect to Anthropic, or to whatever speaks its Messages API at `base_url`."""
        url = base_url or ANTHROPIC_URL
        super().__init__("anthropic", "Claude", api_key, url, timeouts)
        self._listed: dict[str, ListedModel] = {}
        address = httpx2.URL(url)
        self._client = anthropic.AsyncAnthropic(
            api_key=api_key,
            base_url=str(address.copy_with(query=None)),
            default_query=dict(address.params),
            max_retries=0,
            http_client=build_http_client(url, self._timeouts),
        )
        # The SDK imports these on first use, which would stop the event loop in the middle of somebody's answer.
        self._messages = self._client.messages.with_streaming_response
        self._models = self._client.models.with_streaming_response

    async def models(self) -> tuple[ModelInfo, ...]:
        """List the models that the key may use, newest first."""
        with vendor_errors(self._translate):
            listed = await self._list()
            self._listed = {model.id: model for model in listed if model.fact("lifecycle") != "retired"}
            return tuple(self._describe(model) for model in self._listed.values())

    def capabilities(self, model: str) -> Capabilities:
        """Say what `model` can do; Anthropic's API takes no temperature any more."""
        listed = self._listed.get(model)
        thinking = listed is None or listed.fact("capabilities", "thinking", "supported") is not False
        thinking = thinking and Quirk.NO_EFFORT not in self._quirks.of(model)
        return Capabilities(thinking=thinking, temperature=False, prefill=_PREFILLED.match(model) is not None)

    async def aclose(self) -> None:
        """Close all connections."""
        await self._client.close()

    async def _request(self, request: GenerationRequest, *, is_streaming: bool) -> httpx2.Response:
        max_tokens, thinking = self._limits(request)
        asking = self._messages.create(
            model=request.model,
            max_tokens=max_tokens,
            messages=[_turn(message) for message in request.messages],
            system=request.system or anthropic.omit,
            stream=is_streaming or anthropic.omit,
            extra_body=thinking,
            timeout=anthropic.not_given if is_streaming else self._timeouts.whole_answer,
        )
        return (await asking.__aenter__()).http_response

    async def _list(self) -> list[ListedModel]:
        """Read page after page; a server that says there are more and gives none new has given all."""
        found: dict[str, ListedModel] = {}
        after = ""
        for _ in range(LISTED_PAGES):
            async with self._models.list(limit=100, after_id=after or anthropic.omit) as reply:
                await reply.http_response.aread()
            listed, page = self._models_in(reply.http_response.text)
            new = {model.id: model for model in listed if model.id not in found}
            found |= new
            after = str(page.get("last_id") or "")
            if not page.get("has_more") or not after or not new:
                break
        return list(found.values())

    def _describe(self, model: ListedModel) -> ModelInfo:
        return ModelInfo(self.name, model.id, model.name, "at Anthropic", self.capabilities(model.id))

    def _limits(self, request: GenerationRequest) -> tuple[int, Mapping[str, Any]]:
        """Give `max_tokens`, which for Anthropic covers thinking and answer together, and the thinking settings."""
        listed = self._listed.get(request.model)
        stated = listed.fact("max_tokens") if listed else None
        ceiling = stated if isinstance(stated, int) and stated > 0 else None
        answer_tokens = request.max_tokens or min(ceiling or DEFAULT_MAX_TOKENS, LARGEST_DEFAULT_MAX_TOKENS)
        if request.thinking is None:
            return answer_tokens, {}
        budget = BUDGET_TOKENS[request.thinking]
        max_tokens = min(answer_tokens + budget, ceiling or answer_tokens + budget)
        is_other = Quirk.OTHER_THINKING in self._quirks.of(request.model)
        return max_tokens, _thinking(listed, request.thinking, min(budget, max_tokens - 1), is_other=is_other)

    def _new_reader(self) -> AnthropicReader:
        return AnthropicReader(self._errors)


def _turn(message: ChatMessage) -> MessageParam:
    if message.role == "assistant":
        return {"role": "assistant", "content": message.content}
    return {"role": "user", "content": message.content}


def _thinking(
    listed: ListedModel | None, thinking: ThinkingEffort, budget_tokens: int, *, is_other: bool
) -> dict[str, Any]:
    """Ask for a budget where the model takes one; newer models decide by themselves how much, led by an effort.

    `is_other`: what the list of models tells was refused, so the other kind is asked for, and nothing with it.
    """
    has_budget = bool(listed and listed.fact("capabilities", "thinking", "types", "enabled", "supported"))
    if is_other:
        enabled: dict[str, Any] = {"type": "enabled", "budget_tokens": budget_tokens}
        return {"thinking": {"type": "adaptive"} if has_budget else enabled}
    if has_budget:
        return {"thinking": {"type": "enabled", "budget_tokens": budget_tokens, "display": "summarized"}}
    adaptive: dict[str, Any] = {"thinking": {"type": "adaptive", "display": "summarized"}}
    if listed and listed.fact("capabilities", "effort", EFFORTS[thinking], "supported"):
        adaptive["output_config"] = {"effort": EFFORTS[thinking]}
    return adaptive
