"""The browser's half: built once by Reflex, and again only when something that goes into it has changed."""

import hashlib
import os
import re
import signal
import subprocess
import sys
from collections import deque
from collections.abc import Callable, Iterator
from pathlib import Path

from app.errors import RivuletError

ROOT = Path(__file__).resolve().parents[2]
WEB = ROOT / ".web"
CLIENT = WEB / "build" / "client"
STAMP = WEB / "rivulet-build"
INPUTS = ("app", "components", "assets", "rxconfig.py", "requirements.lock", "reflex.lock")
PACKED = (".br", ".gz")
_BAKED = re.compile(r"([\"'`])(ws|http)://localhost:8000(/[^\"'`]*)\1")
_TAIL_LINES = 30


class BuildError(RivuletError):
    """The browser's half could not be built; the message ends with what the builder said."""

    code = "build"


def is_fresh() -> bool:
    """Say whether the last build was made from the files as they are."""
    return (CLIENT / "index.html").exists() and STAMP.exists() and STAMP.read_text() == fingerprint()


def build(say: Callable[[str], None]) -> None:
    """Build; tells its steps through `say`; raises `BuildError`."""
    say("Building the page (about 30 s, only after an install or a change) …")
    STAMP.unlink(missing_ok=True)  # what is there is no longer whole until the end
    command = [sys.executable, "-m", "reflex", "export", "--frontend-only", "--no-zip", "--env", "prod"]
    with _started(command) as process:
        try:
            said = deque(_steps(process, say), maxlen=_TAIL_LINES)
        except BaseException:
            _end(process)
            raise
    if process.returncode:
        raise BuildError("The page could not be built:\n" + "\n".join(said))
    serve_from_anywhere(CLIENT / "assets")
    STAMP.write_text(fingerprint())


def _started(command: list[str]) -> subprocess.Popen[str]:
    pipe = subprocess.PIPE
    return subprocess.Popen(  # noqa: S603 (our own interpreter and words)
        command,
        cwd=ROOT,
        stdin=subprocess.DEVNULL,
        stdout=pipe,
        stderr=subprocess.STDOUT,
        text=True,
        start_new_session=True,
    )


def _end(process: subprocess.Popen[str]) -> None:
    """End the builder with all that it has started."""
    if os.name == "posix":
        os.killpg(process.pid, signal.SIGTERM)
    else:
        process.terminate()


def _steps(process: subprocess.Popen[str], say: Callable[[str], None]) -> Iterator[str]:
    for line in process.stdout or ():
        text = line.strip()
        if text.startswith(("Installing", "Creating Production Build")) and text.endswith("0:00:00"):
            say(f"  {text.partition(':')[0]} …")
        yield text


def fingerprint() -> str:
    """Give the hash of everything that goes into the build."""
    digest = hashlib.sha256(sys.version.encode())
    for path in _inputs():
        digest.update(f"{path.relative_to(ROOT)}\0{path.stat().st_size}\0".encode())
        digest.update(path.read_bytes())
    return digest.hexdigest()


def _inputs() -> list[Path]:
    files: list[Path] = []
    for name in INPUTS:
        path = ROOT / name
        files.extend(path.rglob("*") if path.is_dir() else [path])
    return sorted(file for file in files if file.is_file() and not {"__pycache__", "external"} & set(file.parts))


def serve_from_anywhere(assets: Path) -> None:
    """Let the page find its server where it came from.

    Reflex bakes `localhost` and a port into one file of the build. With the page's own address in its place one build
    serves on every host and port. Raises `BuildError` when Reflex has changed that file.
    """
    found = 0
    for file in assets.glob("*.js"):
        text = file.read_text()
        if "://localhost:8000" not in text:
            continue
        patched, count = _BAKED.subn(_relative, text)
        found += count
        file.write_text(patched)
        for suffix in PACKED:  # a few hundred bytes, which gain nothing from it
            file.with_name(file.name + suffix).unlink(missing_ok=True)
    if not found:
        raise BuildError("The page was built, but the address of its server was not found in it.")


def _relative(match: re.Match[str]) -> str:
    origin = "location.origin" if match[2] == "http" else "location.origin.replace(/^http/,'ws')"
    return f"({origin}+{match[1]}{match[3]}{match[1]})"
