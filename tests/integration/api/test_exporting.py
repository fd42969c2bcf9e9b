"""Exporting a conversation of any length: all of it in order, in bounded pieces, and never half of it as a whole."""

import json
from typing import Any

import httpx
import pytest
from sqlalchemy import insert, update
from sqlalchemy.orm import Session
from sqlmodel import col

from app.ids import new_id
from app.persistence.errors import DatabaseUnavailable
from app.persistence.messages import MessageRepository
from app.persistence.tables import ConversationRow, MessageRow
from app.runtime import Runtime
from app.services import whole_conversation
from app.services.whole_conversation import PAGE_CHARS, PAGE_MESSAGES

TURNS = 260
LONG = 40_000


@pytest.fixture
async def conversation_id(services: Runtime) -> str:
    """A conversation of 521 messages, a few of them long; the answers to the first question are two."""
    user_id, now = services.local_user_id, services.database.now()
    conversation = ConversationRow(
        id=new_id(), user_id=user_id, title="Long", model="m", created_at=now, updated_at=now
    )
    rows: list[dict[str, Any]] = []
    parent_id = None
    for number in range(TURNS * 2):
        row = {
            "id": f"{number:032x}",
            "user_id": user_id,
            "conversation_id": conversation.id,
            "parent_id": parent_id,
            "role": "assistant" if number % 2 else "user",
            "content": text_of(number),
            "created_at": services.database.now(),
        }
        rows.append(row)
        parent_id = row["id"]
    rows.append({**rows[1], "id": "f" * 32, "content": "another answer", "created_at": services.database.now()})

    def store(session: Session) -> None:
        session.add(conversation)
        session.flush()
        session.execute(insert(MessageRow), rows)
        session.execute(
            update(ConversationRow).where(col(ConversationRow.id) == conversation.id), {"leaf_id": parent_id}
        )

    await services.database.write(store)
    return conversation.id


def text_of(number: int) -> str:
    return f"{number}\u2028" + "x" * (LONG if number % 50 == 7 else 0)


async def test_a_long_conversation_is_exported_whole_and_in_order(api: httpx.AsyncClient, conversation_id: str) -> None:
    url = f"/api/v1/conversations/{conversation_id}/export"
    exported = json.loads((await api.get(url, params={"format": "json"})).content)
    assert [message["text"] for message in exported["messages"]] == [text_of(number) for number in range(TURNS * 2)]
    assert [message["versions"] for message in exported["messages"][:3]] == [[], [f"{1:032x}", "f" * 32], []]
    assert (exported["id"], exported["title"], exported["has_earlier"]) == (conversation_id, "Long", False)
    markdown = (await api.get(url)).content.decode()
    assert [section.partition("\n\n")[2] for section in markdown.removesuffix("\n").split("\n\n## ")[1:]] == [
        text_of(number) for number in range(TURNS * 2)
    ]


async def test_what_is_read_at_once_is_bounded_however_the_messages_lie(
    services: Runtime, conversation_id: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(whole_conversation, "_STEP_MESSAGES", 7)
    whole = await services.chat.read_whole(services.local_user_id, conversation_id)
    parts = [part.messages async for part in whole.parts]
    assert [message.text for part in parts for message in part] == [text_of(number) for number in range(TURNS * 2)]
    assert max(len(part) for part in parts) <= 7
    monkeypatch.undo()
    whole = await services.chat.read_whole(services.local_user_id, conversation_id)
    parts = [part.messages async for part in whole.parts]
    assert [message.text for part in parts for message in part] == [text_of(number) for number in range(TURNS * 2)]
    assert max(len(part) for part in parts) == PAGE_MESSAGES
    assert max(sum(len(message.text) for message in part) for part in parts) <= PAGE_CHARS


async def test_a_message_that_is_longer_than_a_piece_is_exported_too(
    services: Runtime, conversation_id: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(whole_conversation, "PAGE_CHARS", 10)
    whole = await services.chat.read_whole(services.local_user_id, conversation_id)
    texts = [message.text async for part in whole.parts for message in part.messages]
    assert texts == [text_of(number) for number in range(TURNS * 2)]


@pytest.mark.parametrize("file_format", ["json", "markdown"])
@pytest.mark.parametrize("trouble", ["deleted", "broken"])
async def test_a_file_that_cannot_be_read_to_its_end_is_broken_off(
    api: httpx.AsyncClient,
    services: Runtime,
    conversation_id: str,
    monkeypatch: pytest.MonkeyPatch,
    file_format: str,
    trouble: str,
) -> None:
    reading, reads = MessageRepository.branch, 0

    async def failing_in_the_middle(repository: MessageRepository, *arguments: Any) -> Any:
        nonlocal reads
        reads += 1
        if reads == 3 and trouble == "broken":
            raise DatabaseUnavailable
        return () if reads == 3 else await reading(repository, *arguments)

    monkeypatch.setattr(MessageRepository, "branch", failing_in_the_middle)
    url = f"/api/v1/conversations/{conversation_id}/export"
    async with api.stream("GET", url, params={"format": file_format}) as answer:
        assert answer.status_code == 200
        with pytest.raises(httpx.RemoteProtocolError):
            await answer.aread()
    monkeypatch.undo()
    assert (await api.get(url)).status_code == 200


async def test_what_fails_before_the_first_message_is_a_failure(
    api: httpx.AsyncClient, conversation_id: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def failing(*_: Any) -> Any:
        raise DatabaseUnavailable

    monkeypatch.setattr(MessageRepository, "branch", failing)
    answer = await api.get(f"/api/v1/conversations/{conversation_id}/export")
    assert (answer.status_code, answer.json()["error"]["code"]) == (503, "database")
