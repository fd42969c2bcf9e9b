"""A conversation as a file to keep."""

import re
import unicodedata
from urllib.parse import quote

from app.api.schemas import ConversationState, MessageState

NAME_CHARS = 60
_NAMES_OF_DEVICES = re.compile(r"(con|prn|aux|nul|com\d|lpt\d)", re.IGNORECASE)
_ENDINGS = {"interrupted": "*This answer was stopped.*", "failed": "*This answer failed.*"}


def to_markdown(conversation: ConversationState) -> bytes:
    """Write the conversation to be read; every text is in it character for character."""
    title = " ".join(conversation.title.split())
    parts = [f"# {title}", *(_section(message) for message in conversation.messages)]
    return ("\n\n".join(parts) + "\n").encode()


def to_json(conversation: ConversationState) -> bytes:
    """Write the conversation for programs, with all that is known of each message."""
    return conversation.model_dump_json(indent=2).encode()


def attachment(title: str, extension: str) -> str:
    """Name the file after the title, safely on every system (RFC 6266: plain ASCII, and the whole name beside it)."""
    name = _file_name(title)
    plain = unicodedata.normalize("NFKD", name).encode("ascii", "ignore").decode().strip(" -") or "conversation"
    return f"attachment; filename=\"{plain}.{extension}\"; filename*=UTF-8''{quote(f'{name}.{extension}', safe='')}"


def _section(message: MessageState) -> str:
    heading = "## You" if message.role == "user" else f"## Answer of {message.model}"
    parts = [heading, message.text] if message.text else [heading]
    if ending := _ENDINGS.get(message.status):
        parts.append(ending)
    return "\n\n".join(parts)


def _file_name(title: str) -> str:
    words = re.sub(r"[^\w-]+", " ", title).split()
    name = " ".join(words)[:NAME_CHARS].strip(" -_")
    return f"{name} chat" if _NAMES_OF_DEVICES.fullmatch(name) else name or "conversation"
