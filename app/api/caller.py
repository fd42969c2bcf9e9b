"""Who calls, and what belongs to whom."""

import re
from typing import Annotated

from fastapi import Depends

from app import runtime
from app.api.errors import RunNotFoundError
from app.errors import ConversationNotFoundError, FragmentNotFoundError
from app.streaming.store import StoredRun

_ID = re.compile(r"[0-9a-f]{32}")


async def calling_user() -> str:
    """Give the id of the user who calls: the local one, until there are accounts."""
    return runtime.current().local_user_id


User = Annotated[str, Depends(calling_user)]


async def run_name(run_id: str) -> str:
    """Refuse what cannot be a run's id before a database sees it."""
    if not _ID.fullmatch(run_id):
        raise RunNotFoundError
    return run_id


RunId = Annotated[str, Depends(run_name)]


async def own_run(run_id: RunId, user_id: User) -> StoredRun:
    """Read the run that the address names; somebody else's is as good as none."""
    run = await runtime.current().chat.run(user_id, run_id)
    if run is None:
        raise RunNotFoundError
    return run


async def conversation_name(conversation_id: str) -> str:
    """Refuse what cannot be a conversation's id before a database sees it."""
    if not _ID.fullmatch(conversation_id):
        raise ConversationNotFoundError
    return conversation_id


async def fragment_name(fragment_id: str) -> str:
    """Refuse what cannot be a fragment's id before a database sees it."""
    if not _ID.fullmatch(fragment_id):
        raise FragmentNotFoundError
    return fragment_id


OwnRun = Annotated[StoredRun, Depends(own_run)]
FragmentId = Annotated[str, Depends(fragment_name)]
ConversationId = Annotated[str, Depends(conversation_name)]
