"""Writes of many in few transactions: each once, each told how it went."""

import asyncio
from collections.abc import Sequence

import pytest

from app.persistence.group_commit import GroupCommit


async def test_what_comes_during_a_write_is_in_the_next_one() -> None:
    batches: list[list[int]] = []
    going_on = asyncio.Event()

    async def write(items: Sequence[int]) -> None:
        batches.append(list(items))
        await going_on.wait()

    group = GroupCommit(write)
    puts = [asyncio.create_task(group.put(0))]
    await asyncio.sleep(0)
    await asyncio.sleep(0)
    puts += [asyncio.create_task(group.put(number)) for number in (1, 2, 3)]
    await asyncio.sleep(0)
    going_on.set()
    await asyncio.gather(*puts)
    assert batches == [[0], [1, 2, 3]]
    await group.put(4)
    assert batches[-1] == [4]


async def test_a_failure_is_told_to_all_of_its_batch_and_to_nobody_else() -> None:
    async def write(items: Sequence[int]) -> None:
        await asyncio.sleep(0)
        if 1 in items:
            raise OSError("disk full")

    group = GroupCommit(write)
    first = asyncio.create_task(group.put(0))
    await asyncio.sleep(0)
    await asyncio.sleep(0)
    results = await asyncio.gather(group.put(1), group.put(2), first, return_exceptions=True)
    assert [type(result) for result in results] == [OSError, OSError, type(None)]
    await group.put(3)


async def test_one_who_no_longer_waits_costs_the_others_nothing() -> None:
    written: list[int] = []

    async def write(items: Sequence[int]) -> None:
        await asyncio.sleep(0)
        written.extend(items)

    group = GroupCommit(write)
    gone, there = asyncio.create_task(group.put(1)), asyncio.create_task(group.put(2))
    await asyncio.sleep(0)
    gone.cancel()
    await there
    assert written == [1, 2]
    with pytest.raises(asyncio.CancelledError):
        await gone
