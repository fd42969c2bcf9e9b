"""Following a run as server-sent events, as a foreign client does."""

import asyncio
import json
import random
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, cast

import httpx
import pytest
from httpx_sse import EventSource, ServerSentEvent, aconnect_sse

from app import runtime
from app.api.event_stream import END_SEQ
from app.runtime import Runtime
from app.settings import Settings
from tests.integration.api.conftest import send, serving, whole
from tests.integration.streaming.conftest import left_behind
from tests.upstream import Script, Upstream

AWKWARD = "Ça: 👩‍👩‍👧 漢字 שלום\r\n\u2028|\u2029|\x85|\x0b|\r|```\n\n: comment\ndata: no\n"
LONG = AWKWARD * 100


class CutStream(httpx.AsyncByteStream):
    """A response that breaks off after so many bytes."""

    def __init__(self, stream: httpx.AsyncByteStream, after_bytes: int) -> None:
        self._stream = stream
        self._left = after_bytes

    async def __aiter__(self) -> AsyncIterator[bytes]:
        async for chunk in self._stream:
            yield chunk[: self._left]
            self._left -= len(chunk)
            if self._left <= 0:
                raise httpx.ReadError("cut")

    async def aclose(self) -> None:
        await self._stream.aclose()


@dataclass
class Reader:
    """A client that keeps what it has read and goes on after the last id."""

    api: httpx.AsyncClient
    run_id: str
    last_id: str = ""
    text: str = ""
    last_type: str = ""
    offsets: list[tuple[int, int]] = field(default_factory=list[tuple[int, int]])

    @property
    def url(self) -> str:
        return f"/api/v1/runs/{self.run_id}/events"

    async def read(self, cut_after_bytes: int | None = None) -> bool:
        """Read to the end; False when the connection was cut before."""
        headers = {"Last-Event-ID": self.last_id} if self.last_id else {}
        async with aconnect_sse(self.api, "GET", self.url, headers=headers) as source:
            if cut_after_bytes is not None:
                stream = cast("httpx.AsyncByteStream", source.response.stream)
                source.response.stream = CutStream(stream, cut_after_bytes)
            try:
                async for event in source.aiter_sse():
                    self.take(event)
            except httpx.ReadError:
                return False
        return True

    def take(self, event: ServerSentEvent) -> None:
        self.last_id, self.last_type = event.id, event.event
        values = json.loads(event.data)
        assert values["type"] == event.event
        if event.event == "text":
            offset, text = values["offset"], values["text"]
            self.offsets.append((offset, len(self.text)))
            assert offset <= len(self.text)
            self.text = self.text[:offset] + text + self.text[offset + len(text) :]


async def events_of(source: EventSource) -> list[ServerSentEvent]:
    return [event async for event in source.aiter_sse()]


async def test_a_sent_message_is_answered_followed_and_stored(api: httpx.AsyncClient, upstream: Upstream) -> None:
    upstream.script("scripted", Script(text=LONG, chunk_chars=7))
    sent = await send(api)
    async with aconnect_sse(api, "GET", f"/api/v1/runs/{sent['run_id']}/events") as source:
        events = await events_of(source)
    assert [int(event.id) for event in events] == list(range(1, len(events) + 1))
    assert [json.loads(event.data)["seq"] for event in events] == list(range(1, len(events) + 1))
    assert (events[0].event, events[-1].event) == ("started", "completed")
    assert "".join(json.loads(event.data)["text"] for event in events if event.event == "text") == LONG
    state = await whole(api, sent)
    assert (state["status"], state["text"], state["message_id"]) == ("complete", LONG, sent["message_id"])


async def test_the_stream_says_what_it_is_and_must_not_be_buffered(api: httpx.AsyncClient, upstream: Upstream) -> None:
    upstream.script("scripted", Script())
    sent = await send(api)
    answer = await api.get(f"/api/v1/runs/{sent['run_id']}/events")
    assert answer.status_code == 200
    assert answer.headers["content-type"] == "text/event-stream; charset=utf-8"
    assert "no-cache" in answer.headers["cache-control"]
    assert answer.headers["x-accel-buffering"] == "no"


async def test_characters_arrive_while_the_answer_is_written(api: httpx.AsyncClient, upstream: Upstream) -> None:
    upstream.script("scripted", Script(text=LONG, hold_after_chars=100))
    sent = await send(api)
    reader = Reader(api, sent["run_id"])
    async with aconnect_sse(api, "GET", reader.url) as source:
        events = source.aiter_sse()
        while len(reader.text) < 100:
            reader.take(await anext(events))
        assert reader.text == LONG[:100]
        assert (await api.get(f"/api/v1/runs/{sent['run_id']}")).json()["status"] != "complete"
        upstream.release("scripted")
        async for event in events:
            reader.take(event)
    assert reader.text == LONG


async def test_a_client_cut_fifty_times_gets_the_text_once_and_whole(
    api: httpx.AsyncClient, upstream: Upstream
) -> None:
    upstream.script("scripted", Script(text=LONG, chunk_chars=4, chars_per_second=8000))
    sent = await send(api)
    reader = Reader(api, sent["run_id"])
    chance = random.Random(20261124)
    cuts = 0
    while cuts < 50:
        assert not await reader.read(cut_after_bytes=chance.randint(1, 1800))
        cuts += 1
    assert await reader.read()
    assert reader.text == LONG
    assert all(offset == known for offset, known in reader.offsets), "characters came twice"
    assert reader.last_type == "completed"


