"""Small writes of many, gathered into one transaction: whoever comes while one is under way is in the next."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from typing import Generic, TypeVar

_Item = TypeVar("_Item")


class GroupCommit(Generic[_Item]):
    """Hands items to `write`, one batch at a time. `put` returns when its batch is written, or raises what that did."""

    def __init__(self, write: Callable[[Sequence[_Item]], Awaitable[None]]) -> None:
        """Write by `write`, one transaction a call."""
        self._write = write
        self._waiting: list[tuple[_Item, asyncio.Future[None]]] = []
        self._writing: asyncio.Task[None] | None = None

    async def put(self, item: _Item) -> None:
        """Write one item together with those of others."""
        written: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._waiting.append((item, written))
        if self._writing is None:
            self._writing = asyncio.create_task(self._write_all())
        await written

    async def _write_all(self) -> None:
        while self._waiting:
            batch, self._waiting = self._waiting, []
            error: Exception | None = None
            try:
                await self._write([item for item, _ in batch])
            except Exception as failure:  # noqa: BLE001 (it is theirs who wait)
                error = failure
            for _, written in batch:
                if written.done():
                    continue
                if error is None:
                    written.set_result(None)
                else:
                    written.set_exception(error)
        self._writing = None
