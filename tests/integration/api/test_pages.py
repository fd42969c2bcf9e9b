"""What pages tell of themselves is bounded, believed within reason, and of the caller's own runs only."""

from datetime import UTC, datetime

import httpx
import pytest

from app.monitoring.periods import Period
from app.monitoring.tally import Tally
from app.persistence.counting import VIEWS_KEPT
from app.runtime import Runtime
from app.services.usage import PAGE_MEASURES
from tests.integration.api.conftest import ended, send, whole
from tests.upstream import Script, Upstream

EVER = (datetime(2000, 1, 1, tzinfo=UTC), datetime(2100, 1, 1, tzinfo=UTC))


async def tally(services: Runtime) -> Tally:
    await services.usage.count()
    return Tally.of(part.tally for part in await services.usage.repository.usage([(Period.DAY, *EVER)]))


async def test_a_hostile_page_can_neither_fill_the_database_nor_tell_tales(
    api: httpx.AsyncClient, services: Runtime, upstream: Upstream
) -> None:
    upstream.script("scripted", Script())
    sent = await send(api)
    await ended(api, sent)
    path = f"/api/v1/runs/{sent['run_id']}/views"
    for _ in range(VIEWS_KEPT + 20):
        answer = await api.post(path, json={"longest_task_ms": 1e11, "long_tasks": 3, "made_up": 5})
        assert answer.status_code == 202
    found = await tally(services)
    assert found.known("long_tasks") == VIEWS_KEPT
    assert found.known("made_up") == 0
    assert found.total("longest_task_ms") == VIEWS_KEPT * PAGE_MEASURES["longest_task_ms"]
    assert found.counts["answers"] == 1


@pytest.mark.parametrize("report", [{"long_tasks": -1}, {"long_tasks": "many"}, {"hidden_ms": 1e300}, []])
async def test_what_is_no_report_is_refused(api: httpx.AsyncClient, upstream: Upstream, report: object) -> None:
    upstream.script("scripted", Script())
    sent = await send(api)
    assert (await api.post(f"/api/v1/runs/{sent['run_id']}/views", json=report)).status_code == 422


async def test_nothing_comes_of_a_run_that_is_not_ones_own(
    api: httpx.AsyncClient, services: Runtime, upstream: Upstream, stranger: str
) -> None:
    upstream.script("scripted", Script())
    sent = await send(api)
    await whole(api, sent)
    assert (await api.post("/api/v1/runs/unknown/views", json={"long_tasks": 1})).status_code == 202
    services.usage.told_by_page(stranger, sent["run_id"], {"long_tasks": 1})
    assert (await tally(services)).known("long_tasks") == 0


async def test_faults_of_pages_are_grouped_by_kinds_that_there_are(api: httpx.AsyncClient, services: Runtime) -> None:
    for number in range(30):
        await api.post("/api/v1/pages/faults", json={"kind": f"Made up {number}", "said": f"no {number}"})
    await api.post("/api/v1/pages/faults", json={"kind": "TypeError", "said": "x is not a function"})
    await services.usage.count()
    groups = {group.kind: group for group in await services.usage.repository.failures(*EVER, 100)}
    assert {kind: group.count for kind, group in groups.items()} == {"Error": 30, "TypeError": 1}
    assert groups["TypeError"].place == "browser"


async def test_a_client_of_the_api_is_a_view_that_is_counted_once(
    api: httpx.AsyncClient, services: Runtime, upstream: Upstream
) -> None:
    upstream.script("scripted", Script(text="x" * 300, first_delay_seconds=0.3, chars_per_second=1_000))
    sent = await send(api)
    streamed = await api.get(f"/api/v1/runs/{sent['run_id']}/events")
    again = await api.get(f"/api/v1/runs/{sent['run_id']}/events")
    assert "completed" in again.text  # from storage, which is no view of how it was written
    found = await tally(services)
    assert found.counts["views"] == 1
    assert found.total("sent_bytes") == len(streamed.content)
    assert 0 < (found.total("frames") or 0) <= streamed.text.count("event: ")
    assert found.known("server_delay_ms") == 1
