import os
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import Connection, bindparam, inspect, text
from sqlalchemy.orm import Session
from sqlmodel import SQLModel

from alembic import command
from app.monitoring.periods import Period
from app.persistence import migrations
from app.persistence.database import Database
from app.persistence.errors import DatabaseUnavailable
from app.persistence.messages import MessageRepository
from app.persistence.runs import RunRepository
from app.persistence.tables import UsageRow
from app.persistence.usage import UsageRepository
from app.streaming.store import Piece, StreamingStatus
from tests.integration.persistence.conftest import Ask

EVER = (datetime(2000, 1, 1, tzinfo=UTC), datetime(2100, 1, 1, tzinfo=UTC))
ROOT = Path(__file__).resolve().parents[3]

OLD_ROWS = (
    "INSERT INTO users VALUES ('u', 'local', '2026-01-01 00:00:00')",
    "INSERT INTO conversation VALUES ('c', 'u', 'Old', 'm', 'a', '2026-01-01 00:00:00', '2026-01-01 00:00:00')",
    "INSERT INTO message VALUES ('q', 'u', 'c', NULL, 'user', 'Why?', '', '', '', '', '2026-01-01 00:00:00')",
    "INSERT INTO message VALUES ('a', 'u', 'c', 'q', 'assistant', 'So.', '', 'm', '', '', '2026-01-01 00:00:01')",
    "INSERT INTO run VALUES ('r', 'u', 'c', 'a', 'p', 'm', 'complete', '2026-01-01 00:00:01', NULL, NULL)",
    """INSERT INTO user_preference VALUES ('u', 'mode', '"traditional"', '2026-01-01 00:00:00')""",
)


async def go_to(database: Database, revision: str) -> None:
    def go(connection: Connection) -> None:
        config = migrations.configuration(connection)
        (command.downgrade if revision in ("base", "0001") and heads(connection) else command.upgrade)(config, revision)

    await database.migrate(go)


def heads(connection: Connection) -> tuple[str, ...]:
    return MigrationContext.configure(connection).get_current_heads()


async def counts(database: Database) -> dict[str, int]:
    tables = ("users", "conversation", "message", "run", "user_preference")
    return await database.read(
        lambda session: {table: session.scalars(text(f"SELECT count(*) FROM {table}")).one() for table in tables}
    )


async def test_migrated_schema_is_what_the_tables_say(database: Database) -> None:
    def differences(connection: Connection) -> list[object]:
        return compare_metadata(MigrationContext.configure(connection), SQLModel.metadata)

    assert await database.migrate(differences) == []


async def test_rows_from_before_streaming_survive_and_are_complete(unmigrated: Database) -> None:
    await go_to(unmigrated, "0001")

    def add_old_rows(session: Session) -> None:
        for row in OLD_ROWS:
            session.execute(text(row))

    await unmigrated.write(add_old_rows)
    before = await counts(unmigrated)
    await unmigrated.upgrade()
    branch = await MessageRepository(unmigrated).branch("u", "c")
    assert await counts(unmigrated) == before
    assert [(message.text, message.status, message.metadata) for message in branch] == [
        ("Why?", StreamingStatus.COMPLETE, {}),
        ("So.", StreamingStatus.COMPLETE, {}),
    ]


async def test_rows_survive_the_way_down_and_up_again(database: Database, runs: RunRepository, ask: Ask) -> None:
    turn = await ask()
    await runs.checkpoint(turn.run_id, Piece(0, "So far"), Piece(0, "Hm"))
    before = await counts(database)
    await go_to(database, "0001")
    assert await counts(database) == before
    await database.upgrade()
    assert await counts(database) == before
    assert await runs.recover() == (turn.run_id,)
    recovered = await runs.load(turn.run_id)
    assert recovered is not None
    assert (recovered.text, recovered.status) == ("So far", StreamingStatus.INTERRUPTED)


