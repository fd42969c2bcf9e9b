"""Ids that cannot be guessed."""

from uuid import uuid4


def new_id() -> str:
    """Make an id of 32 hexadecimal characters."""
    return uuid4().hex
