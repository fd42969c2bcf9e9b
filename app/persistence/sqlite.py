"""How SQLite is made fit for a server: WAL, foreign keys, waiting for locks, transactions begun by us."""

import sqlite3
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, Engine, event
from sqlalchemy.exc import DisconnectionError
from sqlalchemy.pool import ConnectionPoolEntry

BEGIN_OPTION = "sqlite_begin"
_BUSY_MILLISECONDS = 10_000
WORTH_BYTES, WORTH_SHARE = 64 * 2**20, 0.25  # less that is unused is not worth the wait


def prepare(engine: Engine, path: Path) -> None:
    """Set up each connection of the engine; the driver must be opened with `isolation_level=None`.

    When the file has gone or another has taken its place, open connections would go on writing to what is lost with
    the process, and a new one would make an empty file: both fail until the file is back.
    """

    def refuse_missing(*_: object) -> None:
        if not path.exists():
            raise sqlite3.OperationalError("the database file is gone")

    def set_up(dbapi_connection: Any, record: ConnectionPoolEntry) -> None:
        _set_up(dbapi_connection)
        record.info["file"] = _identity(path)

    def check_file(_: object, record: ConnectionPoolEntry, __: object) -> None:
        if record.info["file"] != _identity(path):
            raise DisconnectionError("the database file is gone, or another one")  # a new connection is made

    event.listen(engine, "do_connect", refuse_missing)
    event.listen(engine, "connect", set_up)
    event.listen(engine, "checkout", check_file)
    event.listen(engine, "begin", _begin)


def set_foreign_keys(connection: Connection, *, on: bool) -> None:
    """Switch foreign keys for one connection, which must be outside a transaction: inside, SQLite ignores it."""
    # Straight to the driver, for SQLAlchemy would begin a transaction first.
    cursor = connection.connection.cursor()
    cursor.execute(f"PRAGMA foreign_keys={'ON' if on else 'OFF'}")
    cursor.close()


def open_file(path: Path) -> None:
    """Make the file and its folder unless they exist; raise OSError or sqlite3.Error when it cannot be opened.

    Blocks.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    sqlite3.connect(path).close()


def size(connection: Connection) -> tuple[int, int]:
    """Give the bytes of the database, and how many of them are in pages that nothing uses."""
    return _size(lambda pragma: connection.exec_driver_sql(pragma).scalar_one())


def compact(path: Path) -> int:
    """Write the file anew where much of it is unused, and give the bytes that this has freed.

    Blocks, and everybody who writes with it; raises sqlite3.Error, such as for a disk without room for the copy.
    """
    with closing(sqlite3.connect(path, isolation_level=None)) as database:
        whole, unused = _size(lambda pragma: database.execute(pragma).fetchone()[0])
        if unused < WORTH_BYTES or unused < whole * WORTH_SHARE:
            return 0
        database.execute("VACUUM")
        return unused


def _size(ask: Callable[[str], Any]) -> tuple[int, int]:
    pages, page_bytes, unused = (int(ask(f"PRAGMA {name}")) for name in ("page_count", "page_size", "freelist_count"))
    return pages * page_bytes, unused * page_bytes


def _identity(path: Path) -> tuple[int, int] | None:
    try:
        status = path.stat()
    except OSError:
        return None
    return status.st_dev, status.st_ino


def _set_up(dbapi_connection: Any) -> None:
    try:
        _set_pragmas(dbapi_connection)
    except BaseException:
        # The pool forgets a connection that fails here, and its thread would stay.
        dbapi_connection.close()
        raise


def _set_pragmas(dbapi_connection: Any) -> None:
    cursor = dbapi_connection.cursor()
    cursor.execute(f"PRAGMA busy_timeout={_BUSY_MILLISECONDS}")
    enable_wal(cursor)
    cursor.execute("PRAGMA synchronous=NORMAL")
    cursor.execute("PRAGMA foreign_keys=ON")
    cursor.close()


class NoWalError(sqlite3.OperationalError):
    """The place of the file cannot do what a write-ahead log needs, shared memory above all."""


def enable_wal(cursor: Any) -> None:
    """Let readers and a writer work side by side; raises `NoWalError` where the drive cannot."""
    try:
        cursor.execute("PRAGMA journal_mode=WAL")
        (mode,) = cursor.fetchone()
        if mode != "wal":
            raise NoWalError(f"the journal mode stays {mode}")
    except sqlite3.OperationalError as error:
        # Switching does not wait for locks. Somebody else has the file open and is switching it: the file remembers.
        if "locking protocol" in str(error):  # what a network drive says that has no locks
            raise NoWalError(str(error)) from error
        if "locked" not in str(error):
            raise


def _begin(connection: Connection) -> None:
    # A transaction that reads first and writes later fails at once when another wrote in between, however long the
    # busy timeout: who means to write takes the lock at the start.
    connection.exec_driver_sql(connection.get_execution_options().get(BEGIN_OPTION, "BEGIN IMMEDIATE"))
