"""The messages of a conversation: a tree, read branch by branch, to which turns are added."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, literal, select, update
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import aliased
from sqlalchemy.sql.selectable import CTE
from sqlmodel import col

from app.persistence.database import Database
from app.persistence.errors import ConversationBusy
from app.persistence.tables import WRITING, Conversation, Message, Role, Run
from app.persistence.uncancelled import uncancelled
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


@dataclass(frozen=True, slots=True)
class NewAnswer:
    """An answer about to be made, and the run that will make it."""

    message_id: str
    run_id: str
    provider: str
    model: str
    metadata: dict[str, Any] = field(default_factory=dict[str, Any])


@dataclass(frozen=True, slots=True)
class StoredTurn:
    """The ids of a question, its answer and the run; `is_new` is False when a repeated call found them stored."""

    user_message_id: str
    assistant_message_id: str
    run_id: str
    is_new: bool


@uncancelled
class MessageRepository:
    """Keep messages; another user's message is as good as none."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def get(self, user_id: str, message_id: str) -> StoredMessage | None:
        """Read one message."""
        query = select(Message).where(col(Message.id) == message_id, col(Message.user_id) == user_id)
        async with self._database.reading() as session:
            row = (await session.scalars(query)).one_or_none()
            return _stored(row) if row else None

    async def branch(
        self, user_id: str, conversation_id: str, leaf_id: str | None = None, limit: int = 200
    ) -> tuple[StoredMessage, ...]:
        """Read the newest messages from the root to a leaf, oldest first; by default the branch that is shown."""
        path = _path(user_id, conversation_id, leaf_id, limit)
        query = select(Message).join(path, col(Message.id) == path.c.id).order_by(path.c.depth.desc())
        async with self._database.reading() as session:
            return tuple(_stored(row) for row in await session.scalars(query))

    async def children(self, user_id: str, conversation_id: str, parent_id: str | None) -> tuple[str, ...]:
        """Return the ids of the alternatives that follow a message, or open the conversation, oldest first."""
        query = (
            select(col(Message.id))
            .where(*_in_conversation(user_id, conversation_id), col(Message.parent_id).is_not_distinct_from(parent_id))
            .order_by(col(Message.created_at), col(Message.id))
        )
        async with self._database.reading() as session:
            return tuple(await session.scalars(query))

    async def versions(self, user_id: str, conversation_id: str, limit: int = 200) -> Mapping[str, Sequence[str]]:
        """Give the ids of the answers to each question of the branch that is shown, oldest first; only of several."""
        path = _path(user_id, conversation_id, None, limit)
        query = (
            select(col(Message.id), col(Message.parent_id))
            .where(
                *_in_conversation(user_id, conversation_id),
                col(Message.role) == Role.ASSISTANT.value,
                col(Message.parent_id).in_(select(path.c.parent_id)),
            )
            .order_by(col(Message.created_at), col(Message.id))
        )
        async with self._database.reading() as session:
            return by_parent((row[0], str(row[1])) for row in await session.execute(query))

    async def show(self, user_id: str, conversation_id: str, message_id: str) -> bool:
        """Show the branch through a message, down to its end; False when it is not the user's, of this conversation.

        Raises ConversationBusy while an answer is unfinished.
        """
        async with self._database.session() as session:
            if not await _lock_conversation(session, user_id, conversation_id):
                return False
            if await _has_unfinished_run(session, conversation_id):
                raise ConversationBusy
            if await _role(session, user_id, conversation_id, message_id) is None:
                return False
            leaf_id = await newest_leaf(session, conversation_id, message_id)
            shown = update(Conversation).where(col(Conversation.id) == conversation_id)
            await session.execute(shown.values(leaf_id=leaf_id))
            return True

    async def turn(self, user_id: str, user_message_id: str) -> StoredTurn | None:
        """Read what a question of this user began: its first answer, and the first run of that."""
        async with self._database.reading() as session:
            question = await session.get(Message, user_message_id)
            if question is None or question.user_id != user_id:
                return None
            return await _known_turn(session, question, question.conversation_id)

    async def add_turn(
        self,
        user_id: str,
        conversation_id: str,
        parent_id: str | None,
        user_message_id: str,
        user_text: str,
        answer: NewAnswer,
        *,
        only_if_idle: bool = False,
    ) -> StoredTurn | None:
        """Store a question and its pending answer at once; a repeated `user_message_id` returns what is stored.

        None when the conversation or the parent is not the user's, or the id is taken elsewhere. With `only_if_idle`,
        raises ConversationBusy while another answer of the conversation is unfinished.
        """
        async with self._database.session() as session:
            if not await _lock_conversation(session, user_id, conversation_id):
                return None
            known = await session.get(Message, user_message_id)
            if known is not None:
                return await _known_turn(session, known, conversation_id)
            if only_if_idle and await _has_unfinished_run(session, conversation_id):
                raise ConversationBusy
            if parent_id is not None and await _role(session, user_id, conversation_id, parent_id) is None:
                return None
            session.add(
                Message(
                    id=user_message_id,
                    user_id=user_id,
                    conversation_id=conversation_id,
                    parent_id=parent_id,
                    role=Role.USER.value,
                    content=user_text,
                    created_at=self._database.now(),
                )
            )
            await session.flush()
            return await self._add_pending(session, user_id, conversation_id, user_message_id, answer)

    async def add_answer(
        self, user_id: str, conversation_id: str, parent_id: str, answer: NewAnswer, *, only_if_idle: bool = False
    ) -> StoredTurn | None:
        """Store another pending answer to a stored question; a repeated `answer.message_id` returns what is stored.

        None when the conversation or the question is not the user's, or the id is taken elsewhere. With `only_if_idle`,
        raises ConversationBusy while another answer of the conversation is unfinished.
        """
        async with self._database.session() as session:
            if not await _lock_conversation(session, user_id, conversation_id):
                return None
            known = await session.get(Message, answer.message_id)
            if known is not None:
                return await _known_answer(session, known, conversation_id, parent_id)
            if only_if_idle and await _has_unfinished_run(session, conversation_id):
                raise ConversationBusy
            if await _role(session, user_id, conversation_id, parent_id) != Role.USER.value:
                return None
            return await self._add_pending(session, user_id, conversation_id, parent_id, answer)

    async def continue_answer(self, user_id: str, conversation_id: str, answer: NewAnswer, text: str) -> bool:
        """Add a run that writes on at the end of the last answer, whose `text` is its first checkpoint.

        False when the message is not the user's last answer. Raises ConversationBusy while an answer is unfinished, or
        when the message has another text by now.
        """
        async with self._database.session() as session:
            if not await _lock_conversation(session, user_id, conversation_id):
                return False
            if await _has_unfinished_run(session, conversation_id):
                raise ConversationBusy
            message = await _leaf(session, user_id, conversation_id, answer.message_id)
            if message is None or message.role != Role.ASSISTANT.value:
                return False
            if message.content != text:
                raise ConversationBusy
            message.partial_content = message.content
            message.streaming_status = StreamingStatus.PENDING.value
            message.error_code = message.error_sentence = ""
            session.add(_pending_run(message, answer, self._database.now()))
            return True

    async def _add_pending(
        self, session: AsyncSession, user_id: str, conversation_id: str, parent_id: str, answer: NewAnswer
    ) -> StoredTurn:
        now = self._database.now()
        message = Message(
            user_id=user_id,
            conversation_id=conversation_id,
            id=answer.message_id,
            parent_id=parent_id,
            role=Role.ASSISTANT.value,
            model=answer.model,
            created_at=now,
            streaming_status=StreamingStatus.PENDING.value,
            stream_metadata=answer.metadata,
        )
        session.add(message)
        await session.flush()
        session.add(_pending_run(message, answer, now))
        shown = update(Conversation).where(col(Conversation.id) == conversation_id)
        await session.execute(shown.values(leaf_id=answer.message_id, updated_at=now))
        return StoredTurn(parent_id, answer.message_id, answer.run_id, is_new=True)


