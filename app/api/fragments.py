"""The routes of fragments: list, read, download, make, edit."""

import io
import zipfile
from collections.abc import AsyncGenerator, Iterator, Sequence
from typing import Annotated, Any

from fastapi import APIRouter, Path, Query
from starlette.responses import Response, StreamingResponse

from app import runtime
from app.api.caller import ConversationId, FragmentId, User
from app.api.cursors import read_cursor, write_cursor
from app.api.export import attachment
from app.api.schemas import (
    FragmentContent,
    FragmentList,
    FragmentName,
    FragmentPage,
    FragmentState,
    FragmentVersion,
    NewFragment,
    NewFragmentVersion,
)
from app.errors import FragmentNotFoundError
from app.fragments.naming import file_name
from app.persistence.fragments import StoredFragment

router = APIRouter(tags=["fragments"])
LARGEST_NUMBER = 2**31 - 1
Number = Annotated[int, Path(ge=1, le=LARGEST_NUMBER)]
TYPES = {
    "html": "text/html",
    "svg": "image/svg+xml",
    "markdown": "text/markdown",
    "css": "text/css",
    "javascript": "text/javascript",
    "json": "application/json",
    "csv": "text/csv",
    "xml": "application/xml",
    "python": "text/x-python",
}
DOWNLOAD = {
    "X-Content-Type-Options": "nosniff",
    "Content-Security-Policy": "sandbox; default-src 'none'",  # whatever it is, it never acts as this site
    "Cache-Control": "no-store",
}
_FILE: dict[int | str, dict[str, Any]] = {
    200: {"content": {"application/octet-stream": {}}, "description": "The file."}
}


@router.get("/fragments", summary="List all fragments")
async def list_fragments(
    user_id: User,
    q: Annotated[str, Query(max_length=300)] = "",
    limit: Annotated[int, Query(ge=1, le=200)] = 50,
    cursor: str = "",
) -> FragmentPage:
    """List the fragments of all conversations whose name or language holds all words of `q`, the last changed first."""
    before = read_cursor(cursor) if cursor else None
    found = await runtime.current().fragments.search(user_id, q, limit + 1, before)
    following = write_cursor(found[limit - 1].cursor) if len(found) > limit else None
    return FragmentPage(fragments=[_state(one) for one in found[:limit]], next_cursor=following)


@router.get("/conversations/{conversation_id}/fragments", summary="List the fragments of a conversation")
async def read_fragments(conversation_id: ConversationId, user_id: User) -> FragmentList:
    """List what the answers of a conversation have made."""
    found = await runtime.current().fragments.of_conversation(user_id, conversation_id)
    return FragmentList(fragments=[_state(one) for one in found])


@router.post("/conversations/{conversation_id}/fragments", status_code=201, summary="Make a code block a fragment")
async def make_fragment(conversation_id: ConversationId, wanted: NewFragment, user_id: User) -> FragmentState:
    """Keep a code block of a message as a fragment, while it is being written, too; twice is once."""
    services = runtime.current()
    card = await services.fragments.keep(user_id, conversation_id, wanted.message_id, wanted.place)
    return _state(await _own(user_id, conversation_id, card.fragment_id))


@router.get(
    "/conversations/{conversation_id}/fragments/archive",
    summary="Download all fragments of a conversation",
    response_class=Response,
    responses={200: {"content": {"application/zip": {}}, "description": "The newest version of each."}},
)
async def download_fragments(conversation_id: ConversationId, user_id: User) -> Response:
    """Download the newest version of each fragment of a conversation in one archive."""
    found = await runtime.current().fragments.of_conversation(user_id, conversation_id)
    headers = {**DOWNLOAD, "Content-Disposition": attachment("fragments", "zip")}
    return StreamingResponse(_archive(user_id, found), media_type="application/zip", headers=headers)


@router.get("/conversations/{conversation_id}/fragments/{fragment_id}", summary="Read a fragment")
async def read_fragment(conversation_id: ConversationId, fragment_id: FragmentId, user_id: User) -> FragmentState:
    """Read a fragment with all that is known of its versions but their content."""
    return _state(await _own(user_id, conversation_id, fragment_id))


