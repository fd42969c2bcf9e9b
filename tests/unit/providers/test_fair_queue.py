import asyncio
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from providers.fair_queue import FairQueue


def test_free_places_are_given_at_once():
    queue = FairQueue(2)
    with queue.join() as first, queue.join() as second, queue.join() as third:
        assert [first.has_come, second.has_come, third.has_come] == [True, True, False]


def test_everyone_knows_how_many_are_ahead():
    queue = FairQueue(1)
    with queue.join(), queue.join() as second, queue.join() as third:
        assert [second.ahead, third.ahead] == [1, 2]


async def test_turns_come_in_the_order_of_asking():
    queue, served = FairQueue(1), list[int]()

    async def ask(number: int) -> None:
        with queue.join() as turn:
            while not turn.has_come:
                await turn.moved()
            served.append(number)
            await asyncio.sleep(0)

    await asyncio.gather(*(ask(number) for number in range(5)))
    assert served == [0, 1, 2, 3, 4]


async def test_who_gives_up_while_waiting_lets_the_others_move_up():
    queue = FairQueue(1)
    with queue.join():
        with queue.join(), queue.join() as last:
            assert last.ahead == 2
        with queue.join() as next_one:
            assert next_one.ahead == 1


async def test_a_cancelled_asker_frees_the_place():
    queue = FairQueue(1)

    async def hold() -> None:
        with queue.join():
            await asyncio.Event().wait()

    holder = asyncio.create_task(hold())
    await asyncio.sleep(0)
    with queue.join() as turn:
        assert not turn.has_come
        holder.cancel()
        await turn.moved()
        assert turn.has_come


@given(st.lists(st.booleans(), max_size=30), st.integers(1, 3))
def test_places_are_never_lost_or_made(arrivals: list[bool], places: int):
    queue = FairQueue(places)
    inside = list[Any]()
    for arrives in arrivals:
        if arrives or not inside:
            block = queue.join()
            inside.append((block, block.__enter__()))
        else:
            block, _ = inside.pop(0)
            block.__exit__(None, None, None)
        served = sum(turn.has_come for _, turn in inside)
        assert served == min(places, len(inside))
