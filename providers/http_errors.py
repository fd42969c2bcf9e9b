"""How HTTP statuses, vendors' error names and transport failures become our few typed errors."""

import math
import re
from collections.abc import Callable, Generator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime

import httpx2

from providers.errors import (
    AuthenticationFailed,
    BadRequest,
    BrokenStream,
    ContextTooLong,
    Overloaded,
    PermissionDenied,
    ProviderError,
    QuotaExhausted,
    RateLimited,
    TimedOut,
    Unreachable,
)

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
}

_STATUSES: Mapping[int, type[ProviderError]] = {
    401: AuthenticationFailed,
    402: QuotaExhausted,
    403: PermissionDenied,
    408: TimedOut,
    413: ContextTooLong,
    429: RateLimited,
    504: TimedOut,
}

_CONTEXT_WORDS = re.compile(
    r"prompt is too long|context (length|window|size|limit)|exceeds? the context", re.IGNORECASE
)
_CREDIT_WORDS = re.compile(r"credit balance is too low", re.IGNORECASE)
_URL_CREDENTIALS = re.compile(r"//[^/@\s]+@")
_KEY_SHAPES = re.compile(r"\b(sk|pk|rk)-[\w*.-]{6,}")


@dataclass(frozen=True, slots=True)
class HttpErrors:
    """Build the typed errors of one provider; `secret` is cut out of every detail."""

    provider: str
    secret: str | None = None

    def from_status(
        self, status: int, detail: str, *, kinds: tuple[str | None, ...] = (), headers: Mapping[str, str] | None = None
    ) -> ProviderError:
        """Map an error that the server named, by HTTP status and by its `kinds` (code, type), most telling first."""
        error_class = _by_kind(kinds, _DECISIVE_KINDS) or _by_words(status, detail)
        error_class = error_class or _by_status(status) or _by_kind(kinds, _KINDS) or BrokenStream
        wait = retry_after_seconds(headers or {})
        return error_class(self.provider, self._clean(detail), retry_after_seconds=wait)

    def from_transport(self, error: BaseException) -> ProviderError:
        """Map a failure of the connection, or an answer that cannot be read."""
        return _by_transport(error)(self.provider, self._clean(f"{type(error).__name__}: {error}"))

    def _clean(self, detail: str) -> str:
        if self.secret:
            detail = detail.replace(self.secret, "[key]")
        return _KEY_SHAPES.sub("[key]", _URL_CREDENTIALS.sub("//", detail))


@contextmanager
def vendor_errors(translate: Callable[[Exception], ProviderError]) -> Generator[None]:
    """Let nothing but `ProviderError` out: SDKs leak transport, JSON and attribute errors while they iterate."""
    try:
        yield
    except ProviderError:
        raise
    except Exception as error:
        raise translate(error) from error


def retry_after_seconds(headers: Mapping[str, str], now: datetime | None = None) -> float | None:
    """Read `retry-after-ms` or `Retry-After` (seconds or an HTTP date); None when absent or unreadable."""
    milliseconds = _number(headers.get("retry-after-ms"))
    if milliseconds is not None:
        return milliseconds / 1000
    value = headers.get("retry-after")
    seconds = _number(value)
    return seconds if seconds is not None else _seconds_until(value, now)


def _number(value: str | None) -> float | None:
    try:
        number = float(value or "")
    except ValueError:
        return None
    return max(0.0, number) if math.isfinite(number) else None


def _seconds_until(http_date: str | None, now: datetime | None) -> float | None:
    try:
        moment = parsedate_to_datetime(http_date or "")
    except ValueError:
        return None
    aware = moment if moment.tzinfo else moment.replace(tzinfo=UTC)
    return max(0.0, (aware - (now or datetime.now(UTC))).total_seconds())


def _by_kind(kinds: tuple[str | None, ...], table: Mapping[str, type[ProviderError]]) -> type[ProviderError] | None:
    return next((table[kind] for kind in kinds if kind and kind in table), None)


def _by_words(status: int, detail: str) -> type[ProviderError] | None:
    if status in (401, 403, 404, 429) or status >= 500:
        return None
    if _CONTEXT_WORDS.search(detail):
        return ContextTooLong
    return QuotaExhausted if _CREDIT_WORDS.search(detail) else None


def _by_status(status: int) -> type[ProviderError] | None:
    if status < 400:
        return None
    return _STATUSES.get(status) or (Overloaded if status >= 500 else BadRequest)


def _by_transport(error: BaseException) -> type[ProviderError]:
    match error:
        case httpx2.ConnectTimeout() | httpx2.ConnectError() | httpx2.ProxyError():
            return Unreachable
        case httpx2.UnsupportedProtocol() | httpx2.InvalidURL():
            return Unreachable
        case httpx2.TimeoutException() | TimeoutError():
            return TimedOut
        case _:
            return BrokenStream
