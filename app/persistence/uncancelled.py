"""Transactions that a cancellation cannot break off.

A driver that is cancelled in the middle of a statement gives up its connection, and SQLite's may keep the write lock
until it is collected; every writer then waits for its busy timeout (seen with aiosqlite 0.22).
"""

import asyncio
import functools
import inspect
from collections.abc import Awaitable, Callable, Coroutine
from typing import Any, ParamSpec, TypeVar

_Repository = TypeVar("_Repository")
_Result = TypeVar("_Result")
_Arguments = ParamSpec("_Arguments")


def uncancelled_methods(repository: type[_Repository]) -> type[_Repository]:
    """Let every public coroutine method of a class be `uncancelled`."""
    for name, method in list(vars(repository).items()):
        if inspect.iscoroutinefunction(method) and not name.startswith("_"):
            setattr(repository, name, uncancelled(method))
    return repository


def uncancelled(method: Callable[_Arguments, Awaitable[_Result]]) -> Callable[_Arguments, Coroutine[Any, Any, _Result]]:
    """Let a coroutine function run to its end when its caller is cancelled, and only then be cancelled."""

    @functools.wraps(method)
    async def run(*arguments: _Arguments.args, **named: _Arguments.kwargs) -> _Result:
        transaction = asyncio.ensure_future(method(*arguments, **named))
        try:
            return await asyncio.shield(transaction)
        except asyncio.CancelledError:
            await asyncio.wait({transaction})
            if not transaction.cancelled():
                transaction.exception()  # nobody is left to tell
            raise

    return run
