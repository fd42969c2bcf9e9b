"""One process a database, and a sentence for the second."""

import asyncio
import os

import asyncpg
import pytest

from app.persistence.address import DatabaseAddress
from app.persistence.database import Database
from app.persistence.errors import DatabaseInUse
from app.persistence.ownership import owning
from tests.postgres import running_postgres

OWNER = "SELECT pid FROM pg_locks WHERE locktype = 'advisory' AND granted"
LOCK = "SELECT pg_advisory_lock(classid::bigint << 32 | objid::bigint) FROM pg_locks WHERE locktype = 'advisory'"


async def test_a_second_owner_is_refused_and_told_who_the_first_is(unmigrated: Database) -> None:
    address = unmigrated.address
    async with owning(address):
        with pytest.raises(DatabaseInUse, match=f"process {os.getpid()}") as refused:
            async with owning(address, wait_seconds=0.2):
                pass
        assert str(address) in refused.value.sentence
    async with owning(address, wait_seconds=10):
        pass


async def test_an_owner_that_fails_lets_go(unmigrated: Database) -> None:
    for _ in range(2):
        with pytest.raises(KeyError):
            async with owning(unmigrated.address, wait_seconds=10):
                raise KeyError


async def test_a_postgresql_that_was_restarted_has_the_same_owner() -> None:
    with running_postgres() as server:
        address = server.address.format(database="postgres")
        lost: list[DatabaseInUse] = []
        async with owning(DatabaseAddress.parse(address), on_lost=lost.append):
            for _ in range(2):
                await asyncio.to_thread(server.stop)
                await asyncio.to_thread(server.start)
                onlooker = await asyncpg.connect(address)
                async with asyncio.timeout(60):
                    while not await onlooker.fetch(OWNER):
                        await asyncio.sleep(0.02)
                with pytest.raises(DatabaseInUse):
                    async with owning(DatabaseAddress.parse(address), wait_seconds=0):
                        pass
                await onlooker.close()
        assert lost == []


async def test_who_was_forgotten_and_comes_too_late_is_told_who_owns_the_database(postgres_url: str) -> None:
    address = DatabaseAddress.parse(postgres_url)
    lost: asyncio.Future[DatabaseInUse] = asyncio.get_running_loop().create_future()
    other = await asyncpg.connect(postgres_url, server_settings={"application_name": "Rivulet, process 1 on nas"})
    onlooker = await asyncpg.connect(postgres_url)
    async with owning(address, wait_seconds=0, on_lost=lost.set_result):
        taking = asyncio.create_task(other.execute(LOCK))  # waits in line
        async with asyncio.timeout(60):
            while not await onlooker.fetch("SELECT 1 FROM pg_locks WHERE locktype = 'advisory' AND NOT granted"):
                await asyncio.sleep(0.02)
        assert not lost.done()
        await onlooker.execute(f"SELECT pg_terminate_backend(pid) FROM ({OWNER}) AS owner")
        await taking
        async with asyncio.timeout(60):
            assert "Another Rivulet (process 1 on nas) is using the PostgreSQL database" in (await lost).sentence
    for connection in (other, onlooker):
        await connection.close()
