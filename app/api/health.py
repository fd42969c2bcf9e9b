"""Signs of life for whoever watches the server."""

import asyncio
import logging
from collections.abc import Coroutine
from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse

from app import runtime
from app.api.errors import error_response

READY_SECONDS = 3.0
NOBODYS_RUN = "readyz"

logger = logging.getLogger(__name__)
_probes: set[asyncio.Future[None]] = set()


async def healthz(_: Request) -> JSONResponse:
    """Answer: the process is up."""
    return JSONResponse({"status": "ok"})


async def readyz(_: Request) -> JSONResponse:
    """Answer whether messages can be taken: the database can be read and the runs can be reached."""
    for part, probe in (("database", _probe_database), ("runs", _probe_runs)):
        try:
            await _in_time(probe())
        except Exception as error:  # noqa: BLE001 (whatever it is, the server is not ready)
            logger.warning("Not ready: the %s does not answer (%s)", part, type(error).__name__)
            return error_response(503, f"{part}_not_ready", f"Rivulet's {part} does not answer. Look into the log.")
    return JSONResponse({"status": "ready"})


async def _in_time(probe: Coroutine[Any, Any, None]) -> None:
    """Await a probe, but not for long; one that hangs ends by its own bound, and is not waited for."""
    task = asyncio.ensure_future(probe)
    _probes.add(task)
    task.add_done_callback(_probes.discard)
    await asyncio.wait({task}, timeout=READY_SECONDS)
    if not task.done():
        raise TimeoutError
    task.result()


async def _probe_database() -> None:
    # A read, for `Database.ping` waits for the lock of writers.
    services = runtime.current()
    await services.chat.newest(services.local_user_id, 1)


async def _probe_runs() -> None:
    await runtime.current().manager.interrupt(NOBODYS_RUN)
