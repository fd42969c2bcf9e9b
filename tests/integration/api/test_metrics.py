"""What Prometheus reads is what has happened, and is told to whom it may be."""

import re
from dataclasses import replace

import httpx
import pytest
from prometheus_client.parser import text_string_to_metric_families

from app import runtime
from app.api.application import make_http
from app.monitoring.measures import MEASURES
from app.runtime import Runtime
from app.settings import Settings
from tests.integration.api.conftest import MODEL, serving
from tests.upstream import Fault, FaultKind, Script, Upstream


async def read(client: httpx.AsyncClient) -> dict[tuple[str, tuple[tuple[str, str], ...]], float]:
    answer = await client.get("/metrics")
    assert answer.status_code == 200
    return {
        (sample.name, tuple(sorted(sample.labels.items()))): sample.value
        for family in text_string_to_metric_families(answer.text)
        for sample in family.samples
    }


async def ask(client: httpx.AsyncClient, services: Runtime) -> None:
    sent = await client.post("/api/v1/messages", json={"text": "Go.", "model": MODEL})
    run_id = sent.json()["run_id"]
    async for _ in services.manager.follow(run_id):
        pass


async def test_answers_are_counted_up_to_this_moment(services: Runtime, upstream: Upstream) -> None:
    scripted = {"provider": "openai", "model": "scripted"}
    labels = tuple(sorted(scripted.items()))
    async with serving() as client:
        upstream.script("scripted", Script(text="x" * 500, first_delay_seconds=0.3, chars_per_second=1000))
        await ask(client, services)
        upstream.script("scripted", Script(fault=Fault(FaultKind.STATUS, status=401)))
        await ask(client, services)
        found = await read(client)
        again = await read(client)
    answers = {key[1]: value for key, value in found.items() if key[0] == "rivulet_answers_total"}
    assert answers == {
        tuple(sorted({**scripted, "mode": "streamed", "status": "complete"}.items())): 1,
        tuple(sorted({**scripted, "mode": "streamed", "status": "failed"}.items())): 1,
    }
    assert found["rivulet_failures_total", (("code", "authentication"), ("provider", "openai"))] == 1
    assert found["rivulet_answer_characters_sum", labels] == 500
    assert found["rivulet_answer_characters_count", labels] == 2
    waited = found["rivulet_answer_first_character_seconds_sum", labels]
    assert waited >= 0.3
    assert found["rivulet_answer_duration_seconds_sum", labels] >= waited + 0.4
    assert found["rivulet_answer_characters_per_second_sum", labels] == pytest.approx(1000, rel=0.6)
    assert found["rivulet_answers_being_written", ()] == 0
    assert again["rivulet_answer_characters_count", labels] == 2


async def test_what_the_database_refuses_keeps_no_answer_from_being_counted(
    services: Runtime, upstream: Upstream
) -> None:
    async with serving() as client:
        upstream.script("scripted", Script())
        services.usage.used("nobody that there is", "pause")
        await ask(client, services)
        found = await read(client)
    assert sum(value for (name, _), value in found.items() if name == "rivulet_answers_total") == 1


async def test_every_measure_has_its_sentence(services: Runtime, upstream: Upstream) -> None:
    async with serving() as client:
        text = (await client.get("/metrics")).text
    for measure in MEASURES:
        if measure.bounds:
            assert measure.about in text


async def test_models_of_callers_cannot_grow_the_labels(services: Runtime, upstream: Upstream) -> None:
    for number in range(70):
        services.usage.exposition.note_measures("openai", f"made-up-{number}", {"duration_ms": 1})
    models = re.findall(r'duration_seconds_count\{model="([^"]+)"', services.usage.exposition.text().decode())
    assert len(models) == 51
    assert "other" in models


@pytest.mark.parametrize(
    ("setting", "headers", "status"),
    [
        ("", {}, 200),
        ("", {"X-Forwarded-For": "10.0.0.1"}, 403),
        ("", {"Forwarded": "for=10.0.0.1"}, 403),
        ("", {"Via": "1.1 proxy"}, 403),
        ("open", {"X-Forwarded-For": "10.0.0.1"}, 200),
        ("secret-token", {}, 403),
        ("secret-token", {"Authorization": "Bearer wrong"}, 403),
        ("secret-token", {"Authorization": "Bearer secret-token"}, 200),
    ],
)
async def test_only_this_computer_or_who_knows_the_token_reads_them(
    settings: Settings, setting: str, headers: dict[str, str], status: int
) -> None:
    async with runtime.running(replace(settings, metrics=setting)), serving() as client:
        answer = await client.get("/metrics", headers=headers)
    assert answer.status_code == status
    if status == 403:
        assert answer.json()["error"]["code"] == "metrics_refused"


@pytest.mark.parametrize(("host", "status"), [("127.0.0.2", 200), ("::1", 200), ("192.0.2.1", 403), ("unix", 403)])
async def test_another_computer_is_none_of_this_one(services: Runtime, host: str, status: int) -> None:
    transport = httpx.ASGITransport(make_http(), client=(host, 1))
    async with httpx.AsyncClient(transport=transport, base_url="http://test") as client:
        assert (await client.get("/metrics")).status_code == status
