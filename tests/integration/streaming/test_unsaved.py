"""What the database is behind with is known while it lasts, and no longer."""

import asyncio

from app.services.fragments import LOOK_SECONDS
from app.settings import Settings
from app.streaming.store import StreamingStatus
from tests.integration.streaming.conftest import User, break_storing, mend_storing, refusing
from tests.upstream import Script, Upstream

LONG = "A river begins as a trickle of melted snow, and ends as wide as a lake. " * 50


async def test_a_database_that_takes_nothing_wakes_the_tabs_and_wakes_them_when_it_does(
    user: User, upstream: Upstream, settings: Settings
) -> None:
    upstream.script("scripted", Script(text=LONG, hold_after_chars=400))
    manager, feed = user.services.manager, user.services.feed
    turn = await user.ask()
    await user.read_until(turn, 400)
    with feed.watcher(user.id) as watcher:
        changes = watcher.changes(10)
        await break_storing(settings)
        upstream.release("scripted")
        await user.follow(turn)
        assert await anext(changes) == frozenset()
        assert manager.unsaved
        await mend_storing(settings)
        while manager.unsaved:
            await anext(changes)
        await changes.aclose()
    async with asyncio.timeout(60):
        while manager.running:
            await asyncio.sleep(0.02)
    assert (await user.stored(turn)).status is StreamingStatus.COMPLETE


async def test_a_run_that_was_never_begun_is_not_waited_for(user: User, upstream: Upstream, settings: Settings) -> None:
    upstream.script("scripted", Script(text=LONG, hold_after_chars=0))
    turn = await user.ask()
    await break_storing(settings)
    await user.services.chat.stop(user.id, turn.run_id)
    await user.follow(turn)
    await mend_storing(settings)
    async with asyncio.timeout(60):
        while user.services.manager.running:
            await asyncio.sleep(0.02)
    assert not user.services.manager.unsaved


async def test_a_fragment_that_could_not_be_stored_is_stored_while_the_answer_is_still_written(
    user: User, upstream: Upstream, settings: Settings
) -> None:
    text = "```html title=a.html\n<h1>Hi</h1>\n```\nand so on"
    upstream.script("scripted", Script(text=text, hold_after_chars=len(text) - 3))
    async with refusing(settings, "INSERT ON fragment"):
        turn = await user.ask()
        await user.read_until(turn, text.index("and"))
        await asyncio.sleep(2 * LOOK_SECONDS)
        assert not user.services.fragments.live(turn.message_id)
    async with asyncio.timeout(60):
        while not (made := user.services.fragments.live(turn.message_id)):
            await asyncio.sleep(0.02)
    assert [card.name for card in made] == ["a.html"]
    upstream.release("scripted")
    await user.follow(turn)
