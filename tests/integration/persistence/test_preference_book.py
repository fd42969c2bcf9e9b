"""The preferences of a user: cached, told to every tab, and there even when the database is not."""

import asyncio
import logging
import time
from typing import Any

import pytest
from sqlalchemy import text

from app.errors import BadPreferenceError
from app.persistence.database import Database
from app.persistence.errors import DatabaseUnavailable
from app.persistence.preferences import PreferenceRepository
from app.services import preference_book
from app.services.feed import PREFERENCES, ConversationFeed
from app.services.preference_book import PreferenceBook
from app.services.preferences import CursorStyle, Mode, Preferences, Theme


@pytest.fixture
def feed() -> ConversationFeed:
    return ConversationFeed()


@pytest.fixture
def book(database: Database, feed: ConversationFeed) -> PreferenceBook:
    return PreferenceBook(PreferenceRepository(database), feed)


async def test_a_change_holds_at_once_and_in_the_next_process(
    book: PreferenceBook, database: Database, user_id: str
) -> None:
    assert await book.of(user_id) == Preferences()
    await book.set(user_id, "theme", "dark")
    assert await book.of(user_id) == Preferences(theme=Theme.DARK)
    restarted = PreferenceBook(PreferenceRepository(database), ConversationFeed())
    assert await restarted.of(user_id) == Preferences(theme=Theme.DARK)


async def test_preferences_are_read_from_the_database_once(
    book: PreferenceBook, user_id: str, statements: list[str]
) -> None:
    for _ in range(3):
        await book.of(user_id)
    assert len(statements) == 1


async def test_readers_and_writers_at_once_end_with_what_is_stored(
    book: PreferenceBook, database: Database, user_id: str
) -> None:
    changes = [book.set(user_id, "characters_per_second", speed) for speed in range(10, 30)]
    await asyncio.gather(*(step for change in changes for step in (book.of(user_id), change, book.of(user_id))))
    stored = await PreferenceRepository(database).get_all(user_id)
    assert (await book.of(user_id)).characters_per_second == stored["characters_per_second"]


async def test_a_change_that_was_cancelled_is_still_read_right(
    book: PreferenceBook, database: Database, user_id: str
) -> None:
    await book.of(user_id)
    change = asyncio.create_task(book.set(user_id, "mode", "traditional"))
    await asyncio.sleep(0)
    change.cancel()
    await asyncio.wait({change})
    stored = await PreferenceRepository(database).get_all(user_id)
    assert (await book.of(user_id)).mode == stored.get("mode", Mode.STREAMING)


async def test_every_tab_of_the_user_hears_of_a_change(
    book: PreferenceBook, feed: ConversationFeed, user_id: str, stranger_id: str
) -> None:
    with feed.watcher(user_id) as mine, feed.watcher(user_id) as other_tab, feed.watcher(stranger_id) as strange:
        await book.set(user_id, "cursor", "bar")
        assert mine.changed == other_tab.changed == {PREFERENCES}
        assert strange.changed == set()
    assert (await book.of(stranger_id)).cursor is CursorStyle.BLOCK


@pytest.mark.parametrize(("key", "value"), [("theme", "pink"), ("nothing", 1)])
async def test_a_bad_value_is_not_stored(
    book: PreferenceBook, database: Database, user_id: str, key: str, value: Any
) -> None:
    with pytest.raises(BadPreferenceError):
        await book.set(user_id, key, value)
    assert await PreferenceRepository(database).get_all(user_id) == {}


async def test_a_bad_stored_value_is_logged_once(
    book: PreferenceBook, database: Database, user_id: str, caplog: pytest.LogCaptureFixture
) -> None:
    repository = PreferenceRepository(database)
    await repository.set(user_id, "theme", "from an older version")
    await repository.set(user_id, "mode", "traditional")
    with caplog.at_level(logging.WARNING):
        for _ in range(3):
            assert await book.of(user_id) == Preferences(mode=Mode.TRADITIONAL)
    assert [record.getMessage() for record in caplog.records] == [
        "The stored preference “theme” is not valid; its default is used instead"
    ]


@pytest.mark.parametrize("url", ["sqlite"], indirect=True)  # PostgreSQL itself refuses such a value
@pytest.mark.parametrize("raw", ["not JSON", "", "{", "[" * 100_000, "1e999"])
async def test_a_value_that_is_not_json_costs_only_itself(
    book: PreferenceBook, database: Database, user_id: str, raw: str
) -> None:
    repository = PreferenceRepository(database)
    await repository.set(user_id, "mode", "traditional")
    await repository.set(user_id, "theme", "dark")
    await database.write(
        lambda session: session.execute(
            text("UPDATE user_preference SET value = :raw WHERE key = 'theme'"), {"raw": raw}
        )
    )
    assert await book.of(user_id) == Preferences(mode=Mode.TRADITIONAL)


async def test_the_defaults_hold_until_a_broken_database_is_back(
    book: PreferenceBook, database: Database, user_id: str, caplog: pytest.LogCaptureFixture
) -> None:
    await PreferenceRepository(database).set(user_id, "theme", "dark")
    await _rename(database, "user_preference", "elsewhere")
    assert await book.of(user_id) == Preferences()
    assert "The preferences cannot be read" in caplog.text
    await _rename(database, "elsewhere", "user_preference")
    assert await book.of(user_id) == Preferences(theme=Theme.DARK)


async def test_what_is_known_holds_while_the_database_is_broken(
    book: PreferenceBook, database: Database, user_id: str
) -> None:
    await book.set(user_id, "theme", "dark")
    assert (await book.of(user_id)).theme is Theme.DARK
    await _rename(database, "user_preference", "elsewhere")
    with pytest.raises(DatabaseUnavailable):
        await book.set(user_id, "theme", "light")
    assert (await book.of(user_id)).theme is Theme.DARK


async def test_readers_at_once_wait_for_a_silent_database_no_longer_than_one(
    book: PreferenceBook, database: Database, user_id: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    await book.set(user_id, "theme", "dark")
    assert (await book.of(user_id)).theme is Theme.DARK
    await _rename(database, "user_preference", "elsewhere")
    with pytest.raises(DatabaseUnavailable):
        await book.set(user_id, "theme", "light")
    silence = asyncio.Event()
    monkeypatch.setattr(PreferenceRepository, "get_all", lambda *_: silence.wait())
    monkeypatch.setattr(preference_book, "READ_SECONDS", 0.5)
    begun = time.monotonic()
    read = await asyncio.gather(*(book.of(user_id) for _ in range(200)))
    assert {one.theme for one in read} == {Theme.DARK}
    assert time.monotonic() - begun < 50  # one after the other would take 100


async def _rename(database: Database, old: str, new: str) -> None:
    await database.write(lambda session: session.execute(text(f"ALTER TABLE {old} RENAME TO {new}")))
