import pytest

from app.persistence.address import DatabaseAddress
from app.persistence.errors import DatabaseUnavailable


@pytest.mark.parametrize(
    ("text", "driver"),
    [
        ("sqlite:///rivulet.db", "sqlite+aiosqlite"),
        ("sqlite+aiosqlite:////var/lib/rivulet.db", "sqlite+aiosqlite"),
        ("postgres://me@db/rivulet", "postgresql+asyncpg"),
        ("postgresql://me@db/rivulet", "postgresql+asyncpg"),
        ("postgresql+psycopg://me@db/rivulet", "postgresql+asyncpg"),
    ],
)
def test_plain_addresses_get_their_driver(text: str, driver: str) -> None:
    assert DatabaseAddress.parse(text).url.drivername == driver


@pytest.mark.parametrize("text", ["", "rivulet.db", "mysql://db/rivulet", "sqlite://", "sqlite:///:memory:"])
def test_other_addresses_are_refused_with_the_name_of_the_variable(text: str) -> None:
    with pytest.raises(DatabaseUnavailable, match="DATABASE_URL"):
        DatabaseAddress.parse(text)


def test_what_libpq_knows_reaches_the_driver() -> None:
    address = DatabaseAddress.parse("postgres://me:p%40ss@db:5433/rivulet?sslmode=require")
    assert address.dsn == "postgresql://me:p%40ss@db:5433/rivulet?sslmode=require"


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("sqlite:////srv/rivulet.db", "the SQLite file /srv/rivulet.db"),
        ("postgres://me:s3cret@db:5433/rivulet", "the PostgreSQL database rivulet on db:5433"),
        ("postgres://me@/rivulet?host=/run/pg&password=s3cret", "the PostgreSQL database rivulet on a local socket"),
        ("postgres://me:s3cret@db", "the PostgreSQL database on db"),
    ],
)
def test_an_address_is_shown_without_its_password(text: str, shown: str) -> None:
    address = DatabaseAddress.parse(text)
    assert str(address) == shown
    assert "s3cret" not in repr(address)