@router.patch("/conversations/{conversation_id}/fragments/{fragment_id}", summary="Rename a fragment")
async def rename_fragment(
    conversation_id: ConversationId, fragment_id: FragmentId, name: FragmentName, user_id: User
) -> FragmentState:
    """Give a fragment another name: what a model writes under it is its next version."""
    await _own(user_id, conversation_id, fragment_id)
    await runtime.current().fragments.rename(user_id, fragment_id, name.name)
    return _state(await _own(user_id, conversation_id, fragment_id))


@router.post(
    "/conversations/{conversation_id}/fragments/{fragment_id}/versions",
    status_code=201,
    summary="Write a version of a fragment",
)
async def write_version(
    conversation_id: ConversationId, fragment_id: FragmentId, version: NewFragmentVersion, user_id: User
) -> FragmentVersion:
    """Store a version of the user's own; refused when there is a newer one than the one that it was made from."""
    await _own(user_id, conversation_id, fragment_id)
    head = await runtime.current().fragments.write(user_id, fragment_id, version.content, version.after)
    return FragmentVersion.model_validate(head)


@router.get(
    "/conversations/{conversation_id}/fragments/{fragment_id}/versions/{number}", summary="Read a version of a fragment"
)
async def read_version(
    conversation_id: ConversationId, fragment_id: FragmentId, number: Number, user_id: User
) -> FragmentContent:
    """Read a version with its content, of one that is being written as far as it is."""
    fragment = await _own(user_id, conversation_id, fragment_id)
    content = await runtime.current().fragments.content(user_id, fragment_id, number)
    head = next(version for version in fragment.versions if version.number == number)
    return FragmentContent(**FragmentVersion.model_validate(head).model_dump(), content=content)


@router.get(
    "/conversations/{conversation_id}/fragments/{fragment_id}/versions/{number}/raw",
    summary="Download a version of a fragment",
    response_class=Response,
    responses=_FILE,
)
async def download_version(
    conversation_id: ConversationId, fragment_id: FragmentId, number: Number, user_id: User
) -> Response:
    """Download what a version holds as a file, exactly as the model wrote it."""
    fragment = await _own(user_id, conversation_id, fragment_id)
    content = await runtime.current().fragments.content(user_id, fragment_id, number)
    name, _, ending = file_name(fragment.name, fragment.language).rpartition(".")
    headers = {**DOWNLOAD, "Content-Disposition": attachment(name or ending, ending if name else "txt", is_exact=True)}
    media_type = f"{TYPES.get(fragment.language, 'text/plain')}; charset=utf-8"
    return Response(content.encode(), media_type=media_type, headers=headers)


async def _own(user_id: str, conversation_id: str, fragment_id: str) -> StoredFragment:
    fragment = await runtime.current().fragments.get(user_id, fragment_id)
    if fragment.conversation_id != conversation_id:
        raise FragmentNotFoundError
    return fragment


def _state(fragment: StoredFragment) -> FragmentState:
    return FragmentState.model_validate(fragment)


async def _archive(user_id: str, fragments: Sequence[StoredFragment]) -> AsyncGenerator[bytes]:
    """Write an archive file by file, so that never more than one is held."""
    written = _Pieces()
    with zipfile.ZipFile(written, "w", zipfile.ZIP_DEFLATED) as archive:
        for fragment, name in zip(fragments, _names_in_archive(fragments), strict=True):
            number = fragment.versions[-1].number
            archive.writestr(name, await runtime.current().fragments.content(user_id, fragment.id, number))
            yield written.taken()
    yield written.taken()


def _names_in_archive(fragments: Sequence[StoredFragment]) -> Iterator[str]:
    taken: set[str] = set()
    for fragment in fragments:
        name = file_name(fragment.name, fragment.language)
        stem, _, ending = name.rpartition(".")
        number = 2
        while name.lower() in taken:
            name, number = f"{stem} {number}.{ending}", number + 1
        taken.add(name.lower())
        yield name


class _Pieces(io.RawIOBase):
    """A file that is only written, and taken away piece by piece."""

    def __init__(self) -> None:
        self._pieces: list[bytes] = []

    def writable(self) -> bool:
        """Say that it can be written to."""
        return True

    def write(self, piece: bytes, /) -> int:  # pyright: ignore[reportIncompatibleMethodOverride]
        """Add a piece."""
        self._pieces.append(bytes(piece))
        return len(piece)

    def taken(self) -> bytes:
        """Give what has been written since this was last called."""
        piece = b"".join(self._pieces)
        self._pieces.clear()
        return piece
