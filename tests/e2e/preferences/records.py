"""What the database and the upstream know of preferences."""

import json
import sqlite3

from tests.app_server import AppServer
from tests.upstream import Upstream


def stored(server: AppServer, query: str) -> list[str]:
    with sqlite3.connect(server.data_dir / "rivulet.db") as database:
        rows = [row[0] for row in database.execute(query)]
    database.close()
    return rows


def roads(server: AppServer) -> list[str]:
    query = "SELECT stream_metadata FROM message WHERE role = 'assistant' ORDER BY created_at"
    return [json.loads(metadata)["road"] for metadata in stored(server, query)]


def asked_with(upstream: Upstream) -> list[str]:
    return [f"{message['role']}: {message['content']}" for message in upstream.requests[-1].body["messages"]]
