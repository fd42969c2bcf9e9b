"""How HTTP statuses, vendors' error names and transport failures become our few typed errors."""

import re
from collections.abc import Callable, Generator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass

import httpx2

from providers.errors import (
    AuthenticationFailed,
    BadRequest,
    BrokenStream,
    CertificateRejected,
    ContextTooLong,
    MalformedReply,
    NoEndpoint,
    Overloaded,
    PermissionDenied,
    ProviderError,
    QuotaExhausted,
    RateLimited,
    Redirected,
    Refused,
    TimedOut,
    Unreachable,
    WrongAddress,
)
from providers.http_client import RedirectError
from providers.reply import MalformedReplyError, WebPageError
from providers.server_words import ServerWords, tidied, words_in_body
from providers.sse import LineTooLongError
from providers.waits import retry_after_seconds, seconds_asked_in

# These names say more than the HTTP status that carries them, which differs from server to server.
_DECISIVE_KINDS: Mapping[str, type[ProviderError]] = {
    "context_length_exceeded": ContextTooLong,
    "context_window_exceeded": ContextTooLong,
    "exceed_context_size_error": ContextTooLong,
    "model_context_window_exceeded": ContextTooLong,
    "request_too_large": ContextTooLong,
    "string_above_max_length": ContextTooLong,
    "tokens_limit_reached": ContextTooLong,
    "billing_error": QuotaExhausted,
    "billing_hard_limit_reached": QuotaExhausted,
    "contract_spend_limit_reached": QuotaExhausted,
    "enforced_spend_limit_reached": QuotaExhausted,
    "insufficient_quota": QuotaExhausted,
    "timeout_error": TimedOut,
    "content_filter": Refused,
    "content_filtered": Refused,
    "content_policy_violation": Refused,
    "data_inspection_failed": Refused,
    "moderation_blocked": Refused,
    "responsibleaipolicyviolation": Refused,
}

# An error inside a stream has no HTTP status of its own: its name is all there is.
_KINDS: Mapping[str, type[ProviderError]] = {
    "authentication_error": AuthenticationFailed,
    "invalid_api_key": AuthenticationFailed,
    "permission_error": PermissionDenied,
    "rate_limit_error": RateLimited,
    "rate_limit_exceeded": RateLimited,
    "api_error": Overloaded,
    "internal_server_error": Overloaded,
    "overloaded_error": Overloaded,
    "server_error": Overloaded,
    "service_unavailable": Overloaded,
    "unavailable_error": Overloaded,
    "invalid_request_error": BadRequest,
    "model_not_found": BadRequest,
    "not_found_error": BadRequest,
    # Google's names.
    "resource_exhausted": RateLimited,
    "unavailable": Overloaded,
    "unauthenticated": AuthenticationFailed,
    "permission_denied": PermissionDenied,
    "invalid_argument": BadRequest,
    "not_found": BadRequest,
    "deadline_exceeded": TimedOut,
    # vLLM's and SGLang's.
    "badrequesterror": BadRequest,
    "notfounderror": BadRequest,
}

_STATUSES: Mapping[int, type[ProviderError]] = {
    401: AuthenticationFailed,
    402: QuotaExhausted,
    403: PermissionDenied,
    407: Unreachable,
    408: TimedOut,
    413: ContextTooLong,
    429: RateLimited,
    504: TimedOut,
}

LONGEST_WAIT_SECONDS = 366 * 86_400  # beyond it a server has mistaken its unit
_CONTEXT_WORDS = re.compile(
    r"(prompt|input|conversation|message|request) (is |are )?too (long|large)|context (length|window|size|limit)"
    r"|exceeds? (the|this|its) (available |maximum |model's )*context|maximum context|too many (input )?tokens"
    r"|input length (and|exceeds)|reduce the length",
    re.IGNORECASE,
)
_CREDIT_WORDS = re.compile(
    r"credit balance is too low|insufficient (account )?(balance|credit|fund|quota)|out of credits?|no credits? left"
    r"|payment required|exceeded your (current )?(quota|budget)",
    re.IGNORECASE,
)
_KEY_WORDS = re.compile(
    r"(invalid|incorrect|missing|expired|wrong) (api[ _-]?key|token|credential)|unauthori[sz]ed", re.I
)
_BAD_KEY_WORDS = re.compile(
    r"api[ _-]?key\b.{0,20}\b(not valid|invalid|missing|expired)"
    r"|(invalid|incorrect|missing|expired|wrong) api[ _-]?key",
    re.I,
)
# A server that has other addresses, or a web server that knows of no API.
_NO_ENDPOINT = re.compile(
    r"^(404:? ?)?((page|resource|path|url|endpoint|route) )?not found\.?$|cannot post|no (static )?(route|resource)\b"
    r"|(invalid|unknown|unrecognized) (request )?(url|path|endpoint|route)|method not allowed",
    re.IGNORECASE,
)
# A chat template or a grammar that does not fit: the request is at fault, whatever the status says.
_TEMPLATE_WORDS = re.compile(r"roles must alternate|jinja|chat.?template|TemplateError|raise_exception", re.IGNORECASE)
_URL_CREDENTIALS = re.compile(r"//[^/@\s]+@")
_KEY_SHAPES = re.compile(r"\b(sk|pk|rk)-[\w*.-]{3,}|\bBearer [\w.~+/-]{12,}=*")


