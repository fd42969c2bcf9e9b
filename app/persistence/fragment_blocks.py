"""The code blocks of messages, kept as versions of fragments in the transaction that stores the message."""

from collections.abc import Callable, Iterable, Sequence
from datetime import datetime
from itertools import count

from sqlalchemy import func, select
from sqlalchemy.orm import Session
from sqlmodel import col

from app.fragments.extraction import CodeBlock
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
from app.persistence.errors import FragmentRefused
from app.persistence.tables import WRITING, FragmentRow, FragmentVersionRow, MessageRow, UserPreferenceRow
from app.streaming.store import StreamingStatus

AUTOMATIC = "automatic_fragments"  # the preference that switches them off


def is_automatic_for(session: Session, user_id: str) -> bool:
    """Say whether a user wants fragments to be made by themselves."""
    query = select(col(UserPreferenceRow.value)).where(
        col(UserPreferenceRow.user_id) == user_id, col(UserPreferenceRow.key) == AUTOMATIC
    )
    return session.scalars(query).one_or_none() is not False


def keep_blocks(
    session: Session,
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
    known = {version.place: version for version in session.scalars(query)}
    kept = [block for block in blocks if block.place in known or wanted(block)]
    shelf = _Shelf.of(session, message, now) if any(block.place not in known for block in kept) else None
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
                _delete(session, version)
            if is_asked:
                raise
            continue
        if version:
            _write(version, block, message.streaming_status, is_settled=is_settled)


class _Shelf:
    """The fragments of a message's conversation, where the versions of its blocks are put."""

    def __init__(
        self,
        session: Session,
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
    def of(cls, session: Session, message: MessageRow, now: Callable[[], datetime]) -> "_Shelf":
        newest = func.max(col(FragmentVersionRow.number))
        query = (
            select(FragmentRow, newest)
            .outerjoin(FragmentVersionRow, col(FragmentVersionRow.fragment_id) == col(FragmentRow.id))
            .where(col(FragmentRow.conversation_id) == message.conversation_id)
            .group_by(col(FragmentRow.id))
        )
        return cls(session, message, [(row[0], row[1] or 0) for row in session.execute(query)], now)

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
        version = new_version(fragment, number, self._message.id, block.place, self._now())
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


def new_version(
    fragment: FragmentRow, number: int, message_id: str, place: int | None, now: datetime
) -> FragmentVersionRow:
    """Make a row for a version that is still to be written; it is added by the caller."""
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


def newest_number(session: Session, fragment_id: str) -> int:
    """Give the number of the newest version of a fragment, 0 where there is none."""
    query = select(func.max(col(FragmentVersionRow.number))).where(col(FragmentVersionRow.fragment_id) == fragment_id)
    return session.scalars(query).one() or 0


def _write(version: FragmentVersionRow, block: CodeBlock, message_status: str, *, is_settled: bool) -> None:
    version.lines = block.lines
    version.content = block.content if is_settled else ""
    if block.is_closed:
        version.status = StreamingStatus.COMPLETE.value
    else:
        version.status = message_status if is_settled else StreamingStatus.STREAMING.value


def _delete(session: Session, version: FragmentVersionRow) -> None:
    """Delete a version, and its fragment if it was the only one."""
    session.delete(version)
    session.flush()
    if not newest_number(session, version.fragment_id):
        session.delete(session.get_one(FragmentRow, version.fragment_id))
