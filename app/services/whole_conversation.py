"""Reading all of a conversation, page by page, without ever holding it whole."""

from collections.abc import AsyncGenerator, Iterator, Mapping, Sequence
from typing import NamedTuple

from app.errors import ConversationNotFoundError
from app.persistence.conversations import StoredConversation
from app.persistence.messages import MessageRepository, MessageSize, StoredMessage
from app.streaming.store import StoredRun

PAGE_MESSAGES = 100
PAGE_CHARS = 200_000
_STEP_MESSAGES = 1000


class ConversationPart(NamedTuple):
    """Some messages of a conversation, oldest first, and all versions of them where there are several."""

    messages: tuple[StoredMessage, ...]
    versions: Mapping[str, Sequence[str]]


class WholeConversation(NamedTuple):
    """A conversation, the run that is writing its last message, if any, and all of its messages as they are read."""

    conversation: StoredConversation
    active: StoredRun | None
    parts: AsyncGenerator[ConversationPart]


class _Page(NamedTuple):
    last_id: str
    messages: int


async def read_whole(
    repository: MessageRepository, user_id: str, conversation_id: str, leaf_id: str | None
) -> AsyncGenerator[ConversationPart]:
    """Give the branch down to a leaf, the oldest messages first, in parts of a bounded size.

    A part holds at most `PAGE_MESSAGES` messages and about `PAGE_CHARS` characters, or one message that is longer.
    Each is read in a short transaction of its own. Raises a `DatabaseError`, and `ConversationNotFoundError` when the
    conversation is deleted meanwhile.
    """
    pages = await _pages(repository, user_id, conversation_id, leaf_id)
    for page in reversed(pages):
        messages = await repository.branch(user_id, conversation_id, page.last_id, page.messages)
        if len(messages) < page.messages:
            raise ConversationNotFoundError
        versions = await repository.versions(user_id, conversation_id, page.messages, page.last_id)
        yield ConversationPart(messages, versions)


async def _pages(
    repository: MessageRepository, user_id: str, conversation_id: str, leaf_id: str | None
) -> Sequence[_Page]:
    """Divide a branch into pages, the newest first: messages know their parents only, so that the way leads up."""
    pages: list[_Page] = []
    while leaf_id is not None:
        sizes = await repository.sizes(user_id, conversation_id, leaf_id, _STEP_MESSAGES)
        if not sizes:
            raise ConversationNotFoundError
        pages += _divided(sizes)
        leaf_id = sizes[-1].parent_id
    return pages


def _divided(sizes: Sequence[MessageSize]) -> Iterator[_Page]:
    last_id, messages, chars = "", 0, 0
    for size in sizes:
        if messages and (messages == PAGE_MESSAGES or chars + size.chars > PAGE_CHARS):
            yield _Page(last_id, messages)
            messages = chars = 0
        last_id = last_id if messages else size.message_id
        messages, chars = messages + 1, chars + size.chars
    yield _Page(last_id, messages)
