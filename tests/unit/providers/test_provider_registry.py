import asyncio
from collections.abc import AsyncGenerator
from dataclasses import dataclass, field

import pytest

from providers import registry as registry_module
from providers.base import Capabilities, GenerationRequest, ModelInfo, StreamingProvider, WholeAnswer
from providers.errors import Overloaded, ProviderError, TimedOut, UnknownModel
from providers.events import Finished, ProviderEvent, StopReason
from providers.registry import ProviderConfig, ProviderRegistry, build_providers


@dataclass
class Fake(StreamingProvider):
    name: str
    offers: tuple[str, ...] = ()
    error: ProviderError | None = None
    hangs: bool = False
    listed: int = 0
    is_closed: bool = False
    label: str = field(default="")
    first_event_seconds: float = 1

    def __post_init__(self) -> None:
        self.label = self.name.title()

    async def models(self) -> tuple[ModelInfo, ...]:
        self.listed += 1
        if self.hangs:
            await asyncio.Event().wait()
        if self.error:
            raise self.error
        return tuple(ModelInfo(self.name, offer, offer, "in a test") for offer in self.offers)

    def capabilities(self, model: str) -> Capabilities:
        return Capabilities()

    async def stream(self, request: GenerationRequest) -> AsyncGenerator[ProviderEvent]:
        yield Finished(StopReason.END_TURN)

    async def complete(self, request: GenerationRequest) -> WholeAnswer:
        return WholeAnswer("", StopReason.END_TURN)

    async def aclose(self) -> None:
        self.is_closed = True


def registry_of(*fakes: Fake, default: str | None = None) -> ProviderRegistry:
    config = ProviderConfig(ollama_url=None, default_model=default)
    return ProviderRegistry(config, {fake.name: fake for fake in fakes})


async def test_offers_of_all_providers_come_in_order():
    registry = registry_of(Fake("anthropic", ("opus", "haiku")), Fake("local", ("tiny",)))
    assert [model.key for model in await registry.offered()] == ["anthropic/opus", "anthropic/haiku", "local/tiny"]


async def test_a_failing_provider_contributes_its_trouble_only():
    registry = registry_of(Fake("openai", error=Overloaded("OpenAI")), Fake("local", ("tiny",)))
    assert [model.key for model in await registry.offered()] == ["local/tiny"]
    assert isinstance(registry.troubles["openai"], Overloaded)


