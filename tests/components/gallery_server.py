"""Builds and serves the gallery in a folder of its own, where `components/` is all that it has of ours."""

import contextlib
import os
import shutil
import signal
import socket
import subprocess
import sys
import sysconfig
import time
from collections.abc import Iterator
from pathlib import Path

from reflex_base.environment import environment

from app.serving.frontend import serve_from_anywhere
from tests.app_server import ROOT, free_port

SOURCE = Path(__file__).parent / "gallery"
BUILD_SECONDS = 600
START_SECONDS = 180
STOP_SECONDS = 10
_NOT_INHERITED = ("REFLEX_", "__REFLEX_", "PYTHON", "PYTEST")
_FLAGS = (environment.REFLEX_SKIP_COMPILE, environment.REFLEX_MOUNT_FRONTEND_COMPILED_APP)


def build(folder: Path) -> None:
    """Make a production build of the gallery in an empty folder."""
    shutil.copytree(SOURCE, folder, dirs_exist_ok=True, ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copytree(ROOT / "components", folder / "components", ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copytree(ROOT / "reflex.lock", folder / "reflex.lock")  # the versions that are in bun's cache already
    (folder / "assets").mkdir()
    arguments = ["-m", "reflex", "export", "--frontend-only", "--no-zip", "--env", "prod"]
    log = folder / "build.log"
    with _started(folder, log, arguments) as process:
        assert process.wait(BUILD_SECONDS) == 0, log.read_text()
    serve_from_anywhere(folder / ".web" / "build" / "client" / "assets")


@contextlib.contextmanager
def serving(folder: Path) -> Iterator[str]:
    """Serve the build on a port of its own; gives its address."""
    port = free_port()
    arguments = ["-m", "uvicorn", "gallery:app", "--factory", "--port", str(port), "--ws", "websockets-sansio"]
    flags = {"REFLEX_ENV_MODE": "prod", **{flag.name: "true" for flag in _FLAGS}}
    log = folder / "server.log"
    with _started(folder, log, arguments, **flags) as process:
        deadline = time.monotonic() + START_SECONDS
        while not _answers(port):
            assert process.poll() is None, log.read_text()
            assert time.monotonic() < deadline, log.read_text()
        yield f"http://localhost:{port}"


def _answers(port: int) -> bool:
    try:
        socket.create_connection(("127.0.0.1", port), 1).close()
    except OSError:
        time.sleep(0.05)
        return False
    return True


@contextlib.contextmanager
def _started(folder: Path, log: Path, arguments: list[str], **variables: str) -> Iterator[subprocess.Popen[bytes]]:
    """Run Python in a process group of its own, and end the group on leaving."""
    inherited = {name: value for name, value in os.environ.items() if not name.startswith(_NOT_INHERITED)}
    with log.open("wb") as output:
        process = subprocess.Popen(
            [sys.executable, *arguments],
            cwd=folder,
            env={**inherited, **_reflex_settings(), **variables},
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
        try:
            yield process
        finally:
            _end(process)


def _reflex_settings() -> dict[str, str]:
    """Say what belongs to this machine rather than to the gallery."""
    bun = Path(sysconfig.get_path("scripts")) / "bun"
    found = {"REFLEX_BUN_PATH": str(bun)} if bun.exists() else {}
    return {"REFLEX_TELEMETRY_ENABLED": "false", "REFLEX_STATE_MANAGER_MODE": "memory", **found}


def _end(process: subprocess.Popen[bytes]) -> None:
    with contextlib.suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGTERM)
    try:
        process.wait(STOP_SECONDS)
    except subprocess.TimeoutExpired:
        os.killpg(process.pid, signal.SIGKILL)
        process.wait()
