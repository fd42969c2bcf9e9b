"""Fragments as they are listed, read and edited; `fragment_blocks` makes them out of messages."""

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import NamedTuple

from sqlalchemy import func, select, tuple_
from sqlalchemy.orm import Session
from sqlmodel import col

from app.fragments.extraction import CodeBlock, blocks_of
from app.fragments.limits import (
    MAX_VERSIONS,
    TOO_LARGE,
    TOO_MANY_VERSIONS,
    is_too_large,
)
from app.persistence.errors import FragmentChanged, FragmentNameTaken, FragmentRefused
from app.persistence.fragment_blocks import keep_blocks, new_version, newest_number
from app.persistence.tables import (
    WRITING,
    ConversationRow,
    FragmentRow,
    FragmentVersionRow,
    MessageRow,
)
from app.persistence.transactions import Repository, reads, writes
from app.streaming.store import StreamingStatus

Cursor = tuple[datetime, str]


@dataclass(frozen=True, slots=True)
class FragmentCard:
    """The version that stands in a message, as the code block at `place` of it."""

    fragment_id: str
    message_id: str
    place: int
    name: str
    language: str
    kind: str
    number: int
    lines: int
    status: StreamingStatus


@dataclass(frozen=True, slots=True)
class VersionHead:
    """All of a version but its content; one without a `place` is the user's, made after `message_id`."""

    number: int
    message_id: str
    place: int | None
    lines: int
    status: StreamingStatus
    created_at: datetime

    @property
    def is_users(self) -> bool:
        """Say whether the user has written it."""
        return self.place is None


@dataclass(frozen=True, slots=True)
class StoredFragment:
    """A fragment with its versions, oldest first."""

    id: str
    conversation_id: str
    name: str
    language: str
    kind: str
    created_at: datetime
    updated_at: datetime
    versions: tuple[VersionHead, ...]

    @property
    def cursor(self) -> Cursor:
        """Where it stands in the list of all."""
        return self.updated_at, self.id


class MadeFragment(NamedTuple):
    """A fragment of a conversation, and the number of its newest version."""

    name: str
    number: int


class Edit(NamedTuple):
    """A version that the user has made after a message."""

    message_id: str
    name: str
    language: str
    content: str


def read_made(session: Session, conversation_id: str) -> tuple[MadeFragment, ...]:
    """Name the fragments of a conversation, the last changed first."""
    newest = func.max(col(FragmentVersionRow.number))
    query = (
        select(col(FragmentRow.name), newest)
        .join(FragmentVersionRow, col(FragmentVersionRow.fragment_id) == col(FragmentRow.id))
        .where(col(FragmentRow.conversation_id) == conversation_id)
        .group_by(col(FragmentRow.id))
        .order_by(col(FragmentRow.updated_at).desc(), col(FragmentRow.id))
    )
    return tuple(MadeFragment(*row) for row in session.execute(query))


def read_edits(session: Session, conversation_id: str) -> tuple[Edit, ...]:
    """Read the versions that the user has made in a conversation, oldest first."""
    version = FragmentVersionRow
    query = (
        select(col(version.message_id), col(FragmentRow.name), col(FragmentRow.language), col(version.content))
        .join(FragmentRow, col(FragmentRow.id) == col(version.fragment_id))
        .where(col(FragmentRow.conversation_id) == conversation_id, col(version.place).is_(None))
        .order_by(col(version.created_at), col(version.id))
    )
    return tuple(Edit(*row) for row in session.execute(query))


