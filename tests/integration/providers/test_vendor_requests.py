"""What only one vendor's wire format has."""

import pytest

from providers.anthropic import AnthropicProvider
from providers.base import ChatMessage, GenerationRequest, ThinkingEffort
from providers.http_client import is_loopback
from providers.ollama import is_ollama_running
from providers.openai_compatible import OpenAICompatibleProvider
from providers.registry import ProviderConfig, build_providers
from tests.upstream import Script, Upstream, closed_port

HELLO = (ChatMessage("user", "hello"),)


async def drain(provider: AnthropicProvider | OpenAICompatibleProvider, request: GenerationRequest) -> None:
    async for _ in provider.stream(request):
        pass


async def test_claude_gets_a_bound_even_if_none_is_asked_for(upstream: Upstream):
    upstream.script("m", Script())
    provider = AnthropicProvider("key", upstream.url)
    await drain(provider, GenerationRequest("m", HELLO))
    await provider.models()
    await drain(provider, GenerationRequest("m", HELLO))
    bounds = [record.body["max_tokens"] for record in upstream.requests if record.body]
    assert bounds == [8_192, 32_000]
    await provider.aclose()


async def test_claude_thinks_within_the_bound(upstream: Upstream):
    provider = AnthropicProvider("key", upstream.url)
    await drain(provider, GenerationRequest("m", HELLO, max_tokens=500, thinking=ThinkingEffort.BRIEF))
    body = upstream.requests[0].body
    assert body["thinking"] == {"type": "adaptive", "display": "summarized"}
    assert body["max_tokens"] == 500 + 2_048
    await provider.aclose()


@pytest.mark.parametrize(
    ("model", "takes_it"),
    [
        ("claude-3-5-haiku-20241022", True),
        ("claude-sonnet-4-20250514", True),
        ("claude-opus-4-1-20250805", True),
        ("claude-sonnet-4-5", True),
        ("claude-opus-4-6", False),
        ("claude-sonnet-5-5", False),
        ("claude-new", False),
    ],
)
async def test_only_older_claude_models_take_a_prefill(model: str, takes_it: bool):
    provider = AnthropicProvider("key")
    assert provider.capabilities(model).prefill is takes_it
    await provider.aclose()


async def test_a_foreign_server_never_gets_the_openai_key(upstream: Upstream, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("OPENAI_API_KEY", "sk-belongs-to-openai")
    provider = OpenAICompatibleProvider(None, upstream.openai_url)
    await drain(provider, GenerationRequest("m", HELLO))
    assert "sk-belongs-to-openai" not in str(upstream.requests[0].headers)
    await provider.aclose()


async def test_usage_is_asked_for(upstream: Upstream):
    provider = OpenAICompatibleProvider("key", upstream.openai_url)
    await drain(provider, GenerationRequest("m", HELLO, temperature=0.5))
    body = upstream.requests[0].body
    assert body["stream_options"] == {"include_usage": True}
    assert body["temperature"] == 0.5
    assert "max_tokens" not in body
    await provider.aclose()


async def test_models_that_cannot_chat_are_left_out(upstream: Upstream):
    for name in ("gpt-5", "text-embedding-3-small", "whisper-1", "llama3:latest"):
        upstream.script(name, Script())
    provider = OpenAICompatibleProvider("key", upstream.openai_url)
    assert [model.model for model in await provider.models()] == ["gpt-5", "llama3:latest"]
    await provider.aclose()


async def test_ollama_is_found_where_it_runs(upstream: Upstream):
    upstream.script("llama3:latest", Script())
    assert await is_ollama_running(upstream.url)
    ollama = build_providers(ProviderConfig(ollama_url=upstream.url))["ollama"]
    (model,) = await ollama.models()
    assert (model.key, model.runs_where) == ("ollama/llama3:latest", "on this computer")
    await ollama.aclose()


async def test_no_ollama_is_no_error():
    assert not await is_ollama_running(closed_port())
    assert not await is_ollama_running("not a url")


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        ("http://127.0.0.1:1", True),
        ("http://localhost/v1", True),
        ("http://[::1]:80", True),
        ("https://api.openai.com/v1", False),
        ("http://192.168.1.2", False),
    ],
)
def test_loopback_is_recognised(url: str, expected: bool):
    assert is_loopback(url) is expected
