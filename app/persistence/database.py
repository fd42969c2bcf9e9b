"""The database of this process: short transactions, and the schema brought up to date at start."""

import asyncio
import logging
import sqlite3
import threading
from collections.abc import Callable, Generator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from typing import TypeVar

import asyncpg  # pyright: ignore[reportMissingTypeStubs]
from sqlalchemy import Connection, text
from sqlalchemy.exc import DBAPIError, InterfaceError, OperationalError
from sqlalchemy.exc import TimeoutError as PoolTimeoutError
from sqlalchemy.orm import Session

from app.persistence import migrations, sqlite
from app.persistence.address import DatabaseAddress
from app.persistence.engines import Engine, FileEngine, ServerEngine
from app.persistence.errors import DatabaseUnavailable
from app.persistence.uncancelled import uncancelled

_MIGRATION_LOCK = 0x5249_5655_4C45_5421  # any fixed number, the same in every process: "RIVULET!"
_TICK = timedelta(microseconds=1)
TRANSACTION_SECONDS = 20.0
_CANNOT_OPEN = (DBAPIError, sqlite3.Error, asyncpg.PostgresError, asyncpg.InterfaceError, OSError)
_CANNOT_USE = (OperationalError, InterfaceError, OSError)  # and not a mistake in our own SQL

_Result = TypeVar("_Result")

logger = logging.getLogger(__name__)


class Database:
    """Runs short transactions on SQLite or PostgreSQL."""

    def __init__(
        self,
        url: str,
        *,
        clock: Callable[[], datetime] = lambda: datetime.now(UTC),
        transaction_seconds: float | None = None,
    ) -> None:
        self.address = DatabaseAddress.parse(url)
        self._clock = clock
        self._latest = datetime.min.replace(tzinfo=UTC)
        self._clock_lock = threading.Lock()
        self._engine: Engine = (
            FileEngine(self.address)
            if self.address.is_sqlite
            else ServerEngine(self.address, transaction_seconds or TRANSACTION_SECONDS)
        )

    def now(self) -> datetime:
        """Return the time in UTC, later with every call, so that rows made in one breath keep their order."""
        with self._clock_lock:
            self._latest = max(self._clock(), self._latest + _TICK)
            return self._latest

    @uncancelled
    async def write(self, work: Callable[[Session], _Result]) -> _Result:
        """Run one transaction that may write: committed when `work` returns, rolled back when it raises.

        It runs to its end when the caller is cancelled, and waits for nothing but the database. Never nest two.
        Raises DatabaseUnavailable when the database cannot be reached, written or locked in time.
        """
        with self._said_in_words():
            return await self._engine.write(work)

    @uncancelled
    async def read(self, work: Callable[[Session], _Result]) -> _Result:
        """Run one transaction that only reads and never waits for a writer; raises DatabaseUnavailable."""
        with self._said_in_words():
            return await self._engine.read(work)

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
        await self.migrate(migrations.upgrade)

    async def compact(self) -> None:
        """Give the disk back what a file does not use; to be called before anybody waits. Raises nothing."""
        if not self.address.is_sqlite:
            return  # PostgreSQL does so by itself
        try:
            freed = await asyncio.to_thread(sqlite.compact, self.address.file)
        except sqlite3.Error:
            logger.warning("The database could not be made smaller", exc_info=True)
        else:
            if freed:
                logger.info("The database is %d MB smaller", freed // 2**20)

    async def size(self) -> tuple[int, int | None]:
        """Give the bytes of the database, and how many of them nothing uses, if anybody knows."""
        if self.address.is_sqlite:
            return await self.read(lambda session: sqlite.size(session.connection()))
        query = text("SELECT pg_database_size(current_database())")
        return await self.read(lambda session: int(session.scalar(query) or 0)), None

    @uncancelled
    async def migrate(self, work: Callable[[Connection], _Result]) -> _Result:
        """Run the one transaction in which the schema may change: other processes wait for its end.

        Raises DatabaseUnavailable.
        """

        def run(connection: Connection) -> _Result:
            self._enforce_foreign_keys(connection, on=False)
            try:
                with connection.begin():
                    self._lock_schema(connection)
                    return work(connection)
            finally:
                self._enforce_foreign_keys(connection, on=True)

        return await self._connected(run)

    async def ping(self) -> None:
        """Ask the database for a sign of life; raise DatabaseUnavailable when there is none."""
        await self._connected(lambda connection: connection.execute(text("SELECT 1")))

    async def aclose(self) -> None:
        """Close every connection."""
        await self._engine.aclose()

    async def _connected(self, work: Callable[[Connection], _Result]) -> _Result:
        with self._unavailable_on(*_CANNOT_OPEN):
            await self._engine.connect()
        with self._unavailable_on(*_CANNOT_USE):
            return await self._engine.connected(work)

    @contextmanager
    def _unavailable_on(self, *errors: type[Exception]) -> Generator[None]:
        try:
            yield
        except errors as error:
            raise DatabaseUnavailable(_unavailable(self.address, error)) from error

    def _lock_schema(self, connection: Connection) -> None:
        # On SQLite, BEGIN IMMEDIATE has already locked the file.
        if not self.address.is_sqlite:
            connection.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": _MIGRATION_LOCK})

    def _enforce_foreign_keys(self, connection: Connection, *, on: bool) -> None:
        # SQLite changes a table by copying and dropping it, and the drop would cascade into the rows that refer to it.
        if self.address.is_sqlite:
            sqlite.set_foreign_keys(connection, on=on)


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
