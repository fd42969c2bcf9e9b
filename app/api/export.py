"""A conversation as a file to keep, written piece by piece as its messages are read."""

import re
import unicodedata
from collections.abc import AsyncGenerator
from contextlib import aclosing
from urllib.parse import quote

from app.api.schemas import ConversationState, FragmentContent, FragmentState, MessageState
from app.fragments.telling import fenced

NAME_CHARS = 60
_NAMES_OF_DEVICES = re.compile(r"(con|prn|aux|nul|com\d|lpt\d)", re.IGNORECASE)
_ENDINGS = {"interrupted": "*This answer was stopped.*", "failed": "*This answer failed.*"}


async def as_markdown(
    conversation: ConversationState,
    messages: AsyncGenerator[list[MessageState]],
    versions: AsyncGenerator[tuple[FragmentState, FragmentContent]],
) -> AsyncGenerator[bytes]:
    """Write a conversation to be read, followed by its `messages`; every text is in it character for character.

    Of the `versions` of fragments those follow that are the user's own: the others stand in their messages.
    """
    async with aclosing(messages), aclosing(versions):
        yield f"# {' '.join(conversation.title.split())}".encode()
        async for some in messages:
            yield "".join(f"\n\n{_section(message)}" for message in some).encode()
        async for fragment, version in versions:
            if version.place is None:
                yield f"\n\n{_own_version(fragment, version)}".encode()
        yield b"\n"


async def as_json(
    conversation: ConversationState,
    messages: AsyncGenerator[list[MessageState]],
    versions: AsyncGenerator[tuple[FragmentState, FragmentContent]],
) -> AsyncGenerator[bytes]:
    """Write a conversation for programs, with all that is known of its `messages`, one a line, and of its fragments.

    `versions` come fragment by fragment, each with what it is a version of.
    """
    before, after = conversation.model_dump_json(indent=2).rsplit("[]", 1)
    separator = "\n"
    async with aclosing(messages), aclosing(versions):
        yield f"{before}[".encode()
        async for some in messages:
            yield (separator + ",\n".join(message.model_dump_json() for message in some)).encode()
            separator = ",\n"
        yield b'\n  ],\n  "fragments": ['
        async for piece in _fragments_as_json(versions):
            yield piece
        yield f"\n  ]{after}".encode()


async def _fragments_as_json(
    versions: AsyncGenerator[tuple[FragmentState, FragmentContent]],
) -> AsyncGenerator[bytes]:
    fragment_id = ""
    async for fragment, version in versions:
        if fragment.id == fragment_id:
            yield f",\n{version.model_dump_json()}".encode()
            continue
        end = "]},\n" if fragment_id else "\n"
        head, _ = fragment.model_copy(update={"versions": []}).model_dump_json().rsplit("]", 1)
        yield f"{end}{head}{version.model_dump_json()}".encode()
        fragment_id = fragment.id
    yield b"]}" if fragment_id else b""


async def begun(pieces: AsyncGenerator[bytes]) -> AsyncGenerator[bytes]:
    """Wait for the heading and the first messages of a file, so that what fails at once fails here; give all of it."""
    first = await anext(pieces) + await anext(pieces)

    async def file() -> AsyncGenerator[bytes]:
        async with aclosing(pieces):
            yield first
            async for piece in pieces:
                yield piece

    return file()


def attachment(title: str, extension: str, *, is_exact: bool = False) -> str:
    """Name the file after the title, safely on every system (RFC 6266: plain ASCII, and the whole name beside it).

    With `is_exact` the title is a file's name already.
    """
    name = title if is_exact else _file_name(title)
    plain = unicodedata.normalize("NFKD", name).encode("ascii", "ignore").decode().strip(" -") or "conversation"
    return f"attachment; filename=\"{plain}.{extension}\"; filename*=UTF-8''{quote(f'{name}.{extension}', safe='')}"


def _own_version(fragment: FragmentState, version: FragmentContent) -> str:
    return f"## Your version {version.number} of {fragment.name}\n\n{fenced(version.content, fragment.language)}"


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
