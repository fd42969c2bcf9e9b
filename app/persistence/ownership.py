"""One process owns a database: two would close each other's live answers as lost."""

import asyncio
import logging
import os
import platform
from collections.abc import AsyncGenerator, Callable, Generator
from contextlib import asynccontextmanager, contextmanager, suppress
from pathlib import Path
from typing import IO, Any

import asyncpg  # pyright: ignore[reportMissingTypeStubs]

from app.persistence.address import DatabaseAddress
from app.persistence.errors import DatabaseInUse, DatabaseUnavailable

WAIT_SECONDS = 3.0  # for one that is on its way out
_LOOK_AGAIN_SECONDS = 0.1
_SIGN_OF_LIFE_SECONDS = 10.0
_RECONNECT_SECONDS = 1.0
_KEY = 0x5249_5655_4F57_4E52  # any fixed number, the same in every process: "RIVUOWNR"
_HOLDER = """
    SELECT pid, activity.application_name FROM pg_locks JOIN pg_stat_activity AS activity USING (pid)
    WHERE locktype = 'advisory' AND granted AND classid = ($1::bigint >> 32)::oid
    AND objid = ($1::bigint & 4294967295)::oid
    AND pg_locks.database = (SELECT oid FROM pg_database WHERE datname = current_database())
"""

OnLost = Callable[[DatabaseInUse], None]

logger = logging.getLogger(__name__)


@asynccontextmanager
async def owning(
    address: DatabaseAddress, wait_seconds: float = WAIT_SECONDS, on_lost: OnLost = lambda _: None
) -> AsyncGenerator[None]:
    """Own a database within the block; it is given back when the process dies, too.

    Raises `DatabaseInUse`, which names the other process, when that does not let go in time, and `DatabaseUnavailable`.
    A PostgreSQL that is restarted forgets its owner, who owns it again as soon as it is back. `on_lost` is told when
    somebody else was quicker.
    """
    if address.is_sqlite:
        async with _owning_file(address, wait_seconds):
            yield
        return
    lock = _PostgresLock(address)
    try:
        await lock.take(wait_seconds)
        holding = asyncio.create_task(lock.hold(wait_seconds, on_lost), name="owner of the database")
        try:
            yield
        finally:
            holding.cancel()
            await asyncio.wait({holding})
    finally:
        lock.release()


@asynccontextmanager
async def _owning_file(address: DatabaseAddress, wait_seconds: float) -> AsyncGenerator[None]:
    path = address.file.with_name(f"{address.file.name}.lock")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        file = path.open("a+", encoding="utf-8")
    except OSError as error:
        raise DatabaseUnavailable(f"Rivulet cannot open {address}. Check that its folder can be written to.") from error
    with file:
        deadline = asyncio.get_running_loop().time() + wait_seconds
        while not _lock_file(file):
            if asyncio.get_running_loop().time() >= deadline:
                raise DatabaseInUse(str(address), _words_of(path))
            await asyncio.sleep(_LOOK_AGAIN_SECONDS)
        file.truncate(0)
        file.write(f"process {os.getpid()}")
        file.flush()
        yield
        file.truncate(0)


def _lock_file(file: IO[str]) -> bool:
    try:
        if os.name == "nt":
            import msvcrt

            msvcrt.locking(file.fileno(), msvcrt.LK_NBLCK, 1)  # pyright: ignore[reportAttributeAccessIssue, reportUnknownMemberType]
        else:
            import fcntl

            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        return False
    return True


def _words_of(path: Path) -> str:
    with suppress(OSError):
        return path.read_text(encoding="utf-8").strip()
    return ""


class _PostgresLock:
    """An advisory lock, which PostgreSQL keeps as long as the connection that took it."""

    def __init__(self, address: DatabaseAddress) -> None:
        self._address = address
        self._connection: Any = None
        self._own_pids: set[int] = set()
        self._is_cut = asyncio.Event()

    async def take(self, wait_seconds: float) -> None:
        """Take the lock on a new connection; raises `DatabaseInUse` after so long, and `DatabaseUnavailable`."""
        self.release()
        self._connection = await self._connect()
        deadline = asyncio.get_running_loop().time() + wait_seconds
        while not (await self._ask("SELECT pg_try_advisory_lock($1)"))[0]:
            pid, name = await self._ask(_HOLDER) or (0, "")
            # The server may take a connection of ours that was cut for alive, and nobody else has the lock then.
            if pid not in self._own_pids and asyncio.get_running_loop().time() >= deadline:
                raise DatabaseInUse(str(self._address), str(name).removeprefix("Rivulet, "))
            await asyncio.sleep(_LOOK_AGAIN_SECONDS)

    async def hold(self, wait_seconds: float, on_lost: OnLost) -> None:
        """Take the lock again whenever its connection has gone, until somebody else has it."""
        while True:
            await self._until_cut()
            logger.warning("PostgreSQL has forgotten who owns %s; it is told again", self._address)
            try:
                await self._take_again(wait_seconds)
            except DatabaseInUse as error:
                on_lost(error)
                return

    def release(self) -> None:
        """Give the lock back."""
        if self._connection is not None:
            self._connection.terminate()
            self._connection = None

    async def _until_cut(self) -> None:
        while not self._is_cut.is_set():
            with suppress(TimeoutError):
                async with asyncio.timeout(_SIGN_OF_LIFE_SECONDS):
                    await self._is_cut.wait()
                return
            try:
                await self._ask("SELECT 1 WHERE $1::bigint IS NOT NULL")
            except DatabaseUnavailable:
                return

    async def _take_again(self, wait_seconds: float) -> None:
        while True:
            try:
                await self.take(wait_seconds)
                return
            except DatabaseUnavailable:
                await asyncio.sleep(_RECONNECT_SECONDS)

    async def _connect(self) -> Any:
        name = f"Rivulet, process {os.getpid()} on {platform.node()}"[:63]
        seconds = self._address.connect_seconds
        connect: Any = asyncpg.connect  # pyright: ignore[reportUnknownMemberType, reportUnknownVariableType]
        with self._said_in_words():
            connection = await connect(
                self._address.dsn,
                timeout=seconds,
                command_timeout=seconds,
                server_settings={"application_name": name},
            )
        self._own_pids.add(connection.get_server_pid())
        self._is_cut = cut = asyncio.Event()

        def note_cut(_: Any) -> None:
            cut.set()

        connection.add_termination_listener(note_cut)
        return connection

    async def _ask(self, query: str) -> Any:
        with self._said_in_words():
            return await self._connection.fetchrow(query, _KEY)

    @contextmanager
    def _said_in_words(self) -> Generator[None]:
        try:
            yield
        except (asyncpg.PostgresError, asyncpg.InterfaceError, OSError) as error:
            raise DatabaseUnavailable(
                f"Rivulet cannot open {self._address}. "
                "Check that it is running and that DATABASE_URL has the right name, user and password."
            ) from error
