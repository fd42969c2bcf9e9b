"""What each user prefers, key by key."""

from typing import Any

from sqlalchemy import select
from sqlmodel import col

from app.persistence.database import Database
from app.persistence.tables import UserPreferenceRow
from app.persistence.uncancelled import uncancelled_methods
from app.persistence.upsert import insert_into

_UNREADABLE = (ValueError, RecursionError)  # what the JSON decoder raises


@uncancelled_methods
class PreferenceRepository:
    """Keep preferences with their user; a value is anything JSON can say.

    Every method raises `DatabaseUnavailable` when the database cannot be read or written in time.
    """

    def __init__(self, database: Database) -> None:
        self._database = database

    async def get_all(self, user_id: str) -> dict[str, Any]:
        """Return every stored preference of a user; None stands for a value that is not JSON."""
        query = select(UserPreferenceRow).where(col(UserPreferenceRow.user_id) == user_id)
        try:
            async with self._database.reading() as session:
                return {preference.key: preference.value for preference in await session.scalars(query)}
        except _UNREADABLE:  # somebody has edited the database by hand; now each value is read by itself
            return {key: await self._get(user_id, key) for key in await self._keys(user_id)}

    async def set(self, user_id: str, key: str, value: Any) -> None:
        """Store one preference; the last writer wins."""
        changed = {"value": value, "updated_at": self._database.now()}
        async with self._database.session() as session:
            insert = insert_into(session, UserPreferenceRow).values(user_id=user_id, key=key, **changed)
            await session.execute(insert.on_conflict_do_update(index_elements=["user_id", "key"], set_=changed))

    async def _keys(self, user_id: str) -> tuple[str, ...]:
        query = select(col(UserPreferenceRow.key)).where(col(UserPreferenceRow.user_id) == user_id)
        async with self._database.reading() as session:
            return tuple(await session.scalars(query))

    async def _get(self, user_id: str, key: str) -> Any:
        query = select(col(UserPreferenceRow.value)).where(
            col(UserPreferenceRow.user_id) == user_id, col(UserPreferenceRow.key) == key
        )
        try:
            async with self._database.reading() as session:
                return await session.scalar(query)
        except _UNREADABLE:
            return None
