"""The log: any interleaving of append, read, drop, resume and interrupt gives every follower the same text."""

import asyncio
from contextlib import aclosing

import pytest
from hypothesis import event, given, settings
from hypothesis import strategies as st

from app.streaming.events import (
    Completed,
    Interrupted,
    Started,
    StreamEvent,
    Text,
    Thinking,
    Usage,
    is_terminal,
    unnumbered,
)
from app.streaming.log import MemoryRunLogs, RunLog, UnknownRunError, follow, seq_after
from app.streaming.transcript import Transcript, apply

PIECES = [f"{number}·" for number in range(40)]
TOLD: list[StreamEvent] = [*(Text(*unnumbered, 0, piece) for piece in PIECES), Completed(*unnumbered, "end_turn")]


class Follower:
    """Follows in bouts: each bout takes a few batches, then drops; the next resumes where it was."""

    def __init__(self, log: RunLog, bouts: list[int]) -> None:
        self._log = log
        self._bouts = bouts
        self.transcript = Transcript("r")
        self.seq = 0
        self.text = ""
        self.batches: list[tuple[StreamEvent, ...]] = []

    async def run(self) -> None:
        for batches in [*self._bouts, 10**6]:
            if self.transcript.terminal is None:
                await self._bout(batches)

    async def _bout(self, batches: int) -> None:
        async with aclosing(follow(self._log, self.seq)) as following:
            async for batch in following:
                self._take(batch)
                await asyncio.sleep(0)
                batches -= 1
                if batches <= 0:
                    return

    def _take(self, batch: tuple[StreamEvent, ...]) -> None:
        self.batches.append(batch)
        for told in batch:
            apply(self.transcript, told)
        seq = seq_after(batch, self.seq)
        assert seq > self.seq  # nothing is told twice
        self.seq = seq


@settings(max_examples=150, deadline=None)
@given(
    retained=st.integers(1, 60),
    bouts=st.lists(st.lists(st.integers(1, 6), max_size=8), min_size=1, max_size=4),
    rests=st.lists(st.integers(0, 3), min_size=41, max_size=41),
    joins=st.lists(st.integers(0, 41), min_size=4, max_size=4),
    stop_at=st.integers(0, 60),
)
def test_every_follower_gets_the_same_text_with_no_gap_and_no_duplicate(
    retained: int, bouts: list[list[int]], rests: list[int], joins: list[int], stop_at: int
) -> None:
    async def scenario() -> None:
        log = MemoryRunLogs(retained_events=retained).open("r")
        followers = {Follower(log, mine): at for mine, at in zip(bouts, joins, strict=False)}
        running: list[asyncio.Task[None]] = []
        for position, told in enumerate([*TOLD, None]):
            running += [asyncio.create_task(follower.run()) for follower, at in followers.items() if at == position]
            if position == stop_at:
                await log.interrupt()
            if told is None:
                break
            for _ in range(rests[position]):
                await asyncio.sleep(0)
            await log.append(Interrupted(*unnumbered, "user") if position > stop_at and is_terminal(told) else told)
        if log.transcript.terminal is None:
            await log.append(Interrupted(*unnumbered, "user"))
        assert len(running) == len(followers)
        async with asyncio.timeout(60):
            await asyncio.gather(*running)
        expected = "".join(PIECES[:stop_at])
        for follower in followers:
            assert str(follower.transcript.text) == expected
            assert follower.transcript.terminal == log.transcript.terminal
            is_late = retained < len(PIECES) and any(
                isinstance(told, Text) and len(told.text) > len("39·") for batch in follower.batches for told in batch
            )
            event(f"snapshot: {is_late}")

    asyncio.run(scenario())


async def test_a_reader_that_keeps_up_sees_every_event_once_and_in_order() -> None:
    log = MemoryRunLogs(retained_events=1).open("r")
    follower = Follower(log, [])
    task = asyncio.create_task(follower.run())
    for told in TOLD:
        await log.append(told)
        for _ in range(4):
            await asyncio.sleep(0)
    await task
    assert [told.seq for batch in follower.batches for told in batch] == list(range(1, len(TOLD) + 1))
    assert all(len(batch) == 1 for batch in follower.batches)


@pytest.mark.parametrize("behind", range(1, 7))
async def test_a_reader_is_given_events_as_long_as_they_are_kept_and_the_snapshot_beyond(behind: int) -> None:
    retained = 4
    log = MemoryRunLogs(retained_events=retained).open("r")
    for told in TOLD[:10]:
        await log.append(told)
    batch = await log.read(10 - behind)
    assert batch is not None
    if behind <= retained:
        assert [told.seq for told in batch] == list(range(11 - behind, 11))
    else:
        assert batch == (Text("r", 10, 0, "".join(PIECES[:10])),)