async def test_a_hanging_provider_is_given_up(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(registry_module, "LISTING_SECONDS", 0.5)
    registry = registry_of(Fake("openai", hangs=True), Fake("local", ("tiny",)))
    assert [model.key for model in await registry.offered()] == ["local/tiny"]
    assert isinstance(registry.troubles["openai"], TimedOut)


async def test_trouble_that_is_over_is_forgotten():
    fake = Fake("openai", ("gpt",), error=Overloaded("OpenAI"))
    registry = registry_of(fake)
    await registry.offered()
    fake.error = None
    assert [model.key for model in await registry.offered(refresh=True)] == ["openai/gpt"]
    assert registry.troubles == {}


async def test_offers_are_asked_for_once_a_minute():
    fake, now = Fake("local", ("tiny",)), [0.0]
    registry = ProviderRegistry(ProviderConfig(ollama_url=None), {"local": fake}, clock=lambda: now[0])
    await asyncio.gather(registry.offered(), registry.offered())
    now[0] = 59
    await registry.offered()
    assert fake.listed == 1
    now[0] = 60
    await registry.offered()
    assert fake.listed == 2


def test_a_model_may_contain_slashes():
    fake = Fake("openai")
    assert registry_of(fake).resolve("openai/meta-llama/Llama-3") == (fake, "meta-llama/Llama-3")


@pytest.mark.parametrize("key", ["nobody/model", "model", "local/", ""])
def test_an_unknown_provider_is_refused_with_the_known_names(key: str):
    with pytest.raises(UnknownModel) as caught:
        registry_of(Fake("anthropic"), Fake("local")).resolve(key)
    assert "anthropic, local" in caught.value.sentence


@pytest.mark.parametrize(
    ("fakes", "expected"),
    [
        ((Fake("anthropic", ("claude-opus-9", "claude-sonnet-9")), Fake("local", ("t",))), "anthropic/claude-sonnet-9"),
        ((Fake("anthropic", ("claude-opus-9",)),), "anthropic/claude-opus-9"),
        ((Fake("anthropic", error=Overloaded("Claude")), Fake("local", ("t",))), "anthropic/claude-sonnet-5-5"),
        ((Fake("openai", ("llama", "qwen")), Fake("local", ("t",))), "openai/llama"),
        ((Fake("openai", ("gpt-4o", "gpt-5-mini", "gpt-5", "gpt-4.1")),), "openai/gpt-5"),
        ((Fake("openai", error=Overloaded("OpenAI")), Fake("local", ("t",))), "local/t"),
    ],
)
async def test_the_default_is_the_best_on_offer(fakes: tuple[Fake, ...], expected: str):
    assert await registry_of(*fakes).default_model() == expected


async def test_the_configured_default_wins():
    assert await registry_of(Fake("local", ("t",)), default="local/other").default_model() == "local/other"


async def test_no_model_at_all_says_what_to_do():
    with pytest.raises(UnknownModel, match="ANTHROPIC_API_KEY"):
        await registry_of().default_model()


@pytest.mark.parametrize("default", [None, "local/tiny", "openai/gpt-5", "openai/qwen", "openai/gpt-5-latest"])
async def test_a_default_that_can_be_right_passes(default: str | None):
    fakes = Fake("local", ("tiny",)), Fake("openai", ("gpt-5-20260101", "qwen:latest"))
    assert await registry_of(*fakes, default=default).check_configured() == ()


async def test_a_default_of_an_unreachable_provider_passes():
    await registry_of(Fake("openai", error=Overloaded("OpenAI")), default="openai/anything").check_configured()


async def test_a_default_that_is_not_listed_is_told_and_used_all_the_same():
    registry = registry_of(Fake("openai", ("gpt-5",)), default="openai/other")
    (warning,) = await registry.check_configured()
    assert "RIVULET_MODEL names “openai/other”" in warning
    assert [model.key for model in await registry.offered()] == ["openai/gpt-5", "openai/other"]


@pytest.mark.parametrize("default", ["local/huge", "nobody/model"])
async def test_a_default_that_is_wrong_is_refused(default: str):
    fakes = (Fake("local", ("tiny",)),)
    with pytest.raises(UnknownModel) as caught:
        await registry_of(*fakes, default=default).check_configured()
    assert default in caught.value.sentence


async def test_a_fallback_that_is_wrong_is_refused_by_name():
    config = ProviderConfig(fallback_model="local/huge")
    with pytest.raises(UnknownModel, match="RIVULET_FALLBACK_MODEL names “local/huge”"):
        await ProviderRegistry(config, {"local": Fake("local", ("tiny",))}).check_configured()


async def test_closing_closes_every_provider():
    fakes = Fake("local"), Fake("openai")
    await registry_of(*fakes).aclose()
    assert all(fake.is_closed for fake in fakes)


async def test_only_what_is_configured_is_built():
    config = ProviderConfig(anthropic_api_key="k", openai_base_url="http://127.0.0.1:1/v1", ollama_url=None)
    registry = ProviderRegistry(config)
    assert registry.names == ("anthropic", "openai", "local")
    assert list(build_providers(ProviderConfig(ollama_url=None))) == ["local"]
    await registry.aclose()


def test_keys_do_not_show_in_the_config():
    assert "sesame" not in repr(ProviderConfig(anthropic_api_key="sesame", openai_api_key="sesame"))