def _pending_run(message: Message, answer: NewAnswer, now: datetime) -> Run:
    return Run(
        user_id=message.user_id,
        conversation_id=message.conversation_id,
        id=answer.run_id,
        message_id=message.id,
        provider=answer.provider,
        model=answer.model,
        status=StreamingStatus.PENDING.value,
        created_at=now,
    )


def _in_conversation(user_id: str, conversation_id: str) -> tuple[ColumnElement[bool], ...]:
    return col(Message.conversation_id) == conversation_id, col(Message.user_id) == user_id


def _path(user_id: str, conversation_id: str, leaf_id: str | None, limit: int) -> CTE:
    shown = select(col(Conversation.leaf_id)).where(col(Conversation.id) == conversation_id).scalar_subquery()
    leaf = (
        select(col(Message.id), col(Message.parent_id), literal(1).label("depth"))
        .where(*_in_conversation(user_id, conversation_id), col(Message.id) == (leaf_id or shown))
        .cte("path", recursive=True)
    )
    parent = aliased(Message)
    return leaf.union_all(
        select(col(parent.id), col(parent.parent_id), leaf.c.depth + 1)
        .join(leaf, col(parent.id) == leaf.c.parent_id)
        .where(leaf.c.depth < limit, col(parent.conversation_id) == conversation_id)
    )


