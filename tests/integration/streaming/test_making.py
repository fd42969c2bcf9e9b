"""What an answer makes while it is written is told to the tabs, at little cost."""

import asyncio
from contextlib import aclosing

from app.services.feed import conversations_among, fragments_of
from tests.integration.streaming.conftest import User
from tests.upstream import Script, Upstream


async def test_what_an_answer_makes_wakes_the_tabs_and_gives_no_conversation_another_version(
    user: User, upstream: Upstream
) -> None:
    text = "```html title=a.html\n<h1>Hi</h1>\n```\nand so on"
    upstream.script("scripted", Script(text=text, hold_after_chars=len(text) - 3))
    feed = user.services.feed
    with feed.watcher(user.id) as watcher:
        turn = await user.ask()
        version = feed.version(user.id, turn.conversation_id)
        async with asyncio.timeout(60), aclosing(watcher.changes(3600)) as changes:
            while not user.services.fragments.live(turn.message_id):
                await anext(changes)
        assert feed.version(user.id, turn.conversation_id) == version
    upstream.release("scripted")
    await user.follow(turn)


async def test_what_is_done_by_hand_is_told_and_gives_no_conversation_another_version(
    user: User, upstream: Upstream
) -> None:
    upstream.script("scripted", Script(text="```html title=a.html\n<h1>Hi</h1>\n```\n"))
    turn = await user.ask()
    await user.read(turn)
    feed, fragments = user.services.feed, user.services.fragments
    [made] = await fragments.of_conversation(user.id, turn.conversation_id)
    version = feed.version(user.id, turn.conversation_id)
    for doing in (
        fragments.rename(user.id, made.id, "b.html"),
        fragments.write(user.id, made.id, "<h1>Ho</h1>", 1),
        fragments.restore(user.id, made.id, 1),
    ):
        before = feed.changes
        await doing
        changed = feed.changed_since(user.id, before) or frozenset()
        assert changed == {fragments_of(turn.conversation_id)}
        assert conversations_among(changed) == frozenset()
    assert feed.version(user.id, turn.conversation_id) == version
