"""Storing as it flows: all of it once, not too often, and never instead of everything else."""

import asyncio
import threading

import pytest

from app.streaming.events import Completed, Started, Status, Text, Thinking, unnumbered
from app.streaming.keeper import INTERVAL_CHARS, Keeper, KeeperTimes, Unsaved
from app.streaming.log import MemoryRunLogs, RunLog
from app.streaming.stitching import Prefix
from app.streaming.store import Piece, RunOutcome


class Store:
    """Keeps what it is given; it may be slow, or refuse."""

    def __init__(self) -> None:
        self.text = self.thinking = ""
        self.pieces: list[Piece] = []
        self.refuses = 0
        self.seconds = 0.0
        self.begun_at: float | None = None

    async def begin(self, run_id: str) -> None:
        self.begun_at = asyncio.get_running_loop().time()

    async def checkpoint(self, run_id: str, text: Piece, thinking: Piece) -> None:
        await asyncio.sleep(self.seconds)
        if self.refuses:
            self.refuses -= 1
            raise OSError("disk full")
        self.pieces.append(text)
        self.text = self.text[: text.start] + text.text
        self.thinking = self.thinking[: thinking.start] + thinking.text

    async def finish(self, run_id: str, outcome: RunOutcome) -> None: ...


AT_ONCE = KeeperTimes(begin_seconds=0.0, interval_seconds=0.0)
LATER = KeeperTimes(begin_seconds=0.0, interval_seconds=3600.0)


async def until_equal(store: Store, text: str) -> None:
    async with asyncio.timeout(60):
        while store.text != text:
            await asyncio.sleep(0.001)


def opened() -> RunLog:
    return MemoryRunLogs(retained_events=8).open("r")


async def test_all_that_comes_is_stored_piece_by_piece_and_no_character_twice() -> None:
    log, store = opened(), Store()
    keeping = asyncio.create_task(Keeper(log, store, Unsaved(), times=AT_ONCE).run())
    await log.append(Started(*unnumbered, "m", "p/x"))
    text = ""
    for number in range(100):  # more than the log keeps, so that a snapshot comes among them
        await log.append(Text(*unnumbered, 0, f"{number}·"))
        await log.append(Thinking(*unnumbered, 0, "t"))
        text += f"{number}·"
        if number % 30 == 0:
            await until_equal(store, text)
    await until_equal(store, text)
    assert store.thinking == "t" * 100
    assert sum(len(piece.text) for piece in store.pieces) == len(text)
    await log.append(Completed(*unnumbered, "end_turn"))
    await keeping


def test_the_database_has_nothing_to_do_for_a_run_while_its_first_words_come(in_virtual_time: asyncio.Runner) -> None:
    async def begun_after() -> float:
        loop, store = asyncio.get_running_loop(), Store()
        began = loop.time()
        keeping = asyncio.create_task(Keeper(opened(), store, Unsaved()).run())
        await asyncio.sleep(10)
        keeping.cancel()
        assert store.begun_at is not None
        return store.begun_at - began

    assert in_virtual_time.run(begun_after()) == pytest.approx(KeeperTimes().begin_seconds)
    assert KeeperTimes().begin_seconds >= 0.2


async def test_what_stands_already_of_a_continued_answer_is_not_stored_again() -> None:
    log, store = opened(), Store()
    store.text, store.thinking = "before ", "hm"
    keeper = Keeper(log, store, Unsaved(), Prefix("before ", "hm"), AT_ONCE)
    keeping = asyncio.create_task(keeper.run())
    for event in (Thinking(*unnumbered, 0, "hm"), Text(*unnumbered, 0, "before "), Text(*unnumbered, 0, "after")):
        await log.append(event)
    await until_equal(store, "before after")
    assert store.thinking == "hm"
    assert store.pieces == [Piece(7, "after")]
    keeping.cancel()


async def test_a_little_waits_and_much_does_not() -> None:
    log, store = opened(), Store()
    keeping = asyncio.create_task(Keeper(log, store, Unsaved(), times=LATER).run())
    await log.append(Text(*unnumbered, 0, "x" * (INTERVAL_CHARS - 1)))
    await asyncio.sleep(0.3)
    assert store.pieces == []
    await log.append(Text(*unnumbered, 0, "x"))
    await until_equal(store, "x" * INTERVAL_CHARS)
    assert len(store.pieces) == 1
    keeping.cancel()


async def test_what_could_not_be_stored_is_stored_with_the_next_and_told_meanwhile() -> None:
    log, store, told = opened(), Store(), list[bool]()
    unsaved = Unsaved(lambda: told.append(bool(unsaved)))
    store.refuses = 2
    keeping = asyncio.create_task(Keeper(log, store, unsaved, times=AT_ONCE).run())
    await log.append(Text(*unnumbered, 0, "one "))
    await asyncio.sleep(0)
    await log.append(Text(*unnumbered, 0, "two"))
    await until_equal(store, "one two")
    assert told == [True, False]
    keeping.cancel()


async def test_a_write_that_only_takes_long_is_told_too() -> None:
    log, store, told = opened(), Store(), list[bool]()
    unsaved = Unsaved(lambda: told.append(bool(unsaved)))
    store.seconds = 0.2
    times = KeeperTimes(begin_seconds=0.0, interval_seconds=0.0, slow_seconds=0.0)
    keeping = asyncio.create_task(Keeper(log, store, unsaved, times=times).run())
    await log.append(Text(*unnumbered, 0, "one"))
    await until_equal(store, "one")
    assert told[:2] == [True, False]
    keeping.cancel()


def test_only_the_first_and_the_last_run_behind_are_told() -> None:
    told: list[bool] = []
    unsaved = Unsaved(lambda: told.append(bool(unsaved)))
    for note in (unsaved.behind, unsaved.behind):
        note("a")
    unsaved.behind("b")
    unsaved.stored("a")
    assert told == [True]
    unsaved.stored("b")
    unsaved.stored("b")
    assert told == [True, False]


async def grown(store: Store) -> None:
    log = opened()
    keeping = asyncio.create_task(Keeper(log, store, Unsaved(), times=LATER).run())
    await log.append(Text(*unnumbered, 0, "x" * (INTERVAL_CHARS + 500)))
    await asyncio.sleep(0.01)
    await log.append(Status(*unnumbered, "waiting"))  # an event without text, in the middle of the write
    await until_equal(store, "x" * (INTERVAL_CHARS + 500))
    keeping.cancel()


def test_an_event_without_text_during_a_write_holds_nothing_up() -> None:
    """In a thread, because what it guards against is a loop that never lets go."""
    store = Store()
    store.seconds = 0.05
    thread = threading.Thread(target=lambda: asyncio.run(grown(store)), daemon=True)
    thread.start()
    thread.join(120)
    assert not thread.is_alive()
