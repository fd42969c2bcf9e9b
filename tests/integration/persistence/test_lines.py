"""The list of conversations as many tabs read it at once: shared where it can be, and never older than the question."""

import asyncio

import pytest
from sqlalchemy import text

from app.persistence.conversations import ConversationRepository
from app.persistence.database import Database
from app.persistence.errors import DatabaseUnavailable
from app.services.feed import ConversationFeed
from app.services.lines import Lines
from tests.integration.persistence.conftest import Make


@pytest.fixture
def lines(conversations: ConversationRepository) -> Lines:
    return Lines(conversations, ConversationFeed())


async def test_tabs_that_ask_at_once_share_a_reading(
    lines: Lines, make: Make, statements: list[str], user_id: str
) -> None:
    await make()
    statements.clear()
    lists = await asyncio.gather(*(lines.newest(user_id, 50) for _ in range(100)))
    assert len(statements) == 1
    assert {len(one) for one in lists} == {1}


async def test_who_asks_during_a_reading_sees_what_was_stored_before(lines: Lines, make: Make, user_id: str) -> None:
    asked: list[asyncio.Task[int]] = []

    async def count() -> int:
        return len(await lines.newest(user_id, 50))

    for stored in range(1, 21):
        asked.append(asyncio.create_task(count()))
        await asyncio.sleep(0)
        await make()
        assert await count() == stored
    assert all(number <= found <= number + 1 for number, found in enumerate(await asyncio.gather(*asked)))


async def test_lists_of_others_and_of_other_lengths_are_their_own(
    lines: Lines, make: Make, user_id: str, stranger_id: str
) -> None:
    for _ in range(3):
        await make()
    lists = await asyncio.gather(lines.newest(user_id, 50), lines.newest(user_id, 2), lines.newest(stranger_id, 50))
    assert [len(one) for one in lists] == [3, 2, 0]


async def test_a_tab_that_goes_takes_the_list_from_no_other(lines: Lines, make: Make, user_id: str) -> None:
    await make()
    gone, staying = (asyncio.create_task(lines.newest(user_id, 50)) for _ in range(2))
    await asyncio.sleep(0)
    gone.cancel()
    assert len(await staying) == 1


async def test_after_a_failure_the_list_is_read_again(
    lines: Lines, make: Make, database: Database, user_id: str
) -> None:
    await make()
    await _rename(database, "conversation", "elsewhere")
    failed = await asyncio.gather(*(lines.newest(user_id, 50) for _ in range(3)), return_exceptions=True)
    assert all(isinstance(error, DatabaseUnavailable) for error in failed), failed
    await _rename(database, "elsewhere", "conversation")
    assert len(await lines.newest(user_id, 50)) == 1


async def _rename(database: Database, old: str, new: str) -> None:
    await database.write(lambda session: session.execute(text(f"ALTER TABLE {old} RENAME TO {new}")))
