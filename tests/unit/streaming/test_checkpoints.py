"""Saving as it flows: all of it, not too often, and never instead of everything else."""

import asyncio
import threading

from app.streaming.checkpoints import Checkpoints
from app.streaming.store import RunOutcome
from app.streaming.transcript import Transcript


class SlowStore:
    """Keeps what it is given, a moment later."""

    def __init__(self) -> None:
        self.saved: list[int] = []

    async def begin(self, run_id: str) -> None: ...

    async def checkpoint(self, run_id: str, text: str, thinking: str) -> None:
        await asyncio.sleep(0.05)
        self.saved.append(len(text))

    async def finish(self, run_id: str, outcome: RunOutcome) -> bool:
        return True


async def grown(store: SlowStore) -> None:
    transcript = Transcript("r")
    checkpoints = Checkpoints(store, transcript, interval_seconds=0.2)
    saving = asyncio.create_task(checkpoints.run())
    transcript.text.extend(0, "x" * 2500)
    checkpoints.note_progress()
    await asyncio.sleep(0.01)
    checkpoints.note_progress()  # an event without text, in the middle of the save
    await asyncio.sleep(0.1)
    transcript.text.extend(2500, "x" * 10)
    await asyncio.sleep(0.5)
    saving.cancel()


def test_an_event_without_text_during_a_save_holds_nothing_up() -> None:
    """In a thread, because what it guards against is a loop that never lets go."""
    store = SlowStore()
    thread = threading.Thread(target=lambda: asyncio.run(grown(store)), daemon=True)
    thread.start()
    thread.join(20)
    assert not thread.is_alive()
    assert store.saved == [2500, 2510]
