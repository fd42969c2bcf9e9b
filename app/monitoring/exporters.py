"""Whom else is told of answers and faults, where the owner has named somebody. Their libraries are optional."""

from typing import TYPE_CHECKING

from app.errors import SettingsError

if TYPE_CHECKING:
    from app.monitoring.telemetry import Telemetry

_MISSING = "{name} is set, but what it needs is not installed. Install it with: .venv/bin/uv pip install {packages}"
_OTEL_PACKAGES = "opentelemetry-sdk opentelemetry-exporter-otlp-proto-http"


def make_telemetry(endpoint: str | None) -> "Telemetry | None":
    """Begin to send spans and metrics to a collector; raises `SettingsError` when the libraries are missing."""
    if not endpoint:
        return None
    try:
        from app.monitoring.telemetry import Telemetry
    except ImportError as error:
        said = _MISSING.format(name="OTEL_EXPORTER_OTLP_ENDPOINT", packages=_OTEL_PACKAGES)
        raise SettingsError(said) from error
    return Telemetry()


def report_errors(dsn: str | None) -> None:
    """Send what is logged as an error to Sentry, without a word of what was said; raises `SettingsError`."""
    if not dsn:
        return
    try:
        import sentry_sdk
    except ImportError as error:
        raise SettingsError(_MISSING.format(name="SENTRY_DSN", packages="sentry-sdk")) from error
    try:
        # Variables and bodies of requests hold what people write.
        sentry_sdk.init(dsn, include_local_variables=False, max_request_body_size="never", max_breadcrumbs=0)
    except ValueError as error:
        raise SettingsError("SENTRY_DSN is not an address that Sentry gives. Copy the whole DSN.") from error
