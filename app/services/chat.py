"""What a user can do with conversations: send, ask again, continue, stop, open, list, delete."""

import asyncio
import time
from collections.abc import Awaitable, Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import partial
from typing import NamedTuple
from uuid import UUID, uuid5

from app.errors import (
    AnswerInProgressError,
    ConversationNotFoundError,
    EmptyMessageError,
    MessageTooLongError,
    NothingToContinueError,
    RivuletError,
)
from app.fragments.telling import what_was_edited
from app.ids import new_id
from app.persistence.conversations import ConversationSummary, Cursor, StoredConversation
from app.persistence.errors import ConversationBusy
from app.persistence.fragments import Edit, FragmentCard
from app.persistence.messages import StoredMessage, Utterance
from app.persistence.repositories import Repositories
from app.persistence.turns import BegunTurn, NewQuestion
from app.persistence.uncancelled import uncancelled
from app.persistence.versions import worth
from app.services.feed import ConversationFeed
from app.services.fragments import Fragments
from app.services.lines import Lines
from app.services.sources import PreparedAnswer, Sources
from app.services.titles import make_title
from app.services.whole_conversation import WholeConversation, read_whole
from app.streaming.manager import StreamManager
from app.streaming.stitching import Prefix, can_continue
from app.streaming.store import StoredRun
from app.streaming.wellformed import well_formed
from providers.base import ChatMessage
from providers.errors import ProviderError

ASKING_TURNS = 16  # of the event loop; a connection and a request take ten
ASKING_SECONDS = 0.005
FIRST_WORDS_SECONDS = 0.1  # for which they have the page for themselves: its list learns of a new answer later


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
    """An answer that has begun to a question that was there; `prefix` is what stood of it before."""

    conversation_id: str
    message_id: str
    run_id: str
    model: str
    prefix: Prefix = field(default_factory=Prefix)


class Choice(NamedTuple):
    """What a conversation is asked with: `provider/model`, and a `ThinkingAmount` or empty for the preferred one."""

    model: str
    thinking: str


@dataclass(frozen=True, slots=True)
class OpenedConversation:
    """A conversation as a tab shows it; `active` is the run that is writing its last message, if any.

    `versions` holds the answers to a question, by its id, where there are several; `attempt` is a newer answer to the
    last question that ended with less than the one that is shown. `cards` holds the fragments by their message.
    """

    conversation: StoredConversation
    messages: tuple[StoredMessage, ...]
    active: StoredRun | None
    versions: Mapping[str, Sequence[str]]
    attempt: StoredMessage | None
    cards: Mapping[str, Sequence[FragmentCard]] = field(default_factory=dict[str, Sequence[FragmentCard]])

    def versions_of(self, message: StoredMessage) -> Sequence[str]:
        """Give the versions of a message, oldest first; at least itself."""
        return self.versions.get(message.parent_id or "", (message.id,))


