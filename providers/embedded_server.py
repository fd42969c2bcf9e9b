"""The embedded model's server process, as its parent sees it."""

import asyncio
import json
import os
import secrets
import sys
from asyncio.subprocess import DEVNULL, PIPE, Process
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any, Self

from providers.errors import ModelNotLoaded, ProcessorTooOld

SCRIPT = Path(__file__).with_name("local_server.py")
LOAD_SECONDS = 120
STOP_SECONDS = 5
ILLEGAL_INSTRUCTION = (-4, 0xC000001D)  # SIGILL, and what Windows says of it


def default_threads() -> int:
    """Give one thread less than there are cores, at most eight.

    llama.cpp's threads wait for each other by spinning: with as many as cores, any other work on the machine slows
    answers from 86 tokens a second to 8, with one less it stays at 59 on the same two cores.
    """
    cores = len(os.sched_getaffinity(0)) if sys.platform == "linux" else os.cpu_count() or 1
    return max(1, min(cores - 1, 8))


@dataclass(frozen=True, slots=True)
class ServerSettings:
    """What the server loads and how it answers; `context_tokens` is per slot, a slot answers one question at a time."""

    weights: str
    alias: str
    slots: int
    context_tokens: int
    sampling: Mapping[str, float] = field(default_factory=dict[str, float])
    threads: int = field(default_factory=default_threads)


class EmbeddedServer:
    """A running server; it ends with `aclose()` or with this process, whichever comes first."""

    def __init__(self, process: Process, url: str, api_key: str) -> None:
        self.url = url
        self.api_key = api_key
        self._process = process

    @classmethod
    async def start(cls, settings: ServerSettings, provider: str) -> Self:
        """Load the model in a process of its own; raises `ModelNotLoaded` in the name of `provider`."""
        api_key = secrets.token_urlsafe(32)
        process = await _spawn(provider)
        try:
            async with asyncio.timeout(LOAD_SECONDS):
                reply = await _ask(process, asdict(settings) | {"api_key": api_key}, provider)
            return cls(process, _url_in(reply, provider), api_key)
        except TimeoutError as error:
            await _end(process)
            raise ModelNotLoaded(provider, f"not loaded after {LOAD_SECONDS} s") from error
        except BaseException:
            await _end(process)
            raise

    @property
    def is_running(self) -> bool:
        """Say whether the process lives."""
        return self._process.returncode is None

    async def aclose(self) -> None:
        """End the process; safe to call twice."""
        await _end(self._process)


async def _spawn(provider: str) -> Process:
    try:
        # Safe path (-P): a script's own folder would otherwise come first, and its `anthropic.py` shadow the library.
        return await asyncio.create_subprocess_exec(
            sys.executable, "-P", str(SCRIPT), stdin=PIPE, stdout=PIPE, stderr=DEVNULL
        )
    except OSError as error:
        raise ModelNotLoaded(provider, f"no process could be started: {error}") from error


async def _ask(process: Process, settings: Mapping[str, Any], provider: str) -> dict[str, Any]:
    assert process.stdin
    assert process.stdout
    process.stdin.write(json.dumps(settings).encode() + b"\n")
    line = await process.stdout.readline()
    if line:
        return json.loads(line)
    code = await process.wait()
    if code in ILLEGAL_INSTRUCTION:
        raise ProcessorTooOld(provider, f"the process ended with code {code}")
    return {"error": f"the process ended with code {code}"}


def _url_in(reply: Mapping[str, Any], provider: str) -> str:
    if "url" not in reply:
        raise ModelNotLoaded(provider, str(reply.get("error")))
    return str(reply["url"])


async def _end(process: Process) -> None:
    if process.stdin:
        process.stdin.close()
    try:
        async with asyncio.timeout(STOP_SECONDS):
            await process.wait()
    except (TimeoutError, asyncio.CancelledError) as error:
        if process.returncode is None:
            process.kill()
        await process.wait()
        if isinstance(error, asyncio.CancelledError):
            raise
