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


@pytest.mark.parametrize(("tabs", "seconds"), [(1, 0.0), (60, 0.59), (2000, 2.0)])
def test_a_watcher_among_many_gathers_what_comes_close_together(
    in_virtual_time: asyncio.Runner, tabs: int, seconds: float
) -> None:
    async def told_after() -> float:
        loop, news = asyncio.get_running_loop(), ConversationFeed()
        with ExitStack() as others, news.watcher("u") as one:
            for _ in range(1, tabs):
                others.enter_context(news.watcher("u"))
            begun = loop.time()
            news.changed("u", "a")
            if seconds:
                loop.call_later(seconds / 2, news.changed, "u", "b")
            changes = one.changes(60)
            assert await anext(changes) == ({"a", "b"} if seconds else {"a"})
            await changes.aclose()
            return loop.time() - begun

    assert in_virtual_time.run(told_after()) == pytest.approx(seconds)


def test_what_may_be_told_later_is_known_at_once_and_told_with_whatever_comes_before(
    in_virtual_time: asyncio.Runner,
) -> None:
    async def told_after(other_after: float) -> float:
        loop, news = asyncio.get_running_loop(), ConversationFeed()
        with news.watcher("u") as one:
            begun = loop.time()
            news.changed("u", "a", told_after_seconds=0.1)
            assert news.version("u", "a") == news.changes == 1
            loop.call_later(other_after, news.changed, "u", "b")
            changes = one.changes(60)
            assert await anext(changes) == ({"a", "b"} if other_after < 0.1 else {"a"})
            await changes.aclose()
            return loop.time() - begun

    assert in_virtual_time.run(told_after(0.5)) == pytest.approx(0.1)
    assert in_virtual_time.run(told_after(0.05)) == pytest.approx(0.05)