class Chat:
    """The use cases around conversations. Every id may come from a browser and is checked against the user."""

    def __init__(
        self,
        repositories: Repositories,
        manager: StreamManager,
        sources: Sources,
        feed: ConversationFeed,
        fragments: Fragments,
        max_message_chars: int,
    ) -> None:
        self._conversations = repositories.conversations
        self._lines = Lines(repositories.conversations, feed)
        self._messages = repositories.messages
        self._turns = repositories.turns
        self._runs = repositories.runs
        self._manager = manager
        self._sources = sources
        self._feed = feed
        self._fragments = fragments
        self._max_message_chars = max_message_chars

    async def send(
        self, user_id: str, conversation_id: str, text: str, model: str, user_message_id: str = "", thinking: str = ""
    ) -> Turn:
        """Store a question with its pending answer and start answering it.

        An empty `conversation_id` begins a new conversation; `model` and `thinking` (a `ThinkingAmount`, or empty for
        the user's preference) become the conversation's. Raises `EmptyMessageError`, `MessageTooLongError`,
        `AnswerInProgressError`, `ConversationNotFoundError`, `TooManyRunsError`, `ServerStoppingError`, a
        `DatabaseError`, or a `ProviderError` for an unknown model; nothing is sent then.

        With a `user_message_id` (32 hexadecimal characters) of the caller's own, a repeat gives the stored turn and
        starts nothing.
        """
        text = self._checked(text)
        try:
            return await self._send(user_id, conversation_id, text, model, user_message_id or new_id(), thinking)
        except (RivuletError, ProviderError):
            # What cannot be sent now may have been sent before, with a model that is gone or in another conversation.
            if user_message_id and (sent := await self.sent(user_id, user_message_id)):
                return sent
            raise

    async def _send(self, user_id: str, conversation_id: str, text: str, model: str, key: str, thinking: str) -> Turn:
        is_first = not conversation_id
        question = NewQuestion(key, text, make_title(text))
        conversation_id = conversation_id or _id_after(key)
        prepared = await self._sources.prepare(user_id, model, thinking)
        storing = partial(self._turns.send, user_id, conversation_id, question, prepared.answer, is_first=is_first)
        turn = await self._begin(user_id, prepared, storing)
        if not turn.is_new and (sent := await self.sent(user_id, key)):
            return sent
        return _turn(turn, text, question.title if is_first else "")

    async def answer_again(
        self, user_id: str, conversation_id: str, message_id: str, model: str, thinking: str = ""
    ) -> BegunAnswer:
        """Answer the last question once more, beside `message_id`, the answer that is shown and stays stored.

        It is shown again if the new one ends with less.

        Raises what `send` raises; `ConversationNotFoundError` also when `message_id` is not the last answer.
        """
        prepared = await self._sources.prepare(user_id, model, thinking, instead_of=message_id)
        storing = partial(self._turns.answer_again, user_id, conversation_id, message_id, prepared.answer)
        turn = await self._begin(user_id, prepared, storing)
        return BegunAnswer(conversation_id, turn.message_id, turn.run_id, model)

    async def continue_answer(
        self, user_id: str, conversation_id: str, message_id: str, model: str, thinking: str = ""
    ) -> BegunAnswer:
        """Write on at the end of `message_id`, the last answer, in the same message.

        Raises what `send` raises; `ConversationNotFoundError` also when `message_id` is not the last answer, and
        `NothingToContinueError` when it was not cut off.
        """
        last = await self._messages.get(user_id, message_id)
        if last is None or last.conversation_id != conversation_id or last.parent_id is None:
            raise ConversationNotFoundError
        if not last.status.is_terminal:
            raise AnswerInProgressError
        if not can_continue(last.status, last.text, last.metadata.get("stop_reason")):
            raise NothingToContinueError
        prepared, prefix = await self._sources.prepare(user_id, model, thinking, message_id), _prefix(last)
        storing = partial(self._turns.continue_answer, user_id, conversation_id, last.text, prepared.answer)
        turn = await self._begin(user_id, prepared, storing, prefix)
        return BegunAnswer(conversation_id, message_id, turn.run_id, model, prefix)

    async def default_model(self, user_id: str) -> str:
        """Give the model that answers in a new conversation of this user; raises `UnknownModel` when there is none."""
        return await self._sources.default_model(user_id)

    async def choice(
        self, user_id: str, conversation_id: str, model: str | None = None, thinking: str | None = None
    ) -> Choice:
        """Complete what a caller chose by what the conversation has, or a new one (an empty id) would have.

        Raises `ConversationNotFoundError`, a `DatabaseError`, or `UnknownModel` when there is no default one.
        """
        if not conversation_id:
            return Choice(model or await self.default_model(user_id), thinking or "")
        conversation = await self._conversations.get(user_id, conversation_id)
        if conversation is None:
            raise ConversationNotFoundError
        return Choice(model or conversation.model, conversation.thinking if thinking is None else thinking)

    async def sent(self, user_id: str, user_message_id: str) -> Turn | None:
        """Read what a question began; None when this user has sent none of that id. Raises a `DatabaseError`."""
        turn = await self._turns.sent(user_id, user_message_id)
        question = await self._messages.get(user_id, user_message_id) if turn else None
        return _turn(turn, question.text) if turn and question else None

    async def run(self, user_id: str, run_id: str) -> StoredRun | None:
        """Read a run of this user; None when there is none. Raises a `DatabaseError`."""
        return await self._runs.get(user_id, run_id)

    async def message(self, user_id: str, message_id: str) -> StoredMessage | None:
        """Read a message of this user; None when there is none. Raises a `DatabaseError`."""
        return await self._messages.get(user_id, message_id)

    async def stop(self, user_id: str, run_id: str) -> bool:
        """Interrupt a run of this user; False when it is over, unknown or somebody else's.

        Of a run that this process writes no database is asked; of another it is, and a `DatabaseError` may be raised.
        """
        if self._manager.is_running_for(user_id, run_id):
            return await self._manager.interrupt(run_id)
        run = await self._runs.get(user_id, run_id)
        return run is not None and await self._manager.interrupt(run_id)

    async def open(self, user_id: str, conversation_id: str, limit: int) -> OpenedConversation:
        """Read a conversation's newest `limit` messages; raises `ConversationNotFoundError` or a `DatabaseError`."""
        conversation = await self._conversations.get(user_id, conversation_id)
        if conversation is None:
            raise ConversationNotFoundError
        # In this order: a run that ends in between is followed once more, and its follower brings the ending.
        active = await self._runs.active(user_id, conversation_id)
        messages = await self._messages.branch(user_id, conversation_id, limit=limit)
        versions = await self._messages.versions(user_id, conversation_id, limit)
        cards = await self._fragments.cards(user_id, messages)
        opened = OpenedConversation(conversation, messages, active, versions, None, cards)
        return replace(opened, attempt=await self._lesser_attempt(user_id, opened))

    async def read_whole(self, user_id: str, conversation_id: str) -> WholeConversation:
        """Open a conversation to read all of the branch that is shown, part by part.

        Raises `ConversationNotFoundError` or a `DatabaseError`, and so do the parts.
        """
        conversation = await self._conversations.get(user_id, conversation_id)
        if conversation is None:
            raise ConversationNotFoundError
        active = await self._runs.active(user_id, conversation_id)
        parts = read_whole(self._messages, user_id, conversation_id, conversation.leaf_id)
        return WholeConversation(conversation, active, parts)

    async def show_version(self, user_id: str, conversation_id: str, message_id: str) -> None:
        """Show another version of an answer, and what was said after it.

        Raises `AnswerInProgressError` while an answer is written, `ConversationNotFoundError` for an unknown message,
        or a `DatabaseError`.
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

        With `down_to` it ends, at the latest, with the line of that cursor. Raises a `DatabaseError`.
        """
        return await self._conversations.newest(user_id, limit, before, down_to)

    async def lines(self, user_id: str, conversation_ids: Collection[str]) -> tuple[ConversationSummary, ...]:
        """List these conversations, the last changed first, without those that are gone; raises a `DatabaseError`."""
        return await self._lines.get(user_id, conversation_ids)

    async def newest_with(
        self, user_id: str, limit: int, conversation_id: str, most: int
    ) -> tuple[ConversationSummary, ...]:
        """List `limit` conversations, or so many that one of them is the last, but not more than `most`.

        Raises a `DatabaseError`.
        """
        found = await self._lines.newest(user_id, limit)
        if len(found) < limit or any(line.id == conversation_id for line in found):
            return found
        conversation = await self._conversations.get(user_id, conversation_id)
        if conversation is None:
            return found
        cursor = (conversation.updated_at, conversation.id)
        return await self._conversations.newest(user_id, most, down_to=min(cursor, found[-1].cursor))

    async def delete(self, user_id: str, conversation_id: str) -> None:
        """Stop what is being written in a conversation and delete it, if it is the user's; raises a `DatabaseError`."""
        active = await self._runs.active(user_id, conversation_id)
        if active is not None:
            await self._manager.interrupt(active.run_id)
        for run_id in await self._conversations.delete(user_id, conversation_id) or ():
            await self._manager.interrupt(run_id)  # one that has begun meanwhile
        self._feed.changed(user_id, conversation_id)

    async def _lesser_attempt(self, user_id: str, opened: OpenedConversation) -> StoredMessage | None:
        if not opened.messages or opened.active:
            return None
        shown = opened.messages[-1]
        newest_id = opened.versions_of(shown)[-1]
        newest = await self._messages.get(user_id, newest_id) if newest_id != shown.id else None
        if newest is None or newest.metadata.get("instead_of") != shown.id:
            return None
        return newest if _worth(newest) < _worth(shown) else None

    @uncancelled
    async def _begin(
        self,
        user_id: str,
        prepared: PreparedAnswer,
        storing: Callable[[], Awaitable[BegunTurn | None]],
        prefix: Prefix | None = None,
    ) -> BegunTurn:
        """Store a turn in one transaction and start its run: both, or neither."""
        with self._manager.reserved(prepared.answer.run_id):
            try:
                turn = await storing()
            except ConversationBusy as error:
                raise AnswerInProgressError from error
            if turn is None:
                raise ConversationNotFoundError
            if turn.is_new:
                spec = prepared.spec(_context(turn), prefix or Prefix(), turn.made)
                tell = partial(self._feed.changed, user_id, turn.conversation_id)
                self._manager.start(spec, user_id, on_end=tell)
                wake = partial(self._feed.wake_tabs_of, user_id)
                self._fragments.watch(user_id, turn.message_id, turn.run_id, on_made=wake)
                await _while_it_asks()
        self._feed.changed(user_id, turn.conversation_id, told_after_seconds=FIRST_WORDS_SECONDS)
        return turn

    def _checked(self, text: str) -> str:
        if not text.strip():
            raise EmptyMessageError("Write a message first.")
        if len(text) > self._max_message_chars:
            raise MessageTooLongError(len(text), self._max_message_chars)
        return well_formed(text)


