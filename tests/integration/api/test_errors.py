"""Every failure has one shape, the right status and says nothing private."""

import sqlite3
from typing import Any

import httpx
import pytest

from app.api.application import make_http
from app.api.errors import STATUS, status_of
from app.errors import BadPreferenceError, RivuletError, SettingsError
from app.persistence.errors import DatabaseTooNew
from app.runtime import Runtime
from app.services.chat import Chat
from app.serving.frontend import BuildError
from app.settings import Settings
from app.streaming.run import Limits
from providers.errors import RateLimited, UnknownModel
from tests.integration.api.conftest import send, whole
from tests.upstream import Script, Upstream

NOBODYS = "0" * 32


def check(answer: httpx.Response, status: int, code: str) -> str:
    assert answer.status_code == status, answer.text
    error = answer.json()["error"]
    assert set(answer.json()) == {"error"}
    assert set(error) == {"code", "message"}
    assert error["code"] == code
    assert error["message"].endswith((".", "required", "string")) or status == 422
    return error["message"]


@pytest.mark.parametrize(
    ("body", "status", "code"),
    [
        ({"text": " \n"}, 422, "empty_message"),
        ({"text": "x" * 1001}, 413, "message_too_long"),
        ({"text": "Hi", "model": "nobody/knows"}, 422, "unknown_model"),
        ({"text": "Hi", "model": "nonsense"}, 422, "unknown_model"),
        ({"text": "Hi", "conversation_id": NOBODYS}, 404, "not_found"),
        ({"text": "Hi", "conversation_id": "../etc\0"}, 404, "not_found"),
        ({}, 422, "invalid_request"),
        ({"text": 3}, 422, "invalid_request"),
        ({"text": "Hi", "unknown": 1}, 422, "invalid_request"),
    ],
)
async def test_a_message_that_cannot_be_sent_is_refused(
    api: httpx.AsyncClient, body: dict[str, Any], status: int, code: str
) -> None:
    check(await api.post("/api/v1/messages", json=body), status, code)
    assert (await api.get("/api/v1/conversations")).json()["conversations"] == []


async def test_what_is_no_json_is_refused(api: httpx.AsyncClient) -> None:
    headers = {"Content-Type": "application/json"}
    check(await api.post("/api/v1/messages", content=b"{nonsense", headers=headers), 422, "invalid_request")
    check(await api.post("/api/v1/messages", content=b'{"text":"x"}'), 422, "invalid_request")


@pytest.mark.parametrize("run_id", [NOBODYS, "nonsense", "%00", "%ED%A0%80"])
async def test_an_unknown_run_is_not_found(api: httpx.AsyncClient, run_id: str) -> None:
    check(await api.get(f"/api/v1/runs/{run_id}"), 404, "not_found")
    check(await api.get(f"/api/v1/runs/{run_id}/events"), 404, "not_found")
    check(await api.post(f"/api/v1/runs/{run_id}/interrupt"), 404, "not_found")


@pytest.mark.parametrize("conversation_id", [NOBODYS, "nonsense", "%00"])
async def test_an_unknown_conversation_is_not_found(api: httpx.AsyncClient, conversation_id: str) -> None:
    url = f"/api/v1/conversations/{conversation_id}"
    for answer in (await api.get(url), await api.get(f"{url}/export"), await api.delete(url)):
        check(answer, 404, "not_found")


async def test_what_is_another_users_is_not_found(
    api: httpx.AsyncClient, services: Runtime, stranger: str, upstream: Upstream
) -> None:
    upstream.script("scripted", Script(hold_after_chars=0))
    turn = await services.chat.send(stranger, "", "Private", "openai/scripted")
    run, conversation = f"/api/v1/runs/{turn.run_id}", f"/api/v1/conversations/{turn.conversation_id}"
    for url in (run, f"{run}/events", conversation, f"{conversation}/export"):
        check(await api.get(url), 404, "not_found")
    check(await api.post(f"{run}/interrupt"), 404, "not_found")
    check(await api.delete(conversation), 404, "not_found")
    body = {"text": "Hi", "conversation_id": turn.conversation_id}
    check(await api.post("/api/v1/messages", json=body), 404, "not_found")
    assert (await api.get("/api/v1/conversations")).json()["conversations"] == []
    assert turn.run_id in services.manager.running
    upstream.release("scripted")


async def test_a_second_question_waits_for_the_first_answer(api: httpx.AsyncClient, upstream: Upstream) -> None:
    upstream.script("scripted", Script(hold_after_chars=0))
    sent = await send(api)
    body = {"text": "And?", "conversation_id": sent["conversation_id"]}
    check(await api.post("/api/v1/messages", json=body), 409, "answer_in_progress")
    upstream.release("scripted")
    await whole(api, sent)


