"""Which providers there are, what they offer, and which model answers by default."""

import asyncio
import re
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

import httpx2

from providers import ollama
from providers.addresses import ANTHROPIC_URL, OPENAI_URL
from providers.base import ModelInfo, StreamingProvider
from providers.errors import ProviderError, TimedOut, UnknownModel
from providers.http_client import Timeouts, is_loopback
from providers.simulated import SimulatedProvider, Unstreamable

LISTING_SECONDS = 3
CACHE_SECONDS = 60
# Used while Anthropic's list of models cannot be had.
CLAUDE_FALLBACK = "claude-sonnet-5-5"


@dataclass(frozen=True, slots=True)
class ProviderConfig:
    """What the environment says about providers.

    `default_model` and `fallback_model` are `provider/model`, and so are the names in `no_stream`, where an asterisk
    stands for anything; with `ollama_url` None no Ollama is looked for.
    """

    anthropic_api_key: str | None = field(default=None, repr=False)
    anthropic_base_url: str | None = None
    openai_api_key: str | None = field(default=None, repr=False)
    openai_base_url: str | None = None
    ollama_url: str | None = ollama.DEFAULT_URL
    default_model: str | None = None
    fallback_model: str | None = None
    no_stream: tuple[str, ...] = ()
    timeouts: Timeouts = field(default_factory=Timeouts)

    @property
    def urls(self) -> tuple[str, ...]:
        """The addresses of the servers that are configured."""
        anthropic = (self.anthropic_base_url or ANTHROPIC_URL) if self.anthropic_api_key else None
        openai = self.openai_base_url or (OPENAI_URL if self.openai_api_key else None)
        return tuple(filter(None, (anthropic, openai, self.ollama_url)))


