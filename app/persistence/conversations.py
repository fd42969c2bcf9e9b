"""The conversations of a user: made, listed, renamed, deleted."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, delete, exists, select, tuple_, update
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from app.persistence.database import Database
from app.persistence.tables import WRITING, Conversation, Message, new_id
from app.persistence.uncancelled import uncancelled
from app.persistence.upsert import insert_into

Cursor = tuple[datetime, str]


@dataclass(frozen=True, slots=True)
class StoredConversation:
    """A conversation as stored; `leaf_id` is the tip of the branch that is shown."""

    id: str
    title: str
    model: str
    leaf_id: str | None
    created_at: datetime
    updated_at: datetime


@dataclass(frozen=True, slots=True)
class ConversationSummary:
    """A line of the sidebar; `is_writing` while an answer in it is being made."""

    id: str
    title: str
    updated_at: datetime
    is_writing: bool

    @property
    def cursor(self) -> Cursor:
        """Where the page after this line begins."""
        return self.updated_at, self.id


@uncancelled
class ConversationRepository:
    """Keep conversations; another user's conversation is as good as none."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def create(
        self, user_id: str, title: str, model: str, conversation_id: str | None = None
    ) -> StoredConversation | None:
        """Make a conversation, or return the user's own that has this id; None when the id is another user's."""
        now = self._database.now()
        conversation_id = conversation_id or new_id()
        row = {"id": conversation_id, "user_id": user_id, "title": title, "model": model}
        async with self._database.session() as session:
            insert = insert_into(session, Conversation).values(**row, created_at=now, updated_at=now)
            await session.execute(insert.on_conflict_do_nothing(index_elements=["id"]))
            return await _read(session, user_id, conversation_id)

    async def get(self, user_id: str, conversation_id: str) -> StoredConversation | None:
        """Read one conversation."""
        async with self._database.reading() as session:
            return await _read(session, user_id, conversation_id)

    async def newest(
        self, user_id: str, limit: int = 50, before: Cursor | None = None, down_to: Cursor | None = None
    ) -> tuple[ConversationSummary, ...]:
        """List a page, the last changed first; `before` is the cursor of the last line of the page above.

        With `down_to` it ends, at the latest, with the line of that cursor.
        """
        place = tuple_(col(Conversation.updated_at), col(Conversation.id))
        query = (
            select(col(Conversation.id), col(Conversation.title), col(Conversation.updated_at), _is_writing())
            .where(col(Conversation.user_id) == user_id)
            .order_by(col(Conversation.updated_at).desc(), col(Conversation.id).desc())
            .limit(limit)
        )
        if before is not None:
            query = query.where(place < before)
        if down_to is not None:
            query = query.where(place >= down_to)
        async with self._database.reading() as session:
            return tuple(ConversationSummary(*row) for row in await session.execute(query))

    async def rename(self, user_id: str, conversation_id: str, title: str) -> bool:
        """Give a new title; its place in the list stays."""
        return await self._change(user_id, conversation_id, {"title": title})

    async def set_model(self, user_id: str, conversation_id: str, model: str) -> bool:
        """Choose the model for the next answer."""
        return await self._change(user_id, conversation_id, {"model": model})

    async def set_leaf(self, user_id: str, conversation_id: str, message_id: str) -> bool:
        """Show the branch that ends in this message, which must be of this conversation."""
        is_inside = exists().where(col(Message.id) == message_id, col(Message.conversation_id) == conversation_id)
        return await self._change(user_id, conversation_id, {"leaf_id": message_id}, is_inside)

    async def touch(self, user_id: str, conversation_id: str) -> bool:
        """Move the conversation to the top of the list."""
        return await self._change(user_id, conversation_id, {"updated_at": self._database.now()})

    async def delete(self, user_id: str, conversation_id: str) -> bool:
        """Delete the conversation with all its messages and runs."""
        async with self._database.session() as session:
            deleted = await session.scalars(
                delete(Conversation).where(*_owned(user_id, conversation_id)).returning(col(Conversation.id))
            )
            return deleted.one_or_none() is not None

    async def delete_empty(self, user_id: str, conversation_id: str) -> None:
        """Delete the conversation if nothing has been said in it."""
        owned = select(col(Conversation.id)).where(*_owned(user_id, conversation_id))
        is_used = exists().where(col(Message.conversation_id) == conversation_id)
        async with self._database.session() as session:
            await session.scalars(owned.with_for_update())  # whoever adds a turn has this lock
            await session.execute(delete(Conversation).where(*_owned(user_id, conversation_id), ~is_used))

    async def _change(
        self, user_id: str, conversation_id: str, values: dict[str, Any], *conditions: ColumnElement[bool]
    ) -> bool:
        change = update(Conversation).where(*_owned(user_id, conversation_id), *conditions).values(values)
        async with self._database.session() as session:
            changed = await session.scalars(change.returning(col(Conversation.id)))
            return changed.one_or_none() is not None


def _owned(user_id: str, conversation_id: str) -> tuple[ColumnElement[bool], ...]:
    return col(Conversation.id) == conversation_id, col(Conversation.user_id) == user_id


def _is_writing() -> ColumnElement[bool]:
    return exists().where(
        col(Message.conversation_id) == col(Conversation.id), col(Message.streaming_status).in_(WRITING)
    )


async def _read(session: AsyncSession, user_id: str, conversation_id: str) -> StoredConversation | None:
    row = (await session.scalars(select(Conversation).where(*_owned(user_id, conversation_id)))).one_or_none()
    if row is None:
        return None
    return StoredConversation(row.id, row.title, row.model, row.leaf_id, row.created_at, row.updated_at)
