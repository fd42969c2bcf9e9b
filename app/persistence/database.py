"""The database of this process: one engine, short sessions, and the schema brought up to date at start."""

import asyncio
import logging
import sqlite3
from collections.abc import AsyncGenerator, Callable, Generator
from contextlib import AbstractAsyncContextManager, AsyncExitStack, asynccontextmanager, contextmanager, nullcontext
from datetime import UTC, datetime, timedelta
from typing import Any

import asyncpg  # pyright: ignore[reportMissingTypeStubs]
from sqlalchemy import Connection, text
from sqlalchemy.exc import DBAPIError, InterfaceError, OperationalError
from sqlalchemy.exc import TimeoutError as PoolTimeoutError
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine, AsyncSession, async_sessionmaker, create_async_engine

from app.persistence import migrations, sqlite
from app.persistence.address import DatabaseAddress
from app.persistence.errors import DatabaseUnavailable

_MIGRATION_LOCK = 0x5249_5655_4C45_5421  # any fixed number, the same in every process: "RIVULET!"
_TICK = timedelta(microseconds=1)
COMMAND_SECONDS = 10.0  # for one statement, and for a free connection
TRANSACTION_SECONDS = 20.0
_CANNOT_OPEN = (DBAPIError, sqlite3.Error, asyncpg.PostgresError, asyncpg.InterfaceError, OSError)
_CANNOT_USE = (OperationalError, InterfaceError, OSError)  # and not a mistake in our own SQL


logger = logging.getLogger(__name__)


class Database:
    """Hand out short sessions on SQLite or PostgreSQL."""

    def __init__(
        self,
        url: str,
        *,
        clock: Callable[[], datetime] = lambda: datetime.now(UTC),
        transaction_seconds: float | None = None,
    ) -> None:
        self.address = DatabaseAddress.parse(url)
        self._clock = clock
        self._transaction_seconds = transaction_seconds or TRANSACTION_SECONDS
        self._latest = datetime.min.replace(tzinfo=UTC)
        self._engine = _engine(self.address)
        self._writing = async_sessionmaker(self._engine, expire_on_commit=False)
        reading = self._engine.execution_options(**{sqlite.BEGIN_OPTION: "BEGIN"})
        self._reading = async_sessionmaker(reading, expire_on_commit=False)
        # Writers of one process queue here in order; SQLite's own waiting polls, up to 100 ms apart.
        self._turn: AbstractAsyncContextManager[Any] = asyncio.Lock() if self.address.is_sqlite else nullcontext()

    def now(self) -> datetime:
        """Return the time in UTC, later with every call, so that rows made in one breath keep their order."""
        self._latest = max(self._clock(), self._latest + _TICK)
        return self._latest

    @asynccontextmanager
    async def session(self) -> AsyncGenerator[AsyncSession]:
        """Open one transaction that may write: committed on leaving, rolled back on an error. Never nest two.

        Raises DatabaseUnavailable when the database cannot be reached, written or locked in time.
        """
        with self._said_in_words():
            async with self._bounded(), self._turn, self._writing.begin() as session:
                yield session

    @asynccontextmanager
    async def reading(self) -> AsyncGenerator[AsyncSession]:
        """Open one transaction that only reads and never waits for a writer; raise DatabaseUnavailable."""
        with self._said_in_words():
            async with self._bounded(), self._reading.begin() as session:
                yield session

    def _bounded(self) -> AbstractAsyncContextManager[Any]:
        """Bound a transaction with a server that may hang. A file does not, and waits for its lock at most so long.

        Breaking off a statement of SQLite would leave its lock behind.
        """
        return nullcontext() if self.address.is_sqlite else asyncio.timeout(self._transaction_seconds)

    @contextmanager
    def _said_in_words(self) -> Generator[None]:
        try:
            yield
        except (DBAPIError, PoolTimeoutError, OSError) as error:
            logger.error(
                "A transaction failed: %s %s", type(error).__name__, error
            )  # its parameters are hidden, see `_engine`
            raise DatabaseUnavailable(
                "Rivulet cannot use its database just now. Try again; if it lasts, see that the disk has room."
                if self.address.is_sqlite
                else "Rivulet cannot reach its database just now. Try again in a moment."
            ) from error

    async def upgrade(self) -> None:
        """Bring the schema to this version, safe in many processes; raise DatabaseTooNew or DatabaseUnavailable."""
        async with self.migrating() as connection:
            await connection.run_sync(migrations.upgrade)

    @asynccontextmanager
    async def migrating(self) -> AsyncGenerator[AsyncConnection]:
        """Open the one transaction in which the schema may change: other processes wait for its end."""
        async with self._turn, self._connection() as connection:
            await self._enforce_foreign_keys(connection, on=False)
            try:
                async with connection.begin():
                    await self._lock_schema(connection)
                    yield connection
            finally:
                await self._enforce_foreign_keys(connection, on=True)

    async def ping(self) -> None:
        """Ask the database for a sign of life; raise DatabaseUnavailable when there is none."""
        async with self._connection() as connection:
            await connection.execute(text("SELECT 1"))

    async def aclose(self) -> None:
        """Close every connection."""
        await self._engine.dispose()

    @asynccontextmanager
    async def _connection(self) -> AsyncGenerator[AsyncConnection]:
        async with AsyncExitStack() as stack:
            with self._unavailable_on(*_CANNOT_OPEN):
                if self.address.is_sqlite:
                    await asyncio.to_thread(sqlite.open_file, self.address.file)
                connection = await stack.enter_async_context(self._engine.connect())
            with self._unavailable_on(*_CANNOT_USE):
                yield connection

    @contextmanager
    def _unavailable_on(self, *errors: type[Exception]) -> Generator[None]:
        try:
            yield
        except errors as error:
            raise DatabaseUnavailable(_unavailable(self.address, error)) from error

    async def _lock_schema(self, connection: AsyncConnection) -> None:
        # On SQLite, BEGIN IMMEDIATE has already locked the file.
        if not self.address.is_sqlite:
            await connection.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": _MIGRATION_LOCK})

    async def _enforce_foreign_keys(self, connection: AsyncConnection, *, on: bool) -> None:
        # SQLite changes a table by copying and dropping it, and the drop would cascade into the rows that refer to it.
        if self.address.is_sqlite:
            await connection.run_sync(_switch_foreign_keys, on)


