"""Another answer to the last question."""

import pytest

from app.errors import (
    AnswerInProgressError,
    ConversationNotFoundError,
)
from tests.integration.streaming.conftest import MODEL, User, text_of
from tests.upstream import Script, Upstream


async def test_another_answer_to_the_last_question_stands_beside_the_first(user: User, upstream: Upstream) -> None:
    upstream.script("scripted", Script(text="First."), Script(text="Second."))
    turn = await user.ask("Which?")
    await user.read(turn)
    again = await user.services.chat.answer_again(user.id, turn.conversation_id, turn.message_id, MODEL)
    events = [event async for batch in user.services.manager.follow(again.run_id) for event in batch]
    assert text_of(events) == "Second."
    opened = await user.services.chat.open(user.id, turn.conversation_id, 10)
    assert [message.text for message in opened.messages] == ["Which?", "Second."]
    assert (await user.services.chat._messages.get(user.id, turn.message_id)) is not None  # pyright: ignore[reportPrivateUsage]
    assert [message["content"] for message in upstream.requests[-1].body["messages"]] == ["Which?"]


async def test_only_the_last_answer_can_be_asked_again_and_only_when_idle(user: User, upstream: Upstream) -> None:
    upstream.script("scripted", Script(text="First."))
    first = await user.ask("One?")
    await user.read(first)
    upstream.script("scripted", Script(hold_after_chars=0))
    second = await user.ask("Two?", first.conversation_id)
    for message_id, error in (
        (first.message_id, ConversationNotFoundError),
        (second.message_id, AnswerInProgressError),
    ):
        with pytest.raises(error):
            await user.services.chat.answer_again(user.id, first.conversation_id, message_id, MODEL)
    with pytest.raises(ConversationNotFoundError):
        await user.services.chat.answer_again("somebody else", first.conversation_id, second.message_id, MODEL)
    upstream.release("scripted")
    await user.read(second)
