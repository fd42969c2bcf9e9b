"""How a server of the tests ends."""

import asyncio
from collections.abc import Callable


async def end(server: asyncio.Server, break_off: Callable[[], None]) -> None:
    """Close a server and all that it has accepted, also in this moment; `break_off` ends what is served.

    What is left open when the loop ends is a warning of Python's, in whatever test runs by then.
    """
    while any(_is_accepting(task) for task in asyncio.all_tasks()):
        await asyncio.sleep(0)
    server.close()
    while others := asyncio.all_tasks() - {asyncio.current_task()}:
        break_off()
        await asyncio.wait(others)
    await asyncio.sleep(0)  # in which what has been aborted is closed


def _is_accepting(task: asyncio.Task[object]) -> bool:
    """Say whether a task makes a transport of a connection; asyncio forgets one whose server is closed meanwhile."""
    return getattr(task.get_coro(), "__name__", "") == "_accept_connection2"
