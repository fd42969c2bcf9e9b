"""What has changed is told to every watcher, and can be asked for afterwards."""

import asyncio

from app.services import feed
from app.services.feed import ConversationFeed


async def test_a_change_has_a_number_of_its_own_and_is_found_again() -> None:
    news = ConversationFeed()
    assert news.version("u", "a") == 0
    news.changed("u", "a")
    news.changed("v", "x")
    before = news.changes
    assert news.changed_since("u", 0) == {"a"}
    news.changed("u", "b")
    news.changed("u", "a")
    assert news.version("u", "a") > news.version("u", "b") > 0
    assert news.changed_since("u", before) == {"a", "b"}
    assert news.changed_since("u", news.changes) == frozenset()


async def test_what_is_remembered_is_bounded_and_what_is_forgotten_is_not_denied() -> None:
    news = ConversationFeed()
    for number in range(feed.REMEMBERED_CHANGES + 5):
        news.changed("u", str(number))
    assert news.changed_since("u", 0) is None
    assert news.version("u", "0") == 0
    assert len(news.changed_since("u", news.changes - 3) or ()) == 3


async def test_a_watcher_among_many_gathers_what_comes_close_together() -> None:
    news = ConversationFeed()
    with news.watcher("u") as one, news.watcher("u"), news.watcher("u"):
        changes = one.changes(60)
        news.changed("u", "a")
        first = asyncio.ensure_future(anext(changes))
        await asyncio.sleep(0)
        news.changed("u", "b")
        assert await first == {"a", "b"}
        await changes.aclose()
