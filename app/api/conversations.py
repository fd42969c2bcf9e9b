"""The routes of conversations: list, read, export, delete."""

import base64
import binascii
from datetime import datetime
from typing import Annotated, Literal

from fastapi import APIRouter, Query
from starlette.responses import Response

from app import runtime
from app.api.caller import ConversationId, User
from app.api.errors import InvalidCursorError
from app.api.export import attachment, to_json, to_markdown
from app.api.schemas import ConversationLine, ConversationPage, ConversationState, MessageState
from app.services.chat import OpenedConversation

router = APIRouter(prefix="/conversations", tags=["conversations"])

EVERYTHING = 1_000_000
Cursor = tuple[datetime, str]
Limit = Annotated[int, Query(ge=1, le=200)]


@router.get("", summary="List conversations")
async def list_conversations(user_id: User, limit: Limit = 50, cursor: str = "") -> ConversationPage:
    """List the conversations, the last changed first; give `next_cursor` as `cursor` for the next page."""
    before = _read_cursor(cursor) if cursor else None
    found = await runtime.current().chat.newest(user_id, limit + 1, before)
    lines = [ConversationLine.model_validate(line) for line in found[:limit]]
    following = _write_cursor(found[limit - 1].cursor) if len(found) > limit else None
    return ConversationPage(conversations=lines, next_cursor=following)


@router.get("/{conversation_id}", summary="Read a conversation")
async def read_conversation(
    conversation_id: ConversationId, user_id: User, limit: Annotated[int, Query(ge=1, le=1000)] = 200
) -> ConversationState:
    """Read a conversation with its newest `limit` messages."""
    return _state(await runtime.current().chat.open(user_id, conversation_id, limit + 1), limit)


@router.get(
    "/{conversation_id}/export",
    summary="Export a conversation",
    response_class=Response,
    responses={200: {"content": {"text/markdown": {}, "application/json": {}}, "description": "The file."}},
)
async def export_conversation(
    conversation_id: ConversationId,
    user_id: User,
    format: Literal["markdown", "json"] = "markdown",  # noqa: A002 (a name of the API)
) -> Response:
    """Download the whole conversation, every text exactly as it is stored."""
    opened = await runtime.current().chat.open(user_id, conversation_id, EVERYTHING)
    state = _state(opened, EVERYTHING)
    is_json = format == "json"
    return Response(
        to_json(state) if is_json else to_markdown(state),
        media_type="application/json" if is_json else "text/markdown; charset=utf-8",
        headers={
            "Content-Disposition": attachment(state.title, "json" if is_json else "md"),
            "X-Content-Type-Options": "nosniff",
            "Cache-Control": "no-store",
        },
    )


@router.delete("/{conversation_id}", status_code=204, summary="Delete a conversation")
async def delete_conversation(conversation_id: ConversationId, user_id: User) -> None:
    """Stop what is being written in a conversation and delete it for good."""
    chat = runtime.current().chat
    await chat.open(user_id, conversation_id, 1)
    await chat.delete(user_id, conversation_id)


def _state(opened: OpenedConversation, limit: int) -> ConversationState:
    conversation = opened.conversation
    return ConversationState(
        id=conversation.id,
        title=conversation.title,
        model=conversation.model,
        thinking=conversation.thinking,
        created_at=conversation.created_at,
        updated_at=conversation.updated_at,
        active_run_id=opened.active.run_id if opened.active else None,
        has_earlier=len(opened.messages) > limit,
        messages=[
            MessageState.model_validate(message).model_copy(
                update={"versions": list(opened.versions.get(message.parent_id or "", ()))}
            )
            for message in opened.messages[-limit:]
        ],
    )


def _write_cursor(cursor: Cursor) -> str:
    updated_at, conversation_id = cursor
    return base64.urlsafe_b64encode(f"{updated_at.isoformat()} {conversation_id}".encode()).decode()


def _read_cursor(text: str) -> Cursor:
    try:
        moment, _, conversation_id = base64.urlsafe_b64decode(text.encode()).decode().partition(" ")
        updated_at = datetime.fromisoformat(moment)
    except (binascii.Error, ValueError) as error:
        raise InvalidCursorError from error
    if updated_at.tzinfo is None or not conversation_id.isalnum():
        raise InvalidCursorError
    return updated_at, conversation_id
