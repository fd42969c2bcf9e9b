import asyncio

from app.persistence.conversations import ConversationRepository
from app.services.feed import ConversationFeed
from app.services.lines import Lines
from tests.integration.persistence.conftest import Make

TABS = 20


async def test_tabs_that_look_at_once_read_the_list_once_and_anew_after_a_change(
    conversations: ConversationRepository, make: Make, user_id: str, statements: list[str]
) -> None:
    feed = ConversationFeed()
    lines = Lines(conversations, feed)

    async def seen_by_all(limit: int) -> set[tuple[str, ...]]:
        changes = feed.changes
        found = await asyncio.gather(*(lines.newest(user_id, limit, changes) for _ in range(TABS)))
        return {tuple(line.title for line in each) for each in found}

    for title in ("Rivers", "Lakes"):
        feed.changed(user_id, await make(title))
        statements.clear()
        expected = ("Lakes", "Rivers") if title == "Lakes" else ("Rivers",)
        assert await seen_by_all(50) == {expected}
        assert len(statements) == 1
    assert await seen_by_all(1) == {("Lakes",)}
    assert [line.title for line in await lines.newest("somebody else", 50, 0)] == []