class ProviderRegistry:
    """All providers of this process; owns them until `aclose()`."""

    def __init__(
        self,
        config: ProviderConfig,
        providers: Mapping[str, StreamingProvider] | None = None,
        *,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        """Build what `config` names, or take `providers` as given."""
        self.troubles: dict[str, ProviderError] = {}
        self._config = config
        self._providers = dict(build_providers(config) if providers is None else providers)
        self._clock = clock
        self._refreshing = asyncio.Lock()
        self._listed: dict[str, tuple[ModelInfo, ...]] = {}
        self._offered: tuple[ModelInfo, ...] = ()
        self._offered_at: float | None = None

    @property
    def names(self) -> tuple[str, ...]:
        """The providers' names, the preferred ones first."""
        return tuple(self._providers)

    async def offered(self, *, refresh: bool = False) -> tuple[ModelInfo, ...]:
        """List all models on offer; a provider that cannot list its own is named in `troubles` instead."""
        async with self._refreshing:
            if refresh or not self._is_fresh:
                listings = await asyncio.gather(*(self._list(name) for name in self._providers))
                self._listed = dict(zip(self._providers, listings, strict=True))
                self._offered = tuple(model for name in self._providers for model in self._offers_of(name))
                self._offered_at = self._clock()
            return self._offered

    def resolve(self, key: str) -> tuple[StreamingProvider, str]:
        """Find who answers for `provider/model`; raises `UnknownModel`. The model's name may contain slashes."""
        name, _, model = key.partition("/")
        if name not in self._providers or not model:
            known = ", ".join(self._providers) or "none"
            raise UnknownModel(key, f"There is no model “{key}”: write it as provider/model. Known providers: {known}.")
        return self._providers[name], model

    async def default_model(self) -> str:
        """Give the configured default, else the best on offer; raises `UnknownModel` when there is none."""
        if self._config.default_model:
            return self._config.default_model
        offered = await self.offered()
        for name in self._providers:
            if key := self._best([model for model in offered if model.provider == name], name):
                return key
        raise UnknownModel("", "No model is on offer. Set ANTHROPIC_API_KEY or OPENAI_BASE_URL, or start Ollama.")

    @property
    def fallback_model(self) -> str | None:
        """The model that answers when another has failed; none unless it is configured."""
        return self._config.fallback_model

    async def check_configured(self) -> tuple[str, ...]:
        """Give a sentence for each configured model that its provider does not list; it is used all the same.

        Raises `UnknownModel` when there is no such provider, or it is known to have no other models.
        """
        checks = (("RIVULET_MODEL", self._config.default_model), ("RIVULET_FALLBACK_MODEL", self.fallback_model))
        return tuple([warning for variable, key in checks if key and (warning := await self._check(variable, key))])

    async def _check(self, variable: str, key: str) -> str:
        try:
            provider, model = self.resolve(key)
        except UnknownModel as error:
            raise UnknownModel(key, f"{variable} cannot be used. {error.sentence}") from error
        await self.offered()
        listed = self._listed.get(provider.name, ())
        if not listed or any(_is_same_model(model, info.model) for info in listed):
            return ""
        names = ", ".join(info.model for info in listed[:10])
        sentence = f"{variable} names “{key}”, which {provider.label} does not list; it has {names}."
        if provider.name == "local":
            raise UnknownModel(key, sentence)
        return f"{sentence} It is asked all the same."

    async def aclose(self) -> None:
        """Close all providers; safe to call twice."""
        await asyncio.gather(*(provider.aclose() for provider in self._providers.values()))

    @property
    def _is_fresh(self) -> bool:
        return self._offered_at is not None and self._clock() - self._offered_at < CACHE_SECONDS

    async def _list(self, name: str) -> tuple[ModelInfo, ...]:
        provider = self._providers[name]
        self.troubles.pop(name, None)
        if not await self._is_there(name):
            return ()
        try:
            async with asyncio.timeout(LISTING_SECONDS):
                return await provider.models()
        except ProviderError as error:
            self.troubles[name] = error
        except TimeoutError:
            self.troubles[name] = TimedOut(provider.label, f"no list of models after {LISTING_SECONDS} s")
        return ()

    def _offers_of(self, name: str) -> tuple[ModelInfo, ...]:
        """Give what a provider lists, and the configured models that it does not."""
        listed = self._listed[name]
        keys = dict.fromkeys(key for key in (self._config.default_model, self.fallback_model) if key)
        unlisted = [key for key in keys if key.startswith(f"{name}/") and all(info.key != key for info in listed)]
        return (*listed, *(self._unlisted(key) for key in unlisted))

    def _unlisted(self, key: str) -> ModelInfo:
        provider, model = self.resolve(key)
        return ModelInfo(provider.name, model, model, "not listed", provider.capabilities(model))

    async def _is_there(self, name: str) -> bool:
        """Say whether to ask for models: nobody asked for Ollama, so its absence is no trouble."""
        if name != "ollama" or self._config.ollama_url is None:
            return True
        return await ollama.is_ollama_running(self._config.ollama_url)

    def _best(self, offered: list[ModelInfo], name: str) -> str | None:
        if name == "anthropic":
            sonnet = next((model.key for model in offered if "sonnet" in model.model), None)
            return sonnet or (offered[0].key if offered else f"anthropic/{CLAUDE_FALLBACK}")
        return _general_purpose(offered).key if offered else None


def build_providers(config: ProviderConfig) -> dict[str, StreamingProvider]:
    """Build every configured provider, the preferred ones first; each SDK loads only when it is needed."""
    providers: dict[str, StreamingProvider] = {}
    if config.anthropic_api_key:
        providers["anthropic"] = _build_anthropic(config.anthropic_api_key, config)
    if config.openai_api_key or config.openai_base_url:
        providers["openai"] = _build_openai(config)
    if config.ollama_url:
        providers["ollama"] = _build_ollama(config.ollama_url, config)
    providers |= _build_local(config)
    unstreamable = Unstreamable(config.no_stream)
    return {name: SimulatedProvider(provider, unstreamable) for name, provider in providers.items()}


def _build_anthropic(api_key: str, config: ProviderConfig) -> StreamingProvider:
    from providers.anthropic import AnthropicProvider

    return AnthropicProvider(api_key, config.anthropic_base_url, timeouts=config.timeouts)


def _build_openai(config: ProviderConfig) -> StreamingProvider:
    from providers.openai_compatible import OFFICIAL_HOST, OpenAICompatibleProvider

    url = config.openai_base_url or OPENAI_URL
    host = httpx2.URL(url).host
    label, where = ("OpenAI", "at OpenAI") if host == OFFICIAL_HOST else (f"the server at {host}", f"at {host}")
    where = "on this computer" if is_loopback(url) else where
    return OpenAICompatibleProvider(config.openai_api_key, url, label=label, runs_where=where, timeouts=config.timeouts)


def _build_ollama(address: str, config: ProviderConfig) -> StreamingProvider:
    """Build the provider for the Ollama at an address, whether it runs or not."""
    from providers.openai_compatible import OpenAICompatibleProvider

    where = "on this computer" if is_loopback(address) else f"at {httpx2.URL(address).host}"
    url, timeouts = f"{address.rstrip('/')}/v1", config.timeouts
    return OpenAICompatibleProvider(None, url, name="ollama", label="Ollama", runs_where=where, timeouts=timeouts)


def _build_local(config: ProviderConfig) -> dict[str, StreamingProvider]:
    from providers.local import LocalProvider, is_available

    return {"local": LocalProvider(timeouts=config.timeouts)} if is_available() else {}


def _general_purpose(offered: list[ModelInfo]) -> ModelInfo:
    """Pick OpenAI's middle-sized newest model where the names tell, else the first on the list."""
    numbered = [
        (float(match[1]), model) for model in offered if (match := re.match(r"gpt-([\d.]+)(?=-|$)", model.model))
    ]
    if not numbered:
        return offered[0]
    newest = max(number for number, _ in numbered)
    return min((model for number, model in numbered if number == newest), key=lambda model: len(model.model))


def _is_same_model(asked: str, listed: str) -> bool:
    """Compare names, granting what providers grant: `x` for `x-20260101`, `x-latest` for it too, `x` for `x:latest`."""
    base = asked.removesuffix("-latest")
    return (
        listed in (asked, f"{asked}:latest")
        or re.fullmatch(rf"{re.escape(base)}-(\d{{8}}|\d{{4}}-\d\d-\d\d)", listed) is not None
    )