async def _while_it_asks() -> None:
    """Leave the event loop to a run that has just begun until its request is on the way, or for one turn if it is busy.

    What the page is told now takes longer than that, and the model could have begun meanwhile.
    """
    until = time.monotonic() + ASKING_SECONDS
    for _ in range(ASKING_TURNS):
        await asyncio.sleep(0)
        if time.monotonic() > until:
            return


def _turn(turn: BegunTurn, text: str, title: str = "") -> Turn:
    return Turn(
        conversation_id=turn.conversation_id,
        title=title if turn.is_new else "",
        is_new_conversation=turn.is_new and bool(title),
        user_message_id=turn.question_id,
        user_text=text,
        message_id=turn.message_id,
        run_id=turn.run_id,
        model=turn.model,
        is_repeat=not turn.is_new,
    )


def _context(turn: BegunTurn) -> tuple[ChatMessage, ...]:
    """Everything that was said, interrupted answers too, with what the user has edited after an answer.

    Answers that never got a word say nothing.
    """
    edits: dict[str, list[Edit]] = {}
    for edit in turn.edits:
        edits.setdefault(edit.message_id, []).append(edit)
    return tuple(
        ChatMessage("user" if said.role == "user" else "assistant", _said(said, edits.get(said.parent_id or "", ())))
        for said in turn.history
        if said.text
    )


def _worth(message: StoredMessage) -> int:
    return worth(message.status, has_text=bool(message.text))


def _said(said: Utterance, edits: Sequence[Edit]) -> str:
    return f"{what_was_edited(edit[1:] for edit in edits)}\n\n{said.text}" if edits else said.text


def _prefix(message: StoredMessage) -> Prefix:
    tokens = message.metadata.get("output_tokens")
    thinking_ms = message.metadata.get("thinking_ms")
    return Prefix(
        message.text,
        message.thinking,
        tokens if isinstance(tokens, int) else 0,
        thinking_ms if isinstance(thinking_ms, int) else 0,
    )


def _id_after(message_id: str) -> str:
    """Derive the id of the conversation that a message begins."""
    return uuid5(UUID(hex=message_id), "conversation").hex
