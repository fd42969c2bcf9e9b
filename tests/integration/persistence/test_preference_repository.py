import asyncio
from typing import Any

import pytest

from app.persistence.database import Database
from app.persistence.errors import DatabaseUnavailable
from app.persistence.preferences import PreferenceRepository


@pytest.fixture
def preferences(database: Database) -> PreferenceRepository:
    return PreferenceRepository(database)


async def test_nothing_is_preferred_at_first(preferences: PreferenceRepository, user_id: str) -> None:
    assert await preferences.get_all(user_id) == {}


@pytest.mark.parametrize("value", ["traditional", "", 30, 1.5, True, None, [1, "two"], {"theme": {"dark": None}}])
async def test_any_json_value_is_kept(preferences: PreferenceRepository, user_id: str, value: Any) -> None:
    await preferences.set(user_id, "key", value)
    assert await preferences.get_all(user_id) == {"key": value}


async def test_the_last_writer_wins(preferences: PreferenceRepository, user_id: str) -> None:
    await preferences.set(user_id, "mode", "streaming")
    await preferences.set(user_id, "speed", 80)
    await preferences.set(user_id, "mode", "traditional")
    assert await preferences.get_all(user_id) == {"mode": "traditional", "speed": 80}


async def test_tabs_that_choose_at_once_do_not_collide(preferences: PreferenceRepository, user_id: str) -> None:
    await asyncio.gather(*(preferences.set(user_id, "speed", number) for number in range(10)))
    assert (await preferences.get_all(user_id))["speed"] in range(10)


async def test_preferences_are_a_users_own(preferences: PreferenceRepository, user_id: str, stranger_id: str) -> None:
    await preferences.set(user_id, "mode", "traditional")
    await preferences.set(stranger_id, "mode", "streaming")
    assert await preferences.get_all(user_id) == {"mode": "traditional"}


async def test_nobody_has_no_preferences(preferences: PreferenceRepository) -> None:
    with pytest.raises(DatabaseUnavailable):
        await preferences.set("nobody", "mode", "traditional")
