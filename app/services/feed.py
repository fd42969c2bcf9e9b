"""Tells every open tab of a user that a conversation, or what the user prefers, has changed."""

import asyncio
from collections.abc import AsyncGenerator, Generator
from contextlib import contextmanager

PREFERENCES = "preferences"  # stands among the ids of conversations, and cannot be one


class ConversationFeed:
    """Fans out the ids of changed conversations, and `PREFERENCES`, within this process.

    A watcher holds only the set of ids it has not yet taken, so a slow one costs no more than the user's number of
    conversations.
    """

    def __init__(self) -> None:
        self._watchers: dict[str, set[Watcher]] = {}

    def changed(self, user_id: str, conversation_id: str) -> None:
        """Tell that a conversation has begun, grown a turn, ended an answer or gone."""
        for watcher in self._watchers.get(user_id, ()):
            watcher.changed.add(conversation_id)
            watcher.woken.set()

    def wake(self) -> None:
        """Let every tab look anew at what is no conversation's."""
        for watchers in self._watchers.values():
            for watcher in watchers:
                watcher.woken.set()

    @contextmanager
    def watcher(self, user_id: str) -> Generator["Watcher"]:
        """Watch from this moment on, until the block is left."""
        watcher = Watcher()
        watchers = self._watchers.setdefault(user_id, set())
        watchers.add(watcher)
        try:
            yield watcher
        finally:
            watchers.discard(watcher)
            if not watchers:
                self._watchers.pop(user_id, None)


class Watcher:
    """One tab's view of what has changed since it last looked."""

    def __init__(self) -> None:
        self.changed: set[str] = set()
        self.woken = asyncio.Event()

    async def changes(self, heartbeat_seconds: float) -> AsyncGenerator[frozenset[str]]:
        """Give the ids that changed since the last step; an empty set after a heartbeat or a wake without any."""
        while True:
            await _wait(self.woken, heartbeat_seconds)
            self.woken.clear()
            changed, self.changed = frozenset(self.changed), set()
            yield changed


async def _wait(event: asyncio.Event, seconds: float) -> None:
    try:
        async with asyncio.timeout(seconds):
            await event.wait()
    except TimeoutError:
        pass
