"""A PostgreSQL that says nothing any more, as behind a network that has died."""

import asyncio
import json
import time
from pathlib import Path
from urllib.parse import parse_qs, unquote, urlsplit
from uuid import uuid4

import websockets

from app.persistence.engines import COMMAND_SECONDS
from tests.app_server import AppServer
from tests.cut_proxy import CutProxy
from tests.e2e.conftest import upstream_settings
from tests.e2e.test_disowned import apart
from tests.postgres import running_postgres
from tests.upstream import Upstream

HYDRATE = "reflex___state____state.hydrate_and_load"


async def first_word_seconds(server: AppServer) -> float:
    """Connect as a new page does, and give the seconds until it is told something."""
    url = f"ws://127.0.0.1:{server.port}/_event/?token={uuid4()}&EIO=4&transport=websocket"
    router = {"pathname": "/", "asPath": "/", "query": {}}
    event = {"event": {"name": HYDRATE, "payload": {}, "router_data": router}}
    async with asyncio.timeout(60), websockets.connect(url, origin=f"http://127.0.0.1:{server.port}") as socket:  # pyright: ignore[reportArgumentType]
        await socket.send(f"40/_event,{json.dumps(event)}")
        asked_at = time.monotonic()
        async for message in socket:
            if str(message).startswith("42"):
                return time.monotonic() - asked_at
            if message == "2":
                await socket.send("3")  # the ping of Engine.IO
    raise AssertionError("The server has closed the connection.")


def test_a_page_gets_its_first_word_before_the_database_is_given_up(upstream: Upstream, tmp_path: Path) -> None:
    with running_postgres() as postgres:
        folder = unquote(parse_qs(urlsplit(postgres.address).query)["host"][0])
        with CutProxy(f"{folder}/.s.PGSQL.5432") as network:
            address = f"postgresql://postgres@127.0.0.1:{network.port}/postgres"
            with AppServer(tmp_path, **upstream_settings(upstream), DATABASE_URL=address) as server:
                network.swallow()
                assert apart(first_word_seconds(server)) < COMMAND_SECONDS
