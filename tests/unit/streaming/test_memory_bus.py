"""The bus: any interleaving of publish, follow, drop, resume and interrupt gives every follower the same text."""

import asyncio
from contextlib import aclosing

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.streaming.bus import UnknownRunError
from app.streaming.events import Completed, StreamEvent, Text, is_terminal
from app.streaming.memory_bus import MemoryBus
from app.streaming.transcript import Transcript, apply

PIECES = [f"{number}·" for number in range(40)]


def told() -> list[StreamEvent]:
    events: list[StreamEvent] = []
    offset = 0
    for seq, piece in enumerate(PIECES, 1):
        events.append(Text("r", seq, offset, piece))
        offset += len(piece)
    return [*events, Completed("r", len(PIECES) + 1, "end_turn")]


class Follower:
    """Follows in bouts: each bout takes a few batches, then drops; the next resumes where it was."""

    def __init__(self, bus: MemoryBus, bouts: list[int]) -> None:
        self._bus = bus
        self._bouts = bouts
        self.transcript = Transcript("r")
        self.seen: list[int] = []

    async def run(self) -> None:
        for batches in [*self._bouts, 10**6]:
            if self.transcript.terminal is None:
                await self._bout(batches)

    async def _bout(self, batches: int) -> None:
        async with aclosing(self._bus.follow("r", self.transcript.last_seq)) as following:
            async for batch in following:
                for event in batch:
                    apply(self.transcript, event)
                    self.seen.append(event.seq)
                await asyncio.sleep(0)
                batches -= 1
                if batches <= 0:
                    return


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
        bus = MemoryBus(retained_events=retained)
        bus.open("r")
        followers = [Follower(bus, mine) for mine in bouts]
        tasks: list[asyncio.Task[None]] = []
        published: list[StreamEvent] = []
        for position, event in enumerate(told()):
            joining = [follower for follower, at in zip(followers, joins, strict=False) if at == position]
            tasks += [asyncio.create_task(follower.run()) for follower in joining]
            if position == stop_at:
                await bus.interrupt("r")
            for _ in range(rests[position]):
                await asyncio.sleep(0)
            is_stopped = position >= stop_at
            event = Completed("r", position + 1, "stopped") if is_stopped else event
            published.append(event)
            await bus.publish(event)
            if is_stopped:
                break
        started = len(tasks)
        tasks += [asyncio.create_task(follower.run()) for follower in followers[started:]]
        async with asyncio.timeout(10):
            await asyncio.gather(*tasks)
        text = "".join(event.text for event in published if isinstance(event, Text))
        for follower in followers:
            if follower.seen:
                assert str(follower.transcript.text) == text
                assert follower.transcript.terminal == published[-1]
                assert follower.seen == sorted(follower.seen)

    asyncio.run(scenario())


async def test_a_reader_that_keeps_up_sees_every_event_once() -> None:
    bus = MemoryBus()
    bus.open("r")
    follower = Follower(bus, [])
    task = asyncio.create_task(follower.run())
    for event in told():
        await bus.publish(event)
        await asyncio.sleep(0)
    await task
    assert follower.seen == list(range(1, len(PIECES) + 2))


async def test_the_producer_never_waits_for_a_slow_follower() -> None:
    bus = MemoryBus(retained_events=8)
    bus.open("r")
    following = bus.follow("r")
    await bus.publish(told()[0])
    assert await anext(following) == (told()[0],)
    for event in told()[1:]:  # the follower does not move meanwhile
        await bus.publish(event)
    caught_up = await anext(following)
    assert caught_up[0] == Text("r", len(PIECES) + 1, 0, "".join(PIECES))
    assert is_terminal(caught_up[-1])


async def test_what_is_kept_of_a_run_is_bounded() -> None:
    bus = MemoryBus(retained_events=8, retained_runs=3)
    for number in range(10):
        bus.open(f"run{number}")
        await bus.publish(Completed(f"run{number}", 1, "end_turn"))
    for number in range(7):
        with pytest.raises(UnknownRunError):
            await anext(bus.follow(f"run{number}"))
    assert await anext(bus.follow("run9")) == (Completed("run9", 1, "end_turn"),)


async def test_an_interrupt_before_the_first_event_is_remembered() -> None:
    bus = MemoryBus()
    bus.open("r")
    assert await bus.interrupt("r", "user")
    assert await bus.interrupt("r", "shutdown")
    assert await bus.interrupted("r") == "user"


async def test_an_ended_or_unknown_run_cannot_be_interrupted() -> None:
    bus = MemoryBus()
    bus.open("r")
    await bus.publish(Completed("r", 1, "end_turn"))
    assert not await bus.interrupt("r")
    assert not await bus.interrupt("nobody")


async def test_the_end_of_a_run_can_be_waited_for() -> None:
    bus = MemoryBus()
    bus.open("r")
    waiting = asyncio.create_task(bus.over("r"))
    await bus.publish(Text("r", 1, 0, "a"))
    await asyncio.sleep(0)
    assert not waiting.done()
    await bus.publish(Completed("r", 2, "end_turn"))
    await waiting
    await bus.over("r")
