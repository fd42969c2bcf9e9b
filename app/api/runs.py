"""The routes of a run: its state, its events, and stopping it."""

import re
from collections.abc import AsyncGenerator
from contextlib import aclosing
from typing import Annotated

from fastapi import APIRouter, Header, Request
from starlette.responses import Response, StreamingResponse

from app import runtime
from app.api.caller import OwnRun, RunId, User, own_run
from app.api.event_stream import END_SEQ, event_stream
from app.api.schemas import Interruption, RunState
from app.monitoring.views import ViewMeter
from app.streaming.events import Batch
from app.streaming.following import Follower

router = APIRouter(prefix="/runs", tags=["runs"])

STREAM_HEADERS = {"Cache-Control": "no-cache, no-transform", "X-Accel-Buffering": "no"}
_SEQ = re.compile(r"\d{1,16}")


@router.get("/{run_id}", summary="Read a run's state")
async def read_run(run: OwnRun) -> RunState:
    """Read what is stored of a run; follow its events for what is newer."""
    return RunState.model_validate(run)


@router.post("/{run_id}/interrupt", summary="Stop a run")
async def interrupt_run(run_id: RunId, user_id: User) -> Interruption:
    """Stop the answer; what was written stays and is stored as interrupted."""
    if await runtime.current().chat.stop(user_id, run_id):  # needs no database
        return Interruption(interrupted=True)
    await own_run(run_id, user_id)
    return Interruption(interrupted=False)


@router.get(
    "/{run_id}/events",
    summary="Follow a run",
    response_class=StreamingResponse,
    responses={
        200: {"content": {"text/event-stream": {"schema": {"type": "string"}}}, "description": "The events."},
        204: {"description": "The run is over and the client has seen its end: do not connect again."},
    },
)
async def follow_run(
    request: Request, run: OwnRun, user_id: User, last_event_id: Annotated[str, Header(alias="Last-Event-ID")] = ""
) -> Response:
    """Follow a run as server-sent events until its terminal one (`completed`, `interrupted` or `failed`).

    `event` is the type, `data` the event as JSON, `id` its `seq`; send the last `id` back as `Last-Event-ID` to go on
    after it. Put `text` and `thinking` at their `offset`, in characters (Unicode code points): when older events are
    no longer kept, one event with the whole text at offset 0 takes their place. Silence is filled with comments.
    """
    after_seq = int(last_event_id) if _SEQ.fullmatch(last_event_id) else 0
    is_over = run.status.is_terminal
    if is_over and after_seq >= END_SEQ:
        return Response(status_code=204)
    batches = runtime.current().manager.follow(run.run_id, after_seq, request.app.state.heartbeat_seconds)
    if not is_over:
        body = _metered(batches, user_id, run.run_id, after_seq)
    elif first := await anext(batches, None):
        body = event_stream(batches, after_seq, first)
    else:
        return Response(status_code=204)
    return StreamingResponse(body, media_type="text/event-stream", headers=STREAM_HEADERS)


async def _metered(batches: AsyncGenerator[Batch], user_id: str, run_id: str, after_seq: int) -> AsyncGenerator[bytes]:
    """Encode a live run's events; how soon and how many bytes went out is counted as one view of it."""
    services = runtime.current()
    sent_bytes = 0
    meter = ViewMeter(lambda: sent_bytes)
    times = services.manager.follower(run_id, after_seq)
    try:
        async with aclosing(event_stream(_noted(batches, meter, times), after_seq)) as chunks:
            async for chunk in chunks:
                sent_bytes += len(chunk)
                yield chunk
    finally:
        services.usage.viewed(user_id, run_id, {**meter.measures(), **meter.traffic()})


async def _noted(batches: AsyncGenerator[Batch], meter: ViewMeter, times: Follower) -> AsyncGenerator[Batch]:
    async with aclosing(batches):
        async for batch in batches:
            if batch:
                meter.sent(times.appended_at(batch[0].seq))
            yield batch
