"""What the server says: a line for people on a terminal, a JSON object a line for whoever gathers logs.

No line holds what was said in a chat, nor a key: what a model's server answers is told to the reader, not to the log.
"""

import json
import logging
import sys
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from typing import Any, TextIO

from app import log_context

OURS = ("app", "providers")
HIDDEN = "•••"
SHORTEST_SECRET_CHARS = 6  # shorter ones would hide half of every line


class Masked(logging.Formatter):
    """Hides keys, wherever they may have come from."""

    def __init__(self, secrets: Iterable[str]) -> None:
        super().__init__("%(asctime)s %(levelname)s %(message)s", "%H:%M:%S")
        self._secrets = tuple(secret for secret in secrets if len(secret) >= SHORTEST_SECRET_CHARS)

    def format(self, record: logging.LogRecord) -> str:
        """Write a record as a line, or as several where it has a traceback."""
        return self.hide(super().format(record))

    def hide(self, text: str) -> str:
        """Put dots in the place of every key."""
        for secret in self._secrets:
            text = text.replace(secret, HIDDEN)
        return text


class JsonLines(Masked):
    """Writes a record as one JSON object: `time`, `level`, `logger`, `event`, `message`, and what else is known.

    `event` is the message without what differs from time to time, to be counted and searched for.
    """

    def format(self, record: logging.LogRecord) -> str:
        """Write a record as one line."""
        return self.hide(json.dumps(self._fields(record), ensure_ascii=False))

    def _fields(self, record: logging.LogRecord) -> Mapping[str, Any]:
        known = {"run_id": log_context.run_id.get(), "user_id": log_context.user_id.get()}
        if record.exc_info:
            known["traceback"] = self.formatException(record.exc_info)
        return {
            "time": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname.lower(),
            "logger": record.name,
            "event": str(record.msg),
            "message": record.getMessage(),
            **{name: value for name, value in known.items() if value},
        }


def configure(level: str, secrets: Iterable[str], stream: TextIO = sys.stderr) -> None:
    """Send what we say from `level` on, and the warnings of libraries, to `stream`."""
    handler = logging.StreamHandler(stream)
    handler.setFormatter((Masked if stream.isatty() else JsonLines)(secrets))
    logging.basicConfig(handlers=[handler], level=logging.WARNING, force=True)
    for name in OURS:
        logging.getLogger(name).setLevel(level.upper())
