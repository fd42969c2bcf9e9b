"""The conversations of a user: read, listed, deleted. Their first turn makes them."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ColumnElement, Select, delete, exists, select, tuple_
from sqlalchemy.orm import Session
from sqlmodel import col

from app.persistence.counting import count_conversation
from app.persistence.tables import WRITING, ConversationRow, MessageRow, RunRow
from app.persistence.transactions import Repository, reads, writes

Cursor = tuple[datetime, str]


@dataclass(frozen=True, slots=True)
class StoredConversation:
    """A conversation as stored; `leaf_id` is the tip of the branch that is shown.

    `model` and `thinking` are those chosen with its last turn.
    """

    id: str
    title: str
    model: str
    thinking: str
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


class ConversationRepository(Repository):
    """Keep conversations; another user's conversation is as good as none.

    Every method raises `DatabaseUnavailable` when the database cannot be used.
    """

    @reads
    def get(self, session: Session, user_id: str, conversation_id: str) -> StoredConversation | None:
        """Read one conversation."""
        return _read(session, user_id, conversation_id)

    @reads
    def newest(
        self,
        session: Session,
        user_id: str,
        limit: int = 50,
        before: Cursor | None = None,
        down_to: Cursor | None = None,
    ) -> tuple[ConversationSummary, ...]:
        """List a page, the last changed first; `before` is the cursor of the last line of the page above.

        With `down_to` it ends, at the latest, with the line of that cursor.
        """
        place = tuple_(col(ConversationRow.updated_at), col(ConversationRow.id))
        query = _lines(user_id).limit(limit)
        if before is not None:
            query = query.where(place < before)
        if down_to is not None:
            query = query.where(place >= down_to)
        return tuple(ConversationSummary(*row) for row in session.execute(query))

    @reads
    def lines(
        self, session: Session, user_id: str, conversation_ids: Collection[str]
    ) -> tuple[ConversationSummary, ...]:
        """List these conversations, the last changed first."""
        query = _lines(user_id).where(col(ConversationRow.id).in_(conversation_ids))
        return tuple(ConversationSummary(*row) for row in session.execute(query))

    @writes
    def delete(self, session: Session, user_id: str, conversation_id: str) -> tuple[str, ...] | None:
        """Delete the conversation with all its messages and runs; what is counted of them names nobody and stays.

        Gives the runs that were still writing in it; None when there is no such conversation.
        """
        count_conversation(session, conversation_id)
        unfinished = select(col(RunRow.id)).where(
            col(RunRow.conversation_id) == conversation_id, col(RunRow.status).in_(WRITING)
        )
        run_ids = tuple(session.scalars(unfinished))
        deleted = session.scalars(
            delete(ConversationRow).where(*_owned(user_id, conversation_id)).returning(col(ConversationRow.id))
        )
        return None if deleted.one_or_none() is None else run_ids


def _lines(user_id: str) -> Select[str, str, datetime, bool]:
    return (
        select(col(ConversationRow.id), col(ConversationRow.title), col(ConversationRow.updated_at), _is_writing())
        .where(col(ConversationRow.user_id) == user_id)
        .order_by(col(ConversationRow.updated_at).desc(), col(ConversationRow.id).desc())
    )


def _owned(user_id: str, conversation_id: str) -> tuple[ColumnElement[bool], ...]:
    return col(ConversationRow.id) == conversation_id, col(ConversationRow.user_id) == user_id


def _is_writing() -> ColumnElement[bool]:
    return exists().where(
        col(MessageRow.conversation_id) == col(ConversationRow.id), col(MessageRow.streaming_status).in_(WRITING)
    )


def _read(session: Session, user_id: str, conversation_id: str) -> StoredConversation | None:
    row = session.scalars(select(ConversationRow).where(*_owned(user_id, conversation_id))).one_or_none()
    if row is None:
        return None
    return StoredConversation(row.id, row.title, row.model, row.thinking, row.leaf_id, row.created_at, row.updated_at)
