"""The route that sends a message."""

import asyncio
import hashlib
from typing import Annotated
from weakref import WeakValueDictionary

from fastapi import APIRouter, Header

from app import runtime
from app.api.caller import User, conversation_name
from app.api.errors import KeyReusedError
from app.api.schemas import NewMessage, SentMessage
from app.services.chat import Turn
from app.streaming.wellformed import well_formed

router = APIRouter(tags=["messages"])
Key = Annotated[str | None, Header(alias="Idempotency-Key", min_length=1, max_length=255)]

# Requests with the same key wait for each other; a key that nobody uses any more is forgotten.
_turns: WeakValueDictionary[str, asyncio.Lock] = WeakValueDictionary()


@router.post("/messages", status_code=201, summary="Send a message")
async def send_message(message: NewMessage, user_id: User, key: Key = None) -> SentMessage:
    """Store a message and start its answer; follow the run for what the model says.

    With an `Idempotency-Key` a repeat of the request sends nothing and gives the ids of the first.
    """
    if key is None:
        return SentMessage.model_validate(await _send(message, user_id, ""))
    user_message_id = hashlib.sha256(f"{user_id}\0{key}".encode()).hexdigest()[:32]
    async with _turns.setdefault(user_message_id, asyncio.Lock()):
        turn = await _send(message, user_id, user_message_id)
    if turn.user_text != well_formed(message.text) or message.conversation_id not in (None, turn.conversation_id):
        raise KeyReusedError
    return SentMessage.model_validate(turn)


async def _send(message: NewMessage, user_id: str, user_message_id: str) -> Turn:
    chat = runtime.current().chat
    conversation_id = await conversation_name(message.conversation_id) if message.conversation_id else ""
    choice = await chat.choice(user_id, conversation_id, message.model, message.thinking)
    return await chat.send(user_id, conversation_id, message.text, choice.model, user_message_id, choice.thinking)
