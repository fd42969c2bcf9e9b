"""The tables: one class a row. Every row belongs to a user; ids are those of `app.ids`."""

from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import JSON, Index, Text, UniqueConstraint
from sqlmodel import Field, SQLModel

from app.streaming.store import StreamingStatus

WRITING = tuple(status.value for status in StreamingStatus if not status.is_terminal)


class Role(StrEnum):
    """Who speaks in a message."""

    USER = "user"
    ASSISTANT = "assistant"


class UserRow(SQLModel, table=True):
    """A person; the one local user until there are accounts."""

    # "user" is a reserved word of SQL.
    __tablename__ = "users"  # pyright: ignore[reportAssignmentType]

    id: str = Field(primary_key=True)
    name: str
    created_at: datetime


class ConversationRow(SQLModel, table=True):
    """A tree of messages, and the tip of the branch that is shown."""

    __tablename__ = "conversation"  # pyright: ignore[reportAssignmentType]
    __table_args__ = (Index("ix_conversation_user_updated", "user_id", "updated_at", "id"),)

    id: str = Field(primary_key=True)
    user_id: str = Field(foreign_key="users.id", ondelete="CASCADE")
    title: str = Field(sa_type=Text)
    model: str
    thinking: str = Field(default="", sa_column_kwargs={"server_default": ""})
    # No foreign key: it would make the two tables refer to each other. The repositories check what they write.
    leaf_id: str | None = None
    created_at: datetime
    updated_at: datetime


class MessageRow(SQLModel, table=True):
    """One utterance, child of the one it answers."""

    __tablename__ = "message"  # pyright: ignore[reportAssignmentType]
    __table_args__ = (
        Index("ix_message_user", "user_id"),
        Index("ix_message_conversation_created", "conversation_id", "created_at"),
        Index("ix_message_conversation_status", "conversation_id", "streaming_status"),
        Index("ix_message_parent", "parent_id"),
    )

    id: str = Field(primary_key=True)
    user_id: str = Field(foreign_key="users.id", ondelete="CASCADE")
    conversation_id: str = Field(foreign_key="conversation.id", ondelete="CASCADE")
    # No cascade along the thread: SQLite gives up at 1,000 levels. Messages go with their conversation.
    parent_id: str | None = Field(default=None, foreign_key="message.id")
    role: str
    content: str = Field(default="", sa_type=Text)
    thinking: str = Field(default="", sa_type=Text)
    model: str = ""
    error_code: str = ""
    error_sentence: str = Field(default="", sa_type=Text)
    created_at: datetime
    streaming_status: str = Field(
        default=StreamingStatus.COMPLETE.value, sa_column_kwargs={"server_default": StreamingStatus.COMPLETE.value}
    )
    stream_metadata: dict[str, Any] = Field(
        default_factory=dict, sa_type=JSON, nullable=False, sa_column_kwargs={"server_default": "{}"}
    )
    partial_content: str = Field(default="", sa_type=Text, sa_column_kwargs={"server_default": ""})


class RunRow(SQLModel, table=True):
    """One generation of an assistant message."""

    __tablename__ = "run"  # pyright: ignore[reportAssignmentType]
    __table_args__ = (
        Index("ix_run_user", "user_id"),
        Index("ix_run_conversation_status", "conversation_id", "status"),
        Index("ix_run_message", "message_id"),
        Index("ix_run_status", "status"),
    )

    id: str = Field(primary_key=True)
    user_id: str = Field(foreign_key="users.id", ondelete="CASCADE")
    conversation_id: str = Field(foreign_key="conversation.id", ondelete="CASCADE")
    message_id: str = Field(foreign_key="message.id", ondelete="CASCADE")
    provider: str
    model: str
    status: str
    created_at: datetime
    started_at: datetime | None = None
    ended_at: datetime | None = None
    heartbeat_at: datetime | None = None


class RunChunkRow(SQLModel, table=True):
    """What a checkpoint added to the text or the thinking of an unfinished answer, from character `start` on."""

    __tablename__ = "run_chunk"  # pyright: ignore[reportAssignmentType]

    run_id: str = Field(primary_key=True, foreign_key="run.id", ondelete="CASCADE")
    kind: str = Field(primary_key=True)
    start: int = Field(primary_key=True)
    content: str = Field(sa_type=Text)


class FragmentRow(SQLModel, table=True):
    """A thing that answers of a conversation have made, in one version after another."""

    __tablename__ = "fragment"  # pyright: ignore[reportAssignmentType]
    __table_args__ = (
        UniqueConstraint("conversation_id", "name", name="uq_fragment_conversation_name"),
        Index("ix_fragment_user_updated", "user_id", "updated_at", "id"),
    )

    id: str = Field(primary_key=True)
    user_id: str = Field(foreign_key="users.id", ondelete="CASCADE")
    conversation_id: str = Field(foreign_key="conversation.id", ondelete="CASCADE")
    name: str
    language: str
    kind: str
    created_at: datetime
    updated_at: datetime


