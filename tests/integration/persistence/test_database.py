import asyncio
import sqlite3
import subprocess
import sys
import threading
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path

import pytest
from sqlalchemy import text
from sqlalchemy.orm import Session

from app.ids import new_id
from app.persistence import sqlite
from app.persistence.database import Database
from app.persistence.errors import DatabaseTooNew, DatabaseUnavailable
from app.persistence.tables import UserRow

ROOT = Path(__file__).resolve().parents[3]
UPGRADE = """
import asyncio, sys
from app.persistence.database import Database
async def main():
    database = Database(sys.argv[1])
    print("ready", flush=True)
    sys.stdin.readline()
    await database.upgrade()
    await database.aclose()
asyncio.run(main())
"""


async def names(database: Database) -> list[str]:
    return await database.read(lambda session: list(session.scalars(text("SELECT name FROM users ORDER BY name"))))


def user(database: Database, name: str) -> UserRow:
    return UserRow(id=new_id(), name=name, created_at=database.now())


async def test_a_transaction_commits_at_its_end(database: Database) -> None:
    await database.write(lambda session: session.add(user(database, "kept")))
    assert await names(database) == ["kept"]


async def test_a_transaction_that_fails_leaves_nothing(database: Database) -> None:
    def fail(session: Session) -> None:
        session.add(user(database, "lost"))
        session.flush()
        raise RuntimeError

    with pytest.raises(RuntimeError):
        await database.write(fail)
    assert await names(database) == []


async def test_a_transaction_is_over_when_its_cancelled_caller_is_told(database: Database) -> None:
    for number in range(20):  # more than the pool holds
        writing = database.write(lambda session, number=number: session.add(user(database, f"{number:02}")))
        task = asyncio.create_task(writing)
        await asyncio.sleep(0)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        assert len(await names(database)) == number + 1


async def test_cancelling_at_any_moment_frees_the_database(database: Database) -> None:
    async def write(number: int) -> None:
        await database.write(lambda session: session.add(user(database, f"{number:02}")))

    for number in range(40):
        task = asyncio.create_task(write(number))
        for _ in range(number):
            await asyncio.sleep(0)
        await asyncio.sleep(number * 0.0001)
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
    async with asyncio.timeout(60):
        await database.write(lambda session: session.add(user(database, "kept")))
    assert "kept" in await names(database)


async def test_reading_does_not_wait_for_a_writer(database: Database, url: str) -> None:
    async def names_elsewhere() -> list[str]:
        other = Database(url)
        try:
            return await names(other)
        finally:
            await other.aclose()

    def write(session: Session) -> list[str]:
        session.add(user(database, "unseen"))
        session.flush()
        with ThreadPoolExecutor(1) as thread:
            return thread.submit(asyncio.run, names_elsewhere()).result(60)

    assert await database.write(write) == []


async def test_many_writers_at_once_all_get_their_turn(database: Database) -> None:
    async def write(number: int) -> None:
        await database.write(lambda session: session.add(user(database, f"{number:02}")))

    async with asyncio.TaskGroup() as group:
        for number in range(30):
            group.create_task(write(number))
    assert len(await names(database)) == 30


async def test_writers_of_two_processes_wait_for_each_other(database: Database, url: str) -> None:
    async def write(into: Database, name: str) -> None:
        for _ in range(20):
            await into.write(lambda session: session.add(user(into, name)))

    other = Database(url)
    try:
        await asyncio.gather(write(database, "one"), write(other, "other"))
    finally:
        await other.aclose()
    assert len(await names(database)) == 40


async def test_time_is_utc_and_never_the_same_twice(url: str) -> None:
    noon = datetime(2026, 1, 1, 12, tzinfo=UTC)
    database = Database(url, clock=lambda: noon)
    times = [database.now() for _ in range(3)]
    assert times[0] == noon
    assert times == sorted(set(times))
    await database.aclose()


async def test_upgrading_twice_changes_nothing(database: Database) -> None:
    await database.write(lambda session: session.add(user(database, "kept")))
    await database.upgrade()
    assert await names(database) == ["kept"]


