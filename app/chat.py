"""What a user can do with conversations: send, stop, open, list, delete."""

import re
import unicodedata
from contextlib import suppress
from dataclasses import dataclass
from uuid import uuid4

from app.errors import AnswerInProgressError, ConversationNotFoundError, EmptyMessageError, MessageTooLongError
from app.feed import ConversationFeed
from app.persistence.conversations import ConversationRepository, ConversationSummary, StoredConversation
from app.persistence.errors import ConversationBusy, DatabaseError
from app.persistence.messages import MessageRepository, NewAnswer, StoredMessage, StoredTurn
from app.persistence.runs import RunRepository
from app.streaming.manager import StreamManager
from app.streaming.run import RunSpec
from app.streaming.store import StoredRun
from app.streaming.wellformed import well_formed
from providers.base import ChatMessage, GenerationRequest
from providers.registry import ProviderRegistry

TITLE_CHARS = 80
CONTEXT_MESSAGES = 5000  # far beyond any context window; a provider says when it is too much
UNTITLED = "New chat"


@dataclass(frozen=True, slots=True)
class Turn:
    """A question that has been stored and whose answer has begun; `title` is that of a new conversation."""

    conversation_id: str
    title: str
    is_new_conversation: bool
    user_message_id: str
    user_text: str
    message_id: str
    run_id: str
    model: str


@dataclass(frozen=True, slots=True)
class OpenedConversation:
    """A conversation as a tab shows it; `active` is the run that is writing its last message, if any."""

    conversation: StoredConversation
    messages: tuple[StoredMessage, ...]
    active: StoredRun | None


