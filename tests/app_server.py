"""A real Rivulet server in a process group of its own, for tests."""

import os
import secrets
import signal
import socket
import subprocess
import sys
import threading
import time
from collections import deque
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Self

from tests import page_build

ROOT = Path(__file__).resolve().parent.parent
START_SECONDS = 180
STOP_SECONDS = 15
_OURS = ("ANTHROPIC_", "OPENAI_", "OLLAMA_", "RIVULET_", "DATABASE_URL", "REDIS_URL", "HOST", "PORT", "REFLEX_")


def free_port() -> int:
    """Find a port that stays free while a server restarts: the system gives its own to outgoing connections, too."""
    while True:
        port = 20_000 + secrets.randbelow(12_000)
        with socket.socket() as probe, suppress(OSError):
            probe.bind(("127.0.0.1", port))
            return port


def clean_environment(**settings: str) -> dict[str, str]:
    """This process's environment (certificates, proxies, package clients) with no setting of Rivulet but these."""
    inherited = {name: value for name, value in os.environ.items() if not name.startswith(_OURS)}
    # No Ollama of this machine may slip into a test.
    return {**inherited, "OLLAMA_HOST": "http://127.0.0.1:9", **settings}


class AppServer:
    """Starts `python -m app` with just the variables given, and ends its whole process group."""

    def __init__(self, data_dir: Path, **environment: str) -> None:
        self.data_dir = data_dir
        self.port = int(environment.get("PORT") or free_port())
        self.url = f"http://localhost:{self.port}"
        self.lines: deque[str] = deque(maxlen=400)
        self._environment = clean_environment(
            **{"PYTHONUNBUFFERED": "1", "RIVULET_DATA_DIR": str(data_dir), "PORT": str(self.port), **environment}
        )

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()

    def start(self) -> None:
        page_build.ensure()
        self._process = subprocess.Popen(
            [sys.executable, "-m", "app"],
            cwd=ROOT,
            env=self._environment,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            start_new_session=True,
        )
        self._is_up = threading.Event()
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()
        deadline = time.monotonic() + START_SECONDS
        while not self._is_up.wait(0.1):
            if self._process.poll() is not None or time.monotonic() > deadline:
                self.stop()
                raise AssertionError("The server did not start:\n" + "\n".join(self.lines))

    @property
    def pid(self) -> int:
        return self._process.pid

    def wait_until(self, condition: Callable[[], bool], seconds: float = 60) -> None:
        """Wait until something that the server does can be seen."""
        deadline = time.monotonic() + seconds
        while not condition():
            assert time.monotonic() < deadline, "The server never came to this:\n" + "\n".join(self.lines)
            time.sleep(0.02)

    def stop(self) -> None:
        """End it as an administrator would; kill what does not go."""
        self._signal(signal.SIGTERM)
        try:
            self._process.wait(STOP_SECONDS)
        except subprocess.TimeoutExpired:
            self._signal(signal.SIGKILL)
        self._clean_up()

    def wait_until_ended(self, seconds: float = 60) -> int:
        """Wait until it has ended by itself, and give its exit code."""
        code = self._process.wait(seconds)
        self._clean_up()
        return code

    def kill(self) -> None:
        """End it as a power cut would."""
        self._signal(signal.SIGKILL)
        self._clean_up()

    def _clean_up(self) -> None:
        self._process.wait()
        self._reader.join(5)
        assert self._process.stdout is not None
        self._process.stdout.close()

    def restart(self) -> None:
        self.stop()
        self.start()

    def _signal(self, number: signal.Signals) -> None:
        if self._process.poll() is None:
            os.killpg(self._process.pid, number)

    def _read(self) -> None:
        assert self._process.stdout is not None
        for line in self._process.stdout:
            self.lines.append(line.rstrip())
            if "is running" in line:
                self._is_up.set()
