"""Tells every open tab of a user that a conversation has changed."""

import asyncio
from collections.abc import AsyncGenerator


class ConversationFeed:
    """Fans out the ids of changed conversations within this process.

    A watcher holds only the set of ids it has not yet taken, so a slow one costs no more than the user's number of
    conversations.
    """

    def __init__(self) -> None:
        self._watchers: dict[str, set[_Watcher]] = {}

    def changed(self, user_id: str, conversation_id: str) -> None:
        """Tell that a conversation has begun, grown a turn, ended an answer or gone."""
        for watcher in self._watchers.get(user_id, ()):
            watcher.changed.add(conversation_id)
            watcher.woken.set()

    async def watch(self, user_id: str, heartbeat_seconds: float) -> AsyncGenerator[frozenset[str]]:
        """Give the ids that changed since the last step; an empty set when nothing has for a heartbeat."""
        watcher = _Watcher()
        self._watchers.setdefault(user_id, set()).add(watcher)
        try:
            while True:
                await _wait(watcher.woken, heartbeat_seconds)
                watcher.woken.clear()
                changed, watcher.changed = frozenset(watcher.changed), set()
                yield changed
        finally:
            self._forget(user_id, watcher)

    def _forget(self, user_id: str, watcher: "_Watcher") -> None:
        self._watchers[user_id].discard(watcher)
        if not self._watchers[user_id]:
            del self._watchers[user_id]


class _Watcher:
    def __init__(self) -> None:
        self.changed: set[str] = set()
        self.woken = asyncio.Event()


async def _wait(event: asyncio.Event, seconds: float) -> None:
    try:
        async with asyncio.timeout(seconds):
            await event.wait()
    except TimeoutError:
        pass
