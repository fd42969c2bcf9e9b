import pytest

from app.persistence.address import DatabaseAddress
from app.persistence.errors import DatabaseUnavailable


@pytest.mark.parametrize(
    ("text", "driver"),
    [
        ("sqlite:///rivulet.db", "sqlite"),
        ("sqlite+aiosqlite:////var/lib/rivulet.db", "sqlite"),
        ("postgres://me@db/rivulet", "postgresql+asyncpg"),
        ("postgresql://me@db/rivulet", "postgresql+asyncpg"),
        ("postgresql+psycopg://me@db/rivulet", "postgresql+asyncpg"),
    ],
)
def test_plain_addresses_get_their_driver(text: str, driver: str) -> None:
    assert DatabaseAddress.parse(text).url.drivername == driver


@pytest.mark.parametrize(
    "text", ["", "rivulet.db", "mysql://db/rivulet", "sqlite://", "sqlite:///:memory:", "postgresql://u:a#b@h/d"]
)
def test_other_addresses_are_refused_with_the_name_of_the_variable(text: str) -> None:
    with pytest.raises(DatabaseUnavailable, match="DATABASE_URL"):
        DatabaseAddress.parse(text)


def test_what_libpq_knows_reaches_the_driver() -> None:
    address = DatabaseAddress.parse("postgres://me:p%40ss@db:5433/rivulet?sslmode=require")
    assert address.dsn == "postgresql://me:p%40ss@db:5433/rivulet?sslmode=require"


@pytest.mark.parametrize(
    ("text", "dsn"),
    [
        ("postgresql://user:@/db?host=/socket/dir", "postgresql://user:@/db?host=%2Fsocket%2Fdir"),
        ("postgresql:///db", "postgresql:///db"),
        ("postgresql://", "postgresql://"),
        (
            "postgresql://a:1,b:2/db?target_session_attrs=primary",
            "postgresql://a:1,b:2/db?target_session_attrs=primary",
        ),
        ("postgresql://[2001:db8::1]:5433/db", "postgresql://[2001:db8::1]:5433/db"),
        ("postgresql://%2Fvar%2Frun/db", "postgresql://%2Fvar%2Frun/db"),
        ("postgresql://h/db?sslmode=&keepalives=1&channel_binding=prefer", "postgresql://h/db"),
        ("host=db port=5433 dbname='my db' user=me", "postgresql:///my%20db?host=db&port=5433&user=me"),
    ],
)
def test_every_form_that_libpq_documents_is_read(text: str, dsn: str) -> None:
    assert DatabaseAddress.parse(text).dsn == dsn


def test_the_time_to_connect_is_the_drivers_and_no_setting_of_the_server() -> None:
    address = DatabaseAddress.parse("postgresql://h/db?connect_timeout=3&application_name=rivulet")
    assert (address.connect_seconds, address.dsn) == (3, "postgresql://h/db?application_name=rivulet")


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("sqlite:////srv/rivulet.db", "the SQLite file /srv/rivulet.db"),
        ("postgres://me:s3cret@db:5433/rivulet", "the PostgreSQL database rivulet on db:5433"),
        ("postgres://me@/rivulet?host=/run/pg&password=s3cret", "the PostgreSQL database rivulet on a local socket"),
        ("postgres://me:s3cret@db", "the PostgreSQL database on db"),
        ("postgresql://me:s3cret@a:1,b:2/x", "the PostgreSQL database x on a:1,b:2"),
    ],
)
def test_an_address_is_shown_without_its_password(text: str, shown: str) -> None:
    address = DatabaseAddress.parse(text)
    assert str(address) == shown
    assert "s3cret" not in repr(address)
