"""The HTTP client that every network provider builds its SDK on."""

import ssl
from dataclasses import dataclass
from functools import cache
from ipaddress import ip_address

import httpx2


@dataclass(frozen=True, slots=True)
class Timeouts:
    """How long a provider may take to be reached, to say the next thing, and to give a whole answer, in seconds."""

    connect_seconds: float = 10
    silence_seconds: float = 120
    whole_answer_seconds: float = 600

    @property
    def streaming(self) -> httpx2.Timeout:
        """Bound each wait for bytes of a stream."""
        return httpx2.Timeout(self.silence_seconds, connect=self.connect_seconds)

    @property
    def whole_answer(self) -> httpx2.Timeout:
        """Bound the wait for an answer in one piece, which is silent until it is finished."""
        return httpx2.Timeout(self.whole_answer_seconds, connect=self.connect_seconds)


def is_loopback(url: str) -> bool:
    """Say whether `url` names this computer."""
    host = httpx2.URL(url).host
    if host == "localhost":
        return True
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return False


def build_http_client(base_url: str, timeouts: Timeouts) -> httpx2.AsyncClient:
    """Build a client for `base_url`; the caller closes it."""
    # llama.cpp closes connections that it has promised to keep, at times just when the next request arrives; and where
    # there is no TLS, connecting anew costs next to nothing.
    kept = 100 if httpx2.URL(base_url).scheme == "https" else 0
    limits = httpx2.Limits(max_connections=1000, max_keepalive_connections=kept, keepalive_expiry=30)
    return httpx2.AsyncClient(
        timeout=timeouts.streaming,
        limits=limits,
        follow_redirects=True,
        # A proxy of the environment cannot reach a server that listens on this computer only.
        trust_env=not is_loopback(base_url),
        verify=_tls_context(),
    )


@cache
def _tls_context() -> ssl.SSLContext:
    """Share one context: each reads all root certificates, which stops the event loop for a tenth of a second."""
    return httpx2.create_ssl_context()