async def test_upgrading_works_from_any_folder(
    unmigrated: Database, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "elsewhere").mkdir()
    monkeypatch.chdir(tmp_path / "elsewhere")
    await unmigrated.upgrade()
    assert await names(unmigrated) == []


async def test_two_simultaneous_upgrades_in_one_process(unmigrated: Database, url: str) -> None:
    other = Database(url)
    try:
        async with asyncio.timeout(60), asyncio.TaskGroup() as group:
            for database in (unmigrated, other, unmigrated):
                group.create_task(database.upgrade())
    finally:
        await other.aclose()
    assert await names(unmigrated) == []


async def test_processes_that_start_together_upgrade_once(unmigrated: Database, url: str) -> None:
    processes = [
        await asyncio.create_subprocess_exec(
            *(sys.executable, "-W", "error", "-c", UPGRADE, url),
            cwd=ROOT,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
        )
        for _ in range(3)
    ]
    for process in processes:
        assert process.stdout is not None
        assert await process.stdout.readline() == b"ready\n"
    outputs = await asyncio.gather(*(process.communicate(b"go\n") for process in processes))
    assert [stderr.decode() for _, stderr in outputs] == ["", "", ""]
    assert await names(unmigrated) == []


async def test_a_database_from_the_future_is_refused_and_left_alone(database: Database) -> None:

    def renumber(session: Session) -> None:
        session.add(user(database, "kept"))
        session.execute(text("UPDATE alembic_version SET version_num = '9999'"))

    await database.write(renumber)
    with pytest.raises(DatabaseTooNew) as caught:
        await database.upgrade()
    assert caught.value.sentence.startswith("The database is newer than this version of Rivulet.")
    assert await names(database) == ["kept"]


async def test_sqlite_is_really_set_up_on_every_connection(tmp_path: Path) -> None:
    database = Database(f"sqlite:///{tmp_path / 'rivulet.db'}")
    await database.upgrade()
    pragmas = ("journal_mode", "foreign_keys", "synchronous", "busy_timeout")
    both = threading.Barrier(2)

    def look(session: Session) -> list[object]:
        both.wait(60)  # two at once have a connection each
        assert (tmp_path / "rivulet.db-wal").exists()
        return [session.scalars(text(f"PRAGMA {pragma}")).one() for pragma in pragmas]

    values = await asyncio.gather(database.read(look), database.write(look))
    assert values == [["wal", 1, 1, 10_000]] * 2
    await database.aclose()


async def test_the_folder_of_a_new_sqlite_file_is_made(tmp_path: Path) -> None:
    database = Database(f"sqlite:///{tmp_path / 'some' / 'where' / 'rivulet.db'}")
    await database.upgrade()
    await database.aclose()


async def test_a_file_that_is_no_database_is_unavailable(tmp_path: Path) -> None:
    (tmp_path / "notes.db").write_text("Dear diary, " * 100)
    database = Database(f"sqlite:///{tmp_path / 'notes.db'}")
    with pytest.raises(DatabaseUnavailable, match=r"notes\.db"):
        await database.upgrade()
    await database.aclose()


async def test_a_folder_in_the_place_of_the_file_is_unavailable(tmp_path: Path) -> None:
    database = Database(f"sqlite:///{tmp_path}")
    with pytest.raises(DatabaseUnavailable):
        await database.upgrade()
    await database.aclose()


@pytest.mark.parametrize(
    "address",
    [
        "postgresql://me:s3cret@127.0.0.1:1/rivulet",
        "postgresql://me@127.0.0.1:1/rivulet?password=s3cret",
        "postgresql://me:s3cret@127.0.0.1:1/rivulet?sslmode=nonsense",
        "postgresql://me:s3cret@does-not-exist.invalid/rivulet",
    ],
)
async def test_an_absent_postgresql_is_unavailable_and_the_password_unsaid(address: str) -> None:
    database = Database(address)
    for attempt in (database.upgrade, database.ping):
        with pytest.raises(DatabaseUnavailable) as caught:
            await attempt()
        assert "rivulet on " in caught.value.sentence
        assert "s3cret" not in caught.value.sentence
    await database.aclose()


