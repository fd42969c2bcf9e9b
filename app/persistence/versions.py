"""The versions of an answer, siblings in the tree of messages: which counts, and where walking to one leads."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from typing import NamedTuple

from sqlalchemy import Select, select, update
from sqlalchemy.orm import Session
from sqlmodel import col

from app.persistence.tables import ConversationRow, MessageRow
from app.streaming.store import StreamingStatus


class _Node(NamedTuple):
    id: str
    parent_id: str | None
    status: str
    has_text: bool

    @property
    def worth(self) -> int:
        """Rank it among the versions of an answer."""
        return worth(self.status, has_text=self.has_text)


def worth(status: str, *, has_text: bool) -> int:
    """Rank a whole answer above a part, and a part above nothing."""
    return has_text + (has_text and status == StreamingStatus.COMPLETE)


def _nodes() -> Select[str, str | None, str, bool]:
    """Select the messages as nodes, oldest first."""
    return select(
        col(MessageRow.id), col(MessageRow.parent_id), col(MessageRow.streaming_status), (col(MessageRow.content) != "")
    ).order_by(col(MessageRow.created_at), col(MessageRow.id))


def show_what_counts(session: Session, attempt: MessageRow) -> None:
    """Show the answer that stood before instead of a new attempt that ended with less."""
    query = _nodes().where(
        col(MessageRow.conversation_id) == attempt.conversation_id, col(MessageRow.parent_id) == attempt.parent_id
    )
    nodes = [_Node(*row) for row in session.execute(query)]
    counts = _what_counts(nodes, attempt.id, str(attempt.stream_metadata.get("instead_of", "")))
    if counts != attempt.id:
        is_shown = (col(ConversationRow.id) == attempt.conversation_id, col(ConversationRow.leaf_id) == attempt.id)
        session.execute(update(ConversationRow).where(*is_shown).values(leaf_id=counts))


def _what_counts(nodes: Iterable[_Node], attempt_id: str, before_id: str) -> str:
    """Give the best version; of equals the attempt, else the one before it, else the newest."""
    return max(
        enumerate(nodes),
        key=lambda entry: (entry[1].worth, entry[1].id == attempt_id, entry[1].id == before_id, entry[0]),
    )[1].id


def newest_leaf(session: Session, conversation_id: str, message_id: str) -> str:
    """Give the end of the branch through a message: at each fork where the newest message lies.

    Of the versions after which nothing was said only the best count.
    """
    nodes = [_Node(*row) for row in session.execute(_nodes().where(col(MessageRow.conversation_id) == conversation_id))]
    children: defaultdict[str | None, list[_Node]] = defaultdict(list)
    for node in nodes:
        children[node.parent_id].append(node)
    newest = _newest_beneath({node.id: place for place, node in enumerate(nodes)}, children, message_id)
    while following := children[message_id]:
        best = max(node.worth for node in following)
        counting = (node.id for node in following if children[node.id] or node.worth == best)
        message_id = max(counting, key=lambda node_id: newest[node_id])
    return message_id


def _newest_beneath(
    places: Mapping[str, int], children: Mapping[str | None, Sequence[_Node]], root_id: str
) -> dict[str, int]:
    """Give, for each message from `root_id` on, the last place in time among it and all that was said after it."""
    order = [root_id]
    for node_id in order:
        order.extend(child.id for child in children[node_id])
    newest: dict[str, int] = {}
    for node_id in reversed(order):
        newest[node_id] = max([places[node_id], *(newest[child.id] for child in children[node_id])])
    return newest


def by_parent(rows: Iterable[tuple[str, str]]) -> Mapping[str, Sequence[str]]:
    """Group ids under their parents; only where there is more than one."""
    grouped: defaultdict[str, list[str]] = defaultdict(list)
    for message_id, parent_id in rows:
        grouped[parent_id].append(message_id)
    return {parent_id: ids for parent_id, ids in grouped.items() if len(ids) > 1}
