"""What a server has stored of its answers, read from its SQLite file while it runs.

The page shows an answer's end before the database has it: what is read of an ended answer waits for its row.
"""

import json
import sqlite3
from contextlib import closing
from typing import Any

from tests.app_server import AppServer

NEWEST = """
    SELECT iif(streaming_status IN ('pending', 'streaming'), partial_content || coalesce(chunks, ''), content),
           streaming_status
    FROM message LEFT JOIN (
        SELECT message_id, group_concat(content, '') AS chunks FROM (
            SELECT run.message_id, content FROM run_chunk JOIN run ON run.id = run_chunk.run_id
            WHERE kind = 'text' ORDER BY run.id, start
        ) GROUP BY message_id
    ) AS kept ON kept.message_id = message.id
    WHERE role = 'assistant' ORDER BY created_at DESC LIMIT 1
"""
UNENDED = "SELECT 1 FROM message WHERE streaming_status IN ('pending', 'streaming')"


def newest_answer(server: AppServer) -> tuple[str, str]:
    """Read the text and the status of the answer that was begun last."""
    with closing(sqlite3.connect(server.data_dir / "rivulet.db")) as database:
        return database.execute(NEWEST).fetchone() or ("", "")


def wait_for(server: AppServer, text: str) -> None:
    """Wait until so much of the newest answer is stored."""
    server.wait_until(lambda: newest_answer(server)[0] == text)


def wait_until_ended(server: AppServer) -> None:
    """Wait until the ending of every answer is stored."""
    server.wait_until(lambda: not rows(server, UNENDED))


def rows(server: AppServer, query: str) -> list[tuple[Any, ...]]:
    """Read what a query finds."""
    with closing(sqlite3.connect(server.data_dir / "rivulet.db")) as database:
        return database.execute(query).fetchall()


def newest_facts(server: AppServer) -> dict[str, Any]:
    """Read what is known of the answer that was begun last, once it has ended."""
    wait_until_ended(server)
    query = "SELECT stream_metadata FROM message WHERE role = 'assistant' ORDER BY created_at DESC LIMIT 1"
    return json.loads(rows(server, query)[0][0])
