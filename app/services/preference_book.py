"""Who prefers what: read at every use, kept in the database, told to every open tab."""

import asyncio
import logging
from contextlib import suppress
from dataclasses import replace
from typing import Any

from app.persistence.errors import DatabaseError
from app.persistence.preferences import PreferenceRepository
from app.services.feed import PREFERENCES, ConversationFeed
from app.services.preferences import Preferences, checked, parse

READ_SECONDS = 1.0

logger = logging.getLogger(__name__)


class PreferenceBook:
    """The preferences of every user. What was read once is kept in this process, which alone writes them."""

    def __init__(self, repository: PreferenceRepository, feed: ConversationFeed) -> None:
        self._repository = repository
        self._feed = feed
        self._known: dict[str, Preferences] = {}
        self._certain: set[str] = set()  # whose known preferences are those stored
        self._turn = asyncio.Lock()  # so that nothing read before a change is kept after it

    async def of(self, user_id: str) -> Preferences:
        """Give a user's preferences now, never failing: the last known ones, or the defaults, when none can be read.

        For those that are known, but may have changed, the database is waited for a moment only.
        """
        if user_id not in self._certain:
            with suppress(TimeoutError):
                async with asyncio.timeout(READ_SECONDS if user_id in self._known else None), self._turn:
                    await self._read(user_id)
        return self._known.get(user_id, Preferences())

    async def set(self, user_id: str, key: str, value: Any) -> None:
        """Store one preference and tell every open tab; raises `BadPreferenceError` or a `DatabaseError`."""
        value = checked(key, value)
        async with self._turn:
            is_certain = user_id in self._certain
            self._certain.discard(user_id)  # a change that fails or is cancelled may be stored all the same
            await self._repository.set(user_id, key, value)
            if is_certain:
                self._known[user_id] = replace(self._known[user_id], **{key: value})
                self._certain.add(user_id)
        self._feed.changed(user_id, PREFERENCES)

    async def _read(self, user_id: str) -> None:
        if user_id in self._certain:
            return
        try:
            self._known[user_id] = parse(await self._repository.get_all(user_id))
            self._certain.add(user_id)
        except DatabaseError:
            logger.warning("The preferences cannot be read; the last known ones hold, or the defaults")
