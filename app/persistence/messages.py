"""The messages of a conversation: a tree, read branch by branch."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, NamedTuple

from sqlalchemy import ColumnElement, func, literal, select, update
from sqlalchemy.orm import Session, aliased
from sqlalchemy.sql.selectable import CTE
from sqlmodel import col

from app.persistence.chunks import Added, read_chunks
from app.persistence.errors import ConversationBusy
from app.persistence.tables import WRITING, ConversationRow, MessageRow, Role, RunRow
from app.persistence.transactions import Repository, reads, writes
from app.persistence.versions import by_parent, newest_leaf
from app.streaming.store import StreamingStatus


@dataclass(frozen=True, slots=True)
class StoredMessage:
    """A message as stored; `text` is what there is to show: of an unfinished answer, the last checkpoint."""

    id: str
    conversation_id: str
    parent_id: str | None
    role: Role
    text: str
    thinking: str
    model: str
    status: StreamingStatus
    error_code: str
    error_sentence: str
    metadata: dict[str, Any]
    created_at: datetime


class Utterance(NamedTuple):
    """What was said in a message."""

    id: str
    parent_id: str | None
    role: str
    text: str


class MessageSize(NamedTuple):
    """How long a message is, with its thinking, in characters."""

    message_id: str
    parent_id: str | None
    chars: int


class MessageRepository(Repository):
    """Keep messages; another user's message is as good as none.

    Every method raises `DatabaseUnavailable` when the database cannot be used.
    """

    @reads
    def get(self, session: Session, user_id: str, message_id: str) -> StoredMessage | None:
        """Read one message."""
        query = select(MessageRow).where(col(MessageRow.id) == message_id, col(MessageRow.user_id) == user_id)
        found = _with_chunks(session, session.scalars(query).all())
        return found[0] if found else None

    @reads
    def branch(
        self, session: Session, user_id: str, conversation_id: str, leaf_id: str | None = None, limit: int = 200
    ) -> tuple[StoredMessage, ...]:
        """Read the newest messages from the root to a leaf, oldest first; by default the branch that is shown."""
        path = _path(user_id, conversation_id, leaf_id, limit)
        query = select(MessageRow).join(path, col(MessageRow.id) == path.c.id).order_by(path.c.depth.desc())
        return _with_chunks(session, session.scalars(query).all())

    @reads
    def sizes(
        self, session: Session, user_id: str, conversation_id: str, leaf_id: str, limit: int
    ) -> tuple[MessageSize, ...]:
        """Say how long each of the newest messages down to a leaf is, the newest first."""
        path = _path(user_id, conversation_id, leaf_id, limit)
        texts = col(MessageRow.content), col(MessageRow.partial_content), col(MessageRow.thinking)
        chars = sum((func.length(text) for text in texts[1:]), func.length(texts[0]))
        query = (
            select(col(MessageRow.id), col(MessageRow.parent_id), chars)
            .join(path, col(MessageRow.id) == path.c.id)
            .order_by(path.c.depth)
        )
        return tuple(MessageSize(*row) for row in session.execute(query))

    @reads
    def versions(
        self, session: Session, user_id: str, conversation_id: str, limit: int = 200, leaf_id: str | None = None
    ) -> Mapping[str, Sequence[str]]:
        """Give the ids of the answers to each question down to a leaf (see `branch`), oldest first; only of several."""
        path = _path(user_id, conversation_id, leaf_id, limit)
        query = (
            select(col(MessageRow.id), col(MessageRow.parent_id))
            .join(path, col(MessageRow.parent_id) == path.c.parent_id)
            .where(col(MessageRow.role) == Role.ASSISTANT.value)  # a branch is of one conversation and of one user
            .order_by(col(MessageRow.created_at), col(MessageRow.id))
        )
        return by_parent((row[0], str(row[1])) for row in session.execute(query))

    @writes
    def show(self, session: Session, user_id: str, conversation_id: str, message_id: str) -> bool:
        """Show the branch through a message, down to its end; False when it is not the user's, of this conversation.

        Raises ConversationBusy while an answer is unfinished.
        """
        if not _lock_conversation(session, user_id, conversation_id):
            return False
        if _has_unfinished_run(session, conversation_id):
            raise ConversationBusy
        if _role(session, user_id, conversation_id, message_id) is None:
            return False
        leaf_id = newest_leaf(session, conversation_id, message_id)
        shown = update(ConversationRow).where(col(ConversationRow.id) == conversation_id)
        session.execute(shown.values(leaf_id=leaf_id))
        return True


def read_history(session: Session, user_id: str, conversation_id: str, limit: int) -> tuple[Utterance, ...]:
    """Read what was said on the branch that is shown, oldest first, and nothing beside it."""
    path = _path(user_id, conversation_id, None, limit)
    query = (
        select(col(MessageRow.id), col(MessageRow.parent_id), col(MessageRow.role), col(MessageRow.content))
        .join(path, col(MessageRow.id) == path.c.id)
        .order_by(path.c.depth.desc())
    )
    return tuple(Utterance(*row) for row in session.execute(query))


def _in_conversation(user_id: str, conversation_id: str) -> tuple[ColumnElement[bool], ...]:
    return col(MessageRow.conversation_id) == conversation_id, col(MessageRow.user_id) == user_id


def _path(user_id: str, conversation_id: str, leaf_id: str | None, limit: int) -> CTE:
    shown = select(col(ConversationRow.leaf_id)).where(col(ConversationRow.id) == conversation_id).scalar_subquery()
    leaf = (
        select(col(MessageRow.id), col(MessageRow.parent_id), literal(1).label("depth"))
        .where(*_in_conversation(user_id, conversation_id), col(MessageRow.id) == (leaf_id or shown))
        .cte("path", recursive=True)
    )
    parent = aliased(MessageRow)
    return leaf.union_all(
        select(col(parent.id), col(parent.parent_id), leaf.c.depth + 1)
        .join(leaf, col(parent.id) == leaf.c.parent_id)
        .where(leaf.c.depth < limit, col(parent.conversation_id) == conversation_id)
    )


def _lock_conversation(session: Session, user_id: str, conversation_id: str) -> bool:
    query = select(col(ConversationRow.id)).where(
        col(ConversationRow.id) == conversation_id, col(ConversationRow.user_id) == user_id
    )
    return session.scalars(query.with_for_update()).one_or_none() is not None


def _has_unfinished_run(session: Session, conversation_id: str) -> bool:
    query = select(col(RunRow.id)).where(
        col(RunRow.conversation_id) == conversation_id, col(RunRow.status).in_(WRITING)
    )
    return session.scalars(query.limit(1)).one_or_none() is not None


def _role(session: Session, user_id: str, conversation_id: str, message_id: str) -> str | None:
    query = select(col(MessageRow.role)).where(
        *_in_conversation(user_id, conversation_id), col(MessageRow.id) == message_id
    )
    return session.scalars(query).one_or_none()


def _with_chunks(session: Session, rows: Sequence[MessageRow]) -> tuple[StoredMessage, ...]:
    """Read messages with what checkpoints have kept of those that are being written."""
    unfinished = [row.id for row in rows if row.streaming_status in WRITING]
    query = select(col(RunRow.id), col(RunRow.message_id)).where(
        col(RunRow.message_id).in_(unfinished), col(RunRow.status).in_(WRITING)
    )
    runs: dict[str, str] = {row[0]: row[1] for row in session.execute(query)} if unfinished else {}
    added = {runs[run_id]: chunks for run_id, chunks in (read_chunks(session, runs.keys())).items()}
    return tuple(_stored(row, added.get(row.id, Added())) for row in rows)


def _stored(row: MessageRow, added: Added) -> StoredMessage:
    status = StreamingStatus(row.streaming_status)
    return StoredMessage(
        id=row.id,
        conversation_id=row.conversation_id,
        parent_id=row.parent_id,
        role=Role(row.role),
        text=row.content if status.is_terminal else row.partial_content + added.text,
        thinking=row.thinking + added.thinking,
        model=row.model,
        status=status,
        error_code=row.error_code,
        error_sentence=row.error_sentence,
        metadata=row.stream_metadata,
        created_at=row.created_at,
    )
