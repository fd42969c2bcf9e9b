"""What a cancellation cannot break off: a transaction, above all, whose caller must know how it ended."""

import asyncio
import functools
from collections.abc import Awaitable, Callable
from types import CoroutineType
from typing import Any, ParamSpec, TypeVar

_Result = TypeVar("_Result")
_Arguments = ParamSpec("_Arguments")


def uncancelled(
    method: Callable[_Arguments, Awaitable[_Result]],
) -> Callable[_Arguments, "CoroutineType[Any, Any, _Result]"]:
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
