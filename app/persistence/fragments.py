"""Fragments: kept block by block with the messages they stand in, and edited by the user."""

import asyncio
from collections.abc import Callable, Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import count
from typing import NamedTuple

from sqlalchemy import func, select, tuple_
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from app.fragments.extraction import CodeBlock, blocks_of
from app.fragments.limits import (
    MAX_FRAGMENTS,
    MAX_VERSIONS,
    TOO_LARGE,
    TOO_MANY_FRAGMENTS,
    TOO_MANY_VERSIONS,
    is_too_large,
)
from app.fragments.naming import derived_name, general_name, given_name, kind_of, language_of
from app.ids import new_id
from app.persistence.database import Database
from app.persistence.errors import FragmentChanged, FragmentNameTaken, FragmentRefused
from app.persistence.tables import (
    WRITING,
    ConversationRow,
    FragmentRow,
    FragmentVersionRow,
    MessageRow,
    UserPreferenceRow,
)
from app.persistence.uncancelled import uncancelled_methods
from app.streaming.store import StreamingStatus

AUTOMATIC = "automatic_fragments"  # the preference that switches them off
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


async def keep_blocks(
    session: AsyncSession,
    message: MessageRow,
    blocks: Sequence[CodeBlock],
    wanted: Callable[[CodeBlock], bool],
    now: Callable[[], datetime],
    *,
    is_asked: bool = False,
) -> None:
    """Write down what the blocks of a message hold: those that are kept already, and those that are `wanted`.

    To be called with the conversation locked. What passes a limit is left out, or, when the user `is_asked` for it,
    refused with `FragmentRefused`.
    """
    query = select(FragmentVersionRow).where(
        col(FragmentVersionRow.message_id) == message.id, col(FragmentVersionRow.place).is_not(None)
    )
    known = {version.place: version for version in await session.scalars(query)}
    kept = [block for block in blocks if block.place in known or wanted(block)]
    shelf = await _Shelf.of(session, message, now) if any(block.place not in known for block in kept) else None
    is_over = message.streaming_status not in WRITING
    for block in kept:
        version, is_settled = known.get(block.place), is_over or block.is_closed
        try:
            if is_settled and is_too_large(block.content):
                raise FragmentRefused(TOO_LARGE)
            if version is None and shelf:
                version = shelf.put(block)
        except FragmentRefused:
            if version:
                await _delete(session, version)
            if is_asked:
                raise
            continue
        if version:
            _write(version, block, message.streaming_status, is_settled=is_settled)


class _Shelf:
    """The fragments of a message's conversation, where the versions of its blocks are put."""

    def __init__(
        self,
        session: AsyncSession,
        message: MessageRow,
        known: Iterable[tuple[FragmentRow, int]],
        now: Callable[[], datetime],
    ) -> None:
        self._session = session
        self._message = message
        self._now = now
        self._fragments: dict[str, FragmentRow] = {}
        self._newest: dict[str, int] = {}
        for fragment, number in known:
            self._fragments[fragment.name], self._newest[fragment.id] = fragment, number

    @classmethod
    async def of(cls, session: AsyncSession, message: MessageRow, now: Callable[[], datetime]) -> "_Shelf":
        newest = func.max(col(FragmentVersionRow.number))
        query = (
            select(FragmentRow, newest)
            .outerjoin(FragmentVersionRow, col(FragmentVersionRow.fragment_id) == col(FragmentRow.id))
            .where(col(FragmentRow.conversation_id) == message.conversation_id)
            .group_by(col(FragmentRow.id))
        )
        return cls(session, message, [(row[0], row[1] or 0) for row in await session.execute(query)], now)

    def put(self, block: CodeBlock) -> FragmentVersionRow:
        """Make the version of a block, of the fragment that has its name or of a new one; raises `FragmentRefused`."""
        language = language_of(block)
        name = given_name(block) or derived_name(block, language)
        fragment = self._fragments.get(name) if name else None
        number = self._newest[fragment.id] + 1 if fragment else 1
        if number > MAX_VERSIONS:
            raise FragmentRefused(TOO_MANY_VERSIONS)
        fragment = fragment or self._new(name or self._free(general_name(language)))
        if language or not fragment.kind:
            fragment.language, fragment.kind = language, kind_of(language).value
        self._newest[fragment.id] = number
        version = _version(fragment, number, self._message.id, block.place, self._now())
        self._session.add(version)
        return version

    def _new(self, name: str) -> FragmentRow:
        if len(self._fragments) >= MAX_FRAGMENTS:
            raise FragmentRefused(TOO_MANY_FRAGMENTS)
        now, message = self._now(), self._message
        fragment = FragmentRow(
            id=new_id(),
            user_id=message.user_id,
            conversation_id=message.conversation_id,
            name=name,
            language="",
            kind="",
            created_at=now,
            updated_at=now,
        )
        self._session.add(fragment)
        self._fragments[name] = fragment
        return fragment

    def _free(self, name: str) -> str:
        numbered = (name if number == 1 else f"{name} {number}" for number in count(1))
        return next(free for free in numbered if free not in self._fragments)


