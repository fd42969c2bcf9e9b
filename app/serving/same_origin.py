"""Keeps other web sites from talking to the server through a visitor's browser."""

import html
import json
import logging
import re
from collections.abc import Awaitable, Callable, Iterable, MutableMapping
from ipaddress import ip_address
from typing import Any
from urllib.parse import SplitResult, urlsplit

# Names that no public DNS gives out, so that no other site can let them lead here: its own name is all that DNS
# rebinding has. An address in numbers is none either.
_PRIVATE_SUFFIXES = (".localhost", ".local", ".lan", ".home", ".home.arpa", ".internal", ".localdomain")
# Browsers name the origin of a script's page, too. Without its own parts a page could not even say what is wrong.
SCRIPTS = "/assets/"
PAGE_HEADER = b"x-rivulet-page"
_HOST = re.compile(r"[\w.-]+(:\d+)?|\[[0-9a-f:.]+\](:\d+)?")
_DEFAULT_PORTS = {"http": 80, "https": 443}
_MOST_LOGGED = 100
_LONGEST_SHOWN = 200

Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
ASGIApp = Callable[[Message, Receive, Send], Awaitable[None]]

logger = logging.getLogger(__name__)


class SameOrigin:
    """ASGI middleware that refuses what is not sent to an address of this server, or comes from another site's page.

    `host` is the name or number that the server listens on, `public_urls` are the addresses that people use, as a proxy
    or an own name makes them. Names of this computer and of a home network need not be named, nor addresses in numbers.
    A refusal says, to the visitor and once in the log, which header is wrong and what to set.
    """

    def __init__(
        self, app: ASGIApp, *, host: str = "", public_urls: Iterable[str] = (), is_development: bool = False
    ) -> None:
        self._app = app
        self._public = tuple(urlsplit(url) for url in public_urls)
        self._known_names = frozenset({host.lower(), *(url.hostname for url in self._public)})
        self._is_development = is_development  # the page comes from another port then
        self._logged: set[str] = set()

    async def __call__(self, scope: Message, receive: Receive, send: Send) -> None:
        """Pass the request on or answer 403."""
        complaint = ""
        if scope["type"] in ("http", "websocket"):
            headers = {name: value.decode("latin-1") for name, value in scope["headers"]}
            complaint = self._complaint(headers, str(scope.get("path", "")))
        if not complaint:
            await self._app(scope, receive, send)
            return
        if complaint not in self._logged and len(self._logged) < _MOST_LOGGED:
            self._logged.add(complaint)
            logger.warning("A request was refused. %s", complaint)
        await _refuse(complaint, scope, receive, send)

    def _complaint(self, headers: dict[bytes, str], path: str) -> str:
        host = headers.get(b"host", "").lower()
        if not self._is_known(_split(f"//{host}")):
            return _sentence("Host", host, f"http://{host}")
        # A page cannot read why its socket was refused: it asks by a plain request in which it names itself.
        origin = headers.get(b"origin") or headers.get(PAGE_HEADER)
        if origin is None or path.startswith(SCRIPTS) or self._is_ours(_split(origin.lower()), _split(f"//{host}")):
            return ""
        return _sentence("Origin", origin, origin)

    def _is_known(self, address: SplitResult | None) -> bool:
        name = address.hostname if address else None
        if not name or not address or not _HOST.fullmatch(address.netloc):
            return False
        if name in self._known_names or "." not in name or name.endswith(_PRIVATE_SUFFIXES):
            return True
        try:
            ip_address(name)
        except ValueError:
            return False
        return True

    def _is_ours(self, origin: SplitResult | None, host: SplitResult | None) -> bool:
        if origin is None or host is None or not origin.hostname:
            return False
        if any(_place(origin, origin.scheme) == _place(url, url.scheme) for url in self._public):
            return True
        if self._is_development:
            return origin.hostname == host.hostname
        return _place(origin, origin.scheme) == _place(host, origin.scheme)


def _place(address: SplitResult, scheme: str) -> tuple[str | None, int | None]:
    return address.hostname, address.port or _DEFAULT_PORTS.get(scheme)


def _split(address: str) -> SplitResult | None:
    try:
        parts = urlsplit(address)
        _ = parts.port  # raises when it is none
    except ValueError:
        return None
    return parts


def _sentence(header: str, value: str, url: str) -> str:
    shown = value[:_LONGEST_SHOWN] or "nothing"
    return (
        f"The header {header} says “{shown}”, which is not an address of this server. If people use it, "
        f"start Rivulet with RIVULET_PUBLIC_URL={url[:_LONGEST_SHOWN] if value else 'https://…'}; "
        "a proxy must pass Host and Origin on as they are."
    )


async def _refuse(complaint: str, scope: Message, receive: Receive, send: Send) -> None:
    if scope["type"] == "websocket":
        await receive()
        await send({"type": "websocket.close", "code": 1008})
        return
    kind, body = _body(complaint, scope)
    headers = [(b"content-type", kind.encode()), (b"cache-control", b"no-store")]
    await send({"type": "http.response.start", "status": 403, "headers": headers})
    await send({"type": "http.response.body", "body": body.encode()})


def _body(complaint: str, scope: Message) -> tuple[str, str]:
    """Tell a program in the API's shape, and a person on a page."""
    if str(scope.get("path", "")).startswith("/api/"):
        return "application/json", json.dumps({"error": {"code": "foreign_address", "message": complaint}})
    accepts = next((value for name, value in scope["headers"] if name == b"accept"), b"")
    if b"text/html" not in accepts:
        return "text/plain; charset=utf-8", complaint
    page = (
        '<!doctype html><html lang="en"><meta charset="utf-8"><meta name="viewport" content="width=device-width">'
        '<title>Rivulet</title><body style="font: 16px/1.6 system-ui; max-width: 40rem; margin: 20vh auto">'
        f"<h1>Rivulet is not served at this address</h1><p>{html.escape(complaint)}</p>"
    )
    return "text/html; charset=utf-8", page
