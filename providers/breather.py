"""Letting the event loop breathe while a vendor's SDK hands out what it has already received."""

import asyncio
import time

LONGEST_RUN_SECONDS = 0.005


class Breather:
    """Give way to other tasks now and then: an SDK iterates over a received burst without ever suspending."""

    def __init__(self) -> None:
        self._since = time.monotonic()

    async def pause_if_due(self) -> None:
        """Give way if a few milliseconds have passed since the last time."""
        if time.monotonic() - self._since > LONGEST_RUN_SECONDS:
            await asyncio.sleep(0)
            self._since = time.monotonic()
