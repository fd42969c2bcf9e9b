"""Sending a message over HTTP."""

import asyncio

import httpx
import pytest

from app.runtime import Runtime
from app.streaming.run import Limits
from tests.integration.api.conftest import MODEL, send, whole
from tests.upstream import Script, Upstream


async def questions(api: httpx.AsyncClient, conversation_id: str) -> list[str]:
    messages = (await api.get(f"/api/v1/conversations/{conversation_id}")).json()["messages"]
    return [message["text"] for message in messages if message["role"] == "user"]


async def test_a_message_begins_a_conversation_and_the_next_one_continues_it(
    api: httpx.AsyncClient, upstream: Upstream
) -> None:
    upstream.script("scripted", Script())
    first = await send(api, "One 👩‍👩‍👧\r\n")
    assert set(first) == {"conversation_id", "user_message_id", "message_id", "run_id", "model"}
    assert first["model"] == MODEL
    await whole(api, first)
    second = await send(api, "Two", conversation_id=first["conversation_id"])
    await whole(api, second)
    assert await questions(api, first["conversation_id"]) == ["One 👩‍👩‍👧\r\n", "Two"]
    asked = upstream.requests[-1].body["messages"]
    assert [message["role"] for message in asked] == ["user", "assistant", "user"]


async def test_a_conversation_goes_on_with_its_own_model(api: httpx.AsyncClient, upstream: Upstream) -> None:
    upstream.script("other", Script())
    first = await send(api, "One", model="openai/other")
    await whole(api, first)
    assert (await send(api, "Two", conversation_id=first["conversation_id"]))["model"] == "openai/other"


async def test_the_same_key_sends_once(api: httpx.AsyncClient, upstream: Upstream) -> None:
    upstream.script("scripted", Script())
    asked = len(upstream.questions)
    first = await send(api, "Once", key="k1")
    assert await send(api, "Once", key="k1") == first
    await whole(api, first)
    assert await send(api, "Once", key="k1") == first
    assert await questions(api, first["conversation_id"]) == ["Once"]
    assert len((await api.get("/api/v1/conversations")).json()["conversations"]) == 1
    assert len([request for request in upstream.requests[asked:] if request.path.endswith("completions")]) == 1


async def test_the_same_key_sends_once_into_a_conversation(api: httpx.AsyncClient, upstream: Upstream) -> None:
    upstream.script("scripted", Script())
    first = await send(api, "One")
    await whole(api, first)
    inside = {"conversation_id": first["conversation_id"]}
    second = await send(api, "Two", key="k2", **inside)
    await whole(api, second)
    assert await send(api, "Two", key="k2", **inside) == second
    assert await questions(api, first["conversation_id"]) == ["One", "Two"]


async def test_the_same_key_at_the_same_time_sends_once(
    api: httpx.AsyncClient, upstream: Upstream, services: Runtime
) -> None:
    upstream.script("scripted", Script(hold_after_chars=0))
    answers = await asyncio.gather(*(send(api, "Once", key="k3") for _ in range(20)))
    assert answers == [answers[0]] * 20
    assert len(services.manager.running) == 1
    upstream.release("scripted")
    await whole(api, answers[0])
    assert await questions(api, answers[0]["conversation_id"]) == ["Once"]


async def test_a_repeat_without_the_lock_of_this_process_starts_nothing(services: Runtime, upstream: Upstream) -> None:
    upstream.script("scripted", Script(hold_after_chars=0))
    sends = (services.chat.send(services.local_user_id, "", "Once", MODEL, "a" * 32) for _ in range(10))
    results = await asyncio.gather(*sends, return_exceptions=True)
    assert {type(result).__name__ for result in results} <= {"Turn", "AnswerInProgressError"}
    assert len(services.manager.running) == 1
    assert len(await services.chat.newest(services.local_user_id, 10)) == 1
    turn = await services.chat.send(services.local_user_id, "", "Once", MODEL, "a" * 32)
    assert services.manager.running == {turn.run_id}
    upstream.release("scripted")


async def test_a_key_that_failed_can_be_used_again(
    api: httpx.AsyncClient, upstream: Upstream, services: Runtime
) -> None:
    upstream.script("scripted", Script())
    services.manager._limits = Limits(max_runs=0)
    refused = await api.post("/api/v1/messages", json={"text": "Now"}, headers={"Idempotency-Key": "k4"})
    assert refused.status_code == 503
    services.manager._limits = Limits(max_runs=10)
    sent = await send(api, "Now", key="k4")
    assert (await whole(api, sent))["status"] == "complete"


async def test_a_key_belongs_to_its_message_and_its_user(
    api: httpx.AsyncClient, upstream: Upstream, services: Runtime, stranger: str
) -> None:
    upstream.script("scripted", Script())
    mine = await send(api, "Mine", key="k5")
    reused = await api.post("/api/v1/messages", json={"text": "Another"}, headers={"Idempotency-Key": "k5"})
    assert (reused.status_code, reused.json()["error"]["code"]) == (422, "idempotency_key_reused")
    assert await services.chat.sent(stranger, mine["user_message_id"]) is None


@pytest.mark.parametrize("key", ["", "k" * 256])
async def test_a_key_has_bounds(api: httpx.AsyncClient, key: str) -> None:
    answer = await api.post("/api/v1/messages", json={"text": "Hi"}, headers={"Idempotency-Key": key})
    assert (answer.status_code, answer.json()["error"]["code"]) == (422, "invalid_request")
