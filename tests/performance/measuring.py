"""What it costs to measure: the CPU of counting ended answers, and of the meter of a page, beside that of answering.

Short answers over the API are the worst case: nothing else is cheaper for the server than they are.
"""

import asyncio
import tempfile
import time
import timeit
from collections.abc import Awaitable
from pathlib import Path

from app import runtime
from app.monitoring.views import ViewMeter
from app.runtime import Runtime
from app.services.usage import COUNT_SECONDS, Usage
from app.settings import Settings
from tests.upstream import Script, Upstream

MODEL = "openai/scripted"
ANSWERS = 200
CHARS = 1_000
AT_ONCE = 20


class _CountedByHand(Usage):
    """Counts when it is told to, so that its cost can be told apart."""

    def start(self) -> None:
        pass


async def measure() -> None:
    """Print the share of counting in the server's CPU, and what the meter takes of a frame."""
    with Upstream() as upstream, tempfile.TemporaryDirectory() as folder:
        upstream.script("scripted", Script(text="word " * (CHARS // 5), chunk_chars=4))
        settings = Settings(
            data_dir=Path(folder),
            database_url=f"sqlite:///{folder}/rivulet.db",
            openai_base_url=upstream.openai_url,
            openai_api_key="test-key",
            ollama_url="http://127.0.0.1:9",
            model=MODEL,
        )
        runtime.Usage = _CountedByHand  # pyright: ignore[reportPrivateImportUsage]
        async with runtime.running(settings) as services:
            await _answers(services, AT_ONCE)
            await services.usage.count()
            answering = await _cpu_seconds(_answers(services, ANSWERS))
            counting = await _cpu_seconds(services.usage.count())
            await _answers(services, 1)
            alone = await _cpu_seconds(services.usage.count())
    runtime.Usage = Usage  # pyright: ignore[reportPrivateImportUsage]
    share = counting / (answering + counting)
    print(f"\nMeasuring: {share:.1%} of the CPU of {ANSWERS} answers of {CHARS:,} characters over the API", end="")
    print(f" ({counting * 1000 / ANSWERS:.2f} of {(answering + counting) * 1000 / ANSWERS:.1f} ms each);")
    print(f"    where little happens {alone / COUNT_SECONDS:.1%} of one core; ", end="")
    print(f"a page's meter takes {_meter_seconds() * 1e6:.0f} µs a frame", flush=True)


async def _answers(services: Runtime, count: int) -> None:
    for begun in range(0, count, AT_ONCE):
        await asyncio.gather(*(_answer(services) for _ in range(min(AT_ONCE, count - begun))))


async def _answer(services: Runtime) -> None:
    turn = await services.chat.send(services.local_user_id, "", "Why?", MODEL)
    async for _ in services.manager.follow(turn.run_id):
        pass
    while turn.run_id in services.manager.running:
        await asyncio.sleep(0.01)


async def _cpu_seconds(work: Awaitable[object]) -> float:
    before = time.process_time()
    await work
    return time.process_time() - before


def _meter_seconds() -> float:
    meter = ViewMeter(lambda: 0)

    def frame() -> None:
        meter.sent(time.monotonic())
        meter.seen(0.02)

    return min(timeit.repeat(frame, number=10_000, repeat=3)) / 10_000


if __name__ == "__main__":
    asyncio.run(measure())
