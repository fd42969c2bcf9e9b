"""A PostgreSQL that says nothing any more, as behind a network that has died."""

import asyncio
import time
from pathlib import Path
from urllib.parse import parse_qs, unquote, urlsplit

from app.persistence.engines import COMMAND_SECONDS
from tests.app_server import AppServer
from tests.cut_proxy import CutProxy
from tests.e2e.conftest import apart, upstream_settings
from tests.performance.page_clients import HELLO, connect
from tests.postgres import running_postgres
from tests.upstream import Upstream


async def first_word_seconds(port: int) -> float:
    """Connect as a new page does, and give the seconds until it is told something."""
    async with asyncio.timeout(60), connect(port) as socket:
        await socket.send(HELLO)
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
                assert apart(first_word_seconds(server.port)) < COMMAND_SECONDS