class FragmentRepository(Repository):
    """Keep fragments; another user's are as good as none.

    Every method raises `DatabaseUnavailable` when the database cannot be used.
    """

    @writes
    def keep(
        self,
        session: Session,
        user_id: str,
        message_id: str,
        blocks: Sequence[CodeBlock],
        wanted: Callable[[CodeBlock], bool],
        conversation_id: str | None = None,
        *,
        is_asked: bool = False,
    ) -> tuple[FragmentCard, ...]:
        """Keep the blocks of a message as far as they are written; see `keep_blocks`. Gives the message's cards.

        Of a message that has ended meanwhile its own text counts, not what had been read of it before.
        None are given for a message that is not the user's, or not of `conversation_id`.
        """
        message = _locked_message(session, user_id, message_id)
        if message is None or conversation_id not in (None, message.conversation_id):
            return ()
        if message.streaming_status not in WRITING:  # by now all of it is there, which may be more than was read
            blocks = blocks_of(message.content)
        keep_blocks(session, message, blocks, wanted, self.database.now, is_asked=is_asked)
        session.flush()
        return _cards(session, user_id, (message_id,))

    @reads
    def cards(self, session: Session, user_id: str, message_ids: Collection[str]) -> tuple[FragmentCard, ...]:
        """Give what stands in these messages, in their order within each."""
        return _cards(session, user_id, message_ids)

    @reads
    def of_conversation(self, session: Session, user_id: str, conversation_id: str) -> tuple[StoredFragment, ...]:
        """Give all fragments of a conversation, the oldest first."""
        query = _own(user_id).where(col(FragmentRow.conversation_id) == conversation_id)
        rows = session.scalars(query.order_by(col(FragmentRow.created_at), col(FragmentRow.id)))
        return _with_versions(session, rows.all())

    @reads
    def get(self, session: Session, user_id: str, fragment_id: str) -> StoredFragment | None:
        """Give one fragment."""
        rows = session.scalars(_own(user_id).where(col(FragmentRow.id) == fragment_id))
        return next(iter(_with_versions(session, rows.all())), None)

    @reads
    def content(self, session: Session, user_id: str, fragment_id: str, number: int) -> str | None:
        """Give what a version holds; of one that is being written nothing, which its message has."""
        query = (
            select(col(FragmentVersionRow.content))
            .join(FragmentRow, col(FragmentRow.id) == col(FragmentVersionRow.fragment_id))
            .where(
                col(FragmentRow.user_id) == user_id,
                col(FragmentRow.id) == fragment_id,
                col(FragmentVersionRow.number) == number,
            )
        )
        return session.scalars(query).one_or_none()

    @reads
    def search(
        self, session: Session, user_id: str, words: str, limit: int, before: Cursor | None = None
    ) -> tuple[StoredFragment, ...]:
        """Give a user's fragments whose name or language holds all of the words, the last changed first."""
        query = _own(user_id)
        for word in words.split():
            text = col(FragmentRow.name) + " " + col(FragmentRow.language)
            query = query.where(func.lower(text).contains(word.lower(), autoescape=True))
        if before:
            query = query.where(tuple_(col(FragmentRow.updated_at), col(FragmentRow.id)) < tuple_(*before))
        query = query.order_by(col(FragmentRow.updated_at).desc(), col(FragmentRow.id).desc()).limit(limit)
        return _with_versions(session, session.scalars(query).all())

    @writes
    def rename(self, session: Session, user_id: str, fragment_id: str, name: str) -> bool:
        """Give a fragment another name; False when there is none. Raises `FragmentNameTaken`."""
        fragment = _locked(session, user_id, fragment_id)
        if fragment is None:
            return False
        namesake = _named(session, fragment.conversation_id, name)
        if namesake and namesake.id != fragment_id:
            raise FragmentNameTaken
        fragment.name = name
        return True

    @writes
    def add_version(
        self, session: Session, user_id: str, fragment_id: str, content: str, after: int
    ) -> VersionHead | None:
        """Store a version of the user's that follows number `after`; None when there is no such fragment.

        Raises `FragmentChanged` when there is a newer one than `after`, and `FragmentRefused`.
        """
        if is_too_large(content):
            raise FragmentRefused(TOO_LARGE)
        fragment = _locked(session, user_id, fragment_id)
        if fragment is None:
            return None
        newest = newest_number(session, fragment_id)
        if newest != after:
            raise FragmentChanged
        if newest >= MAX_VERSIONS:
            raise FragmentRefused(TOO_MANY_VERSIONS)
        conversation = session.get_one(ConversationRow, fragment.conversation_id)
        version = new_version(fragment, newest + 1, str(conversation.leaf_id), None, self.database.now())
        version.content, version.status = content, StreamingStatus.COMPLETE.value
        version.lines = content.count("\n") + (not content.endswith("\n") and bool(content))
        session.add(version)
        return _head(version)


