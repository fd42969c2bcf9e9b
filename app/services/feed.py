"""Tells every open tab of a user that a conversation, its fragments, or what the user prefers, has changed."""

import asyncio
from collections import OrderedDict
from collections.abc import AsyncGenerator, Callable, Generator
from contextlib import contextmanager
from itertools import takewhile

REMEMBERED_CHANGES = 10_000
SECONDS_A_TAB = 0.01
LONGEST_GATHER_SECONDS = 2.0
PREFERENCES = "preferences"  # stands among the ids of conversations, and cannot be one
_FRAGMENTS = "fragments of "  # before the id of a conversation, likewise


def fragments_of(conversation_id: str) -> str:
    """Name what is made of a conversation's fragments by hand, among what changes."""
    return _FRAGMENTS + conversation_id


def conversations_among(changed: frozenset[str]) -> frozenset[str]:
    """Give the conversations among what has changed."""
    return frozenset(name for name in changed if name != PREFERENCES and not name.startswith(_FRAGMENTS))


class ConversationFeed:
    """Fans out the ids of changed conversations, `fragments_of` them, and `PREFERENCES`, within this process.

    A watcher holds only the set of ids it has not yet taken, so a slow one costs no more than the user's number of
    conversations.
    """

    def __init__(self) -> None:
        self._watchers: dict[str, set[Watcher]] = {}
        self._changes = 0
        self._changed_at: OrderedDict[tuple[str, str], int] = OrderedDict()

    def changed(self, user_id: str, conversation_id: str, *, told_after_seconds: float = 0.0) -> None:
        """Tell that a conversation has begun, grown a turn, ended an answer or gone, or that anything else has changed.

        It has a new version at once; nobody is woken for it before `told_after_seconds`.
        """
        self._changes += 1
        self._changed_at[user_id, conversation_id] = self._changes
        self._changed_at.move_to_end((user_id, conversation_id))
        while len(self._changed_at) > REMEMBERED_CHANGES:
            self._changed_at.popitem(last=False)
        for watcher in self._watchers.get(user_id, ()):
            watcher.changed.add(conversation_id)
        if told_after_seconds:
            asyncio.get_running_loop().call_later(told_after_seconds, self.wake_tabs_of, user_id)
        else:
            self.wake_tabs_of(user_id)

    def wake_tabs_of(self, user_id: str) -> None:
        """Let a user's tabs look anew at what they follow: no conversation has another version for it."""
        for watcher in self._watchers.get(user_id, ()):
            watcher.woken.set()

    def version(self, user_id: str, conversation_id: str) -> int:
        """Give a number that is another one after every change of a conversation."""
        return self._changed_at.get((user_id, conversation_id), 0)

    @property
    def changes(self) -> int:
        """Count the changes so far; see `changed_since`."""
        return self._changes

    def changed_since(self, user_id: str, changes: int) -> frozenset[str] | None:
        """Name what has changed of a user's since there were so many changes; None when nobody knows any more."""
        if changes < self._changes - REMEMBERED_CHANGES:
            return None
        newer = takewhile(lambda entry: entry[1] > changes, reversed(self._changed_at.items()))
        return frozenset(name for (owner_id, name), _ in newer if owner_id == user_id)

    def wake(self) -> None:
        """Let every tab look anew at what is no conversation's."""
        for user_id in self._watchers:
            self.wake_tabs_of(user_id)

    @contextmanager
    def watcher(self, user_id: str) -> Generator["Watcher"]:
        """Watch from this moment on, until the block is left."""
        watchers = self._watchers.setdefault(user_id, set())
        watcher = Watcher(lambda: len(watchers))
        watchers.add(watcher)
        try:
            yield watcher
        finally:
            watchers.discard(watcher)
            if not watchers:
                self._watchers.pop(user_id, None)


class Watcher:
    """One tab's view of what has changed since it last looked."""

    def __init__(self, tabs: Callable[[], int]) -> None:
        self.changed: set[str] = set()
        self.woken = asyncio.Event()
        self._tabs = tabs

    async def changes(self, heartbeat_seconds: float) -> AsyncGenerator[frozenset[str]]:
        """Give the ids that changed since the last step; an empty set after a heartbeat or a wake without any.

        Where a user has many tabs each waits a little for more: every change costs every tab.
        """
        while True:
            await _wait(self.woken, heartbeat_seconds)
            if self.changed:
                await asyncio.sleep(min((self._tabs() - 1) * SECONDS_A_TAB, LONGEST_GATHER_SECONDS))
            self.woken.clear()
            changed, self.changed = frozenset(self.changed), set()
            yield changed


async def _wait(event: asyncio.Event, seconds: float) -> None:
    try:
        async with asyncio.timeout(seconds):
            await event.wait()
    except TimeoutError:
        pass
