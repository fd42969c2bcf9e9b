"""What Prometheus reads."""

import ipaddress
import secrets
from contextlib import suppress

from starlette.requests import Request
from starlette.responses import Response

from app import runtime
from app.api.errors import error_response
from app.monitoring.prometheus import CONTENT_TYPE
from app.persistence.errors import DatabaseError
from app.settings import METRICS_OPEN

REFUSED = "The metrics are for this computer alone. Set RIVULET_METRICS to a token for others to send, or to “open”."


async def metrics(request: Request) -> Response:
    """Answer the figures of this process, up to this moment, to whoever may have them."""
    services = runtime.current()
    if not _may_read(request, services.settings.metrics):
        return error_response(403, "metrics_refused", REFUSED)
    with suppress(DatabaseError):  # what is counted already can be told all the same
        await services.usage.count()
    return Response(services.usage.exposition.text(), media_type=CONTENT_TYPE)


def _may_read(request: Request, setting: str) -> bool:
    if setting == METRICS_OPEN:
        return True
    if setting:
        sent = request.headers.get("authorization", "").removeprefix("Bearer ").strip()
        return secrets.compare_digest(sent.encode(), setting.encode())
    return _is_direct(request) and _is_loopback(request.client.host if request.client else "")


def _is_direct(request: Request) -> bool:
    """Say whether nobody has passed the request on: behind a proxy everybody comes from this computer."""
    return not any(name in request.headers for name in ("forwarded", "x-forwarded-for", "x-real-ip", "via"))


def _is_loopback(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False
