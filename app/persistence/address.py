"""What a DATABASE_URL says: the driver that opens it, and how to name it without its password."""

import re
import shlex
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from urllib.parse import parse_qsl, quote, unquote, urlencode, urlsplit

from sqlalchemy.engine import URL, make_url
from sqlalchemy.exc import ArgumentError

from app.persistence.errors import DatabaseUnavailable

CONNECT_SECONDS = 10
_UNREADABLE = (
    "DATABASE_URL is not a valid address; it must look like postgresql://user:password@host/name "
    "or sqlite:////path/to/file.db."
)
# libpq's parameters that are no settings of the server, where the driver would send them (PostgreSQL manual, 34.1.2).
_OF_LIBPQ = frozenset(
    {
        "connect_timeout",
        "hostaddr",
        "client_encoding",
        "fallback_application_name",
        "keepalives",
        "keepalives_idle",
        "keepalives_interval",
        "keepalives_count",
        "tcp_user_timeout",
        "replication",
        "gssencmode",
        "gssdelegation",
        "channel_binding",
        "require_auth",
        "sslcompression",
        "sslsni",
        "sslcertmode",
        "requirepeer",
        "load_balance_hosts",
        "min_protocol_version",
        "max_protocol_version",
    }
)
_POSTGRES = re.compile(r"postgres(?:ql)?(?:\+\w+)?://")
_KEYWORD = re.compile(r"^\s*(?:host|hostaddr|port|dbname|user|password|service|sslmode)\s*=")


@dataclass(frozen=True)
class DatabaseAddress:
    """A database to open; `str()` of it is safe to show.

    `dsn` is a PostgreSQL address for the driver alone, password included; `connect_seconds` bounds the connecting.
    """

    url: URL = field(repr=False)
    dsn: str = field(default="", repr=False)
    connect_seconds: int = CONNECT_SECONDS

    @classmethod
    def parse(cls, text: str) -> "DatabaseAddress":
        """Read an address, plain or with a driver; raise DatabaseUnavailable unless it is SQLite or PostgreSQL."""
        if _KEYWORD.match(text):
            text = _as_url(text)
        if _POSTGRES.match(text):
            return _postgres(text)
        try:
            url = make_url(text)
        except (ArgumentError, ValueError) as error:
            raise DatabaseUnavailable(_UNREADABLE) from error
        if url.drivername.partition("+")[0] == "sqlite" and url.database not in (None, "", ":memory:"):
            return cls(url.set(drivername="sqlite"))
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
    def passwords(self) -> tuple[str, ...]:
        """The password in all the forms in which it may be told: plain, and as it stands in the address."""
        query = self.dsn.partition("?")[2]
        written = (urlsplit(self.dsn).password, *re.findall(r"(?:^|&)password=([^&]+)", query))
        return tuple(dict.fromkeys(form for text in written if text for form in (unquote(text), text)))

    def __str__(self) -> str:
        if self.is_sqlite:
            return f"the SQLite file {self.file}"
        # The query part is left out whole: libpq lets a password stand there too.
        parts = urlsplit(self.dsn)
        place = unquote(parts.netloc.rpartition("@")[2]) or "a local socket"
        place = "a local socket" if place.startswith("/") else place
        return f"the PostgreSQL database {unquote(parts.path.lstrip('/'))} on {place}".replace("  ", " ")


def _postgres(text: str) -> DatabaseAddress:
    """Read an address as libpq does, which SQLAlchemy's own reader does not: several hosts, sockets, no user.

    The driver takes it whole, but for what only libpq knows.
    """
    _, _, rest = text.partition("://")
    before, _, query = rest.partition("?")
    try:
        given = dict(parse_qsl(query, keep_blank_values=True))
        seconds = int(given.get("connect_timeout") or 0)
        _ = urlsplit(f"postgresql://{before}")
    except ValueError as error:
        raise DatabaseUnavailable(_UNREADABLE) from error
    if "#" in rest or re.search(r"\s", rest):
        raise DatabaseUnavailable(f"{_UNREADABLE} Write special characters of a password as %23 and the like.")
    if "hostaddr" in given:
        given.setdefault("host", given["hostaddr"])
    kept = {name: value for name, value in given.items() if value and name not in _OF_LIBPQ}
    encoded = f"?{urlencode(kept, quote_via=quote)}" if kept else ""
    url = URL.create("postgresql+asyncpg")
    return DatabaseAddress(url, f"postgresql://{before}{encoded}", seconds or CONNECT_SECONDS)


def _as_url(text: str) -> str:
    """Turn libpq's other form, `host=… dbname=…`, into an address."""
    try:
        pairs = dict(part.split("=", 1) for part in shlex.split(re.sub(r"\s*=\s*", "=", text)))
    except ValueError as error:
        raise DatabaseUnavailable(_UNREADABLE) from error
    name = quote(pairs.pop("dbname", ""), safe="")
    return f"postgresql:///{name}?{urlencode(pairs, quote_via=quote)}"