def _own(user_id: str):
    return select(FragmentRow).where(col(FragmentRow.user_id) == user_id)


def _named(session: Session, conversation_id: str, name: str) -> FragmentRow | None:
    query = select(FragmentRow).where(
        col(FragmentRow.conversation_id) == conversation_id, col(FragmentRow.name) == name
    )
    return session.scalars(query).one_or_none()


def _lock(session: Session, conversation_id: str) -> None:
    query = select(col(ConversationRow.id)).where(col(ConversationRow.id) == conversation_id)
    session.execute(query.with_for_update())


def _locked_message(session: Session, user_id: str, message_id: str) -> MessageRow | None:
    """Read a message with its conversation locked; None when it is not the user's, or deleted meanwhile."""
    message = session.get(MessageRow, message_id)
    if message is None or message.user_id != user_id:
        return None
    _lock(session, message.conversation_id)
    query = select(MessageRow).where(col(MessageRow.id) == message_id).execution_options(populate_existing=True)
    return session.scalars(query).one_or_none()


def _locked(session: Session, user_id: str, fragment_id: str) -> FragmentRow | None:
    """Read a fragment with its conversation locked; None when it is not the user's, or deleted meanwhile."""
    query = _own(user_id).where(col(FragmentRow.id) == fragment_id)
    fragment = session.scalars(query).one_or_none()
    if fragment is None:
        return None
    _lock(session, fragment.conversation_id)
    return session.scalars(query.execution_options(populate_existing=True)).one_or_none()


def _cards(session: Session, user_id: str, message_ids: Collection[str]) -> tuple[FragmentCard, ...]:
    if not message_ids:
        return ()
    query = (
        select(FragmentVersionRow, FragmentRow)
        .join(FragmentRow, col(FragmentRow.id) == col(FragmentVersionRow.fragment_id))
        .where(
            col(FragmentRow.user_id) == user_id,
            col(FragmentVersionRow.message_id).in_(message_ids),
            col(FragmentVersionRow.place).is_not(None),
        )
        .order_by(col(FragmentVersionRow.message_id), col(FragmentVersionRow.place))
    )
    return tuple(_card(row[0], row[1]) for row in session.execute(query))


def _card(version: FragmentVersionRow, fragment: FragmentRow) -> FragmentCard:
    return FragmentCard(
        fragment_id=fragment.id,
        message_id=version.message_id,
        place=version.place or 0,
        name=fragment.name,
        language=fragment.language,
        kind=fragment.kind,
        number=version.number,
        lines=version.lines,
        status=StreamingStatus(version.status),
    )


def _with_versions(session: Session, rows: Sequence[FragmentRow]) -> tuple[StoredFragment, ...]:
    version = FragmentVersionRow
    query = (
        select(
            col(version.fragment_id),
            col(version.number),
            col(version.message_id),
            col(version.place),
            col(version.lines),
            col(version.status),
            col(version.created_at),
        )
        .where(col(version.fragment_id).in_([row.id for row in rows]))
        .order_by(col(version.fragment_id), col(version.number))
    )
    heads: dict[str, list[VersionHead]] = {row.id: [] for row in rows}
    for fragment_id, number, message_id, place, lines, status, created_at in session.execute(query):
        heads[fragment_id].append(VersionHead(number, message_id, place, lines, StreamingStatus(status), created_at))
    return tuple(
        StoredFragment(
            id=row.id,
            conversation_id=row.conversation_id,
            name=row.name,
            language=row.language,
            kind=row.kind,
            created_at=row.created_at,
            updated_at=row.updated_at,
            versions=tuple(heads[row.id]),
        )
        for row in rows
    )


def _head(version: FragmentVersionRow) -> VersionHead:
    return VersionHead(
        version.number,
        version.message_id,
        version.place,
        version.lines,
        StreamingStatus(version.status),
        version.created_at,
    )
