"""Any server that speaks OpenAI's chat-completions format: OpenAI, Ollama, vLLM, LM Studio, llama.cpp."""

import os
import re
from contextlib import suppress
from typing import Any

import httpx2
import openai
from openai.types.chat import ChatCompletionMessageParam

from providers.addresses import OPENAI_URL
from providers.base import (
    Capabilities,
    GenerationRequest,
    ModelInfo,
    ThinkingEffort,
)
from providers.http_client import Timeouts, build_http_client
from providers.http_errors import vendor_errors
from providers.model_list import ListedModel, can_chat
from providers.openai_reader import OpenAIReader
from providers.quirks import Quirk
from providers.wire_provider import WireProvider

OPENAI = "openai"
OFFICIAL_HOST = "api.openai.com"
# The SDK would otherwise fall back to OPENAI_API_KEY and hand that key to a foreign server.
NO_KEY = "none"
_EFFORTS = {ThinkingEffort.BRIEF: "low", ThinkingEffort.LONG: "high"}
_NAMES_MODEL = re.compile(r"model", re.IGNORECASE)
_HAS_VERSION = re.compile(r"/v\d+\w*(/|$)")


class OpenAICompatibleProvider(WireProvider):
    """Answer with a model behind a chat-completions server."""

    refusal = openai.APIStatusError
    no_connection = openai.APIConnectionError

    def __init__(
        self,
        api_key: str | None = None,
        base_url: str = OPENAI_URL,
        *,
        name: str = OPENAI,
        label: str = "OpenAI",
        runs_where: str = "at OpenAI",
        timeouts: Timeouts | None = None,
    ) -> None:
        """Connect to the server at `base_url`, which ends in `/v1` on most servers."""
        super().__init__(name, label, api_key, base_url, timeouts)
        self._runs_where = runs_where
        self._is_official = httpx2.URL(base_url).host == OFFICIAL_HOST
        url = httpx2.URL(base_url)
        base_url = str(url.copy_with(query=None)).rstrip("/")
        self._bases = (base_url, *_other_addresses(url))
        self._client = openai.AsyncOpenAI(
            api_key=api_key or NO_KEY,
            base_url=base_url,
            default_query=dict(url.params),
            default_headers={} if name == OPENAI else _without_environments_headers(),
            max_retries=0,
            http_client=build_http_client(base_url, self._timeouts),
        )
        if name != OPENAI:
            self._client.organization = self._client.project = None
        # The SDK imports these on first use, which would stop the event loop in the middle of somebody's answer.
        self._completions = self._client.chat.completions.with_streaming_response

    async def models(self) -> tuple[ModelInfo, ...]:
        """List the models that can chat, as far as the list tells."""
        with vendor_errors(self._translate):
            return tuple(self._describe(model) for model in await self._listed() if can_chat(model))

    def capabilities(self, model: str) -> Capabilities:
        """Say what is common to all servers; what one of them has refused is not tried again."""
        return Capabilities(thinking=Quirk.NO_EFFORT not in self._quirks.of(model))

    async def aclose(self) -> None:
        """Close all connections."""
        await self._client.close()

    async def _request(self, request: GenerationRequest, *, is_streaming: bool) -> httpx2.Response:
        asking = self._completions.create(
            model=request.model,
            messages=_turns(request),
            temperature=openai.omit if request.temperature is None else request.temperature,
            extra_body=self._extras(request, is_streaming=is_streaming),
            timeout=openai.not_given if is_streaming else self._timeouts.whole_answer,
        )
        return (await asking.__aenter__()).http_response

    def _extras(self, request: GenerationRequest, *, is_streaming: bool) -> dict[str, Any]:
        """Name the bound of the answer as the server expects it: OpenAI renamed it, most other servers did not."""
        known = self._quirks.of(request.model)
        extras: dict[str, Any] = {"stream": True} if is_streaming else {}
        if is_streaming and Quirk.NO_STREAM_OPTIONS not in known:
            extras["stream_options"] = {"include_usage": True}
        if request.max_tokens is not None:
            is_new_name = self._is_official != (Quirk.OTHER_BOUND_NAME in known)
            extras["max_completion_tokens" if is_new_name else "max_tokens"] = request.max_tokens
        if request.thinking is not None:
            extras["reasoning_effort"] = _EFFORTS[request.thinking]
        return extras

    async def _listed(self) -> list[ListedModel]:
        """Read the list where there is one, which then is the API's address; without one the address stays."""
        first = self._base
        try:
            return await self._list(first)
        except Exception:
            for base in self._bases:
                if base == first:
                    continue
                with suppress(Exception):
                    listed = await self._list(base)
                    self._client.base_url = base
                    return listed
            raise

    async def _list(self, base: str) -> list[ListedModel]:
        reply = await self._client.get(f"{base}/models", cast_to=httpx2.Response)
        return self._models_in(reply.text)[0]

    @property
    def _base(self) -> str:
        return str(self._client.base_url).rstrip("/")

    def _finds_address(self, response: httpx2.Response) -> bool:
        """Take the next address in which the API may be: many servers print theirs without `/v1`, or Ollama's own.

        When it is at none of them the configured one stays, for the server may only be starting.
        """
        is_page = response.headers.get("content-type", "").startswith("text/html")
        is_unknown = response.status_code in (404, 405) and not _NAMES_MODEL.search(response.text)
        first, *_ = [*response.history, response]  # where it was sent, whatever it was led to
        asked = str(first.request.url.copy_with(query=None)).removesuffix("/chat/completions")
        if asked not in self._bases or not (is_unknown or (is_page and response.is_success)):
            return False
        if asked != self._base:
            return True  # another request has moved on meanwhile
        following = self._bases.index(asked) + 1
        is_last = following == len(self._bases)
        self._client.base_url = self._bases[0] if is_last else self._bases[following]
        return not is_last

    def _new_reader(self) -> OpenAIReader:
        return OpenAIReader(self._errors)

    def _describe(self, model: ListedModel) -> ModelInfo:
        return ModelInfo(self.name, model.id, model.name, self._runs_where, self.capabilities(model.id))


def _without_environments_headers() -> dict[str, Any]:
    """Leave out what the environment tells OpenAI, for a server that was only found."""
    lines = os.environ.get("OPENAI_CUSTOM_HEADERS", "").splitlines()
    return {name.strip(): openai.omit for name, colon, _ in (line.partition(":") for line in lines) if colon}


def _other_addresses(url: httpx2.URL) -> list[str]:
    path = url.path.rstrip("/")
    if _HAS_VERSION.search(path):
        return []
    paths = [f"{path}/v1", *([f"{path.removesuffix('/api')}/v1"] if path.endswith("/api") else [])]
    return [str(url.copy_with(path=other, query=None)) for other in paths]


def _turns(request: GenerationRequest) -> list[ChatCompletionMessageParam]:
    system: list[ChatCompletionMessageParam] = [{"role": "system", "content": request.system}] if request.system else []
    return system + [_turn(message.role, message.content) for message in request.messages]


def _turn(role: str, content: str) -> ChatCompletionMessageParam:
    if role == "assistant":
        return {"role": "assistant", "content": content}
    return {"role": "user", "content": content}
