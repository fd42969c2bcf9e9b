"""What a user can do with conversations: send, ask again, continue, stop, open, list, delete."""

from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field, replace
from uuid import UUID, uuid5

from app.errors import (
    AnswerInProgressError,
    ConversationNotFoundError,
    EmptyMessageError,
    MessageTooLongError,
    NothingToContinueError,
)
from app.feed import ConversationFeed
from app.persistence.conversations import ConversationRepository, ConversationSummary, Cursor, StoredConversation
from app.persistence.errors import ConversationBusy, DatabaseError
from app.persistence.messages import MessageRepository, NewAnswer, StoredMessage, StoredTurn
from app.persistence.runs import RunRepository
from app.sources import Sources, new_id
from app.streaming.continuation import Base, can_continue
from app.streaming.manager import StreamManager
from app.streaming.run import RunSpec
from app.streaming.store import StoredRun
from app.streaming.wellformed import well_formed
from app.titles import make_title
from providers.base import ChatMessage

CONTEXT_MESSAGES = 5000  # far beyond any context window; a provider says when it is too much


@dataclass(frozen=True, slots=True)
class Turn:
    """A question that has been stored and whose answer has begun; `title` is that of a new conversation.

    `is_repeat` says that it had been stored before, and nothing was sent.
    """

    conversation_id: str
    title: str
    is_new_conversation: bool
    user_message_id: str
    user_text: str
    message_id: str
    run_id: str
    model: str
    is_repeat: bool = False


@dataclass(frozen=True, slots=True)
class BegunAnswer:
    """An answer that has begun to a question that was there; `base` is what stood of it before."""

    conversation_id: str
    message_id: str
    run_id: str
    model: str
    base: Base = field(default_factory=Base)


@dataclass(frozen=True, slots=True)
class OpenedConversation:
    """A conversation as a tab shows it; `active` is the run that is writing its last message, if any.

    `versions` holds the answers to a question, by its id, where there are several; `attempt` is a newer answer to the
    last question that ended with less than the one that is shown.
    """

    conversation: StoredConversation
    messages: tuple[StoredMessage, ...]
    active: StoredRun | None
    versions: Mapping[str, Sequence[str]]
    attempt: StoredMessage | None

    def versions_of(self, message: StoredMessage) -> Sequence[str]:
        """Give the versions of a message, oldest first; at least itself."""
        return self.versions.get(message.parent_id or "", (message.id,))


