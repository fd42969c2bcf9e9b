"""The addresses of model servers as people write them, and as their clients need them."""

import re
from ipaddress import ip_address
from urllib.parse import urlsplit, urlunsplit

ANTHROPIC_URL = "https://api.anthropic.com"
OPENAI_URL = "https://api.openai.com/v1"
OLLAMA_PORT = 11434
_UNSPECIFIED = {"": "127.0.0.1", "0.0.0.0": "127.0.0.1", "::": "::1"}  # noqa: S104 (read, not bound)
# What people paste is often the address of an endpoint, where a client needs that of the whole API.
_OPENAI_ENDPOINT = re.compile(r"/(chat(/completions)?|completions|models|responses|embeddings)/*$")
_OLLAMA_ENDPOINT = re.compile(r"/(v1|api)(/.*)?$")
_ANTHROPIC_ENDPOINT = re.compile(r"(/v1)?(/(messages|models|complete)(/count_tokens)?)?/*$")


def openai_base(text: str) -> str:
    """Give the base of an OpenAI-compatible API, with its query; raises `ValueError` when `text` is no HTTP address."""
    return _without_endpoint(text, _OPENAI_ENDPOINT)


def anthropic_base(text: str) -> str:
    """Give the base of an Anthropic API, to which its SDK adds `/v1/messages`; raises `ValueError`."""
    return _without_endpoint(text, _ANTHROPIC_ENDPOINT)


def _without_endpoint(text: str, endpoint: re.Pattern[str]) -> str:
    parts = urlsplit(http_address(text))
    path = endpoint.sub("", re.sub(r"/{2,}", "/", parts.path)).rstrip("/")
    return urlunsplit((parts.scheme, parts.netloc, path, parts.query, ""))


def ollama_base(text: str) -> str:
    """Read `OLLAMA_HOST` as Ollama itself does (its `envconfig.Host`); raises `ValueError`.

    Without a scheme the port is 11434, with one that of the scheme. An address that only a server can listen on, such
    as `0.0.0.0`, stands for this computer.
    """
    scheme, separator, rest = text.rpartition("://")
    scheme = scheme.lower() if separator else "http"
    if scheme not in ("http", "https"):
        raise ValueError(text)
    place, _, path = _OLLAMA_ENDPOINT.sub("", rest).partition("/")
    host, port = _host_and_port(place, {"https": 443, "http": 80 if separator else OLLAMA_PORT}[scheme])
    host = _UNSPECIFIED.get(host, host)
    shown = f"[{host}]" if ":" in host else host
    return http_address(f"{scheme}://{shown}:{port}/{path}").rstrip("/")


def _host_and_port(place: str, default_port: int) -> tuple[str, int]:
    bare = place.strip("[]")
    try:
        return str(ip_address(bare)), default_port
    except ValueError:
        pass
    host, colon, port = place.rpartition(":")
    if not colon:
        return place, default_port
    if not port:
        return host.strip("[]"), default_port
    if not re.fullmatch(r"\d{1,5}", port) or int(port) > 65535:
        raise ValueError(place)
    return host.strip("[]"), int(port)


def http_address(text: str) -> str:
    """Give an address that names a server by HTTP; raises `ValueError` when it does not."""
    parts = urlsplit(text)
    is_url = parts.scheme in ("http", "https") and bool(parts.hostname) and (parts.port is None or parts.port > 0)
    if not is_url or re.search(r"\s", text):
        raise ValueError(text)
    return text