def _switch_foreign_keys(connection: Connection, on: bool) -> None:
    sqlite.set_foreign_keys(connection, on=on)


def _engine(address: DatabaseAddress) -> AsyncEngine:
    if address.is_sqlite:
        engine = create_async_engine(address.url, connect_args={"isolation_level": None}, hide_parameters=True)
        sqlite.prepare(engine, address.file)
        return engine

    async def connect() -> Any:
        # asyncpg reads the address itself, so that what libpq knows (sslmode, a socket as host, …) is understood.
        return await asyncpg.connect(  # pyright: ignore[reportUnknownMemberType, reportUnknownVariableType]
            address.dsn, timeout=address.connect_seconds, command_timeout=COMMAND_SECONDS
        )

    return create_async_engine(
        address.url, async_creator=connect, pool_pre_ping=True, pool_timeout=COMMAND_SECONDS, hide_parameters=True
    )


def _unavailable(address: DatabaseAddress, error: Exception) -> str:
    if any(isinstance(one, sqlite.NoWalError) for one in (error, error.__cause__)):
        return (
            f"Rivulet cannot use {address}: its drive cannot keep a write-ahead log, as is usual for network drives. "
            "Set RIVULET_DATA_DIR to a folder of this computer, or DATABASE_URL to a PostgreSQL."
        )
    hint = (
        "Check that its folder can be written to, that the disk is not full and that it is a SQLite database."
        if address.is_sqlite
        else "Check that it is running and that DATABASE_URL has the right name, user and password."
    )
    return f"Rivulet cannot open {address}. {hint}"