async def is_automatic_for(session: AsyncSession, user_id: str) -> bool:
    """Say whether a user wants fragments to be made by themselves."""
    query = select(col(UserPreferenceRow.value)).where(
        col(UserPreferenceRow.user_id) == user_id, col(UserPreferenceRow.key) == AUTOMATIC
    )
    return (await session.scalars(query)).one_or_none() is not False


async def read_made(session: AsyncSession, conversation_id: str) -> tuple[MadeFragment, ...]:
    """Name the fragments of a conversation, the last changed first."""
    newest = func.max(col(FragmentVersionRow.number))
    query = (
        select(col(FragmentRow.name), newest)
        .join(FragmentVersionRow, col(FragmentVersionRow.fragment_id) == col(FragmentRow.id))
        .where(col(FragmentRow.conversation_id) == conversation_id)
        .group_by(col(FragmentRow.id))
        .order_by(col(FragmentRow.updated_at).desc(), col(FragmentRow.id))
    )
    return tuple(MadeFragment(*row) for row in await session.execute(query))


async def read_edits(session: AsyncSession, conversation_id: str) -> tuple[Edit, ...]:
    """Read the versions that the user has made in a conversation, oldest first."""
    version = FragmentVersionRow
    query = (
        select(col(version.message_id), col(FragmentRow.name), col(FragmentRow.language), col(version.content))
        .join(FragmentRow, col(FragmentRow.id) == col(version.fragment_id))
        .where(col(FragmentRow.conversation_id) == conversation_id, col(version.place).is_(None))
        .order_by(col(version.created_at), col(version.id))
    )
    return tuple(Edit(*row) for row in await session.execute(query))


