"""Turns: a question and its answer, another answer, or the rest of one, each begun in a single transaction."""

from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session
from sqlmodel import col

from app.persistence.errors import ConversationBusy
from app.persistence.fragments import Edit, MadeFragment, read_edits, read_made
from app.persistence.messages import Utterance, read_history
from app.persistence.tables import WRITING, ConversationRow, MessageRow, Role, RunRow
from app.persistence.transactions import Repository, reads, writes
from app.persistence.upsert import insert_into
from app.streaming.store import StreamingStatus

CONTEXT_MESSAGES = 5000  # far beyond any context window; a provider says when it is too much


@dataclass(frozen=True, slots=True)
class NewQuestion:
    """A question about to be stored; `title` is that of the conversation, if it begins one."""

    message_id: str
    text: str
    title: str = ""


@dataclass(frozen=True, slots=True)
class NewAnswer:
    """An answer about to be made, the run that will make it, and what is chosen for the conversation with it.

    `model` is `provider/model`; `thinking` is how much of it the conversation wants, empty for what the user prefers.
    """

    message_id: str
    run_id: str
    provider: str
    model: str
    thinking: str = ""
    metadata: dict[str, Any] = field(default_factory=dict[str, Any])


@dataclass(frozen=True, slots=True)
class BegunTurn:
    """The ids of what is stored, and what was said before the answer, oldest first.

    `is_new` is False when a repeated call found it stored; `history` is empty then. `made` names the fragments of the
    conversation, and `edits` are those of the user's.
    """

    conversation_id: str
    question_id: str
    message_id: str
    run_id: str
    model: str
    is_new: bool = True
    history: tuple[Utterance, ...] = ()
    made: tuple[MadeFragment, ...] = ()
    edits: tuple[Edit, ...] = ()


class TurnRepository(Repository):
    """Begin turns. A conversation has one unfinished answer at most, and what is added follows the branch shown.

    Every method returns None when the conversation, or the answer that is meant, is not the user's or not the last one,
    and raises `ConversationBusy` while another answer of it is unfinished, or `DatabaseUnavailable`; nothing is stored
    then.
    """

    @writes
    def send(
        self,
        session: Session,
        user_id: str,
        conversation_id: str,
        question: NewQuestion,
        answer: NewAnswer,
        *,
        is_first: bool,
    ) -> BegunTurn | None:
        """Store a question and its pending answer at the end of the conversation, which is made if `is_first`.

        A repeated `question.message_id` gives what is stored; None when that id is taken elsewhere.
        """
        made = self._made(session, user_id, conversation_id, question, answer) if is_first else None
        conversation = made or _locked(session, user_id, conversation_id)
        if conversation is None:
            return None
        known = None if made else session.get(MessageRow, question.message_id)
        if known is not None:
            return _known_turn(session, known) if known.conversation_id == conversation_id else None
        before = _Before()
        if conversation.leaf_id is not None:
            _refuse_if_busy(session, conversation_id)
            before = _read_before(session, user_id, conversation_id)
        asked = Utterance(question.message_id, conversation.leaf_id, Role.USER.value, question.text)
        session.add(self._question(conversation, question))
        self._add_answer(session, conversation, question.message_id, answer)
        before = replace(before, history=(*before.history, asked))
        return _begun(conversation_id, question.message_id, answer, before)

    @writes
    def answer_again(
        self, session: Session, user_id: str, conversation_id: str, message_id: str, answer: NewAnswer
    ) -> BegunTurn | None:
        """Store another pending answer beside `message_id`, the last answer, to the same question."""
        conversation = _locked(session, user_id, conversation_id)
        last = _last_answer(session, conversation, message_id)
        if conversation is None or last is None:
            return None
        _refuse_if_busy(session, conversation_id)
        before = _read_before(session, user_id, conversation_id)
        before = replace(before, history=before.history[:-1])
        question_id = str(last.parent_id)
        self._add_answer(session, conversation, question_id, answer)
        return _begun(conversation_id, question_id, answer, before)

    @writes
    def continue_answer(
        self, session: Session, user_id: str, conversation_id: str, text: str, answer: NewAnswer
    ) -> BegunTurn | None:
        """Add a run that writes on at the end of `answer.message_id`, the last answer, whose text is `text`.

        That is the run's first checkpoint. Raises ConversationBusy, too, when the message has another text by now.
        """
        conversation = _locked(session, user_id, conversation_id)
        message = _last_answer(session, conversation, answer.message_id)
        if conversation is None or message is None:
            return None
        _refuse_if_busy(session, conversation_id)
        if message.content != text:
            raise ConversationBusy
        before = _read_before(session, user_id, conversation_id)
        before = replace(before, history=before.history[:-1])
        message.partial_content = message.content
        message.streaming_status = StreamingStatus.PENDING.value
        message.error_code = message.error_sentence = ""
        session.add(_pending_run(message, answer, self.database.now()))
        _choose(conversation, answer)
        return _begun(conversation_id, str(message.parent_id), answer, before)

    @reads
    def sent(self, session: Session, user_id: str, question_id: str) -> BegunTurn | None:
        """Read what a question of this user began: its first answer, and the first run of that."""
        question = session.get(MessageRow, question_id)
        if question is None or question.user_id != user_id:
            return None
        return _known_turn(session, question)

    def _made(
        self, session: Session, user_id: str, conversation_id: str, question: NewQuestion, answer: NewAnswer
    ) -> ConversationRow | None:
        """Make the conversation, as it is with this turn; None when either is there already."""
        if session.get(MessageRow, question.message_id) is not None:
            return None
        now = self.database.now()
        made = ConversationRow(
            id=conversation_id,
            user_id=user_id,
            title=question.title,
            model=answer.model,
            thinking=answer.thinking,
            created_at=now,
            updated_at=now,
        )
        values = {**made.model_dump(), "leaf_id": answer.message_id}
        insert = insert_into(session, ConversationRow).values(values).on_conflict_do_nothing(index_elements=["id"])
        return made if session.scalar(insert.returning(col(ConversationRow.id))) else None

    def _question(self, conversation: ConversationRow, question: NewQuestion) -> MessageRow:
        return MessageRow(
            id=question.message_id,
            user_id=conversation.user_id,
            conversation_id=conversation.id,
            parent_id=conversation.leaf_id,
            role=Role.USER.value,
            content=question.text,
            created_at=self.database.now(),
        )

    def _add_answer(self, session: Session, conversation: ConversationRow, question_id: str, answer: NewAnswer) -> None:
        now = self.database.now()
        message = MessageRow(
            id=answer.message_id,
            user_id=conversation.user_id,
            conversation_id=conversation.id,
            parent_id=question_id,
            role=Role.ASSISTANT.value,
            model=answer.model,
            created_at=now,
            streaming_status=StreamingStatus.PENDING.value,
            stream_metadata=answer.metadata,
        )
        session.add(message)
        session.add(_pending_run(message, answer, now))
        conversation.leaf_id, conversation.updated_at = message.id, now
        _choose(conversation, answer)


