"""The routes of conversations: list, read, export, delete."""

from collections.abc import AsyncGenerator, Mapping, Sequence
from contextlib import aclosing
from typing import Annotated, Literal

from fastapi import APIRouter, Query
from starlette.responses import Response, StreamingResponse

from app import runtime
from app.api.caller import ConversationId, User
from app.api.cursors import read_cursor, write_cursor
from app.api.export import as_json, as_markdown, attachment, begun
from app.api.schemas import (
    ConversationLine,
    ConversationPage,
    ConversationState,
    FragmentContent,
    FragmentState,
    FragmentVersion,
    MessageState,
)
from app.persistence.fragments import StoredFragment
from app.services.chat import OpenedConversation
from app.services.whole_conversation import ConversationPart, WholeConversation

router = APIRouter(prefix="/conversations", tags=["conversations"])

Limit = Annotated[int, Query(ge=1, le=200)]


@router.get("", summary="List conversations")
async def list_conversations(user_id: User, limit: Limit = 50, cursor: str = "") -> ConversationPage:
    """List the conversations, the last changed first; give `next_cursor` as `cursor` for the next page."""
    before = read_cursor(cursor) if cursor else None
    found = await runtime.current().chat.newest(user_id, limit + 1, before)
    lines = [ConversationLine.model_validate(line) for line in found[:limit]]
    following = write_cursor(found[limit - 1].cursor) if len(found) > limit else None
    return ConversationPage(conversations=lines, next_cursor=following)


@router.get("/{conversation_id}", summary="Read a conversation")
async def read_conversation(
    conversation_id: ConversationId, user_id: User, limit: Annotated[int, Query(ge=1, le=1000)] = 200
) -> ConversationState:
    """Read a conversation with its newest `limit` messages."""
    return _newest(await runtime.current().chat.open(user_id, conversation_id, limit + 1), limit)


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
    """Download the whole conversation, every text exactly as it is stored.

    It is sent as it is read. When reading fails in the middle, the connection is broken off: a file that ends as the
    protocol has it is whole.
    """
    services = runtime.current()
    whole = await services.chat.read_whole(user_id, conversation_id)
    fragments = await services.fragments.of_conversation(user_id, conversation_id)
    state = _state(whole)
    is_json = format == "json"
    write = as_json if is_json else as_markdown
    file = write(state, _messages_of(whole.parts), _versions_of(user_id, fragments))
    return StreamingResponse(
        await begun(file),
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


def _newest(opened: OpenedConversation, limit: int) -> ConversationState:
    messages = [_message(message, opened.versions) for message in opened.messages[-limit:]]
    return _state(opened).model_copy(update={"messages": messages, "has_earlier": len(opened.messages) > limit})


def _state(opened: OpenedConversation | WholeConversation) -> ConversationState:
    conversation, active = opened.conversation, opened.active
    return ConversationState(
        id=conversation.id,
        title=conversation.title,
        model=conversation.model,
        thinking=conversation.thinking,
        created_at=conversation.created_at,
        updated_at=conversation.updated_at,
        active_run_id=active.run_id if active else None,
        has_earlier=False,
        messages=[],
    )


async def _messages_of(parts: AsyncGenerator[ConversationPart]) -> AsyncGenerator[list[MessageState]]:
    async with aclosing(parts):
        async for part in parts:
            yield [_message(message, part.versions) for message in part.messages]


async def _versions_of(
    user_id: str, fragments: Sequence[StoredFragment]
) -> AsyncGenerator[tuple[FragmentState, FragmentContent]]:
    for fragment in fragments:
        state = FragmentState.model_validate(fragment)
        async for head, content in runtime.current().fragments.contents(user_id, fragment):
            version = FragmentVersion.model_validate(head)
            yield state, FragmentContent(**version.model_dump(), content=content)


def _message(message: object, versions: Mapping[str, Sequence[str]]) -> MessageState:
    state = MessageState.model_validate(message)
    return state.model_copy(update={"versions": list(versions.get(state.parent_id or "", ()))})