async def test_a_client_cut_inside_a_snapshot_gets_it_again(api: httpx.AsyncClient, upstream: Upstream) -> None:
    text = AWKWARD * 150
    upstream.script("scripted", Script(text=text, thinking="Hm. " * 10, chunk_chars=1))
    sent = await send(api)
    await whole(api, sent)
    reader = Reader(api, sent["run_id"])
    for cut_after_bytes in (10, 150, 400, 700, 5000):
        assert not await reader.read(cut_after_bytes)
        assert reader.last_id == ""
    assert await reader.read()
    assert (reader.text, reader.last_type) == (text, "completed")


async def test_a_client_that_saw_the_end_is_told_not_to_come_back(api: httpx.AsyncClient, upstream: Upstream) -> None:
    upstream.script("scripted", Script())
    sent = await send(api)
    reader = Reader(api, sent["run_id"])
    await reader.read()
    answer = await api.get(reader.url, headers={"Last-Event-ID": reader.last_id})
    assert (answer.status_code, answer.content) == (204, b"")


async def test_a_run_whose_events_are_gone_is_told_from_storage_without_doubling(
    api: httpx.AsyncClient, upstream: Upstream, settings: Settings, tmp_path: Path
) -> None:
    upstream.script("scripted", Script(text=LONG, chunk_chars=4))
    sent = await send(api)
    reader = Reader(api, sent["run_id"])
    assert not await reader.read(cut_after_bytes=9000)
    seen, last_id = reader.text, reader.last_id
    assert 0 < len(seen) < len(LONG)
    await whole(api, sent)
    # A new process keeps no log of it.
    async with runtime.running(await left_behind(settings, tmp_path / "left.db")):
        assert await reader.read()
        assert (reader.text, reader.last_type) == (LONG, "completed")
        assert int(reader.last_id) == END_SEQ > int(last_id)
        answer = await api.get(reader.url, headers={"Last-Event-ID": reader.last_id})
        assert answer.status_code == 204


@pytest.mark.parametrize("last_id", ["abc", "-3", "1e3", "٣", "9" * 40, ""])
async def test_a_strange_last_event_id_begins_anew(api: httpx.AsyncClient, upstream: Upstream, last_id: str) -> None:
    upstream.script("scripted", Script(text="All of it."))
    sent = await send(api)
    answer = await api.get(f"/api/v1/runs/{sent['run_id']}/events", headers=[(b"Last-Event-ID", last_id.encode())])
    assert "All " in answer.text


async def test_silence_is_filled_with_comments_that_are_no_events(services: Runtime, upstream: Upstream) -> None:
    upstream.script("scripted", Script(text=LONG, hold_after_chars=8))
    async with serving(heartbeat_seconds=0.02) as api:
        sent = await send(api)
        async with api.stream("GET", f"/api/v1/runs/{sent['run_id']}/events") as response:
            lines = response.aiter_lines()
            beats = 0
            while beats < 5:
                beats += (await anext(lines)) == ": heartbeat"
        reader = Reader(api, sent["run_id"])
        reading = asyncio.create_task(reader.read())
        await asyncio.sleep(0.1)  # some heartbeats between its events
        upstream.release("scripted")
        assert await reading
        assert reader.text == LONG


async def test_a_client_that_leaves_stops_nothing(api: httpx.AsyncClient, upstream: Upstream) -> None:
    upstream.script("scripted", Script(text=LONG, hold_after_chars=100))
    sent = await send(api)
    assert not await Reader(api, sent["run_id"]).read(cut_after_bytes=500)
    upstream.release("scripted")
    state = await whole(api, sent)
    assert (state["status"], state["text"]) == ("complete", LONG)


async def test_clients_that_leave_leave_nothing_behind(api: httpx.AsyncClient, upstream: Upstream) -> None:
    upstream.script("scripted", Script(text=LONG, hold_after_chars=100))
    sent = await send(api)
    before = len(asyncio.all_tasks())
    for _ in range(10):
        await Reader(api, sent["run_id"]).read(cut_after_bytes=500)
    async with asyncio.timeout(60):
        while len(asyncio.all_tasks()) > before:
            await asyncio.sleep(0.01)
    upstream.release("scripted")
    await whole(api, sent)


async def test_a_run_is_interrupted_once(api: httpx.AsyncClient, upstream: Upstream) -> None:
    upstream.script("scripted", Script(text=LONG, hold_after_chars=100))
    sent = await send(api)
    await Reader(api, sent["run_id"]).read(cut_after_bytes=2000)
    url = f"/api/v1/runs/{sent['run_id']}/interrupt"
    assert (await api.post(url)).json() == {"interrupted": True}
    state = await whole(api, sent)
    assert (state["status"], state["text"]) == ("interrupted", LONG[:100])
    await upstream.until(lambda: upstream.questions[-1].closed_by_client_at is not None)
    assert (await api.post(url)).json() == {"interrupted": False}


async def test_a_failed_run_ends_with_a_sentence(api: httpx.AsyncClient, upstream: Upstream) -> None:
    from tests.upstream import Fault, FaultKind

    upstream.script("scripted", Script(fault=Fault(FaultKind.STATUS, status=401, message="secret sk-123")))
    sent = await send(api)
    answer = await api.get(f"/api/v1/runs/{sent['run_id']}/events")
    failed: dict[str, Any] = json.loads(answer.text.rpartition("data: ")[2].splitlines()[0])
    assert (failed["type"], failed["code"]) == ("failed", "authentication")
    state = json.dumps(await whole(api, sent))
    assert "sk-123" not in answer.text + state
