"""A queue for the few places of a model server: first come, first served, and everybody knows how many are ahead."""

import asyncio
from collections import deque
from collections.abc import Generator
from contextlib import contextmanager


class Turn:
    """One asker's place in the queue."""

    def __init__(self, waiting: "deque[Turn]") -> None:
        self.has_come = False
        self._waiting = waiting
        self._moved = asyncio.Event()

    @property
    def ahead(self) -> int:
        """How many answers must end before this turn comes."""
        return 0 if self.has_come else self._waiting.index(self) + 1

    async def moved(self) -> None:
        """Wait until the queue has moved; `ahead` is smaller then, or the turn has come."""
        await self._moved.wait()
        self._moved.clear()

    def notify(self) -> None:
        """Wake who waits in `moved`."""
        self._moved.set()


class FairQueue:
    """Hand out a fixed number of places in the order of asking."""

    def __init__(self, places: int) -> None:
        """Start with all places free."""
        self._free = places
        self._waiting: deque[Turn] = deque()

    @contextmanager
    def join(self) -> Generator[Turn]:
        """Take a place in the queue; leaving the block, at any moment, frees it at once."""
        turn = Turn(self._waiting)
        self._waiting.append(turn)
        self._admit()
        try:
            yield turn
        finally:
            self._leave(turn)

    def _leave(self, turn: Turn) -> None:
        if turn.has_come:
            self._free += 1
        else:
            self._waiting.remove(turn)
        self._admit()
        for other in self._waiting:
            other.notify()

    def _admit(self) -> None:
        while self._free and self._waiting:
            self._free -= 1
            turn = self._waiting.popleft()
            turn.has_come = True
            turn.notify()
