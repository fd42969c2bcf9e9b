"""Fragments that became more than code: React components and Python programs."""

import sqlalchemy as sa

from alembic import op

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None

_FRAGMENT = sa.table("fragment", sa.column("language", sa.String), sa.column("kind", sa.String))
_KINDS = {"jsx": "react", "tsx": "react", "python": "python"}


def upgrade() -> None:
    for language, kind in _KINDS.items():
        op.execute(_FRAGMENT.update().where(_FRAGMENT.c.language == language).values(kind=kind))


def downgrade() -> None:
    op.execute(_FRAGMENT.update().where(_FRAGMENT.c.language.in_(_KINDS)).values(kind="code"))
