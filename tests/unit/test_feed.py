"""What has changed is told to every watcher, and can be asked for afterwards."""

import asyncio
from contextlib import ExitStack

import pytest

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


@pytest.mark.parametrize(("tabs", "least", "most"), [(1, 0.1, 0.2), (60, 0.6, 0.8), (2000, 2.0, 2.0)])
def test_a_watcher_gathers_what_comes_close_together_and_for_longer_among_many(
    in_virtual_time: asyncio.Runner, tabs: int, least: float, most: float
) -> None:
    async def told_after() -> float:
        loop, news = asyncio.get_running_loop(), ConversationFeed()
        with ExitStack() as others, news.watcher("u") as one:
            for _ in range(1, tabs):
                others.enter_context(news.watcher("u"))
            begun = loop.time()
            news.changed("u", "a")
            loop.call_later(least / 2, news.changed, "u", "b")
            changes = one.changes(60)
            assert await anext(changes) == {"a", "b"}
            await changes.aclose()
            return loop.time() - begun

    assert least <= in_virtual_time.run(told_after()) <= most
