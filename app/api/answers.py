"""The routes that have an answer written anew, or written on."""

from fastapi import APIRouter

from app import runtime
from app.api.caller import ConversationId, User
from app.api.schemas import AnswerRequest, BegunAnswer, ShownVersion

router = APIRouter(prefix="/conversations/{conversation_id}", tags=["answers"])


@router.post("/regenerate", status_code=201, summary="Answer again")
async def regenerate(conversation_id: ConversationId, asked: AnswerRequest, user_id: User) -> BegunAnswer:
    """Ask for another answer to the last question; the one before is kept, and shown again if this comes to less."""
    chat = runtime.current().chat
    choice = await chat.choice(user_id, conversation_id, asked.model, asked.thinking)
    begun = await chat.answer_again(user_id, conversation_id, asked.message_id, choice.model, choice.thinking)
    return BegunAnswer.model_validate(begun)


@router.post("/continue", status_code=201, summary="Continue an answer")
async def continue_answer(conversation_id: ConversationId, asked: AnswerRequest, user_id: User) -> BegunAnswer:
    """Go on with the last answer, in its own message, exactly where it stopped or broke off."""
    chat = runtime.current().chat
    choice = await chat.choice(user_id, conversation_id, asked.model, asked.thinking)
    begun = await chat.continue_answer(user_id, conversation_id, asked.message_id, choice.model, choice.thinking)
    return BegunAnswer.model_validate(begun)


@router.post("/show", status_code=204, summary="Show another version of an answer")
async def show_version(conversation_id: ConversationId, shown: ShownVersion, user_id: User) -> None:
    """Show one of an answer's `versions` and what was said after it; it is what the next question goes on from."""
    await runtime.current().chat.show_version(user_id, conversation_id, shown.message_id)
