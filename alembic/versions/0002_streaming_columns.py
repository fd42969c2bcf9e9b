"""What is known of an answer while it streams; messages from before are complete."""

import sqlalchemy as sa

from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    with op.batch_alter_table("message") as message:
        message.add_column(sa.Column("streaming_status", sa.String(), nullable=False, server_default="complete"))
        message.add_column(sa.Column("stream_metadata", sa.JSON(), nullable=False, server_default="{}"))
        message.add_column(sa.Column("partial_content", sa.Text(), nullable=False, server_default=""))
        message.create_index("ix_message_conversation_status", ["conversation_id", "streaming_status"])


def downgrade() -> None:
    # An answer that was still being written keeps what was shown of it.
    op.execute("UPDATE message SET content = partial_content WHERE streaming_status IN ('pending', 'streaming')")
    with op.batch_alter_table("message") as message:
        message.drop_index("ix_message_conversation_status")
        message.drop_column("partial_content")
        message.drop_column("stream_metadata")
        message.drop_column("streaming_status")