async def test_a_run_from_before_the_heartbeat_survives_and_counts_as_silent_since_its_start(
    unmigrated: Database,
) -> None:
    await go_to(unmigrated, "0001")

    def add_old_rows(session: Session) -> None:
        for row in OLD_ROWS:
            session.execute(text(row.replace("'complete'", "'streaming'")))

    await unmigrated.write(add_old_rows)
    await unmigrated.upgrade()
    [closed] = await RunRepository(unmigrated).close_lost(30, frozenset())
    assert (closed.run_id, closed.status) == ("r", StreamingStatus.INTERRUPTED)


async def test_days_that_were_counted_before_there_were_weeks_are_added_up(unmigrated: Database) -> None:
    await go_to(unmigrated, "0008")
    days = {"2026-11-22": 1, "2026-11-23": 20, "2026-11-29": 300, "2026-11-30": 4000}  # from a Sunday to a Monday
    tally = '{"counts": {"answers": %d}, "buckets": {"duration_ms": {"5": %d}}, "sums": {"duration_ms": %d.5}}'

    def add_days(session: Session) -> None:
        for day, count in days.items():
            row = {"start": datetime.fromisoformat(day).replace(tzinfo=UTC), "tally": tally % (count, count, count)}
            added = text("INSERT INTO usage VALUES ('day', :start, 'p', 'm', :tally)")
            typed = added.bindparams(bindparam("start", type_=UsageRow.__table__.c.start.type))  # pyright: ignore
            session.execute(typed, row)

    await unmigrated.write(add_days)
    await go_to(unmigrated, "head")
    weeks = await UsageRepository(unmigrated).usage([(Period.WEEK, *EVER)])
    assert [(part.start.date().isoformat(), part.tally.counts["answers"]) for part in weeks] == [
        ("2026-11-16", 1),
        ("2026-11-23", 320),
        ("2026-11-30", 4000),
    ]
    assert (weeks[1].tally.buckets["duration_ms"][5], weeks[1].tally.total("duration_ms")) == (320, 321)


async def test_way_down_leaves_nothing(database: Database) -> None:
    await go_to(database, "base")
    assert await database.migrate(lambda connection: inspect(connection).get_table_names()) == ["alembic_version"]


async def test_foreign_keys_hold_again_after_a_migration(database: Database) -> None:
    with pytest.raises(DatabaseUnavailable) as refused:
        await database.write(
            lambda session: session.execute(
                text("INSERT INTO user_preference VALUES ('none', 'k', '1', '2026-01-01 00:00:00')")
            )
        )
    assert "foreign key" in str(refused.value.__cause__).lower()


def alembic(*arguments: str, cwd: Path, **environment: str) -> subprocess.CompletedProcess[str]:
    tool = [sys.executable, "-m", "alembic", "-c", str(ROOT / "alembic.ini"), *arguments]
    kept = {name: value for name, value in os.environ.items() if name not in ("DATABASE_URL", "RIVULET_DATA_DIR")}
    # `-P` keeps the folder `alembic/` of the current directory from hiding the library.
    return subprocess.run(tool, cwd=cwd, env=kept | environment, capture_output=True, text=True, check=False)


async def test_the_command_line_upgrades_and_downgrades(unmigrated: Database, url: str, tmp_path: Path) -> None:
    up = alembic("upgrade", "head", cwd=tmp_path, DATABASE_URL=url)
    assert up.returncode == 0, up.stderr
    assert "Running upgrade 0001 -> 0002" in up.stderr
    assert "Running upgrade 0002 -> 0003" in up.stderr
    await unmigrated.upgrade()
    down = alembic("downgrade", "base", cwd=tmp_path, DATABASE_URL=url)
    assert down.returncode == 0, down.stderr


def test_the_command_line_finds_the_data_folder(tmp_path: Path) -> None:
    up = alembic("upgrade", "head", cwd=ROOT, RIVULET_DATA_DIR=str(tmp_path / "data"))
    assert up.returncode == 0, up.stderr
    assert (tmp_path / "data" / "rivulet.db").exists()
