"""What each user prefers, key by key."""

from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session
from sqlmodel import col

from app.persistence.tables import UserPreferenceRow
from app.persistence.transactions import Repository, reads, writes
from app.persistence.upsert import insert_into

_UNREADABLE = (ValueError, RecursionError)  # what the JSON decoder raises


class PreferenceRepository(Repository):
    """Keep preferences with their user; a value is anything JSON can say.

    Every method raises `DatabaseUnavailable` when the database cannot be read or written in time.
    """

    async def get_all(self, user_id: str) -> dict[str, Any]:
        """Return every stored preference of a user; None stands for a value that is not JSON."""
        try:
            return await self._all(user_id)
        except _UNREADABLE:  # somebody has edited the database by hand; now each value is read by itself
            return {key: await self._get(user_id, key) for key in await self._keys(user_id)}

    @writes
    def set(self, session: Session, user_id: str, key: str, value: Any) -> None:
        """Store one preference; the last writer wins."""
        changed = {"value": value, "updated_at": self.database.now()}
        insert = insert_into(session, UserPreferenceRow).values(user_id=user_id, key=key, **changed)
        session.execute(insert.on_conflict_do_update(index_elements=["user_id", "key"], set_=changed))

    @reads
    def _all(self, session: Session, user_id: str) -> dict[str, Any]:
        query = select(UserPreferenceRow).where(col(UserPreferenceRow.user_id) == user_id)
        return {preference.key: preference.value for preference in session.scalars(query)}

    @reads
    def _keys(self, session: Session, user_id: str) -> tuple[str, ...]:
        query = select(col(UserPreferenceRow.key)).where(col(UserPreferenceRow.user_id) == user_id)
        return tuple(session.scalars(query))

    @reads
    def _get(self, session: Session, user_id: str, key: str) -> Any:
        query = select(col(UserPreferenceRow.value)).where(
            col(UserPreferenceRow.user_id) == user_id, col(UserPreferenceRow.key) == key
        )
        try:
            return session.scalar(query)
        except _UNREADABLE:
            return None