@dataclass(frozen=True, slots=True)
class _Before:
    """What stands in a conversation before an answer."""

    history: tuple[Utterance, ...] = ()
    made: tuple[MadeFragment, ...] = ()
    edits: tuple[Edit, ...] = ()


def _read_before(session: Session, user_id: str, conversation_id: str) -> _Before:
    history = read_history(session, user_id, conversation_id, CONTEXT_MESSAGES)
    made = read_made(session, conversation_id)
    return _Before(history, made, read_edits(session, conversation_id) if made else ())


def _begun(conversation_id: str, question_id: str, answer: NewAnswer, before: _Before) -> BegunTurn:
    return BegunTurn(
        conversation_id=conversation_id,
        question_id=question_id,
        message_id=answer.message_id,
        run_id=answer.run_id,
        model=answer.model,
        history=before.history,
        made=before.made,
        edits=before.edits,
    )


def _choose(conversation: ConversationRow, answer: NewAnswer) -> None:
    conversation.model, conversation.thinking = answer.model, answer.thinking


def _pending_run(message: MessageRow, answer: NewAnswer, now: datetime) -> RunRow:
    return RunRow(
        user_id=message.user_id,
        conversation_id=message.conversation_id,
        id=answer.run_id,
        message_id=message.id,
        provider=answer.provider,
        model=answer.model,
        status=StreamingStatus.PENDING.value,
        created_at=now,
    )


def _locked(session: Session, user_id: str, conversation_id: str) -> ConversationRow | None:
    query = select(ConversationRow).where(
        col(ConversationRow.id) == conversation_id, col(ConversationRow.user_id) == user_id
    )
    return session.scalars(query.with_for_update()).one_or_none()


def _last_answer(session: Session, conversation: ConversationRow | None, message_id: str) -> MessageRow | None:
    if conversation is None or conversation.leaf_id != message_id:
        return None
    message = session.get(MessageRow, message_id)
    return message if message and message.parent_id and message.role == Role.ASSISTANT.value else None


def _refuse_if_busy(session: Session, conversation_id: str) -> None:
    query = select(col(RunRow.id)).where(
        col(RunRow.conversation_id) == conversation_id, col(RunRow.status).in_(WRITING)
    )
    if session.scalars(query.limit(1)).one_or_none() is not None:
        raise ConversationBusy


def _known_turn(session: Session, question: MessageRow) -> BegunTurn | None:
    """Read what a stored question began."""
    query = (
        select(col(MessageRow.id), col(RunRow.id), col(MessageRow.model))
        .join(RunRow, col(RunRow.message_id) == col(MessageRow.id))
        .where(col(MessageRow.parent_id) == question.id)
        .order_by(col(MessageRow.created_at), col(RunRow.created_at))
        .limit(1)
    )
    row = session.execute(query).one_or_none()
    return BegunTurn(question.conversation_id, question.id, row[0], row[1], row[2], is_new=False) if row else None
