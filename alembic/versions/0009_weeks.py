"""What answers have in common by week, added up from the days."""

from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Any

import sqlalchemy as sa

from alembic import op

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None

_USAGE = sa.table(
    "usage",
    sa.column("period", sa.String),
    sa.column("start", sa.DateTime(timezone=True)),
    sa.column("provider", sa.String),
    sa.column("model", sa.String),
    sa.column("tally", sa.JSON),
)


def upgrade() -> None:
    weeks: dict[tuple[datetime, str, str], dict[str, Any]] = {}
    days = sa.select(_USAGE.c.start, _USAGE.c.provider, _USAGE.c.model, _USAGE.c.tally).where(_USAGE.c.period == "day")
    for start, provider, model, tally in op.get_bind().execute(days.order_by(_USAGE.c.start)):
        key = (start - timedelta(days=start.weekday()), provider, model)
        weeks[key] = _added((weeks.get(key, {}), tally))
    rows = [
        {"period": "week", "start": start, "provider": provider, "model": model, "tally": tally}
        for (start, provider, model), tally in weeks.items()
    ]
    if rows:
        op.bulk_insert(_USAGE, rows)


def downgrade() -> None:
    op.execute(_USAGE.delete().where(_USAGE.c.period == "week"))


def _added(tallies: Iterable[dict[str, Any]]) -> dict[str, Any]:
    """Add up numbers at the same places of nested dictionaries."""
    whole: dict[str, Any] = {}
    for tally in tallies:
        for name, value in tally.items():
            whole[name] = (
                _added((whole.get(name, {}), value)) if isinstance(value, dict) else whole.get(name, 0) + value
            )
    return whole
