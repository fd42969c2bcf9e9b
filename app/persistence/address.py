"""What a DATABASE_URL says: the driver that opens it, and how to name it without its password."""

from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path

from sqlalchemy.engine import URL, make_url
from sqlalchemy.exc import ArgumentError

from app.persistence.errors import DatabaseUnavailable

_UNREADABLE = "DATABASE_URL must start with sqlite:/// or postgresql:// and name a database."


@dataclass(frozen=True)
class DatabaseAddress:
    """A database to open; `str()` of it is safe to show."""

    url: URL = field(repr=False)

    @classmethod
    def parse(cls, text: str) -> "DatabaseAddress":
        """Read an address, plain or with a driver; raise DatabaseUnavailable unless it is SQLite or PostgreSQL."""
        try:
            url = make_url(text)
        except (ArgumentError, ValueError) as error:
            raise DatabaseUnavailable(_UNREADABLE) from error
        family = url.drivername.partition("+")[0]
        if family == "sqlite" and url.database not in (None, "", ":memory:"):
            return cls(url.set(drivername="sqlite+aiosqlite"))
        if family in ("postgres", "postgresql"):
            return cls(url.set(drivername="postgresql+asyncpg"))
        raise DatabaseUnavailable(_UNREADABLE)

    @cached_property
    def is_sqlite(self) -> bool:
        """Say whether the database is a file of this machine."""
        return self.url.get_backend_name() == "sqlite"

    @property
    def file(self) -> Path:
        """The file of a SQLite database."""
        return Path(self.url.database or "")

    @property
    def dsn(self) -> str:
        """The address as libpq writes it, password and `sslmode` included: for the driver alone."""
        return self.url.set(drivername="postgresql").render_as_string(hide_password=False)

    def __str__(self) -> str:
        if self.is_sqlite:
            return f"the SQLite file {self.file}"
        # The query part is left out whole: libpq lets a password stand there too.
        host, port = self.url.host or "a local socket", f":{self.url.port}" if self.url.port else ""
        return f"the PostgreSQL database {self.url.database or ''} on {host}{port}".replace("  ", " ")
