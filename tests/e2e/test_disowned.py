"""A server whose PostgreSQL another one has come to own: it ends with a sentence, and what it wrote is stored."""

import asyncio
from collections.abc import Iterator
from pathlib import Path

import asyncpg
import httpx
import pytest

from tests.app_server import AppServer
from tests.e2e.conftest import apart, upstream_settings
from tests.postgres import PostgresServer, running_postgres
from tests.upstream import Script, Upstream

TEXT = "A river begins as a trickle of melted snow, and ends as wide as a lake. " * 40
ADVISORY = "FROM pg_locks WHERE locktype = 'advisory'"


@pytest.fixture
def postgres() -> Iterator[PostgresServer]:
    with running_postgres() as server:
        yield server


async def usurp(address: str) -> None:
    """Become the owner of a database as soon as its owner's connection is lost, and see that it is."""
    other = await asyncpg.connect(address, server_settings={"application_name": "Rivulet, process 1 on nas"})
    onlooker = await asyncpg.connect(address)
    taking = asyncio.create_task(
        other.execute(f"SELECT pg_advisory_lock(classid::bigint << 32 | objid::bigint) {ADVISORY}")
    )
    while not await onlooker.fetch(f"SELECT 1 {ADVISORY} AND NOT granted"):
        await asyncio.sleep(0.02)
    await onlooker.execute(f"SELECT pg_terminate_backend(pid) {ADVISORY} AND granted")
    await taking
    while await onlooker.fetch("SELECT 1 FROM message WHERE streaming_status IN ('pending', 'streaming')"):
        await asyncio.sleep(0.02)
    await onlooker.close()
    await other.close()


async def newest_answer(address: str) -> tuple[str, str]:
    connection = await asyncpg.connect(address)
    row = await connection.fetchrow("SELECT content, streaming_status FROM message WHERE role = 'assistant'")
    await connection.close()
    return tuple(row)


def test_a_server_that_has_lost_its_database_to_another_ends_with_a_sentence(
    upstream: Upstream, postgres: PostgresServer, tmp_path: Path
) -> None:
    upstream.script("scripted", Script(text=TEXT, hold_after_chars=720))
    address = postgres.address.format(database="postgres")
    with AppServer(tmp_path, **upstream_settings(upstream), DATABASE_URL=address) as server:
        answer = httpx.post(f"{server.url}/api/v1/messages", json={"text": "Begin."}, trust_env=False, timeout=60)
        assert answer.status_code == 201
        upstream.wait_until(lambda: upstream.requests[-1].chars_sent == 720)
        apart(usurp(address))
        assert server.wait_until_ended() == 2
        assert server.lines[-1].startswith("Another Rivulet (process 1 on nas) is using the PostgreSQL database")
        assert not any("Traceback" in line for line in server.lines)
    assert apart(newest_answer(address)) == (TEXT[:720], "interrupted")
