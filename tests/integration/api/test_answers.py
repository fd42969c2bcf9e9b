"""Asking for an answer anew, and going on with one, over HTTP."""

import httpx

from tests.integration.api.conftest import send, whole
from tests.upstream import Fault, FaultKind, Script, Upstream

TEXT = "The Loire rises in the Massif Central and reaches the Atlantic at Saint-Nazaire."
CUT = 40


async def last_text(api: httpx.AsyncClient, conversation_id: str) -> str:
    return (await api.get(f"/api/v1/conversations/{conversation_id}")).json()["messages"][-1]["text"]


async def test_a_broken_answer_is_continued_in_its_own_message(api: httpx.AsyncClient, upstream: Upstream) -> None:
    upstream.script("scripted", Script(text=TEXT, fault=Fault(FaultKind.DROP, after_chars=CUT)))
    sent = await send(api, "Where?")
    await whole(api, sent)
    upstream.script("scripted", Script(text=TEXT[CUT - 20 :]))
    address = f"/api/v1/conversations/{sent['conversation_id']}/continue"
    response = await api.post(address, json={"message_id": sent["message_id"]})
    assert response.status_code == 201
    begun = response.json()
    assert begun["message_id"] == sent["message_id"]
    assert begun["run_id"] != sent["run_id"]
    await whole(api, begun)
    assert await last_text(api, sent["conversation_id"]) == TEXT


async def test_an_answer_is_given_again_beside_the_first(api: httpx.AsyncClient, upstream: Upstream) -> None:
    upstream.script("scripted", Script(text="First."), Script(text="Second."))
    sent = await send(api, "Which?")
    await whole(api, sent)
    address = f"/api/v1/conversations/{sent['conversation_id']}/regenerate"
    begun = (await api.post(address, json={"message_id": sent["message_id"]})).json()
    assert begun["message_id"] != sent["message_id"]
    await whole(api, begun)
    assert await last_text(api, sent["conversation_id"]) == "Second."


async def test_only_the_last_answer_can_be_gone_on_from(api: httpx.AsyncClient, upstream: Upstream) -> None:
    upstream.script("scripted", Script(text=TEXT))
    sent = await send(api, "Where?")
    await whole(api, sent)
    for end in ("continue", "regenerate"):
        address = f"/api/v1/conversations/{sent['conversation_id']}/{end}"
        assert (await api.post(address, json={"message_id": sent["user_message_id"]})).status_code == 404
        assert (await api.post(address, json={"message_id": "nonsense"})).status_code == 422
        foreign = address.replace(sent["conversation_id"], "f" * 32)
        assert (await api.post(foreign, json={"message_id": sent["message_id"]})).status_code == 404


async def test_a_new_attempt_that_failed_is_a_version_and_the_good_answer_stays(
    api: httpx.AsyncClient, upstream: Upstream
) -> None:
    upstream.script("scripted", Script(text="First."), Script(fault=Fault(FaultKind.STATUS, status=401)))
    sent = await send(api, "Which?")
    await whole(api, sent)
    address = f"/api/v1/conversations/{sent['conversation_id']}"
    begun = (await api.post(f"{address}/regenerate", json={"message_id": sent["message_id"]})).json()
    await whole(api, begun)
    assert await last_text(api, sent["conversation_id"]) == "First."
    question, answer = (await api.get(address)).json()["messages"]
    assert (question["versions"], answer["versions"]) == ([], [sent["message_id"], begun["message_id"]])

    assert (await api.post(f"{address}/show", json={"message_id": begun["message_id"]})).status_code == 204
    assert (await api.get(address)).json()["messages"][-1]["status"] == "failed"
    assert (await api.post(f"{address}/show", json={"message_id": "0" * 32})).status_code == 404


async def test_a_vendors_private_words_are_told_of_no_run_of_a_continued_answer(
    api: httpx.AsyncClient, upstream: Upstream
) -> None:
    broken = Fault(FaultKind.DROP, after_chars=CUT)
    upstream.script("scripted", Script(text=TEXT, fault=broken))
    sent = await send(api, "Where?")
    await whole(api, sent)
    address = f"/api/v1/conversations/{sent['conversation_id']}"
    upstream.script("scripted", Script(text=TEXT[CUT:], fault=Fault(FaultKind.DROP, after_chars=10)))
    begun = (await api.post(f"{address}/continue", json={"message_id": sent["message_id"]})).json()
    await whole(api, begun)
    message = (await api.get(address)).json()["messages"][-1]
    assert [earlier["run_id"] for earlier in message["metadata"]["earlier"]] == [sent["run_id"]]
    assert "error_detail" not in str(message)
    exported = await api.get(f"{address}/export?format=json")
    assert sent["run_id"] in exported.text
    assert "error_detail" not in exported.text