class Chat:
    """The use cases around conversations. Every id may come from a browser and is checked against the user."""

    def __init__(
        self,
        conversations: ConversationRepository,
        messages: MessageRepository,
        runs: RunRepository,
        manager: StreamManager,
        sources: Sources,
        feed: ConversationFeed,
        max_message_chars: int,
    ) -> None:
        self._conversations = conversations
        self._messages = messages
        self._runs = runs
        self._manager = manager
        self._sources = sources
        self._feed = feed
        self._max_message_chars = max_message_chars

    async def send(self, user_id: str, conversation_id: str, text: str, model: str, user_message_id: str = "") -> Turn:
        """Store a question with its pending answer and start answering it.

        An empty `conversation_id` begins a new conversation. Raises `EmptyMessageError`, `MessageTooLongError`,
        `AnswerInProgressError`, `ConversationNotFoundError`, `TooManyRunsError`, `ServerStoppingError`, a
        `DatabaseError`, or a `ProviderError` for an unknown model; nothing is sent then.

        With a `user_message_id` (32 hexadecimal characters) of the caller's own, a repeat gives the stored turn and
        starts nothing; one that comes while the first is being stored may raise `AnswerInProgressError`.
        """
        text = self._checked(text)
        if user_message_id and (sent := await self.sent(user_id, user_message_id)):
            return sent
        answer = self._sources.new_answer(model)
        history = await self._history(user_id, conversation_id)
        spec = await self._sources.spec(user_id, answer, (*_context(history), ChatMessage("user", text)))
        with self._manager.reserved(answer.run_id):
            turn = await self._store_turn(user_id, conversation_id, text, answer, history, user_message_id)
            self._start(spec, user_id, turn.conversation_id)
        return turn

    async def answer_again(self, user_id: str, conversation_id: str, message_id: str, model: str) -> BegunAnswer:
        """Answer the last question once more, beside `message_id`, the answer that is shown and stays stored.

        It is shown again if the new one ends with less.

        Raises what `send` raises; `ConversationNotFoundError` also when `message_id` is not the last answer.
        """
        answer = replace(self._sources.new_answer(model), metadata={"instead_of": message_id})
        *before, last = await self._answered(user_id, conversation_id, message_id)
        spec = await self._sources.spec(user_id, answer, _context(before))
        with self._manager.reserved(answer.run_id):
            await self._add_answer(user_id, conversation_id, str(last.parent_id), answer)
            self._start(spec, user_id, conversation_id)
        return BegunAnswer(conversation_id, answer.message_id, answer.run_id, model)

    async def continue_answer(self, user_id: str, conversation_id: str, message_id: str, model: str) -> BegunAnswer:
        """Write on at the end of `message_id`, the last answer, in the same message.

        Raises what `send` raises; `ConversationNotFoundError` also when `message_id` is not the last answer, and
        `NothingToContinueError` when it was not cut off.
        """
        *before, last = await self._answered(user_id, conversation_id, message_id)
        if not last.status.is_terminal:
            raise AnswerInProgressError
        if not can_continue(last.status, last.text, last.metadata.get("stop_reason")):
            raise NothingToContinueError
        answer, base = self._sources.new_answer(model, message_id), _base(last)
        spec = await self._sources.spec(user_id, answer, _context(before), base)
        with self._manager.reserved(answer.run_id):
            await self._add_run(user_id, conversation_id, answer, base)
            self._start(spec, user_id, conversation_id)
        return BegunAnswer(conversation_id, message_id, answer.run_id, model, base)

    async def default_model(self, user_id: str) -> str:
        """Give the model that answers in a new conversation of this user; raises `UnknownModel` when there is none."""
        return await self._sources.default_model(user_id)

    async def sent(self, user_id: str, user_message_id: str) -> Turn | None:
        """Read what a question began; None when this user has sent none of that id."""
        question = await self._messages.get(user_id, user_message_id)
        if question is None:
            return None
        turn = await self._messages.turn(user_id, user_message_id)
        answer = await self._messages.get(user_id, turn.assistant_message_id) if turn else None
        if turn is None or answer is None:
            return None
        return Turn(
            conversation_id=question.conversation_id,
            title="",
            is_new_conversation=False,
            user_message_id=question.id,
            user_text=question.text,
            message_id=answer.id,
            run_id=turn.run_id,
            model=answer.model,
            is_repeat=True,
        )

    async def run(self, user_id: str, run_id: str) -> StoredRun | None:
        """Read a run of this user."""
        return await self._runs.get(user_id, run_id)

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
        versions = await self._messages.versions(user_id, conversation_id, limit)
        opened = OpenedConversation(conversation, messages, active, versions, None)
        return replace(opened, attempt=await self._lesser_attempt(user_id, opened))

    async def show_version(self, user_id: str, conversation_id: str, message_id: str) -> None:
        """Show another version of an answer, and what was said after it.

        Raises `AnswerInProgressError` while an answer is written, `ConversationNotFoundError` for an unknown message.
        """
        try:
            is_shown = await self._messages.show(user_id, conversation_id, message_id)
        except ConversationBusy as error:
            raise AnswerInProgressError from error
        if not is_shown:
            raise ConversationNotFoundError
        self._feed.changed(user_id, conversation_id)

    async def newest(
        self, user_id: str, limit: int, before: Cursor | None = None, down_to: Cursor | None = None
    ) -> tuple[ConversationSummary, ...]:
        """List a page of the conversations, the last used first; `before` is the cursor of the line above the page.

        With `down_to` it ends, at the latest, with the line of that cursor.
        """
        return await self._conversations.newest(user_id, limit, before, down_to)

    async def newest_with(
        self, user_id: str, limit: int, conversation_id: str, most: int
    ) -> tuple[ConversationSummary, ...]:
        """List `limit` conversations, or so many that one of them is the last, but not more than `most`."""
        found = await self._conversations.newest(user_id, limit)
        if len(found) < limit or any(line.id == conversation_id for line in found):
            return found
        conversation = await self._conversations.get(user_id, conversation_id)
        if conversation is None:
            return found
        cursor = (conversation.updated_at, conversation.id)
        return await self._conversations.newest(user_id, most, down_to=min(cursor, found[-1].cursor))

    async def delete(self, user_id: str, conversation_id: str) -> None:
        """Stop what is being written in a conversation and delete it."""
        active = await self._runs.active(user_id, conversation_id)
        if active is not None:
            await self._manager.interrupt(active.run_id)
        await self._conversations.delete(user_id, conversation_id)
        self._feed.changed(user_id, conversation_id)

    async def _lesser_attempt(self, user_id: str, opened: OpenedConversation) -> StoredMessage | None:
        if not opened.messages or opened.active:
            return None
        shown = opened.messages[-1]
        newest_id = opened.versions_of(shown)[-1]
        newest = await self._messages.get(user_id, newest_id) if newest_id != shown.id else None
        return newest if newest and newest.metadata.get("instead_of") == shown.id else None

    async def _answered(self, user_id: str, conversation_id: str, message_id: str) -> tuple[StoredMessage, ...]:
        """Read a conversation up to its last answer, which must be `message_id`."""
        history = await self._history(user_id, conversation_id)
        if not history or history[-1].id != message_id or history[-1].parent_id is None:
            raise ConversationNotFoundError
        return history

    def _start(self, spec: RunSpec, user_id: str, conversation_id: str) -> None:
        self._manager.start(spec, on_end=lambda: self._feed.changed(user_id, conversation_id))
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
        self,
        user_id: str,
        conversation_id: str,
        text: str,
        answer: NewAnswer,
        history: tuple[StoredMessage, ...],
        user_message_id: str,
    ) -> Turn:
        is_new, title = not conversation_id, make_title(text)
        conversation_id = conversation_id or (_id_after(user_message_id) if user_message_id else new_id())
        try:
            if is_new:
                await self._conversations.create(user_id, title, answer.model, conversation_id)
            stored = await self._add_turn(user_id, conversation_id, text, answer, history, user_message_id)
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
        self,
        user_id: str,
        conversation_id: str,
        text: str,
        answer: NewAnswer,
        history: tuple[StoredMessage, ...],
        user_message_id: str,
    ) -> StoredTurn:
        parent_id = history[-1].id if history else None
        try:
            stored = await self._messages.add_turn(
                user_id, conversation_id, parent_id, user_message_id or new_id(), text, answer, only_if_idle=True
            )
        except ConversationBusy as error:
            raise AnswerInProgressError from error
        if stored is None:
            raise ConversationNotFoundError
        if not stored.is_new:
            raise AnswerInProgressError
        await self._conversations.set_model(user_id, conversation_id, answer.model)
        return stored

    async def _add_answer(self, user_id: str, conversation_id: str, parent_id: str, answer: NewAnswer) -> None:
        try:
            stored = await self._messages.add_answer(user_id, conversation_id, parent_id, answer, only_if_idle=True)
        except ConversationBusy as error:
            raise AnswerInProgressError from error
        except BaseException:  # also a cancellation, which may come after the commit
            await self._take_back(user_id, conversation_id, answer.run_id, is_new=False)
            raise
        if stored is None:
            raise ConversationNotFoundError

    async def _add_run(self, user_id: str, conversation_id: str, answer: NewAnswer, base: Base) -> None:
        try:
            is_stored = await self._messages.continue_answer(user_id, conversation_id, answer, base.text)
        except ConversationBusy as error:
            raise AnswerInProgressError from error
        except BaseException:  # also a cancellation, which may come after the commit
            await self._take_back(user_id, conversation_id, answer.run_id, is_new=False)
            raise
        if not is_stored:
            raise ConversationNotFoundError

    async def _take_back(self, user_id: str, conversation_id: str, run_id: str, *, is_new: bool) -> None:
        """Leave nothing pending behind a question that could not be sent; a broken database forbids even that."""
        with suppress(DatabaseError):
            await self._manager.abandon(run_id)
            if is_new:  # a repeat finds the same new conversation, where the first one's question may stand
                await self._conversations.delete_empty(user_id, conversation_id)


def _context(history: Sequence[StoredMessage]) -> tuple[ChatMessage, ...]:
    """Everything that was said, interrupted answers too; answers that never got a word say nothing."""
    return tuple(
        ChatMessage("user" if message.role == "user" else "assistant", message.text)
        for message in history
        if message.text
    )


def _base(message: StoredMessage) -> Base:
    tokens = message.metadata.get("output_tokens")
    thinking_ms = message.metadata.get("thinking_ms")
    return Base(
        message.text,
        message.thinking,
        tokens if isinstance(tokens, int) else 0,
        thinking_ms if isinstance(thinking_ms, int) else 0,
    )


def _id_after(message_id: str) -> str:
    """Derive the id of the conversation that a message begins."""
    return uuid5(UUID(hex=message_id), "conversation").hex
