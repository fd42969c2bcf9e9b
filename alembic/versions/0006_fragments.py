"""Fragments and their versions."""

import sqlalchemy as sa

from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "fragment",
        sa.Column("id", sa.String(), primary_key=True),
        sa.Column("user_id", sa.String(), sa.ForeignKey("users.id", ondelete="CASCADE"), nullable=False),
        sa.Column("conversation_id", sa.String(), sa.ForeignKey("conversation.id", ondelete="CASCADE"), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("language", sa.String(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.UniqueConstraint("conversation_id", "name", name="uq_fragment_conversation_name"),
    )
    op.create_index("ix_fragment_user_updated", "fragment", ["user_id", "updated_at", "id"])
    op.create_table(
        "fragment_version",
        sa.Column("id", sa.String(), primary_key=True),
        sa.Column("fragment_id", sa.String(), sa.ForeignKey("fragment.id", ondelete="CASCADE"), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("message_id", sa.String(), sa.ForeignKey("message.id", ondelete="CASCADE"), nullable=False),
        sa.Column("place", sa.Integer(), nullable=True),
        sa.Column("content", sa.Text(), nullable=False),
        sa.Column("lines", sa.Integer(), nullable=False),
        sa.Column("status", sa.String(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.UniqueConstraint("fragment_id", "number", name="uq_fragment_version_number"),
        sa.UniqueConstraint("message_id", "place", name="uq_fragment_version_place"),
    )


def downgrade() -> None:
    # What a model wrote stays in its message.
    op.drop_table("fragment_version")
    op.drop_table("fragment")