class Chat:
    """The use cases around conversations. Every id may come from a browser and is checked against the user."""

    def __init__(
        self,
        conversations: ConversationRepository,
        messages: MessageRepository,
        runs: RunRepository,
        manager: StreamManager,
        registry: ProviderRegistry,
        feed: ConversationFeed,
        max_message_chars: int,
    ) -> None:
        self._conversations = conversations
        self._messages = messages
        self._runs = runs
        self._manager = manager
        self._registry = registry
        self._feed = feed
        self._max_message_chars = max_message_chars

    async def send(self, user_id: str, conversation_id: str, text: str, model: str) -> Turn:
        """Store a question with its pending answer and start answering it.

        An empty `conversation_id` begins a new conversation. Raises `EmptyMessageError`, `MessageTooLongError`,
        `AnswerInProgressError`, `ConversationNotFoundError`, `TooManyRunsError`, `ServerStoppingError`, a
        `DatabaseError`, or a `ProviderError` for an unknown model; nothing is sent then.
        """
        text = self._checked(text)
        provider, model_name = self._registry.resolve(model)
        history = await self._history(user_id, conversation_id)
        messages = (*_context(history), ChatMessage("user", text))
        answer = NewAnswer(_new_id(), _new_id(), provider.name, model)
        with self._manager.reserved(answer.run_id):
            turn = await self._store_turn(user_id, conversation_id, text, answer, history)
            spec = RunSpec(answer.run_id, answer.message_id, provider, GenerationRequest(model_name, messages))
            self._manager.start(spec, on_end=lambda: self._feed.changed(user_id, turn.conversation_id))
        self._feed.changed(user_id, turn.conversation_id)
        return turn

    async def stop(self, user_id: str, run_id: str) -> bool:
        """Interrupt a run of this user; False when it is over, unknown or somebody else's."""
        run = await self._runs.get(user_id, run_id)
        return run is not None and await self._manager.interrupt(run_id)

    async def open(self, user_id: str, conversation_id: str, limit: int) -> OpenedConversation:
        """Read a conversation's newest `limit` messages; raises `ConversationNotFoundError`."""
        conversation = await self._conversations.get(user_id, conversation_id)
        if conversation is None:
            raise ConversationNotFoundError
        # In this order: a run that ends in between is followed once more, and its follower brings the ending.
        active = await self._runs.active(user_id, conversation_id)
        messages = await self._messages.branch(user_id, conversation_id, limit=limit)
        return OpenedConversation(conversation, messages, active)

    async def newest(self, user_id: str, limit: int) -> tuple[ConversationSummary, ...]:
        """List the conversations, the last used first."""
        return await self._conversations.newest(user_id, limit)

    async def delete(self, user_id: str, conversation_id: str) -> None:
        """Stop what is being written in a conversation and delete it."""
        active = await self._runs.active(user_id, conversation_id)
        if active is not None:
            await self._manager.interrupt(active.run_id)
        await self._conversations.delete(user_id, conversation_id)
        self._feed.changed(user_id, conversation_id)

    def _checked(self, text: str) -> str:
        if not text.strip():
            raise EmptyMessageError("Write a message first.")
        if len(text) > self._max_message_chars:
            raise MessageTooLongError(len(text), self._max_message_chars)
        return well_formed(text)

    async def _history(self, user_id: str, conversation_id: str) -> tuple[StoredMessage, ...]:
        if not conversation_id:
            return ()
        return await self._messages.branch(user_id, conversation_id, limit=CONTEXT_MESSAGES)

    async def _store_turn(
        self, user_id: str, conversation_id: str, text: str, answer: NewAnswer, history: tuple[StoredMessage, ...]
    ) -> Turn:
        is_new, title = not conversation_id, make_title(text)
        conversation_id = conversation_id or _new_id()
        try:
            if is_new:
                await self._conversations.create(user_id, title, answer.model, conversation_id)
            stored = await self._add_turn(user_id, conversation_id, text, answer, history)
        except BaseException:  # also a cancellation, which may come after the commit
            await self._take_back(user_id, conversation_id, answer.run_id, is_new=is_new)
            raise
        return Turn(
            conversation_id=conversation_id,
            title=title,
            is_new_conversation=is_new,
            user_message_id=stored.user_message_id,
            user_text=text,
            message_id=answer.message_id,
            run_id=answer.run_id,
            model=answer.model,
        )

    async def _add_turn(
        self, user_id: str, conversation_id: str, text: str, answer: NewAnswer, history: tuple[StoredMessage, ...]
    ) -> StoredTurn:
        parent_id = history[-1].id if history else None
        try:
            stored = await self._messages.add_turn(
                user_id, conversation_id, parent_id, _new_id(), text, answer, only_if_idle=True
            )
        except ConversationBusy as error:
            raise AnswerInProgressError from error
        if stored is None:
            raise ConversationNotFoundError
        await self._conversations.set_model(user_id, conversation_id, answer.model)
        return stored

    async def _take_back(self, user_id: str, conversation_id: str, run_id: str, *, is_new: bool) -> None:
        """Leave nothing pending behind a question that could not be sent; a broken database forbids even that."""
        with suppress(DatabaseError):
            if is_new:
                await self._conversations.delete(user_id, conversation_id)
            else:
                await self._manager.abandon(run_id)


def make_title(text: str, fallback: str = UNTITLED) -> str:
    """Make a title of at most 80 characters out of a text's first words."""
    printable = "".join(" " if unicodedata.category(char) in ("Cc", "Zl", "Zp") else char for char in text[:2000])
    line = re.sub(r"\s+", " ", well_formed(printable)).strip(" #>*`-")
    if len(line) <= TITLE_CHARS:
        return line or fallback
    return line[: TITLE_CHARS - 1].rsplit(" ", 1)[0].rstrip(" ,.;:") + "…"


def _context(history: tuple[StoredMessage, ...]) -> tuple[ChatMessage, ...]:
    """Everything that was said, interrupted answers too; answers that never got a word say nothing."""
    return tuple(
        ChatMessage("user" if message.role == "user" else "assistant", message.text)
        for message in history
        if message.text
    )


def _new_id() -> str:
    return uuid4().hex
