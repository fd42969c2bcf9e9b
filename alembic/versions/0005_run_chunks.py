"""What checkpoints add to an unfinished answer: one row a checkpoint, so that bytes written grow with the text."""

import sqlalchemy as sa

from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None

_WRITING = "(SELECT id FROM run WHERE status IN ('pending', 'streaming'))"


def upgrade() -> None:
    op.create_table(
        "run_chunk",
        sa.Column("run_id", sa.String(), sa.ForeignKey("run.id", ondelete="CASCADE"), primary_key=True),
        sa.Column("kind", sa.String(), primary_key=True),
        sa.Column("start", sa.Integer(), primary_key=True),
        sa.Column("content", sa.Text(), nullable=False),
    )


def downgrade() -> None:
    # An answer that was still being written keeps what was stored of it, where it was kept before.
    connection = op.get_bind()
    query = f"SELECT run_id, kind, content FROM run_chunk WHERE run_id IN {_WRITING} ORDER BY run_id, kind, start"  # noqa: S608
    for run_id, kind, content in connection.execute(sa.text(query)).all():
        column = {"text": "partial_content", "thinking": "thinking"}[kind]
        grown = (
            f"UPDATE message SET {column} = {column} || :content WHERE id = (SELECT message_id FROM run WHERE id = :id)"  # noqa: S608
        )
        connection.execute(sa.text(grown), {"content": content, "id": run_id})
    op.drop_table("run_chunk")
