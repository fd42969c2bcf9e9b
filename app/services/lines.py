"""The lines of the list of conversations, read once for all tabs that show them."""

import asyncio
from collections import OrderedDict
from collections.abc import Collection

from app.persistence.conversations import ConversationRepository, ConversationSummary
from app.services.feed import ConversationFeed

KEPT_LINES = 2_000
Page = tuple[ConversationSummary, ...]


class Lines:
    """Keeps what was read of a conversation until the feed tells that it has changed."""

    def __init__(self, conversations: ConversationRepository, feed: ConversationFeed) -> None:
        self._conversations = conversations
        self._feed = feed
        self._known: OrderedDict[tuple[str, str], tuple[int, ConversationSummary | None]] = OrderedDict()
        self._turn = asyncio.Lock()  # so that whoever waits finds what the one before has read
        self._reading: dict[tuple[str, int], asyncio.Task[Page]] = {}
        self._next: dict[tuple[str, int], asyncio.Task[Page]] = {}

    async def get(self, user_id: str, conversation_ids: Collection[str]) -> tuple[ConversationSummary, ...]:
        """Give these lines, the last changed first, without those that do not exist; raises a `DatabaseError`."""
        async with self._turn:
            await self._read(user_id, [one for one in conversation_ids if not self._is_fresh(user_id, one)])
            found = [self._known[user_id, one][1] for one in conversation_ids]
            self._forget_oldest()
        return tuple(sorted((line for line in found if line), key=lambda line: line.cursor, reverse=True))

    async def newest(self, user_id: str, limit: int) -> Page:
        """List so many, the last changed first, as they are by now; raises a `DatabaseError`.

        Who asks while they are being read shares the next reading with all who do: it begins after them.
        """
        key = (user_id, limit)
        if key not in self._next:
            self._next[key] = asyncio.create_task(self._read_newest(key, self._reading.get(key)))
        return await asyncio.shield(self._next[key])

    async def _read_newest(self, key: tuple[str, int], before: "asyncio.Task[Page] | None") -> Page:
        if before:
            await asyncio.wait({before})
        self._reading[key] = self._next.pop(key)
        try:
            return await self._conversations.newest(*key)
        finally:
            del self._reading[key]

    def _is_fresh(self, user_id: str, conversation_id: str) -> bool:
        known = self._known.get((user_id, conversation_id))
        return known is not None and known[0] == self._feed.version(user_id, conversation_id)

    async def _read(self, user_id: str, missing: Collection[str]) -> None:
        if not missing:
            return
        versions = {one: self._feed.version(user_id, one) for one in missing}
        lines = {line.id: line for line in await self._conversations.lines(user_id, missing)}
        for one in missing:
            self._known[user_id, one] = (versions[one], lines.get(one))
            self._known.move_to_end((user_id, one))

    def _forget_oldest(self) -> None:
        while len(self._known) > KEPT_LINES:
            self._known.popitem(last=False)