async def _lock_conversation(session: AsyncSession, user_id: str, conversation_id: str) -> bool:
    query = select(col(Conversation.id)).where(
        col(Conversation.id) == conversation_id, col(Conversation.user_id) == user_id
    )
    return (await session.scalars(query.with_for_update())).one_or_none() is not None


async def _has_unfinished_run(session: AsyncSession, conversation_id: str) -> bool:
    query = select(col(Run.id)).where(col(Run.conversation_id) == conversation_id, col(Run.status).in_(WRITING))
    return (await session.scalars(query.limit(1))).one_or_none() is not None


async def _leaf(session: AsyncSession, user_id: str, conversation_id: str, message_id: str) -> Message | None:
    is_shown_last = col(Conversation.leaf_id) == col(Message.id)
    query = select(Message).join(Conversation, is_shown_last)
    query = query.where(*_in_conversation(user_id, conversation_id), col(Message.id) == message_id)
    return (await session.scalars(query)).one_or_none()


async def _role(session: AsyncSession, user_id: str, conversation_id: str, message_id: str) -> str | None:
    query = select(col(Message.role)).where(*_in_conversation(user_id, conversation_id), col(Message.id) == message_id)
    return (await session.scalars(query)).one_or_none()


async def _known_turn(session: AsyncSession, question: Message, conversation_id: str) -> StoredTurn | None:
    if question.conversation_id != conversation_id:
        return None
    query = (
        select(col(Message.id), col(Run.id))
        .join(Run, col(Run.message_id) == col(Message.id))
        .where(col(Message.parent_id) == question.id)
        .order_by(col(Message.created_at), col(Run.created_at))
        .limit(1)
    )
    row = (await session.execute(query)).one_or_none()
    return StoredTurn(question.id, row[0], row[1], is_new=False) if row else None


async def _known_answer(
    session: AsyncSession, answer: Message, conversation_id: str, parent_id: str
) -> StoredTurn | None:
    if answer.conversation_id != conversation_id or answer.parent_id != parent_id:
        return None
    query = select(col(Run.id)).where(col(Run.message_id) == answer.id).order_by(col(Run.created_at)).limit(1)
    run_id = (await session.scalars(query)).one_or_none()
    return StoredTurn(parent_id, answer.id, run_id, is_new=False) if run_id else None


def _stored(row: Message) -> StoredMessage:
    status = StreamingStatus(row.streaming_status)
    return StoredMessage(
        id=row.id,
        conversation_id=row.conversation_id,
        parent_id=row.parent_id,
        role=Role(row.role),
        text=row.content if status.is_terminal else row.partial_content,
        thinking=row.thinking,
        model=row.model,
        status=status,
        error_code=row.error_code,
        error_sentence=row.error_sentence,
        metadata=row.stream_metadata,
        created_at=row.created_at,
    )
