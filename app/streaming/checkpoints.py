"""Regular saves of an unfinished answer, off the hot path."""

import asyncio
import logging

from app.streaming.store import RunWriter
from app.streaming.transcript import Transcript

INTERVAL_SECONDS = 0.5
INTERVAL_CHARS = 2000
GROWTH = 20

logger = logging.getLogger(__name__)


class Checkpoints:
    """Saves a transcript every 500 ms or 2,000 characters, one save at a time, only when there is something new.

    A save writes the whole text, so for long texts the 2,000 characters become a twentieth of what is saved.
    """

    def __init__(self, store: RunWriter, transcript: Transcript, interval_seconds: float = INTERVAL_SECONDS) -> None:
        self._store = store
        self._transcript = transcript
        self._interval_seconds = interval_seconds
        self._saved_chars = 0
        self._many = asyncio.Event()

    def note_progress(self) -> None:
        """Tell that the transcript has grown."""
        if self._unsaved_chars >= max(INTERVAL_CHARS, self._saved_chars // GROWTH):
            self._many.set()

    async def run(self) -> None:
        """Save until cancelled; a save that fails is logged and made up for by the next."""
        while True:
            await self._until_due()
            self._many.clear()  # here, for what is noted while a save is under way may be in that save already
            if self._unsaved_chars:
                await self._save()

    @property
    def _chars(self) -> int:
        return self._transcript.text.chars + self._transcript.thinking.chars

    @property
    def _unsaved_chars(self) -> int:
        return self._chars - self._saved_chars

    async def _until_due(self) -> None:
        try:
            async with asyncio.timeout(self._interval_seconds):
                await self._many.wait()
        except TimeoutError:
            pass

    async def _save(self) -> None:
        chars, text, thinking = self._chars, str(self._transcript.text), str(self._transcript.thinking)
        try:
            await self._store.checkpoint(self._transcript.run_id, text, thinking)
        except Exception as error:  # noqa: BLE001 (whatever ails the database, the answer goes on)
            name = type(error).__name__
            logger.warning("Run %s is not checkpointed at %d characters: %s", self._transcript.run_id, chars, name)
            await asyncio.sleep(self._interval_seconds)
            return
        self._saved_chars = chars
