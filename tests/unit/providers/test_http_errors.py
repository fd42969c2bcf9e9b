from datetime import UTC, datetime

import httpx2
import pytest

from providers.errors import (
    AuthenticationFailed,
    BadRequest,
    BrokenStream,
    CertificateRejected,
    ContextTooLong,
    MalformedReply,
    Overloaded,
    PermissionDenied,
    ProviderError,
    QuotaExhausted,
    RateLimited,
    Redirected,
    TimedOut,
    Unreachable,
    WrongAddress,
)
from providers.http_client import RedirectError
from providers.http_errors import HttpErrors, vendor_errors
from providers.reply import MalformedReplyError, WebPageError
from providers.server_words import ServerWords, words_in
from providers.waits import in_words, retry_after_seconds, seconds_asked_in

NOW = datetime(2026, 11, 23, 12, 0, 0, tzinfo=UTC)
ERRORS = HttpErrors("Claude", "s3cret-key")


@pytest.mark.parametrize(
    ("headers", "seconds"),
    [
        ({}, None),
        ({"retry-after": "7"}, 7),
        ({"retry-after": "0.5"}, 0.5),
        ({"retry-after": "-3"}, 0),
        ({"retry-after-ms": "250", "retry-after": "9"}, 0.25),
        ({"retry-after": "Mon, 23 Nov 2026 12:00:30 GMT"}, 30),
        ({"retry-after": "Mon, 23 Nov 2026 11:00:00 GMT"}, 0),
        ({"retry-after": "1500ms"}, 1.5),
        ({"retry-after": "2s"}, 2),
        ({"retry-after": "40 seconds"}, 40),
        ({"retry-after": "1m30.5s"}, 90.5),
        ({"retry-after": "1 hour"}, 3600),
        ({"retry-after": "2026-11-23T12:00:30Z"}, 30),
        ({"retry-after": str(NOW.timestamp() + 30)}, 30),
        ({"retry-after": str(NOW.timestamp() * 1000 + 30_000)}, 30),
        ({"retry-after": "-5"}, 0),
        ({"retry-after": "soon"}, None),
        ({"retry-after": "nan"}, None),
        ({"retry-after": ""}, None),
    ],
)
def test_retry_after_is_read_in_all_its_forms(headers: dict[str, str], seconds: float | None):
    assert retry_after_seconds(headers, NOW) == seconds


@pytest.mark.parametrize(
    ("words", "seconds"),
    [
        ("Rate limit reached. Please try again in 7.66s.", 7.66),
        ("Please retry after 20 seconds", 20),
        ("Try again in 1m30s, or upgrade", 90),
        ("wait for 2 minutes", 120),
        ("Please try again in 250ms", 0.25),
        ("You may retry. The limit is 5 requests", None),
        ("Try again later", None),
    ],
)
def test_a_wait_is_read_from_a_sentence(words: str, seconds: float | None):
    assert seconds_asked_in(words) == seconds
    assert ERRORS.from_status(429, ServerWords(words)).retry_after_seconds == seconds


@pytest.mark.parametrize(
    ("body", "seconds"),
    [
        ({"error": {"retry_after": 12}}, 12),
        ({"retry_after_ms": 1500}, 1.5),
        ({"error": "Model x is loading", "estimated_time": 20.0}, 20),
        ([{"error": {"details": [{}, {}, {"retryDelay": "44.5s"}]}}], 44.5),
    ],
)
def test_a_wait_is_read_from_a_body(body: object, seconds: float):
    assert words_in(body).retry_after_seconds == seconds


@pytest.mark.parametrize(
    ("seconds", "words"),
    [(0, "1 s"), (40.4, "40 s"), (150, "2 min"), (3600, "60 min"), (9000, "2 h"), (1e6, "12 days")],
)
def test_a_wait_is_told_in_a_unit_of_people(seconds: float, words: str):
    assert in_words(seconds) == words