async def test_a_missing_postgresql_database_is_unavailable(postgres_url: str) -> None:
    database = Database(postgres_url.replace("/test_", "/none_"))
    with pytest.raises(DatabaseUnavailable):
        await database.upgrade()
    await database.aclose()


async def test_postgresql_that_closed_its_connections_is_used_again(postgres_url: str) -> None:
    database, other = Database(postgres_url), Database(postgres_url)
    await database.ping()

    def cut_others(session: Session) -> None:
        session.execute(
            text(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
                "WHERE datname = current_database() AND pid <> pg_backend_pid()"
            )
        )

    await other.write(cut_others)
    await database.ping()
    await database.aclose()
    await other.aclose()


async def test_ping_answers(database: Database) -> None:
    await database.ping()


async def test_a_sqlite_file_that_has_gone_is_missed_at_once_and_found_when_it_is_back(tmp_path: Path) -> None:
    database = Database(f"sqlite:///{tmp_path / 'rivulet.db'}")
    await database.upgrade()
    await database.write(lambda session: session.add(user(database, "kept")))
    (tmp_path / "rivulet.db").rename(tmp_path / "elsewhere")
    for _ in range(8):  # more than the pool holds
        with pytest.raises(DatabaseUnavailable):
            await names(database)
    assert not (tmp_path / "rivulet.db").exists()
    (tmp_path / "elsewhere").rename(tmp_path / "rivulet.db")
    assert await names(database) == ["kept"]
    await database.aclose()


def test_a_drive_that_cannot_keep_a_write_ahead_log_is_noticed(tmp_path: Path) -> None:
    """SQLite's own file system without shared memory stands for a network drive."""
    without = sqlite3.connect(f"file:{tmp_path}/x.db?vfs=unix-dotfile", uri=True)
    with closing(without), pytest.raises(sqlite.NoWalError):
        sqlite.enable_wal(without.cursor())
    with closing(sqlite3.connect(tmp_path / "y.db")) as connection:
        sqlite.enable_wal(connection.cursor())


async def test_a_drive_without_a_write_ahead_log_is_told_in_a_sentence(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(_: object) -> None:
        raise sqlite.NoWalError("the journal mode stays delete")

    monkeypatch.setattr(sqlite, "enable_wal", refuse)
    database = Database(f"sqlite:///{tmp_path / 'x.db'}")
    with pytest.raises(DatabaseUnavailable, match=r"network drives.*RIVULET_DATA_DIR"):
        await database.upgrade()
    await database.aclose()


async def test_its_size_is_known(database: Database) -> None:
    before, spare = await database.size()
    assert before > 10_000
    assert spare == (0 if database.address.is_sqlite else None)
    await add_and_delete(database)
    after, spare = await database.size()
    assert after > before  # PostgreSQL packs what is so much alike
    assert spare is None or spare > 4_000_000


@pytest.mark.parametrize("worth", [10_000, 10**9])
async def test_what_nothing_uses_goes_back_to_the_disk_where_it_is_worth_it(
    database: Database, monkeypatch: pytest.MonkeyPatch, worth: int
) -> None:
    monkeypatch.setattr(sqlite, "WORTH_BYTES", worth)
    await database.write(lambda session: session.add(user(database, "kept")))
    await add_and_delete(database)
    before, _ = await database.size()
    await database.compact()
    after, _ = await database.size()
    is_smaller = database.address.is_sqlite and worth < 10**9
    assert (after < before - 4_000_000) == is_smaller
    assert await names(database) == ["kept"]


async def add_and_delete(database: Database) -> None:

    def add_large(session: Session) -> None:
        for _ in range(100):
            session.add(user(database, new_id() * 1600))

    await database.write(add_large)
    await database.write(lambda session: session.execute(text("DELETE FROM users WHERE name != 'kept'")))
