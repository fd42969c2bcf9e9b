"""Who uses this installation."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import select
from sqlmodel import col

from app.persistence.database import Database
from app.persistence.tables import UserRow
from app.persistence.uncancelled import uncancelled_methods
from app.persistence.upsert import insert_into

# One fixed id, so that processes which start together on an empty database agree on it.
LOCAL_USER_ID = UUID(int=1).hex


@dataclass(frozen=True, slots=True)
class StoredUser:
    """A user as stored."""

    id: str
    name: str
    created_at: datetime


@uncancelled_methods
class UserRepository:
    """Keep the users."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def local_user(self) -> StoredUser:
        """Return the one user of an installation without accounts, made on first use; raises `DatabaseUnavailable`."""
        async with self._database.session() as session:
            row = {"id": LOCAL_USER_ID, "name": "local", "created_at": self._database.now()}
            await session.execute(insert_into(session, UserRow).values(row).on_conflict_do_nothing())
            user = (await session.scalars(select(UserRow).where(col(UserRow.id) == LOCAL_USER_ID))).one()
            return StoredUser(user.id, user.name, user.created_at)
