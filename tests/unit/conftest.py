"""What several unit tests need."""

import asyncio
from collections.abc import Iterator

import pytest


class VirtualTime(asyncio.SelectorEventLoop):
    """A loop whose clock stands at what is due next."""

    moment = 0.0

    def time(self) -> float:
        return self.moment

    def _run_once(self) -> None:
        if not self._ready and self._scheduled:  # pyright: ignore[reportAttributeAccessIssue]
            self.moment = max(self.moment, self._scheduled[0].when())  # pyright: ignore[reportAttributeAccessIssue]
        super()._run_once()  # pyright: ignore[reportAttributeAccessIssue]


@pytest.fixture
def in_virtual_time() -> Iterator[asyncio.Runner]:
    with asyncio.Runner(loop_factory=VirtualTime) as runner:
        yield runner
