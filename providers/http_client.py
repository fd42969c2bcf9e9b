"""The HTTP client that every network provider builds its SDK on."""

import ssl
from dataclasses import dataclass
from functools import cache
from ipaddress import ip_address

import httpx2

from providers.errors import Unsupported

SILENCE_SECONDS = 120.0
# A server of one's own may load a model of many gigabytes, or read a long conversation, before its first byte.
NEAR_FIRST_EVENT_SECONDS = 600.0
MOST_REDIRECTS = 5
_UNUSABLE_PROXY = (
    "HTTPS_PROXY, HTTP_PROXY or ALL_PROXY names a proxy that cannot be used: it must begin with http:// or https:// "
    "(SOCKS is not supported). Set HTTPS_PROXY to such a one, or unset it."
)
_UNUSABLE_CERTIFICATES = (
    "SSL_CERT_FILE or SSL_CERT_DIR names no certificates that can be read. Correct the variable, or unset it."
)
_NEAR_NAMES = (".local", ".lan", ".home", ".internal", ".home.arpa", ".localhost")


@dataclass(frozen=True, slots=True)
class Timeouts:
    """How long a provider may take to be reached, to say the next thing, and to give a whole answer, in seconds.

    `silence_seconds` is None where nobody has set it: 120 then, and ten minutes before the first event of a server on
    this computer or network. `ending_seconds` bounds the wait for what may follow an answer's end.
    """

    connect_seconds: float = 10
    silence_seconds: float | None = None
    whole_answer_seconds: float = 600
    ending_seconds: float = 5

    def first_event_seconds(self, url: str) -> float:
        """Bound the wait for the first event of the server at `url`."""
        return self.silence_seconds or (NEAR_FIRST_EVENT_SECONDS if is_near(url) else SILENCE_SECONDS)

    def streaming(self, url: str) -> httpx2.Timeout:
        """Bound each wait for bytes of a stream from the server at `url`."""
        return httpx2.Timeout(self.first_event_seconds(url), connect=self.connect_seconds)

    @property
    def whole_answer(self) -> httpx2.Timeout:
        """Bound the wait for an answer in one piece, which is silent until it is finished."""
        return httpx2.Timeout(self.whole_answer_seconds, connect=self.connect_seconds)


class RedirectError(Exception):
    """A server sends the request to another one; the message is the new address."""


def is_loopback(url: str) -> bool:
    """Say whether `url` names this computer."""
    host = httpx2.URL(url).host
    if host == "localhost" or host.endswith(".localhost"):
        return True
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return False


def is_near(url: str) -> bool:
    """Say whether `url` names this computer, or one of its own network."""
    host = httpx2.URL(url).host
    try:
        return ip_address(host).is_private
    except ValueError:
        return "." not in host or host.endswith(_NEAR_NAMES)


def build_http_client(base_url: str, timeouts: Timeouts) -> httpx2.AsyncClient:
    """Build a client for `base_url`; the caller closes it.

    Raises `Unsupported`, which names the variable, when the environment's proxy or certificates cannot be used.
    """
    # llama.cpp closes connections that it has promised to keep, at times just when the next request arrives; and where
    # there is no TLS, connecting anew costs next to nothing.
    kept = 100 if httpx2.URL(base_url).scheme == "https" else 0
    limits = httpx2.Limits(max_connections=1000, max_keepalive_connections=kept, keepalive_expiry=30)
    certificates = _tls_context_for(base_url)
    try:
        return httpx2.AsyncClient(
            timeout=timeouts.streaming(base_url),
            limits=limits,
            follow_redirects=True,
            max_redirects=MOST_REDIRECTS,
            event_hooks={"response": [_check_redirect]},
            # A proxy of the environment cannot reach a server that listens on this computer only.
            trust_env=not is_loopback(base_url),
            verify=certificates,
        )
    except (ImportError, ValueError, httpx2.InvalidURL) as error:
        raise Unsupported("the proxy", _UNUSABLE_PROXY) from error


async def _check_redirect(response: httpx2.Response) -> None:
    """Keep a POST a POST, as API servers mean it, and hand key and conversation to no other server."""
    if not response.has_redirect_location:
        return
    source, target = response.request.url, response.request.url.join(response.headers["location"])
    is_upgrade = (source.scheme, target.scheme) == ("http", "https")
    if source.host != target.host or not (is_upgrade or (source.scheme, source.port) == (target.scheme, target.port)):
        raise RedirectError(str(target.copy_with(query=None, userinfo=b"")))
    if response.status_code in (301, 302, 303):
        response.status_code = 308


def _tls_context_for(base_url: str) -> ssl.SSLContext:
    try:
        return _tls_context()
    except OSError as error:
        if httpx2.URL(base_url).scheme == "https":
            raise Unsupported("the certificates", _UNUSABLE_CERTIFICATES) from error
        return ssl.create_default_context()  # for a redirection to HTTPS, which it lets fail


@cache
def _tls_context() -> ssl.SSLContext:
    """Share one context: each reads all root certificates, which stops the event loop for a tenth of a second."""
    return httpx2.create_ssl_context()