@uncancelled_methods
class FragmentRepository:
    """Keep fragments; another user's are as good as none.

    Every method raises `DatabaseUnavailable` when the database cannot be used.
    """

    def __init__(self, database: Database) -> None:
        self._database = database

    async def keep(
        self,
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
        async with self._database.session() as session:
            message = await _locked_message(session, user_id, message_id)
            if message is None or conversation_id not in (None, message.conversation_id):
                return ()
            if message.streaming_status not in WRITING:  # by now all of it is there, which may be more than was read
                blocks = await asyncio.to_thread(blocks_of, message.content)
            await keep_blocks(session, message, blocks, wanted, self._database.now, is_asked=is_asked)
            await session.flush()
            return await _cards(session, user_id, (message_id,))

    async def cards(self, user_id: str, message_ids: Collection[str]) -> tuple[FragmentCard, ...]:
        """Give what stands in these messages, in their order within each."""
        async with self._database.reading() as session:
            return await _cards(session, user_id, message_ids)

    async def of_conversation(self, user_id: str, conversation_id: str) -> tuple[StoredFragment, ...]:
        """Give all fragments of a conversation, the oldest first."""
        query = _own(user_id).where(col(FragmentRow.conversation_id) == conversation_id)
        async with self._database.reading() as session:
            rows = await session.scalars(query.order_by(col(FragmentRow.created_at), col(FragmentRow.id)))
            return await _with_versions(session, rows.all())

    async def get(self, user_id: str, fragment_id: str) -> StoredFragment | None:
        """Give one fragment."""
        async with self._database.reading() as session:
            rows = await session.scalars(_own(user_id).where(col(FragmentRow.id) == fragment_id))
            return next(iter(await _with_versions(session, rows.all())), None)

    async def content(self, user_id: str, fragment_id: str, number: int) -> str | None:
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
        async with self._database.reading() as session:
            return (await session.scalars(query)).one_or_none()

    async def search(
        self, user_id: str, words: str, limit: int, before: Cursor | None = None
    ) -> tuple[StoredFragment, ...]:
        """Give a user's fragments whose name or language holds all of the words, the last changed first."""
        query = _own(user_id)
        for word in words.split():
            text = col(FragmentRow.name) + " " + col(FragmentRow.language)
            query = query.where(func.lower(text).contains(word.lower(), autoescape=True))
        if before:
            query = query.where(tuple_(col(FragmentRow.updated_at), col(FragmentRow.id)) < tuple_(*before))
        query = query.order_by(col(FragmentRow.updated_at).desc(), col(FragmentRow.id).desc()).limit(limit)
        async with self._database.reading() as session:
            return await _with_versions(session, (await session.scalars(query)).all())

    async def rename(self, user_id: str, fragment_id: str, name: str) -> bool:
        """Give a fragment another name; False when there is none. Raises `FragmentNameTaken`."""
        async with self._database.session() as session:
            fragment = await _locked(session, user_id, fragment_id)
            if fragment is None:
                return False
            namesake = await _named(session, fragment.conversation_id, name)
            if namesake and namesake.id != fragment_id:
                raise FragmentNameTaken
            fragment.name = name
            return True

    async def add_version(self, user_id: str, fragment_id: str, content: str, after: int) -> VersionHead | None:
        """Store a version of the user's that follows number `after`; None when there is no such fragment.

        Raises `FragmentChanged` when there is a newer one than `after`, and `FragmentRefused`.
        """
        if is_too_large(content):
            raise FragmentRefused(TOO_LARGE)
        async with self._database.session() as session:
            fragment = await _locked(session, user_id, fragment_id)
            if fragment is None:
                return None
            newest = await _newest_number(session, fragment_id)
            if newest != after:
                raise FragmentChanged
            if newest >= MAX_VERSIONS:
                raise FragmentRefused(TOO_MANY_VERSIONS)
            conversation = await session.get_one(ConversationRow, fragment.conversation_id)
            version = _version(fragment, newest + 1, str(conversation.leaf_id), None, self._database.now())
            version.content, version.status = content, StreamingStatus.COMPLETE.value
            version.lines = content.count("\n") + (not content.endswith("\n") and bool(content))
            session.add(version)
            return _head(version)


def _own(user_id: str):
    return select(FragmentRow).where(col(FragmentRow.user_id) == user_id)


def _write(version: FragmentVersionRow, block: CodeBlock, message_status: str, *, is_settled: bool) -> None:
    version.lines = block.lines
    version.content = block.content if is_settled else ""
    if block.is_closed:
        version.status = StreamingStatus.COMPLETE.value
    else:
        version.status = message_status if is_settled else StreamingStatus.STREAMING.value


async def _delete(session: AsyncSession, version: FragmentVersionRow) -> None:
    """Delete a version, and its fragment if it was the only one."""
    await session.delete(version)
    await session.flush()
    if not await _newest_number(session, version.fragment_id):
        await session.delete(await session.get_one(FragmentRow, version.fragment_id))


def _version(
    fragment: FragmentRow, number: int, message_id: str, place: int | None, now: datetime
) -> FragmentVersionRow:
    fragment.updated_at = now
    return FragmentVersionRow(
        id=new_id(),
        fragment_id=fragment.id,
        number=number,
        message_id=message_id,
        place=place,
        status=StreamingStatus.STREAMING.value,
        created_at=now,
    )


async def _newest_number(session: AsyncSession, fragment_id: str) -> int:
    query = select(func.max(col(FragmentVersionRow.number))).where(col(FragmentVersionRow.fragment_id) == fragment_id)
    return (await session.scalars(query)).one() or 0


async def _named(session: AsyncSession, conversation_id: str, name: str) -> FragmentRow | None:
    query = select(FragmentRow).where(
        col(FragmentRow.conversation_id) == conversation_id, col(FragmentRow.name) == name
    )
    return (await session.scalars(query)).one_or_none()


async def _lock(session: AsyncSession, conversation_id: str) -> None:
    query = select(col(ConversationRow.id)).where(col(ConversationRow.id) == conversation_id)
    await session.execute(query.with_for_update())


async def _locked_message(session: AsyncSession, user_id: str, message_id: str) -> MessageRow | None:
    """Read a message with its conversation locked; None when it is not the user's, or deleted meanwhile."""
    message = await session.get(MessageRow, message_id)
    if message is None or message.user_id != user_id:
        return None
    await _lock(session, message.conversation_id)
    query = select(MessageRow).where(col(MessageRow.id) == message_id).execution_options(populate_existing=True)
    return (await session.scalars(query)).one_or_none()


async def _locked(session: AsyncSession, user_id: str, fragment_id: str) -> FragmentRow | None:
    """Read a fragment with its conversation locked; None when it is not the user's, or deleted meanwhile."""
    query = _own(user_id).where(col(FragmentRow.id) == fragment_id)
    fragment = (await session.scalars(query)).one_or_none()
    if fragment is None:
        return None
    await _lock(session, fragment.conversation_id)
    return (await session.scalars(query.execution_options(populate_existing=True))).one_or_none()


async def _cards(session: AsyncSession, user_id: str, message_ids: Collection[str]) -> tuple[FragmentCard, ...]:
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
    return tuple(_card(row[0], row[1]) for row in await session.execute(query))


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


async def _with_versions(session: AsyncSession, rows: Sequence[FragmentRow]) -> tuple[StoredFragment, ...]:
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
    for fragment_id, number, message_id, place, lines, status, created_at in await session.execute(query):
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
