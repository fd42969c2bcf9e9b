"""The two ways to a database: SQLite in threads, PostgreSQL on the event loop."""

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any, TypeVar

import asyncpg  # pyright: ignore[reportMissingTypeStubs]
from sqlalchemy import Connection, create_engine
from sqlalchemy.ext.asyncio import async_sessionmaker, create_async_engine
from sqlalchemy.orm import Session, sessionmaker

from app.persistence import sqlite
from app.persistence.address import DatabaseAddress

COMMAND_SECONDS = 10.0  # for one statement, and for a free connection
READERS = 4

_Result = TypeVar("_Result")


class FileEngine:
    """SQLite: a transaction is one step of a thread, so that it costs a busy event loop one turn and no more.

    All that writes is done by one thread, in order; SQLite's own waiting for a lock polls, up to 100 ms apart.
    """

    def __init__(self, address: DatabaseAddress) -> None:
        self._file = address.file
        self._engine = create_engine(
            address.url,
            connect_args={"isolation_level": None, "check_same_thread": False},
            hide_parameters=True,
            pool_size=READERS + 1,
        )
        sqlite.prepare(self._engine, self._file)
        self._writing = sessionmaker(self._engine, expire_on_commit=False)
        reading = self._engine.execution_options(**{sqlite.BEGIN_OPTION: "BEGIN"})
        self._reading = sessionmaker(reading, expire_on_commit=False)
        self._writer = ThreadPoolExecutor(1, "database writer")
        self._readers = ThreadPoolExecutor(READERS, "database reader")

    async def write(self, work: Callable[[Session], _Result]) -> _Result:
        """Run a transaction that may write."""
        return await _in(self._writer, lambda: _run(self._writing, work))

    async def read(self, work: Callable[[Session], _Result]) -> _Result:
        """Run a transaction that only reads, and never waits for a writer."""
        return await _in(self._readers, lambda: _run(self._reading, work))

    async def connect(self) -> None:
        """Make sure of a connection; raises what the driver does."""

        def connect() -> None:
            sqlite.open_file(self._file)
            self._engine.connect().close()

        await _in(self._writer, connect)

    async def connected(self, work: Callable[[Connection], _Result]) -> _Result:
        """Run what begins its own transactions."""

        def run() -> _Result:
            with self._engine.connect() as connection:
                return work(connection)

        return await _in(self._writer, run)

    async def aclose(self) -> None:
        """Close every connection, when what is under way has ended."""
        for threads in (self._writer, self._readers):
            await asyncio.to_thread(threads.shutdown)
        self._engine.dispose()


class ServerEngine:
    """PostgreSQL, bounded in time: a server may hang, which a file does not."""

    def __init__(self, address: DatabaseAddress, transaction_seconds: float) -> None:
        self._seconds = transaction_seconds

        async def connect() -> Any:
            # asyncpg reads the address itself, so that what libpq knows (sslmode, a socket as host, …) is understood.
            return await asyncpg.connect(  # pyright: ignore[reportUnknownMemberType, reportUnknownVariableType]
                address.dsn, timeout=address.connect_seconds, command_timeout=COMMAND_SECONDS
            )

        self._engine = create_async_engine(
            address.url, async_creator=connect, pool_pre_ping=True, pool_timeout=COMMAND_SECONDS, hide_parameters=True
        )
        self._sessions = async_sessionmaker(self._engine, expire_on_commit=False)

    async def write(self, work: Callable[[Session], _Result]) -> _Result:
        """Run a transaction that may write."""
        async with asyncio.timeout(self._seconds), self._sessions.begin() as session:
            return await session.run_sync(work)

    async def read(self, work: Callable[[Session], _Result]) -> _Result:
        """Run a transaction that only reads, and never waits for a writer."""
        return await self.write(work)

    async def connect(self) -> None:
        """Make sure of a connection; raises what the driver does."""
        async with self._engine.connect():
            pass

    async def connected(self, work: Callable[[Connection], _Result]) -> _Result:
        """Run what begins its own transactions."""
        async with self._engine.connect() as connection:
            return await connection.run_sync(work)

    async def aclose(self) -> None:
        """Close every connection, when what is under way has ended."""
        await self._engine.dispose()


Engine = FileEngine | ServerEngine


def _run(sessions: sessionmaker[Session], work: Callable[[Session], _Result]) -> _Result:
    with sessions.begin() as session:
        return work(session)


async def _in(threads: ThreadPoolExecutor, work: Callable[[], _Result]) -> _Result:
    return await asyncio.get_running_loop().run_in_executor(threads, work)
