"""Transactions that a cancellation cannot break off.

A driver that is cancelled in the middle of a statement gives up its connection, and SQLite's may keep the write lock
until it is collected; every writer then waits for its busy timeout (seen with aiosqlite 0.22).
"""

import asyncio
import functools
import inspect
from collections.abc import Awaitable, Callable
from typing import Any, TypeVar

_Repository = TypeVar("_Repository")


def uncancelled(repository: type[_Repository]) -> type[_Repository]:
    """Let every public coroutine method run to its end when its caller is cancelled, and only then be cancelled."""
    for name, method in list(vars(repository).items()):
        if inspect.iscoroutinefunction(method) and not name.startswith("_"):
            setattr(repository, name, _to_its_end(method))
    return repository


def _to_its_end(method: Callable[..., Awaitable[Any]]) -> Callable[..., Awaitable[Any]]:
    @functools.wraps(method)
    async def run(*arguments: Any, **named: Any) -> Any:
        transaction = asyncio.ensure_future(method(*arguments, **named))
        try:
            return await asyncio.shield(transaction)
        except asyncio.CancelledError:
            await asyncio.wait({transaction})
            if not transaction.cancelled():
                transaction.exception()  # nobody is left to tell
            raise

    return run