async def test_events_are_numbered_and_text_gets_its_offset() -> None:
    log = MemoryRunLogs().open("r")
    for told in (
        Started(*unnumbered, "m", "p/x"),
        Text(*unnumbered, 0, "ab"),
        Thinking(*unnumbered, 0, "t"),
        Text(*unnumbered, 0, "c"),
    ):
        await log.append(told)
    assert await log.read(0) == (
        Started("r", 1, "m", "p/x"),
        Text("r", 2, 0, "ab"),
        Thinking("r", 3, 0, "t"),
        Text("r", 4, 2, "c"),
    )


async def test_the_writer_never_waits_for_a_slow_follower() -> None:
    log = MemoryRunLogs(retained_events=8).open("r")
    following = follow(log)
    await log.append(TOLD[0])
    assert await anext(following) == (Text("r", 1, 0, PIECES[0]),)
    for told in TOLD[1:]:  # the follower does not move meanwhile
        await log.append(told)
    caught_up = await anext(following)
    assert caught_up[0] == Text("r", len(TOLD), 0, "".join(PIECES))
    assert is_terminal(caught_up[-1])
    assert await anext(following, None) is None


async def test_a_place_never_falls_back_to_the_older_events_of_a_snapshot() -> None:
    log = MemoryRunLogs(retained_events=10).open("r")
    for told in (Started(*unnumbered, "m", "p/x"), *TOLD[:30], Usage(*unnumbered, 5, None), *TOLD[30:39]):
        await log.append(told)
    snapshot = await log.read(0)
    assert snapshot is not None
    assert max(told.seq for told in snapshot) == log.transcript.last_seq
    assert seq_after(snapshot, 0) == log.transcript.last_seq
    assert seq_after((snapshot[0],), 20) == 20
    assert seq_after((), 7) == 7


async def test_a_wait_ends_with_what_comes_or_with_nothing() -> None:
    log = MemoryRunLogs().open("r")
    assert await log.read(0, 0) == ()
    assert await log.read(0, 0.001) == ()
    waiting = asyncio.create_task(log.read(0, 60))
    await asyncio.sleep(0)
    await log.append(TOLD[0])
    assert await waiting == (Text("r", 1, 0, PIECES[0]),)
    await log.append(TOLD[-1])
    assert await log.read(1) == (Completed("r", 2, "end_turn"),)
    assert await log.read(2) is None


async def test_after_a_stop_only_the_ending_is_added_and_after_that_nothing() -> None:
    log = MemoryRunLogs().open("r")
    await log.append(TOLD[0])
    assert await log.interrupt()
    await log.append(TOLD[1])
    await log.append(Interrupted(*unnumbered, "user"))
    await log.append(TOLD[-1])
    assert str(log.transcript.text) == PIECES[0]
    assert log.transcript.terminal == Interrupted("r", 2, "user")


async def ended(logs: MemoryRunLogs, run_id: str, *told: StreamEvent) -> None:
    log = logs.open(run_id)
    for one in (*told, Completed(*unnumbered, "end_turn")):
        await log.append(one)


async def test_the_ended_runs_that_are_kept_are_few() -> None:
    logs = MemoryRunLogs(retained_runs=3)
    for number in range(10):
        await ended(logs, f"run{number}")
    for number in range(7):
        with pytest.raises(UnknownRunError):
            logs.get(f"run{number}")
    for number in range(7, 10):
        assert await logs.get(f"run{number}").read(0) == (Completed(f"run{number}", 1, "end_turn"),)


@pytest.mark.parametrize("kind", [Text, Thinking])
async def test_the_text_and_the_thinking_that_are_kept_of_ended_runs_are_bounded(kind: type[Text | Thinking]) -> None:
    logs = MemoryRunLogs(retained_chars=100)
    for number in range(4):
        await ended(logs, f"run{number}", kind(*unnumbered, 0, "x" * 40))
    for number in (0, 1):
        with pytest.raises(UnknownRunError):
            logs.get(f"run{number}")
    assert logs.get("run2")
    assert logs.get("run3")
    await ended(logs, "long", kind(*unnumbered, 0, "x" * 1000))
    assert logs.get("long")


async def test_a_live_run_is_kept_whatever_ends_meanwhile() -> None:
    logs = MemoryRunLogs(retained_runs=1)
    live = logs.open("live")
    for number in range(5):
        await ended(logs, f"run{number}")
    assert logs.get("live") is live


async def test_an_interrupt_before_the_first_event_is_remembered() -> None:
    log = MemoryRunLogs().open("r")
    assert await log.interrupt("user")
    assert await log.interrupt("shutdown")
    assert await log.interrupted() == "user"


async def test_an_ended_run_cannot_be_interrupted_and_one_that_never_began_is_forgotten() -> None:
    logs = MemoryRunLogs()
    await ended(logs, "r")
    assert not await logs.get("r").interrupt()
    logs.open("never")
    logs.close("never")
    with pytest.raises(UnknownRunError):
        logs.get("never")
