"""Ways in which a server's SQLite file fails while the server runs."""

import resource
import sqlite3
from collections.abc import Generator
from contextlib import AbstractContextManager, closing, contextmanager

from tests.app_server import AppServer

RAISE = "BEGIN SELECT RAISE(FAIL, 'disk I/O error'); END"


@contextmanager
def refusing(server: AppServer, *changes: str) -> Generator[None]:
    """Refuse these changes."""
    with closing(sqlite3.connect(server.data_dir / "rivulet.db", isolation_level=None)) as database:
        for number, change in enumerate(changes):
            database.execute(f"CREATE TRIGGER broken{number} BEFORE {change} {RAISE}")
        yield
        for number, _ in enumerate(changes):
            database.execute(f"DROP TRIGGER broken{number}")


def broken(server: AppServer) -> AbstractContextManager[None]:
    """Refuse every word and every ending of an answer."""
    return refusing(server, "UPDATE ON message", "INSERT ON run_chunk")


def refusing_messages(server: AppServer) -> AbstractContextManager[None]:
    """Refuse every new message."""
    return refusing(server, "INSERT ON message")


@contextmanager
def locked(server: AppServer) -> Generator[None]:
    """Hold the lock that every writer needs, as a backup or another program would."""
    with closing(sqlite3.connect(server.data_dir / "rivulet.db", isolation_level=None)) as database:
        database.execute("BEGIN IMMEDIATE")
        yield
        database.execute("ROLLBACK")


@contextmanager
def vanished(server: AppServer) -> Generator[None]:
    """Move the file away, as a disk that is unplugged would."""
    path, elsewhere = server.data_dir / "rivulet.db", server.data_dir / "elsewhere"
    path.rename(elsewhere)
    yield
    assert not path.exists()
    elsewhere.rename(path)


@contextmanager
def full(server: AppServer) -> Generator[None]:
    """Let the server's files grow no more (Linux)."""
    soft, hard = resource.prlimit(server.pid, resource.RLIMIT_FSIZE)
    resource.prlimit(server.pid, resource.RLIMIT_FSIZE, (1, hard))
    yield
    resource.prlimit(server.pid, resource.RLIMIT_FSIZE, (soft, hard))


@contextmanager
def unreadable(server: AppServer) -> Generator[None]:
    """Let nothing of a conversation be read."""
    with closing(sqlite3.connect(server.data_dir / "rivulet.db", isolation_level=None)) as database:
        database.execute("ALTER TABLE conversation RENAME TO away")
        yield
        database.execute("ALTER TABLE away RENAME TO conversation")