async def test_a_full_or_stopping_server_says_so(api: httpx.AsyncClient, services: Runtime) -> None:
    services.manager._limits = Limits(max_runs=0)
    answer = await api.post("/api/v1/messages", json={"text": "Hi"})
    check(answer, 503, "too_many_runs")
    assert answer.headers["retry-after"] == "1"
    await services.manager.aclose()
    check(await api.post("/api/v1/messages", json={"text": "Hi"}), 503, "stopping")


async def test_a_broken_database_is_told_without_its_place(
    api: httpx.AsyncClient, settings: Settings, services: Runtime
) -> None:
    assert (await api.get("/readyz")).json() == {"status": "ready"}
    database = sqlite3.connect(settings.data_dir / "rivulet.db", isolation_level=None)
    database.execute("ALTER TABLE conversation RENAME TO gone")
    try:
        message = check(await api.get("/api/v1/conversations"), 503, "database")
        message += check(await api.get("/readyz"), 503, "database_not_ready")
        assert str(settings.data_dir) not in message
        assert (await api.get("/healthz")).json() == {"status": "ok"}
    finally:
        database.execute("ALTER TABLE gone RENAME TO conversation")
        database.close()
    assert (await api.get("/readyz")).status_code == 200


async def test_a_dead_bus_is_not_ready(
    api: httpx.AsyncClient, services: Runtime, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def dead(run_id: str) -> bool:
        raise ConnectionError("redis://:password@host")

    monkeypatch.setattr(services.manager, "interrupt", dead)
    assert "password" not in check(await api.get("/readyz"), 503, "runs_not_ready")


async def test_before_the_start_and_after_the_end_nothing_is_ready() -> None:
    async with httpx.AsyncClient(transport=httpx.ASGITransport(make_http()), base_url="http://test") as client:
        assert (await client.get("/healthz")).status_code == 200
        check(await client.get("/readyz"), 503, "database_not_ready")


async def test_a_fault_of_ours_tells_nothing(services: Runtime, monkeypatch: pytest.MonkeyPatch) -> None:
    async def broken(*_: object) -> None:
        raise ValueError("/home/secret")

    monkeypatch.setattr(Chat, "newest", broken)
    transport = httpx.ASGITransport(make_http(), raise_app_exceptions=False)
    async with httpx.AsyncClient(transport=transport, base_url="http://test") as client:
        answer = await client.get("/api/v1/conversations")
    assert "secret" not in check(answer, 500, "internal")


async def test_a_request_that_is_too_large_is_refused(services: Runtime) -> None:
    async with httpx.AsyncClient(transport=httpx.ASGITransport(make_http()), base_url="http://test") as client:
        headers = {"Content-Type": "application/json"}
        content = b'{"text": "' + b"x" * 33_000_000 + b'"}'
        check(await client.post("/api/v1/messages", content=content, headers=headers), 413, "too_large")


async def test_wrong_addresses_and_methods_are_told_in_the_same_shape(api: httpx.AsyncClient) -> None:
    check(await api.get("/api/v1/nothing"), 404, "not_found")
    check(await api.put("/api/v1/messages"), 405, "method_not_allowed")
    check(await api.get("/api/v1/conversations?limit=201"), 422, "invalid_request")
    check(await api.get("/api/v1/conversations?limit=0"), 422, "invalid_request")


@pytest.mark.parametrize("cursor", ["nonsense", "AAAA", "MjAyNi0wMS0wMSB4", "%00", "é"])
async def test_a_strange_cursor_is_refused(api: httpx.AsyncClient, cursor: str) -> None:
    check(await api.get(f"/api/v1/conversations?cursor={cursor}"), 422, "invalid_cursor")


def test_every_error_that_the_api_can_meet_has_a_status_of_its_own() -> None:
    def below(kind: type[Exception]) -> set[type[Exception]]:
        return {kind}.union(*(below(child) for child in kind.__subclasses__()))

    without = {kind for kind in below(RivuletError) if kind not in STATUS and kind.__module__.startswith("app.")}
    assert without == {SettingsError, BuildError, BadPreferenceError}


@pytest.mark.parametrize(
    ("error", "status"),
    [
        (RateLimited("Claude"), 502),
        (UnknownModel("x/y", "It is unknown."), 422),
        (SettingsError("x"), 400),
        (DatabaseTooNew(), 503),
    ],
    ids=lambda value: type(value).__name__,
)
def test_the_nearest_class_of_an_error_gives_its_status(error: Exception, status: int) -> None:
    assert status_of(error) == status


@pytest.mark.parametrize("kind", [None, "text/plain", "application/x-www-form-urlencoded"])
async def test_a_body_that_is_not_said_to_be_json_is_told_what_it_needs(api: httpx.AsyncClient, kind: str | None):
    headers = {"Content-Type": kind} if kind else {}
    reply = await api.post("/api/v1/messages", content=b'{"text": "Why?"}', headers=headers)
    assert reply.status_code == 422
    assert "Content-Type: application/json" in reply.json()["error"]["message"]
