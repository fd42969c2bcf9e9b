"""What the database and the upstream know of preferences."""

import json

from tests.app_server import AppServer
from tests.e2e import stored
from tests.upstream import Upstream


def roads(server: AppServer) -> list[str]:
    stored.wait_until_ended(server)
    query = "SELECT stream_metadata FROM message WHERE role = 'assistant' ORDER BY created_at"
    return [json.loads(metadata)["road"] for (metadata,) in stored.rows(server, query)]


def asked_with(upstream: Upstream) -> list[str]:
    return [f"{message['role']}: {message['content']}" for message in upstream.requests[-1].body["messages"]]
