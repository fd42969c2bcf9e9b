"""One process owns a database: two would close each other's live answers as lost."""

import asyncio
import os
import platform
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager, suppress
from pathlib import Path
from typing import IO, Any

import asyncpg  # pyright: ignore[reportMissingTypeStubs]

from app.persistence.address import DatabaseAddress
from app.persistence.errors import DatabaseInUse, DatabaseUnavailable

WAIT_SECONDS = 3.0  # for one that is on its way out
_LOOK_AGAIN_SECONDS = 0.1
_KEY = 0x5249_5655_4F57_4E52  # any fixed number, the same in every process: "RIVUOWNR"
_HOLDER = """
    SELECT activity.application_name FROM pg_locks JOIN pg_stat_activity AS activity USING (pid)
    WHERE locktype = 'advisory' AND granted AND classid = ($1::bigint >> 32)::oid
    AND objid = ($1::bigint & 4294967295)::oid
    AND pg_locks.database = (SELECT oid FROM pg_database WHERE datname = current_database())
"""


@asynccontextmanager
async def owning(address: DatabaseAddress, wait_seconds: float = WAIT_SECONDS) -> AsyncGenerator[None]:
    """Own a database within the block; it is given back when the process dies, too.

    Raises `DatabaseInUse`, which names the other process, when that does not let go in time, and `DatabaseUnavailable`.
    A PostgreSQL that is restarted forgets its owner until the next start.
    """
    async with _owning_file(address, wait_seconds) if address.is_sqlite else _owning_postgres(address, wait_seconds):
        yield


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


async def _connect(address: DatabaseAddress) -> Any:
    try:
        return await asyncpg.connect(  # pyright: ignore[reportUnknownMemberType, reportUnknownVariableType]
            address.dsn,
            timeout=address.connect_seconds,
            command_timeout=address.connect_seconds,
            server_settings={"application_name": f"Rivulet, process {os.getpid()} on {platform.node()}"[:63]},
        )
    except (asyncpg.PostgresError, asyncpg.InterfaceError, OSError) as error:
        raise DatabaseUnavailable(
            f"Rivulet cannot open {address}. "
            "Check that it is running and that DATABASE_URL has the right name, user and password."
        ) from error


@asynccontextmanager
async def _owning_postgres(address: DatabaseAddress, wait_seconds: float) -> AsyncGenerator[None]:
    connection = await _connect(address)
    try:
        deadline = asyncio.get_running_loop().time() + wait_seconds
        while not await connection.fetchval("SELECT pg_try_advisory_lock($1)", _KEY):
            if asyncio.get_running_loop().time() >= deadline:
                holder = str(await connection.fetchval(_HOLDER, _KEY) or "")
                raise DatabaseInUse(str(address), holder.removeprefix("Rivulet, "))
            await asyncio.sleep(_LOOK_AGAIN_SECONDS)
        yield
    finally:
        connection.terminate()
