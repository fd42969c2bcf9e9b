"""The environment's proxies and certificates, as far as they concern a server."""

from pathlib import Path

import pytest

from providers import http_client
from providers.errors import Unsupported
from providers.http_client import Timeouts, build_http_client

NEAR, FAR = "http://127.0.0.1:9", "https://api.example.com/v1"


@pytest.fixture(autouse=True)
def _fresh_certificates():
    http_client._tls_context.cache_clear()  # pyright: ignore[reportPrivateUsage]
    yield
    http_client._tls_context.cache_clear()  # pyright: ignore[reportPrivateUsage]


async def test_a_proxy_that_cannot_be_used_is_named_and_concerns_no_server_of_this_computer(
    monkeypatch: pytest.MonkeyPatch,
):
    monkeypatch.setenv("ALL_PROXY", "socks5://user:secret@127.0.0.1:9")
    await build_http_client(NEAR, Timeouts()).aclose()
    with pytest.raises(Unsupported, match="ALL_PROXY") as refused:
        build_http_client(FAR, Timeouts())
    assert "secret" not in refused.value.sentence


async def test_certificates_that_cannot_be_read_are_named_where_they_are_needed(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
):
    monkeypatch.setenv("SSL_CERT_FILE", str(tmp_path / "gone"))
    await build_http_client(NEAR, Timeouts()).aclose()
    with pytest.raises(Unsupported, match="SSL_CERT_FILE"):
        build_http_client(FAR, Timeouts())
