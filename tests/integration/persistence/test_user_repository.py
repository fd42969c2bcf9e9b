import asyncio

from app.persistence.database import Database
from app.persistence.users import UserRepository


async def test_the_local_user_is_made_once(database: Database) -> None:
    users = UserRepository(database)
    assert await users.local_user() == await users.local_user()


async def test_simultaneous_first_visits_agree_on_the_local_user(database: Database, url: str) -> None:
    other = Database(url)
    visits = [UserRepository(one).local_user() for one in (database, other) for _ in range(5)]
    found = await asyncio.gather(*visits)
    await other.aclose()
    assert len(set(found)) == 1
