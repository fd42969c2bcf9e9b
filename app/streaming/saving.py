"""Storing how a run ended, as often as it takes: a database that is down must not cost an answer."""

import asyncio
import logging

from app.streaming.store import RunOutcome, RunWriter

FIRST_PAUSE_SECONDS = 0.1
LONGEST_PAUSE_SECONDS = 2.0

logger = logging.getLogger(__name__)


async def save(store: RunWriter, run_id: str, outcome: RunOutcome) -> None:
    """Try until the outcome is stored; cancelling gives it up, and the last checkpoint is what remains."""
    pause_seconds = FIRST_PAUSE_SECONDS
    try:
        while not await _is_saved(store, run_id, outcome):
            await asyncio.sleep(pause_seconds)
            pause_seconds = min(pause_seconds * 2, LONGEST_PAUSE_SECONDS)
    except asyncio.CancelledError:
        logger.error("Run %s ended unsaved; what was not checkpointed of its answer is lost", run_id)
        raise


async def _is_saved(store: RunWriter, run_id: str, outcome: RunOutcome) -> bool:
    try:
        await store.finish(run_id, outcome)
    except Exception as error:  # noqa: BLE001 (whatever ails the database, the answer must not be lost to it)
        logger.error("Run %s could not be stored yet: %s", run_id, type(error).__name__)
        return False
    return True
