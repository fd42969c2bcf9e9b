"""Cursors of lists: where a page ends, as a word that means nothing to its reader."""

import base64
import binascii
from datetime import datetime

from app.api.errors import InvalidCursorError

Cursor = tuple[datetime, str]


def write_cursor(cursor: Cursor) -> str:
    """Give the word for a place in a list."""
    moment, row_id = cursor
    return base64.urlsafe_b64encode(f"{moment.isoformat()} {row_id}".encode()).decode()


def read_cursor(text: str) -> Cursor:
    """Give the place that a word means; raises `InvalidCursorError`."""
    try:
        moment, _, row_id = base64.urlsafe_b64decode(text.encode()).decode().partition(" ")
        moment = datetime.fromisoformat(moment)
    except (binascii.Error, ValueError) as error:
        raise InvalidCursorError from error
    if moment.tzinfo is None or not row_id.isalnum():
        raise InvalidCursorError
    return moment, row_id