class FragmentVersionRow(SQLModel, table=True):
    """One version, out of the code block at `place` of a message, or made by the user after a message."""

    __tablename__ = "fragment_version"  # pyright: ignore[reportAssignmentType]
    __table_args__ = (
        UniqueConstraint("fragment_id", "number", name="uq_fragment_version_number"),
        UniqueConstraint("message_id", "place", name="uq_fragment_version_place"),
    )

    id: str = Field(primary_key=True)
    fragment_id: str = Field(foreign_key="fragment.id", ondelete="CASCADE")
    number: int
    message_id: str = Field(foreign_key="message.id", ondelete="CASCADE")
    place: int | None = None  # none for a version of the user's
    # Exactly what stands inside the fence; empty while it is being written, when the message has it.
    content: str = Field(default="", sa_type=Text)
    lines: int = 0
    status: str
    created_at: datetime


class RunFactsRow(SQLModel, table=True):
    """The facts of an ended run (`AnswerFacts`), and whether they are counted in `usage` yet."""

    __tablename__ = "run_facts"  # pyright: ignore[reportAssignmentType]
    __table_args__ = (
        Index("ix_run_facts_ended", "ended_at"),
        Index("ix_run_facts_counted", "is_counted", "ended_at"),
        Index("ix_run_facts_conversation", "conversation_id"),
        Index("ix_run_facts_waited", "first_character_ms"),
    )

    run_id: str = Field(primary_key=True, foreign_key="run.id", ondelete="CASCADE")
    user_id: str = Field(foreign_key="users.id", ondelete="CASCADE")
    conversation_id: str = Field(foreign_key="conversation.id", ondelete="CASCADE")
    message_id: str
    ended_at: datetime
    provider: str
    model: str
    status: str
    mode: str = ""
    ended_by: str = ""
    stopped_in: str = ""
    failure: str = ""
    attempt_failures: list[str] = Field(default_factory=list[str], sa_type=JSON, nullable=False)
    said: str = Field(default="", sa_type=Text)  # what the reader was told of a failure
    first_character_ms: int | None = None
    measures: dict[str, float] = Field(default_factory=dict[str, float], sa_type=JSON, nullable=False)
    is_counted: bool = False


class RunViewRow(SQLModel, table=True):
    """How one page, or one client of the API, was shown a run."""

    __tablename__ = "run_view"  # pyright: ignore[reportAssignmentType]
    __table_args__ = (Index("ix_run_view_run", "run_id"), Index("ix_run_view_counted", "is_counted"))

    id: str = Field(primary_key=True)
    run_id: str = Field(foreign_key="run.id", ondelete="CASCADE")
    measures: dict[str, float] = Field(default_factory=dict[str, float], sa_type=JSON, nullable=False)
    is_counted: bool = False


class UsageRow(SQLModel, table=True):
    """What the answers of an hour, a day or a week have in common (`Tally`), by model; no row names a person."""

    __tablename__ = "usage"  # pyright: ignore[reportAssignmentType]

    period: str = Field(primary_key=True)  # a `Period`
    start: datetime = Field(primary_key=True)
    provider: str = Field(primary_key=True)
    model: str = Field(primary_key=True)
    tally: dict[str, Any] = Field(default_factory=dict[str, Any], sa_type=JSON, nullable=False)


class UserDayRow(SQLModel, table=True):
    """How often a person has done what on a day, without a word of what was said."""

    __tablename__ = "user_day"  # pyright: ignore[reportAssignmentType]

    day: datetime = Field(primary_key=True)
    user_id: str = Field(primary_key=True, foreign_key="users.id", ondelete="CASCADE")
    counts: dict[str, int] = Field(default_factory=dict[str, int], sa_type=JSON, nullable=False)


class FailureRow(SQLModel, table=True):
    """Failures of one kind at one place, with the newest of them."""

    __tablename__ = "failure"  # pyright: ignore[reportAssignmentType]
    __table_args__ = (Index("ix_failure_last", "last_at"),)

    fingerprint: str = Field(primary_key=True)
    kind: str
    place: str
    model: str
    said: str = Field(default="", sa_type=Text)
    run_id: str | None = None  # no foreign key: the answer may be deleted, its failure stays counted
    message_id: str | None = None
    conversation_id: str | None = None
    count: int = 0
    reopened: int = 0
    first_at: datetime
    last_at: datetime
    resolved_at: datetime | None = None


class PriceRow(SQLModel, table=True):
    """Dollars for a million tokens of a model (`provider/model`)."""

    __tablename__ = "price"  # pyright: ignore[reportAssignmentType]

    model: str = Field(primary_key=True)
    input_usd: float
    output_usd: float


class UserPreferenceRow(SQLModel, table=True):
    """One preference of a user, any JSON value."""

    __tablename__ = "user_preference"  # pyright: ignore[reportAssignmentType]

    user_id: str = Field(primary_key=True, foreign_key="users.id", ondelete="CASCADE")
    key: str = Field(primary_key=True)
    value: Any = Field(sa_type=JSON, nullable=False)
    updated_at: datetime
