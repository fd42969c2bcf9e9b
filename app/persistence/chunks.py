"""The chunks in which checkpoints keep an unfinished answer, joined to what they add to it."""

from collections import defaultdict
from collections.abc import Collection, Mapping
from typing import NamedTuple

from sqlalchemy import select
from sqlalchemy.orm import Session
from sqlmodel import col

from app.persistence.tables import RunChunkRow

TEXT = "text"
THINKING = "thinking"


class Added(NamedTuple):
    """What the checkpoints of a run have added to its message."""

    text: str = ""
    thinking: str = ""


def read_chunks(session: Session, run_ids: Collection[str]) -> Mapping[str, Added]:
    """Read what these runs have added, by run; runs without a checkpoint are left out."""
    if not run_ids:
        return {}
    query = (
        select(col(RunChunkRow.run_id), col(RunChunkRow.kind), col(RunChunkRow.content))
        .where(col(RunChunkRow.run_id).in_(run_ids))
        .order_by(col(RunChunkRow.run_id), col(RunChunkRow.kind), col(RunChunkRow.start))
    )
    parts: defaultdict[str, defaultdict[str, list[str]]] = defaultdict(lambda: defaultdict(list))
    for run_id, kind, content in session.execute(query):
        parts[run_id][kind].append(content)
    return {run_id: Added("".join(of[TEXT]), "".join(of[THINKING])) for run_id, of in parts.items()}
