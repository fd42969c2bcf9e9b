"""A queue for the few places of a model server: first come, first served, and everybody knows how many are ahead."""

import asyncio
from collections import deque
from collections.abc import Generator
from contextlib import contextmanager


class Ticket:
    """One asker's place in the queue."""

    def __init__(self, waiting: "deque[Ticket]") -> None:
        self.has_come = False
        self._waiting = waiting
        self._moved = asyncio.Event()

    @property
    def ahead(self) -> int:
        """How many answers must end before its turn comes."""
        return 0 if self.has_come else self._waiting.index(self) + 1

    async def moved(self) -> None:
        """Wait until the queue has moved; `ahead` is smaller then, or its turn has come."""
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
        self._waiting: deque[Ticket] = deque()

    @contextmanager
    def join(self) -> Generator[Ticket]:
        """Take a place in the queue; leaving the block, at any moment, frees it at once."""
        ticket = Ticket(self._waiting)
        self._waiting.append(ticket)
        self._admit()
        try:
            yield ticket
        finally:
            self._leave(ticket)

    def _leave(self, ticket: Ticket) -> None:
        if ticket.has_come:
            self._free += 1
        else:
            self._waiting.remove(ticket)
        self._admit()
        for other in self._waiting:
            other.notify()

    def _admit(self) -> None:
        while self._free and self._waiting:
            self._free -= 1
            ticket = self._waiting.popleft()
            ticket.has_come = True
            ticket.notify()
