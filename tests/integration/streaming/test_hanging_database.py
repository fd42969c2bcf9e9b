"""A database that hangs, which is worse than one that refuses: nothing waits for it without a bound."""

import asyncio
from collections.abc import AsyncIterator, Iterator
from contextlib import suppress
from dataclasses import replace
from datetime import UTC, datetime
from urllib.parse import parse_qs, unquote, urlsplit

import httpx
import pytest

from app import runtime
from app.api.application import make_http
from app.monitoring.report import last
from app.persistence import database
from app.persistence.errors import DatabaseUnavailable
from app.runtime import Runtime
from app.services.analytics import Analysis
from app.settings import Settings
from app.streaming.events import Completed, Interrupted
from app.streaming.store import StreamingStatus
from tests.cut_proxy import CutProxy
from tests.integration.streaming.conftest import User, text_of
from tests.postgres import postgres_server, postgres_url
from tests.upstream import Script, Upstream

__all__ = ["postgres_server", "postgres_url"]

LONG = "A river begins as a trickle of melted snow, and ends as wide as a lake. " * 50
HANGS_SECONDS = 60  # what waits for the database lasts at least until the test gives up


@pytest.fixture
def proxy(postgres_url: str) -> Iterator[CutProxy]:
    """The way to the database, which can be made to swallow everything."""
    folder = unquote(parse_qs(urlsplit(postgres_url).query)["host"][0])
    with CutProxy(f"{folder}/.s.PGSQL.5432") as running:
        yield running


@pytest.fixture
async def services(
    settings: Settings, proxy: CutProxy, postgres_url: str, monkeypatch: pytest.MonkeyPatch
) -> AsyncIterator[Runtime]:
    monkeypatch.setattr(database, "TRANSACTION_SECONDS", 1.0)
    name = urlsplit(postgres_url).path.lstrip("/")
    url = f"postgresql://postgres@127.0.0.1:{proxy.port}/{name}"
    async with runtime.running(replace(settings, database_url=url)) as running:
        yield running
        proxy.mend()


async def test_an_answer_goes_on_to_its_end_and_is_stored_when_the_database_is_back(
    user: User, upstream: Upstream, proxy: CutProxy
) -> None:
    upstream.script("scripted", Script(text=LONG, hold_after_chars=400))
    turn = await user.ask()
    await user.read_until(turn, 400)
    proxy.swallow()
    upstream.release("scripted")
    async with asyncio.timeout(HANGS_SECONDS):
        events = await user.follow(turn)
    assert text_of(events) == LONG
    assert isinstance(events[-1], Completed)
    async with asyncio.timeout(HANGS_SECONDS):
        while not user.services.manager.unsaved:
            await asyncio.sleep(0.02)
    proxy.mend()
    async with asyncio.timeout(HANGS_SECONDS):
        while user.services.manager.running:
            await asyncio.sleep(0.02)
    stored = await user.stored(turn)
    assert (stored.text, stored.status) == (LONG, StreamingStatus.COMPLETE)


async def test_stop_asks_no_database_and_closes_the_connection_to_the_provider(
    user: User, upstream: Upstream, proxy: CutProxy
) -> None:
    upstream.script("scripted", Script(text=LONG, hold_after_chars=400))
    turn = await user.ask()
    await user.read_until(turn, 400)
    proxy.swallow()
    stopping = asyncio.create_task(user.services.chat.stop(user.id, turn.run_id))
    for _ in range(10):
        await asyncio.sleep(0)
    assert stopping.done()
    assert stopping.result()
    await upstream.until(lambda: upstream.questions[-1].closed_by_client_at is not None)
    async with asyncio.timeout(HANGS_SECONDS):
        events = await user.follow(turn)
    assert isinstance(events[-1], Interrupted)
    assert text_of(events) == LONG[:400]


async def test_what_needs_the_database_says_so_in_time(user: User, upstream: Upstream, proxy: CutProxy) -> None:
    upstream.script("scripted", Script())
    proxy.swallow()
    async with asyncio.timeout(HANGS_SECONDS):
        with pytest.raises(DatabaseUnavailable):
            await user.ask()
        with pytest.raises(DatabaseUnavailable):
            await user.services.chat.newest(user.id, 10)
        async with httpx.AsyncClient(transport=httpx.ASGITransport(make_http()), base_url="http://test") as client:
            assert (await client.get("/readyz")).status_code == 503
            assert (await client.get("/api/v1/conversations")).status_code == 503
            for table in ("steps", "models", "failures", "answers"):
                assert (await client.get(f"/api/v1/analytics/{table}.csv")).status_code == 503
            assert (await client.get("/healthz")).status_code == 200
    proxy.mend()
    async with asyncio.timeout(HANGS_SECONDS):
        while True:
            try:
                turn = await user.ask()
                break
            except DatabaseUnavailable:
                await asyncio.sleep(0.05)
        await user.read(turn)


async def test_what_ends_and_what_is_done_meanwhile_is_counted_when_the_database_is_back(
    user: User, upstream: Upstream, proxy: CutProxy
) -> None:
    usage = user.services.usage
    upstream.script("scripted", Script(text=LONG, hold_after_chars=400))
    turn = await user.ask()
    await user.read_until(turn, 400)
    proxy.swallow()
    usage.used(user.id, "pause")
    usage.failed("TypeError", "browser")
    upstream.release("scripted")
    async with asyncio.timeout(HANGS_SECONDS):
        await user.follow(turn)
        with pytest.raises(DatabaseUnavailable):
            await usage.count()
        assert (await user.services.analytics.health()).recent_answers is None
        with pytest.raises(DatabaseUnavailable):
            await user.services.analytics.of(last("day", datetime.now(UTC)))
    proxy.mend()
    async with asyncio.timeout(HANGS_SECONDS):
        while (analysis := await reported(user)) is None or not analysis.report.whole.counts["answers"]:
            await asyncio.sleep(0.05)
    assert analysis.report.whole.counts["end:complete"] == 1
    assert analysis.uses["pause"] == 1
    assert [(one.kind, one.count) for one in analysis.failures] == [("TypeError", 1)]


async def reported(user: User) -> Analysis | None:
    with suppress(DatabaseUnavailable):
        return await user.services.analytics.of(last("day", datetime.now(UTC)))
    return None
