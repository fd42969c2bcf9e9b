"""What a user prefers holds for every message, wherever it is sent from."""

from dataclasses import replace
from typing import Any

import httpx
import pytest

from app.persistence.messages import StoredMessage
from app.runtime import Runtime
from providers.base import Capabilities
from tests.integration.api.conftest import MODEL, send, whole
from tests.upstream import Script, Upstream


@pytest.fixture(autouse=True)
def scripted(upstream: Upstream) -> None:
    upstream.script("scripted", Script())


async def answer(services: Runtime, sent: dict[str, Any]) -> StoredMessage:
    return (await services.chat.open(services.local_user_id, sent["conversation_id"], 1)).messages[-1]


async def test_a_system_prompt_goes_before_the_conversation(
    api: httpx.AsyncClient, services: Runtime, upstream: Upstream
) -> None:
    await services.preferences.set(services.local_user_id, "system_prompt", "Answer in Welsh.")
    await whole(api, await send(api))
    assert upstream.requests[-1].body["messages"] == [
        {"role": "system", "content": "Answer in Welsh."},
        {"role": "user", "content": "Why?"},
    ]


async def test_a_model_that_takes_no_system_prompt_is_asked_without(
    api: httpx.AsyncClient, services: Runtime, upstream: Upstream, monkeypatch: pytest.MonkeyPatch
) -> None:
    provider, _ = services.registry.resolve(MODEL)
    monkeypatch.setattr(provider, "capabilities", lambda _: replace(Capabilities(), system_prompt=False))
    await services.preferences.set(services.local_user_id, "system_prompt", "Answer in Welsh.")
    state = await whole(api, await send(api))
    assert state["status"] == "complete"
    assert [message["role"] for message in upstream.requests[-1].body["messages"]] == ["user"]


async def test_the_mode_is_the_road_from_the_next_message_on(api: httpx.AsyncClient, services: Runtime) -> None:
    first = await send(api, "One")
    await whole(api, first)
    assert (await answer(services, first)).metadata["road"] == "streamed"
    await services.preferences.set(services.local_user_id, "mode", "traditional")
    second = await send(api, "Two", conversation_id=first["conversation_id"])
    await whole(api, second)
    assert (await answer(services, second)).metadata["road"] == "traditional"


async def test_an_answer_asked_for_anew_takes_the_present_preferences(
    api: httpx.AsyncClient, services: Runtime, upstream: Upstream
) -> None:
    sent = await send(api)
    await whole(api, sent)
    await services.preferences.set(services.local_user_id, "mode", "traditional")
    again = await services.chat.answer_again(services.local_user_id, sent["conversation_id"], sent["message_id"], MODEL)
    await whole(api, {"run_id": again.run_id})
    assert (await answer(services, sent)).metadata["road"] == "traditional"


async def test_a_new_conversation_begins_with_the_preferred_model_while_it_is_on_offer(
    api: httpx.AsyncClient, services: Runtime, upstream: Upstream
) -> None:
    upstream.script("other", Script())
    for preferred, expected in (("openai/other", "openai/other"), ("openai/gone", MODEL), ("", MODEL)):
        await services.preferences.set(services.local_user_id, "model", preferred)
        sent = await send(api)
        await whole(api, sent)
        assert sent["model"] == expected


async def effort_asked(api: httpx.AsyncClient, upstream: Upstream, sent: dict[str, Any]) -> str | None:
    await whole(api, sent)
    return upstream.requests[-1].body.get("reasoning_effort")


async def test_a_conversation_keeps_how_much_is_thought_in_it(
    api: httpx.AsyncClient, services: Runtime, upstream: Upstream
) -> None:
    await services.preferences.set(services.local_user_id, "thinking_amount", "brief")
    as_preferred = await send(api)
    assert await effort_asked(api, upstream, as_preferred) == "low"
    sent = await send(api, thinking="long")
    assert await effort_asked(api, upstream, sent) == "high"
    chosen = {"conversation_id": sent["conversation_id"]}
    assert await effort_asked(api, upstream, await send(api, "And?", **chosen)) == "high"
    state = (await api.get(f"/api/v1/conversations/{sent['conversation_id']}")).json()
    assert state["thinking"] == "long"
    last = {"message_id": state["messages"][-1]["id"]}
    again = await api.post(f"/api/v1/conversations/{sent['conversation_id']}/regenerate", json=last)
    assert await effort_asked(api, upstream, again.json()) == "high"
    assert await effort_asked(api, upstream, await send(api, "So?", thinking="off", **chosen)) is None
    assert await effort_asked(api, upstream, await send(api, "Now?", **chosen)) is None
    refused = await api.post("/api/v1/messages", json={"text": "Why?", "thinking": "enormous"})
    assert refused.status_code == 422


async def test_a_model_without_thinking_answers_and_a_word_says_so(
    api: httpx.AsyncClient, services: Runtime, monkeypatch: pytest.MonkeyPatch
) -> None:
    provider, _ = services.registry.resolve(MODEL)
    monkeypatch.setattr(provider, "capabilities", lambda _: Capabilities())
    state = await whole(api, await send(api, thinking="long"))
    assert (state["status"], state["metadata"]["thinking"]) == ("complete", "unavailable")