@dataclass(frozen=True, slots=True)
class HttpErrors:
    """Build the typed errors of one provider; `secret` is cut out of every detail.

    `timed_out` is what silence means: a server of one's own may still be at work.
    """

    provider: str
    secret: str | None = None
    timed_out: type[TimedOut] = TimedOut

    def from_response(self, response: httpx2.Response) -> ProviderError:
        """Map a refused request, whose body has been read."""
        said = words_in_body(_text(response))
        if response.has_redirect_location:
            return Redirected(self.provider, self.clean(response.headers["location"]))
        if said.is_page and response.status_code in (200, 404, 405):
            return WrongAddress(self.provider, said=self.clean(said.words))
        if response.is_redirect:
            return NoEndpoint(self.provider, said=self.clean(said.words))
        if response.status_code in (404, 405) and _NO_ENDPOINT.search(said.words):
            return NoEndpoint(self.provider, said=self.clean(said.words))
        return self.from_status(response.status_code, said, response.headers)

    def in_stream(self, said: ServerWords) -> ProviderError:
        """Map an error that came where an answer was expected; servers put the HTTP status into it, or nothing."""
        return self.from_status(said.status or 200, said)

    def from_status(self, status: int, said: ServerWords, headers: Mapping[str, str] | None = None) -> ProviderError:
        """Map an error that the server named, by its names, its words and the HTTP status, most telling first."""
        error_class = _by_kind(said.kinds, _DECISIVE_KINDS) or _by_words(status, said.words)
        error_class = error_class or _by_status(status) or _by_kind(said.kinds, _KINDS) or Overloaded
        wait = retry_after_seconds(headers or {})
        wait = said.retry_after_seconds if wait is None else wait
        wait = seconds_asked_in(said.words) if wait is None else wait
        wait = None if wait is not None and wait > LONGEST_WAIT_SECONDS else wait
        return error_class(self.provider, said=self.clean(said.words), retry_after_seconds=wait)

    def from_transport(self, error: BaseException) -> ProviderError:
        """Map a failure of the connection, or a reply that cannot be read."""
        if isinstance(error, WebPageError):
            return WrongAddress(self.provider, said=self.clean(tidied(str(error))))
        if isinstance(error, RedirectError):
            return Redirected(self.provider, self.clean(str(error)))
        if isinstance(error, httpx2.TooManyRedirects):
            return Redirected(self.provider, "itself, over and over")
        error_class = _by_transport(error)
        error_class = self.timed_out if error_class is TimedOut else error_class
        return error_class(self.provider, self.clean(f"{type(error).__name__}: {error}"))

    def clean(self, words: str) -> str:
        """Cut keys and passwords out of words; a key only where it stands as a whole, for it may be a common word."""
        if self.secret:
            words = re.sub(rf"(?<![\w-]){re.escape(self.secret)}(?![\w-])", "[key]", words)
        words = _KEY_SHAPES.sub("[key]", _URL_CREDENTIALS.sub("//", words))
        return words.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace")  # half a character is none


@contextmanager
def vendor_errors(translate: Callable[[Exception], ProviderError]) -> Generator[None]:
    """Let nothing but `ProviderError` out: SDKs leak transport, JSON and attribute errors while they iterate."""
    try:
        yield
    except ProviderError:
        raise
    except Exception as error:
        raise translate(error) from error


def _by_kind(kinds: tuple[str, ...], table: Mapping[str, type[ProviderError]]) -> type[ProviderError] | None:
    return next((table[kind.lower()] for kind in kinds if kind.lower() in table), None)


def _by_words(status: int, words: str) -> type[ProviderError] | None:
    if status not in (401, 403, 404, 429) and _TEMPLATE_WORDS.search(words):
        return BadRequest
    if status in (401, 403, 404, 429, 502, 503, 504, 529):
        return None
    if _CONTEXT_WORDS.search(words):
        return ContextTooLong
    if _CREDIT_WORDS.search(words):
        return QuotaExhausted
    if status == 400 and _BAD_KEY_WORDS.search(words):
        return AuthenticationFailed
    return AuthenticationFailed if status == 200 and _KEY_WORDS.search(words) else None


def _by_status(status: int) -> type[ProviderError] | None:
    if status < 400:
        return None
    return _STATUSES.get(status) or (Overloaded if status >= 500 else BadRequest)


def _by_transport(error: BaseException) -> type[ProviderError]:
    match error:
        case httpx2.ConnectError() if "certificate" in str(error).lower():
            return CertificateRejected
        case httpx2.ConnectTimeout() | httpx2.ConnectError() | httpx2.ProxyError():
            return Unreachable
        case httpx2.UnsupportedProtocol() | httpx2.InvalidURL():
            return Unreachable
        case httpx2.TimeoutException() | TimeoutError():
            return TimedOut
        case MalformedReplyError() | LineTooLongError() | httpx2.DecodingError():
            return MalformedReply
        case _:
            return BrokenStream


def _text(response: httpx2.Response) -> str:
    try:
        return response.text
    except httpx2.ResponseNotRead:
        return ""
