"""Users, conversations, messages, runs and preferences."""

from datetime import datetime

import sqlalchemy as sa

from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    _create_users()
    _create_conversation()
    _create_message()
    _create_run()
    _create_user_preference()


def downgrade() -> None:
    for table in ("user_preference", "run", "message", "conversation", "users"):
        op.drop_table(table)


def _text(name: str) -> sa.Column[str]:
    return sa.Column(name, sa.Text(), nullable=False)


def _string(name: str, *, nullable: bool = False) -> sa.Column[str]:
    return sa.Column(name, sa.String(), nullable=nullable)


def _time(name: str, *, nullable: bool = False) -> sa.Column[datetime]:
    return sa.Column(name, sa.DateTime(timezone=True), nullable=nullable)


def _goes_with(column: str, table: str) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint([column], [f"{table}.id"], ondelete="CASCADE")


def _create_users() -> None:
    op.create_table("users", _string("id"), _string("name"), _time("created_at"), sa.PrimaryKeyConstraint("id"))


def _create_conversation() -> None:
    op.create_table(
        "conversation",
        _string("id"),
        _string("user_id"),
        _text("title"),
        _string("model"),
        _string("leaf_id", nullable=True),
        _time("created_at"),
        _time("updated_at"),
        sa.PrimaryKeyConstraint("id"),
        _goes_with("user_id", "users"),
    )
    op.create_index("ix_conversation_user_updated", "conversation", ["user_id", "updated_at", "id"])


def _create_message() -> None:
    op.create_table(
        "message",
        _string("id"),
        _string("user_id"),
        _string("conversation_id"),
        _string("parent_id", nullable=True),
        _string("role"),
        _text("content"),
        _text("thinking"),
        _string("model"),
        _string("error_code"),
        _text("error_sentence"),
        _time("created_at"),
        sa.PrimaryKeyConstraint("id"),
        _goes_with("user_id", "users"),
        _goes_with("conversation_id", "conversation"),
        # No cascade: see app/persistence/tables.py.
        sa.ForeignKeyConstraint(["parent_id"], ["message.id"]),
    )
    op.create_index("ix_message_user", "message", ["user_id"])
    op.create_index("ix_message_conversation_created", "message", ["conversation_id", "created_at"])
    op.create_index("ix_message_parent", "message", ["parent_id"])


def _create_run() -> None:
    op.create_table(
        "run",
        _string("id"),
        _string("user_id"),
        _string("conversation_id"),
        _string("message_id"),
        _string("provider"),
        _string("model"),
        _string("status"),
        _time("created_at"),
        _time("started_at", nullable=True),
        _time("ended_at", nullable=True),
        sa.PrimaryKeyConstraint("id"),
        _goes_with("user_id", "users"),
        _goes_with("conversation_id", "conversation"),
        _goes_with("message_id", "message"),
    )
    op.create_index("ix_run_user", "run", ["user_id"])
    op.create_index("ix_run_conversation_status", "run", ["conversation_id", "status"])
    op.create_index("ix_run_message", "run", ["message_id"])
    op.create_index("ix_run_status", "run", ["status"])


def _create_user_preference() -> None:
    op.create_table(
        "user_preference",
        _string("user_id"),
        _string("key"),
        sa.Column("value", sa.JSON(), nullable=False),
        _time("updated_at"),
        sa.PrimaryKeyConstraint("user_id", "key"),
        _goes_with("user_id", "users"),
    )
