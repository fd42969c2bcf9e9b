"""What an answer makes while it is written is told to the tabs, at little cost."""

import asyncio
from contextlib import aclosing

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
