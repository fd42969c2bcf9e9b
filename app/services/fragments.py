"""What a user does with fragments, and the watch over answers that may be making some."""

import asyncio
import logging
from collections.abc import AsyncGenerator, Callable, Iterable, Mapping, Sequence
from contextlib import aclosing
from dataclasses import replace

from app.errors import (
    ConversationNotFoundError,
    FragmentChangedError,
    FragmentLimitError,
    FragmentNameError,
    FragmentNotFoundError,
)
from app.fragments.extraction import CodeBlock, Extractor, blocks_of, may_have_blocks
from app.fragments.naming import LONGEST_NAME_CHARS, clean_name, is_automatic
from app.persistence.errors import DatabaseError, FragmentChanged, FragmentNameTaken, FragmentRefused
from app.persistence.fragments import Cursor, FragmentCard, StoredFragment, VersionHead
from app.persistence.messages import StoredMessage
from app.persistence.repositories import Repositories
from app.services.feed import ConversationFeed, fragments_of
from app.services.preference_book import PreferenceBook
from app.streaming.events import Batch, Text
from app.streaming.manager import StreamManager
from app.streaming.store import StreamingStatus
from app.streaming.wellformed import well_formed

LOOK_SECONDS = 0.25
RETRY_SECONDS = (0.5, 1, 2, 4, 8, 15, 30)  # after which what the database refuses is left to the answer's end

logger = logging.getLogger(__name__)


class Fragments:
    """The use cases around fragments. Every id may come from a browser and is checked against the user.

    Every method raises a `DatabaseError` when the database cannot be used.
    """

    def __init__(
        self,
        repositories: Repositories,
        manager: StreamManager,
        preferences: PreferenceBook,
        feed: ConversationFeed,
    ) -> None:
        self._repository = repositories.fragments
        self._conversations = repositories.conversations
        self._messages = repositories.messages
        self._manager = manager
        self._preferences = preferences
        self._feed = feed
        self._watched: dict[str, _Watched] = {}
        self._tasks: set[asyncio.Task[None]] = set()

    def watch(self, user_id: str, message_id: str, run_id: str, on_made: Callable[[], None] = lambda: None) -> None:
        """Keep what an answer makes while it is written; its end is kept with the message itself.

        `on_made` hears of each fragment, once it is stored.
        """
        watching = self._watch(user_id, message_id, run_id, on_made)
        task = asyncio.create_task(watching, name=f"fragments of {run_id}")
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    def live(self, message_id: str) -> tuple[FragmentCard, ...]:
        """Give what an answer that is being written has made so far."""
        watched = self._watched.get(message_id)
        return watched.cards if watched else ()

    async def cards(self, user_id: str, messages: Iterable[StoredMessage]) -> Mapping[str, Sequence[FragmentCard]]:
        """Give the fragments that stand in these messages, by message."""
        found: dict[str, list[FragmentCard]] = {}
        with_code = [message.id for message in messages if may_have_blocks(message.text)]
        for card in await self._repository.cards(user_id, with_code) if with_code else ():
            found.setdefault(card.message_id, []).append(card)
        return found

    async def of_message(self, user_id: str, message_id: str, text: str) -> tuple[FragmentCard, ...]:
        """Give the fragments that stand in a message of this text."""
        return await self._repository.cards(user_id, [message_id]) if may_have_blocks(text) else ()

    async def keep(self, user_id: str, conversation_id: str, message_id: str, place: int) -> FragmentCard:
        """Make a fragment of the code block at `place` of a message of a conversation, while it is written, too.

        Raises `FragmentNotFoundError` when there is no such block, and `FragmentLimitError`.
        """
        blocks = await self._blocks(user_id, message_id, place)
        try:
            cards = await self._repository.keep(
                user_id, message_id, blocks, lambda block: block.place == place, conversation_id, is_asked=True
            )
        except FragmentRefused as error:
            raise FragmentLimitError(str(error)) from error
        card = next((card for card in cards if card.place == place), None)
        if card is None:
            raise FragmentNotFoundError
        if watched := self._watched.get(message_id):
            watched.cards = cards
            watched.made.add(place)
        return card

    async def of_conversation(self, user_id: str, conversation_id: str) -> tuple[StoredFragment, ...]:
        """List the fragments of a conversation, the oldest first; raises `ConversationNotFoundError`."""
        found = await self._repository.of_conversation(user_id, conversation_id)
        if not found and await self._conversations.get(user_id, conversation_id) is None:
            raise ConversationNotFoundError
        return found

    async def get(self, user_id: str, fragment_id: str) -> StoredFragment:
        """Read a fragment and what is known of its versions; raises `FragmentNotFoundError`."""
        fragment = await self._repository.get(user_id, fragment_id)
        if fragment is None:
            raise FragmentNotFoundError
        return fragment

    async def content(self, user_id: str, fragment_id: str, number: int) -> str:
        """Read what a version holds, of one that is being written what there is; raises `FragmentNotFoundError`."""
        fragment = await self.get(user_id, fragment_id)
        head = next((version for version in fragment.versions if version.number == number), None)
        if head is None:
            raise FragmentNotFoundError
        if head.status is StreamingStatus.STREAMING and head.place is not None:
            blocks = await self._blocks(user_id, head.message_id, head.place)
            return blocks[head.place].content if head.place < len(blocks) else ""
        return await self._repository.content(user_id, fragment_id, number) or ""

    async def contents(self, user_id: str, fragment: StoredFragment) -> AsyncGenerator[tuple[VersionHead, str]]:
        """Read all versions of a fragment, one after the other; raises `FragmentNotFoundError` when it goes."""
        for head in fragment.versions:
            yield head, await self.content(user_id, fragment.id, head.number)

    async def search(
        self, user_id: str, words: str, limit: int, before: Cursor | None = None
    ) -> tuple[StoredFragment, ...]:
        """List a user's fragments that are named by all of these words, the last changed first."""
        return await self._repository.search(user_id, well_formed(words), limit, before)

    async def rename(self, user_id: str, fragment_id: str, name: str) -> None:
        """Give a fragment another name; raises `FragmentNotFoundError` or `FragmentNameError`."""
        name = clean_name(well_formed(name))
        if not name:
            raise FragmentNameError(f"A name has 1 to {LONGEST_NAME_CHARS} characters.")
        fragment = await self.get(user_id, fragment_id)
        try:
            is_renamed = await self._repository.rename(user_id, fragment_id, name)
        except FragmentNameTaken as error:
            raise FragmentNameError("Another fragment of this conversation has this name.") from error
        if not is_renamed:
            raise FragmentNotFoundError
        for watched in self._watched.values():
            watched.rename(fragment_id, name)
        self._feed.changed(user_id, fragments_of(fragment.conversation_id))

    async def write(self, user_id: str, fragment_id: str, content: str, after: int) -> VersionHead:
        """Store a version of the user's own, which follows number `after`.

        Raises `FragmentNotFoundError`, `FragmentChangedError` when there is a newer version, and `FragmentLimitError`.
        """
        fragment = await self.get(user_id, fragment_id)
        try:
            head = await self._repository.add_version(user_id, fragment_id, well_formed(content), after)
        except FragmentChanged as error:
            raise FragmentChangedError from error
        except FragmentRefused as error:
            raise FragmentLimitError(str(error)) from error
        if head is None:
            raise FragmentNotFoundError
        self._feed.changed(user_id, fragments_of(fragment.conversation_id))
        return head

    async def restore(self, user_id: str, fragment_id: str, number: int) -> VersionHead:
        """Make an older version the newest again, as one of the user's; raises what `write` raises."""
        fragment = await self.get(user_id, fragment_id)
        content = await self.content(user_id, fragment_id, number)
        return await self.write(user_id, fragment_id, content, fragment.versions[-1].number)

    async def aclose(self) -> None:
        """Watch nothing any more."""
        for task in self._tasks:
            task.cancel()
        if self._tasks:
            await asyncio.wait(self._tasks)

    async def _blocks(self, user_id: str, message_id: str, place: int) -> Sequence[CodeBlock]:
        """Read the blocks of a message up to the one at `place`, which the page may know before the watch does."""
        if (watched := self._watched.get(message_id)) and place >= len(watched.blocks):
            await asyncio.sleep(2 * LOOK_SECONDS)
        message = await self._messages.get(user_id, message_id)
        if message is None:
            raise FragmentNotFoundError
        if (watched := self._watched.get(message_id)) and not message.status.is_terminal:
            return watched.blocks
        return await asyncio.to_thread(blocks_of, message.text)

    async def _watch(self, user_id: str, message_id: str, run_id: str, on_made: Callable[[], None]) -> None:
        watched = self._watched[message_id] = _Watched()
        try:
            watched.is_automatic = (await self._preferences.of(user_id)).automatic_fragments
            async with aclosing(self._manager.follow(run_id)) as batches:
                async for batch in batches:
                    watched.take(batch)
                    if watched.has_news():
                        watched.cards = await self._kept(user_id, message_id, watched)
                        on_made()
                    await asyncio.sleep(LOOK_SECONDS)
        except DatabaseError:
            logger.warning("The fragments of run %s are kept with its end only: the database cannot be used", run_id)
        finally:
            if self._watched.get(message_id) is watched:
                del self._watched[message_id]

    async def _kept(self, user_id: str, message_id: str, watched: "_Watched") -> tuple[FragmentCard, ...]:
        for seconds in RETRY_SECONDS:
            try:
                return await self._repository.keep(user_id, message_id, watched.blocks, watched.wants)
            except DatabaseError:
                await asyncio.sleep(seconds)
        return await self._repository.keep(user_id, message_id, watched.blocks, watched.wants)


