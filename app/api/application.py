"""The HTTP API put together, to be mounted in front of the page."""

from fastapi import FastAPI
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import HTMLResponse
from starlette.routing import Mount, Route

from app.api import analytics, answers, conversations, fragments, messages, models, pages, runs
from app.api.body_limit import BodyLimit
from app.api.errors import answer_errors
from app.api.event_stream import HEARTBEAT_SECONDS
from app.api.health import healthz, readyz
from app.api.metrics import metrics
from app.api.reference import reference_page
from app.api.schemas import ErrorAnswer

PREFIX = "/api/v1"
LARGEST_BODY_BYTES = 32_000_000
DESCRIPTION = (
    "Send messages, follow answers as they are written, read and export conversations. "
    'Every failure is {"error": {"code", "message"}}. '
    "Beside it, /healthz tells that the server is up, /readyz that it can take messages, and /metrics how it does."
)


def make_http(heartbeat_seconds: float = HEARTBEAT_SECONDS) -> Starlette:
    """Put the API at its address and the signs of life beside it; what else is asked for is the page's."""
    return Starlette(
        routes=[
            Route("/healthz", healthz),
            Route("/readyz", readyz),
            Route("/metrics", metrics),
            Mount(PREFIX, make_api(heartbeat_seconds)),
        ]
    )


def make_api(heartbeat_seconds: float = HEARTBEAT_SECONDS) -> FastAPI:
    """Build version 1 of the API."""
    api = FastAPI(
        title="Rivulet API",
        version="1",
        description=DESCRIPTION,
        docs_url=None,
        redoc_url=None,
        responses={"default": {"model": ErrorAnswer, "description": "What went wrong."}},
    )
    api.state.heartbeat_seconds = heartbeat_seconds
    api.add_middleware(BodyLimit, max_bytes=LARGEST_BODY_BYTES)
    for part in (messages, answers, runs, conversations, fragments, models, analytics, pages):
        api.include_router(part.router)
    answer_errors(api)

    @api.get("/docs", include_in_schema=False)
    async def docs(request: Request) -> HTMLResponse:
        return reference_page(api, request)

    return api
