"""What the database is behind with is known while it lasts, and no longer."""

import asyncio
import sqlite3
from contextlib import closing

from app.settings import Settings
from app.streaming.store import RunStore, StreamingStatus
from app.streaming.unsaved import ReportingWriter, Unsaved
from tests.integration.streaming.conftest import User
from tests.upstream import Script, Upstream

LONG = "A river begins as a trickle of melted snow, and ends as wide as a lake. " * 50
BROKEN = "CREATE TRIGGER broken BEFORE UPDATE ON message BEGIN SELECT RAISE(FAIL, 'disk I/O error'); END"


def test_only_the_first_and_the_last_run_behind_are_told() -> None:
    unsaved, told = Unsaved(), list[bool]()
    unsaved.on_change = lambda: told.append(bool(unsaved))
    for note in (unsaved.behind, unsaved.behind):
        note("a")
    unsaved.behind("b")
    unsaved.stored("a")
    assert told == [True]
    unsaved.stored("b")
    unsaved.stored("b")
    assert told == [True, False]


async def test_a_database_that_takes_nothing_wakes_the_tabs_and_wakes_them_when_it_does(
    user: User, upstream: Upstream, settings: Settings
) -> None:
    upstream.script("scripted", Script(text=LONG, hold_after_chars=400))
    manager, feed = user.services.manager, user.services.feed
    turn = await user.ask()
    await user.read_until(turn, 400)
    with feed.watcher(user.id) as watcher, closing(sqlite3.connect(settings.data_dir / "rivulet.db")) as database:
        changes = watcher.changes(10)
        database.execute(BROKEN)
        upstream.release("scripted")
        await user.read(turn)
        assert await anext(changes) == frozenset()
        assert manager.unsaved
        database.execute("DROP TRIGGER broken")
        while manager.unsaved:
            await anext(changes)
        await changes.aclose()
    async with asyncio.timeout(10):
        while manager.running:
            await asyncio.sleep(0.02)
    assert (await user.stored(turn)).status is StreamingStatus.COMPLETE


async def test_a_run_that_was_never_begun_is_not_waited_for(user: User, upstream: Upstream, settings: Settings) -> None:
    upstream.script("scripted", Script(text=LONG, hold_after_chars=0))
    turn = await user.ask()
    with closing(sqlite3.connect(settings.data_dir / "rivulet.db")) as database:
        database.execute(BROKEN)
        await user.services.chat.stop(user.id, turn.run_id)
        await user.read(turn)
        database.execute("DROP TRIGGER broken")
    async with asyncio.timeout(10):
        while user.services.manager.running:
            await asyncio.sleep(0.02)
    assert not user.services.manager.unsaved


async def test_a_write_that_only_takes_long_is_told_too(user: User, upstream: Upstream, settings: Settings) -> None:
    upstream.script("scripted", Script(text=LONG, hold_after_chars=400))
    turn = await user.ask()
    await user.read_until(turn, 400)
    behind = asyncio.Event()
    unsaved = Unsaved()
    unsaved.on_change = behind.set
    store: RunStore = user.services.manager._store  # pyright: ignore[reportPrivateUsage]
    reporting = ReportingWriter(store, unsaved, slow_seconds=0.01)
    with closing(sqlite3.connect(settings.data_dir / "rivulet.db", isolation_level=None)) as database:
        database.execute("BEGIN IMMEDIATE")
        saving = asyncio.create_task(reporting.checkpoint(turn.run_id, LONG[:400], ""))
        async with asyncio.timeout(10):
            await behind.wait()
        assert unsaved
        database.execute("ROLLBACK")
    await saving
    assert not unsaved
    upstream.release("scripted")
    await user.read(turn)