class _Watched:
    """An answer that is being written, as far as it has been read."""

    def __init__(self) -> None:
        self.is_automatic = True
        self.cards: tuple[FragmentCard, ...] = ()
        self.made: set[int] = set()  # the places of its fragments
        self._extractor = Extractor()
        self._chars = 0
        self._settled = 0  # blocks that will not change any more

    @property
    def blocks(self) -> Sequence[CodeBlock]:
        """The blocks so far."""
        return self._extractor.blocks

    def wants(self, block: CodeBlock) -> bool:
        """Say whether a block becomes a fragment by itself."""
        return self.is_automatic and is_automatic(block)

    def take(self, batch: Batch) -> None:
        """Read what is new."""
        for event in batch:
            if isinstance(event, Text):
                new = event.text[max(0, self._chars - event.offset) :]
                self._chars += len(new)
                self._extractor.feed(new)

    def rename(self, fragment_id: str, name: str) -> None:
        """Give a fragment another name, if it is one of these."""
        self.cards = tuple(replace(card, name=name) if card.fragment_id == fragment_id else card for card in self.cards)

    def has_news(self) -> bool:
        """Say whether a block has become a fragment, or one that is has ended, since this was last asked."""
        is_news = False
        for block in self.blocks[self._settled :]:
            if self.wants(block) and block.place not in self.made:
                self.made.add(block.place)
                is_news = True
            is_news = is_news or (block.is_closed and block.place in self.made)
            self._settled += block.is_closed
        return is_news
