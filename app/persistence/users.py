"""Who uses this installation."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session
from sqlmodel import col

from app.persistence.tables import UserRow
from app.persistence.transactions import Repository, writes
from app.persistence.upsert import insert_into

# One fixed id, so that processes which start together on an empty database agree on it.
LOCAL_USER_ID = UUID(int=1).hex


@dataclass(frozen=True, slots=True)
class StoredUser:
    """A user as stored."""

    id: str
    name: str
    created_at: datetime


class UserRepository(Repository):
    """Keep the users."""

    @writes
    def local_user(self, session: Session) -> StoredUser:
        """Return the one user of an installation without accounts, made on first use; raises `DatabaseUnavailable`."""
        row = {"id": LOCAL_USER_ID, "name": "local", "created_at": self.database.now()}
        session.execute(insert_into(session, UserRow).values(row).on_conflict_do_nothing())
        user = session.scalars(select(UserRow).where(col(UserRow.id) == LOCAL_USER_ID)).one()
        return StoredUser(user.id, user.name, user.created_at)
