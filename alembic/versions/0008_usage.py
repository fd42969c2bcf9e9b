"""The facts of ended answers, what they have in common by hour and day, failures and prices."""

import sqlalchemy as sa

from alembic import op

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "run_facts",
        sa.Column("run_id", sa.String(), sa.ForeignKey("run.id", ondelete="CASCADE"), primary_key=True),
        sa.Column("user_id", sa.String(), sa.ForeignKey("users.id", ondelete="CASCADE"), nullable=False),
        sa.Column("conversation_id", sa.String(), sa.ForeignKey("conversation.id", ondelete="CASCADE"), nullable=False),
        sa.Column("message_id", sa.String(), nullable=False),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("provider", sa.String(), nullable=False),
        sa.Column("model", sa.String(), nullable=False),
        sa.Column("status", sa.String(), nullable=False),
        sa.Column("mode", sa.String(), nullable=False),
        sa.Column("ended_by", sa.String(), nullable=False),
        sa.Column("stopped_in", sa.String(), nullable=False),
        sa.Column("failure", sa.String(), nullable=False),
        sa.Column("attempt_failures", sa.JSON(), nullable=False),
        sa.Column("said", sa.Text(), nullable=False),
        sa.Column("first_character_ms", sa.Integer(), nullable=True),
        sa.Column("measures", sa.JSON(), nullable=False),
        sa.Column("is_counted", sa.Boolean(), nullable=False),
    )
    op.create_index("ix_run_facts_ended", "run_facts", ["ended_at"])
    op.create_index("ix_run_facts_counted", "run_facts", ["is_counted", "ended_at"])
    op.create_index("ix_run_facts_conversation", "run_facts", ["conversation_id"])
    op.create_index("ix_run_facts_waited", "run_facts", ["first_character_ms"])
    op.create_table(
        "run_view",
        sa.Column("id", sa.String(), primary_key=True),
        sa.Column("run_id", sa.String(), sa.ForeignKey("run.id", ondelete="CASCADE"), nullable=False),
        sa.Column("measures", sa.JSON(), nullable=False),
        sa.Column("is_counted", sa.Boolean(), nullable=False),
    )
    op.create_index("ix_run_view_run", "run_view", ["run_id"])
    op.create_index("ix_run_view_counted", "run_view", ["is_counted"])
    op.create_table(
        "usage",
        sa.Column("period", sa.String(), primary_key=True),
        sa.Column("start", sa.DateTime(timezone=True), primary_key=True),
        sa.Column("provider", sa.String(), primary_key=True),
        sa.Column("model", sa.String(), primary_key=True),
        sa.Column("tally", sa.JSON(), nullable=False),
    )
    op.create_table(
        "user_day",
        sa.Column("day", sa.DateTime(timezone=True), primary_key=True),
        sa.Column("user_id", sa.String(), sa.ForeignKey("users.id", ondelete="CASCADE"), primary_key=True),
        sa.Column("counts", sa.JSON(), nullable=False),
    )
    op.create_table(
        "failure",
        sa.Column("fingerprint", sa.String(), primary_key=True),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("place", sa.String(), nullable=False),
        sa.Column("model", sa.String(), nullable=False),
        sa.Column("said", sa.Text(), nullable=False),
        sa.Column("run_id", sa.String(), nullable=True),
        sa.Column("message_id", sa.String(), nullable=True),
        sa.Column("conversation_id", sa.String(), nullable=True),
        sa.Column("count", sa.Integer(), nullable=False),
        sa.Column("reopened", sa.Integer(), nullable=False),
        sa.Column("first_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("last_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("resolved_at", sa.DateTime(timezone=True), nullable=True),
    )
    op.create_index("ix_failure_last", "failure", ["last_at"])
    op.create_table(
        "price",
        sa.Column("model", sa.String(), primary_key=True),
        sa.Column("input_usd", sa.Float(), nullable=False),
        sa.Column("output_usd", sa.Float(), nullable=False),
    )


def downgrade() -> None:
    for table in ("price", "failure", "user_day", "usage", "run_view", "run_facts"):
        op.drop_table(table)