@pytest.mark.parametrize(
    ("status", "expected"),
    [
        (400, BadRequest),
        (401, AuthenticationFailed),
        (402, QuotaExhausted),
        (403, PermissionDenied),
        (404, BadRequest),
        (408, TimedOut),
        (413, ContextTooLong),
        (422, BadRequest),
        (429, RateLimited),
        (500, Overloaded),
        (503, Overloaded),
        (504, TimedOut),
        (529, Overloaded),
        (200, Overloaded),
    ],
)
def test_each_status_has_its_error(status: int, expected: type[ProviderError]):
    assert type(ERRORS.from_status(status, ServerWords("words"))) is expected


@pytest.mark.parametrize(
    ("status", "kinds", "detail", "expected"),
    [
        (400, ("context_length_exceeded", "invalid_request_error"), "", ContextTooLong),
        (400, ("400", "exceed_context_size_error"), "", ContextTooLong),
        (400, (None, "invalid_request_error"), "prompt is too long: 210000 tokens > 200000 maximum", ContextTooLong),
        (400, (None, "BadRequestError"), "This model's maximum context length is 4096 tokens.", ContextTooLong),
        (400, (None, "invalid_request_error"), "Your credit balance is too low to access the API.", QuotaExhausted),
        (429, ("insufficient_quota", "insufficient_quota"), "You exceeded your current quota", QuotaExhausted),
        (429, (None, None), "too many requests for this context window", RateLimited),
        (200, (None, "overloaded_error"), "", Overloaded),
        (200, (None, "timeout_error"), "", TimedOut),
        (200, (None, "something_new"), "", Overloaded),
    ],
)
def test_names_and_words_tell_more_than_the_status(
    status: int, kinds: tuple[str | None, ...], detail: str, expected: type[ProviderError]
):
    said = ServerWords(detail, tuple(filter(None, kinds)))
    assert type(ERRORS.from_status(status, said)) is expected


@pytest.mark.parametrize(
    ("error", "expected"),
    [
        (httpx2.ConnectError("no"), Unreachable),
        (httpx2.ConnectTimeout("no"), Unreachable),
        (httpx2.ReadTimeout("no"), TimedOut),
        (httpx2.ReadError("no"), BrokenStream),
        (httpx2.RemoteProtocolError("no"), BrokenStream),
        (httpx2.ConnectError("[SSL: CERTIFICATE_VERIFY_FAILED] certificate verify failed"), CertificateRejected),
        (httpx2.DecodingError("no gzip"), MalformedReply),
        (MalformedReplyError("no JSON"), MalformedReply),
        (WebPageError("Welcome"), WrongAddress),
        (RedirectError("https://elsewhere.example"), Redirected),
        (ValueError("no"), BrokenStream),
        (AttributeError("no"), BrokenStream),
    ],
)
def test_each_transport_failure_has_its_error(error: Exception, expected: type[ProviderError]):
    assert type(ERRORS.from_transport(error)) is expected


@pytest.mark.parametrize(
    "detail",
    [
        "Incorrect key s3cret-key given",
        "Incorrect API key provided: sk-proj-abcdef1234567890",
        "cannot connect to http://user:s3cret@host:80/v1",
    ],
)
def test_no_secret_reaches_the_detail(detail: str):
    error = ERRORS.from_status(401, ServerWords(detail))
    for shown in (error.detail, error.said):
        assert "s3cret" not in shown
        assert "abcdef" not in shown


def test_a_key_that_is_a_common_word_is_cut_out_only_as_a_whole():
    errors = HttpErrors("Claude", "test")
    said = errors.from_status(400, ServerWords("the latest test-set and test.")).said
    assert said == "the latest test-set and [key]."


def test_vendor_errors_chain_the_cause_and_pass_our_own():
    cause = KeyError("vendor")
    with pytest.raises(BrokenStream) as caught, vendor_errors(ERRORS.from_transport):
        raise cause
    assert caught.value.__cause__ is cause
    ours = Overloaded("Claude")
    with pytest.raises(Overloaded) as passed, vendor_errors(ERRORS.from_transport):
        raise ours
    assert passed.value is ours
