"""The tables of the analytics, as other programs read them."""

import csv
import io
import re
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import quote

import httpx
import pytest

from app.monitoring.prices import Price
from app.runtime import Runtime
from tests.integration.api.conftest import send, whole
from tests.upstream import Fault, FaultKind, Script, Upstream

TABLES = ("steps", "models", "modes", "interruptions", "uses", "failures", "answers", "prices")


async def table(api: httpx.AsyncClient, name: str, query: str = "range=day") -> list[dict[str, str]]:
    answer = await api.get(f"/api/v1/analytics/{name}.csv?{query}")
    assert answer.status_code == 200, answer.text
    assert answer.headers["content-disposition"] == f'attachment; filename="rivulet-{name}.csv"'
    return list(csv.DictReader(io.StringIO(answer.text)))


@pytest.mark.parametrize(
    "query",
    ["range=hour", "range=day", "range=year", "first=2026-01-01&until=2030-01-01",
        "start=2026-01-01T00:00:00Z&end=2030-01-01T00:00:00%2B01:00", "model=openai/",
        "range=week&model=openai/scripted"],
)  # fmt: skip
async def test_every_table_of_every_range_counts_the_same(
    api: httpx.AsyncClient, upstream: Upstream, services: Runtime, query: str
) -> None:
    await services.usage.repository.set_price("openai/scripted", Price(1_000_000, 0))
    upstream.script("scripted", Script(text="x" * 300, input_tokens=2))
    for _ in range(2):
        await whole(api, await send(api))
    upstream.script("scripted", Script(fault=Fault(FaultKind.STATUS, status=401, message="=1+1")))
    await whole(api, await send(api))
    steps, models = await table(api, "steps", query), await table(api, "models", query)
    assert sum(int(row["answers"]) for row in steps) == 3
    assert [(row["model"], row["answers"], row["failed"]) for row in models] == [("openai/scripted", "3", "1")]
    assert float(models[0]["characters_sum"]) == 600
    assert float(models[0]["cost_usd_sum"]) == 4
    (failure,) = await table(api, "failures", query)
    assert (failure["kind"], failure["count"], failure["resolved"]) == ("authentication", "1", "")
    assert await table(api, "modes", query) == [{"name": "streamed", "count": "3"}]
    assert await table(api, "interruptions", query) == []
    assert {"name": "answers", "count": "3"} in await table(api, "uses", query)
    price = {"input_usd_per_million_tokens": "1000000.0", "output_usd_per_million_tokens": "0.0"}
    assert await table(api, "prices", query) == [{"model": "openai/scripted", **price}]
    answers = await table(api, "answers", query)
    assert [row["status"] for row in answers] == ["failed", "complete", "complete"]
    assert [row["cost_usd"] for row in answers] == ["", "2.0", "2.0"]


async def test_an_answer_just_before_its_hour_is_half_over_is_in_that_hour(
    api: httpx.AsyncClient, upstream: Upstream
) -> None:
    upstream.script("scripted", Script())
    await whole(api, await send(api))
    (answer,) = await table(api, "answers")
    ended = datetime.fromisoformat(answer["ended"])
    for after in (timedelta(minutes=3), timedelta(hours=3), timedelta(days=30), timedelta(days=300)):
        query = f"start={quote((ended - timedelta(seconds=1)).isoformat())}&end={quote((ended + after).isoformat())}"
        assert sum(int(row["answers"]) for row in await table(api, "steps", query)) == 1, query


async def test_another_model_has_no_answers(api: httpx.AsyncClient, upstream: Upstream) -> None:
    upstream.script("scripted", Script())
    await whole(api, await send(api))
    for model in ("openai/script", "openai/other", "anthropic/", "open"):
        assert await table(api, "answers", f"model={model}") == []
        assert all(row["answers"] == "0" for row in await table(api, "steps", f"model={model}"))


@pytest.mark.parametrize(
    "query",
    ["range=century", "start=2026-01-01T00:00:00&end=2026-01-02T00:00:00", f"model={'x' * 301}",
     "start=2026-01-02T00:00:00Z&end=2026-01-01T00:00:00Z", "start=0001-01-01T00:00:00Z&end=9999-12-31T23:59:59Z"],
)  # fmt: skip
async def test_what_is_no_time_and_no_model_is_refused(api: httpx.AsyncClient, query: str) -> None:
    refused = await api.get(f"/api/v1/analytics/steps.csv?{query}")
    assert refused.status_code == 422
    assert refused.json()["error"]["message"]


async def test_with_nothing_to_tell_there_are_only_heads(api: httpx.AsyncClient) -> None:
    for name in TABLES:
        rows = await table(api, name)
        assert all(row.get("answers") == "0" for row in rows)


async def test_more_answers_than_a_page_are_all_there_once(
    api: httpx.AsyncClient, services: Runtime, monkeypatch: pytest.MonkeyPatch, upstream: Upstream
) -> None:
    upstream.script("scripted", Script())
    for _ in range(5):
        await whole(api, await send(api))
    monkeypatch.setattr("app.services.analytics.PAGE", 2)
    rows = await table(api, "answers")
    assert len({row["run"] for row in rows}) == len(rows) == 5


@pytest.mark.parametrize(
    "query", ["range=century", "first=2026-02-02&until=2026-01-01", "first=0001-01-01&until=9999-12-31"]
)
async def test_a_range_that_is_none_is_refused_in_words(api: httpx.AsyncClient, query: str) -> None:
    refused = await api.get(f"/api/v1/analytics/steps.csv?{query}")
    assert refused.status_code == 422
    assert "Give a range" in refused.json()["error"]["message"]


async def test_words_of_a_server_are_no_formula(api: httpx.AsyncClient, services: Runtime) -> None:
    services.usage.failed("TypeError", "browser", "=cmd|' /C calc'!A0")
    (failure,) = await table(api, "failures")
    assert failure["said"].startswith("'=")


async def test_tables_and_metrics_and_the_run_itself_tell_the_same(api: httpx.AsyncClient, upstream: Upstream) -> None:
    runs: list[dict[str, Any]] = []
    for delay in (0.05, 0.2, 0.4):
        upstream.script("scripted", Script(text="x" * 200, first_delay_seconds=delay, chars_per_second=2_000))
        sent = await send(api)
        await whole(api, sent)
        runs.append((await api.get(f"/api/v1/runs/{sent['run_id']}")).json())
    answers = {row["run"]: row for row in await table(api, "answers")}
    steps = await table(api, "steps")
    for name in ("first_character_ms", "duration_ms", "longest_gap_ms", "characters_per_second"):
        told = [float(answers[run["run_id"]][name]) for run in runs]
        assert sum(float(row[f"{name}_sum"] or 0) for row in steps) == pytest.approx(sum(told), abs=1e-3)
        unit, scale = (name.replace("_ms", "_seconds"), 1000) if name.endswith("_ms") else (name, 1)
        metrics = (await api.get("/metrics")).text
        sums = re.findall(rf"^rivulet_answer_{unit}_sum\{{.*\}} (.*)$", metrics, re.MULTILINE)
        assert sum(map(float, sums)) * scale == pytest.approx(sum(told), abs=1e-3)
        if name != "characters_per_second":
            assert told == [run["metadata"][name] for run in runs]
