"""Runs whose process has died are found and closed; nobody's live runs are."""

import asyncio
import logging
import sqlite3
from contextlib import closing

import pytest

from app.runtime import Runtime
from app.settings import Settings
from app.streaming.events import Completed, Interrupted, Text, is_terminal
from app.streaming.heartbeat import Heartbeat, HeartbeatTimes
from app.streaming.log import MemoryRunLogs
from app.streaming.manager import StreamManager
from app.streaming.store import RunOutcome, RunStore, StoredRun, StreamingStatus
from tests.integration.streaming.conftest import User
from tests.upstream import Script, Upstream

LONG = "A river begins as a trickle of melted snow, and ends as wide as a lake. " * 50
AT_ONCE = HeartbeatTimes(beat_seconds=0.01, lost_seconds=0.2)


class SharedLogs(MemoryRunLogs):
    """Logs that say that others write, too."""

    is_process_local = False


@pytest.fixture
def store(services: Runtime) -> RunStore:
    return services.manager._store  # pyright: ignore[reportPrivateUsage]


async def test_a_run_whose_process_died_is_closed_by_another_which_tells(
    user: User, upstream: Upstream, store: RunStore
) -> None:
    upstream.script("scripted", Script(text=LONG, hold_after_chars=300))
    turn = await user.ask()
    async with asyncio.timeout(60):
        while (await user.stored(turn)).text != LONG[:300]:
            await asyncio.sleep(0.02)
    told: asyncio.Queue[StoredRun] = asyncio.Queue()
    other = StreamManager(SharedLogs(), store, on_lost=told.put_nowait, heartbeat=AT_ONCE)
    assert await other.recover() == ()
    async with asyncio.timeout(60):
        lost = await told.get()
    assert (lost.run_id, lost.text, lost.status) == (turn.run_id, LONG[:300], StreamingStatus.INTERRUPTED)
    assert lost.metadata["stop_reason"] == "lost"
    await other.aclose()
    upstream.release("scripted")
    await user.read(turn)


async def test_a_process_that_slept_closes_neither_its_own_runs_nor_those_of_others(
    user: User, upstream: Upstream, store: RunStore
) -> None:
    upstream.script("scripted", Script(text=LONG, hold_after_chars=300))
    own, other = await user.ask(), await user.ask()
    time, closed = [0.0], list[StoredRun]()
    heartbeat = Heartbeat(
        store, lambda: frozenset({own.run_id}), closed.append, HeartbeatTimes(lost_seconds=0), now=lambda: time[0]
    )
    time[0] = 3600.0
    await heartbeat.beat()
    assert closed == []
    await heartbeat.beat()
    assert [run.run_id for run in closed] == [other.run_id]
    upstream.release("scripted")
    for turn in (own, other):
        await user.read(turn)


async def test_a_database_that_is_away_costs_one_line_in_the_log(
    user: User, settings: Settings, store: RunStore, caplog: pytest.LogCaptureFixture
) -> None:
    heartbeat = Heartbeat(store, lambda: frozenset({"r"}), lambda _: None, HeartbeatTimes())
    path = settings.data_dir / "rivulet.db"
    with closing(sqlite3.connect(path, isolation_level=None)) as database:
        database.execute("ALTER TABLE run RENAME TO away")
        with caplog.at_level(logging.WARNING, logger="app.streaming.heartbeat"):
            for _ in range(3):
                await heartbeat.beat()
        database.execute("ALTER TABLE away RENAME TO run")
    assert [record.message for record in caplog.records if record.name == "app.streaming.heartbeat"] == [
        "The heartbeat does not reach the database: DatabaseUnavailable"
    ]
    await heartbeat.beat()


async def test_the_server_beats_for_what_it_writes(user: User, upstream: Upstream, store: RunStore) -> None:
    upstream.script("scripted", Script(text=LONG, hold_after_chars=300))
    turn = await user.ask()
    manager = user.services.manager
    await manager._heartbeat.beat()  # pyright: ignore[reportPrivateUsage]
    assert await store.close_lost(30, frozenset()) == ()
    upstream.release("scripted")
    assert isinstance((await user.read(turn))[-1], Completed)


async def test_a_follower_learns_from_storage_of_an_end_that_the_bus_never_told(
    user: User, upstream: Upstream, store: RunStore
) -> None:
    upstream.script("scripted", Script(text=LONG, hold_after_chars=300))
    turn = await user.ask()
    await user.read_until(turn, 300)
    logs = SharedLogs()  # they know the run, and will hear nothing of it
    logs.open(turn.run_id)
    manager = StreamManager(logs, store, silence_seconds=0.05)
    events = asyncio.create_task(anext(manager.follow(turn.run_id)))
    await asyncio.wait({events}, timeout=0.2)
    assert not events.done()
    await store.finish(turn.run_id, RunOutcome(StreamingStatus.INTERRUPTED, LONG[:300], metadata={"stop_reason": "x"}))
    async with asyncio.timeout(60):
        batch = await events
    assert "".join(event.text for event in batch if isinstance(event, Text)) == LONG[:300]
    assert [type(event) for event in batch if is_terminal(event)] == [Interrupted]
    upstream.release("scripted")
    await user.read(turn)


async def test_silence_loses_and_doubles_nothing(user: User, upstream: Upstream, store: RunStore) -> None:
    upstream.script("scripted", Script(text=LONG, chars_per_second=4000, chunk_chars=3))
    turn = await user.ask()
    logs = user.services.manager._logs  # pyright: ignore[reportPrivateUsage]
    impatient = StreamManager(logs, store, silence_seconds=0.001)
    text = ""
    events = [event async for batch in impatient.follow(turn.run_id) for event in batch]
    for event in events:
        if isinstance(event, Text):  # the ending may come from storage, with the whole text at offset 0
            assert event.offset in (0, len(text))
            text = text[: event.offset] + event.text
    assert text == LONG
    assert [type(event) for event in events if is_terminal(event)] == [Completed]
