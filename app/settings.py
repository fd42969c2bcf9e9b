"""Every environment variable that Rivulet reads, typed and checked, in one place."""

import os
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import urlsplit

from app.errors import SettingsError

DEFAULT_HOST = "127.0.0.1"
DEFAULT_PORT = 3000
DEFAULT_OLLAMA_URL = "http://127.0.0.1:11434"
MAX_MESSAGE_CHARS = 200_000
_DATABASE_SCHEMES = ("sqlite", "postgres", "postgresql", "sqlite+aiosqlite", "postgresql+asyncpg")


@dataclass(frozen=True, slots=True)
class Settings:
    """What the person who runs Rivulet has set; see the README for each."""

    host: str = DEFAULT_HOST
    port: int = DEFAULT_PORT
    data_dir: Path = Path(".rivulet")
    database_url: str = field(default="", repr=False)
    model: str | None = None
    fallback_model: str | None = None
    anthropic_api_key: str | None = field(default=None, repr=False)
    anthropic_base_url: str | None = None
    openai_api_key: str | None = field(default=None, repr=False)
    openai_base_url: str | None = None
    ollama_url: str = DEFAULT_OLLAMA_URL
    max_message_chars: int = MAX_MESSAGE_CHARS
    silence_seconds: float = 120.0
    whole_answer_seconds: float = 600.0
    retries: int = 2
    first_wait_seconds: float = 1.0

    @classmethod
    def from_environment(cls, environment: Mapping[str, str] | None = None) -> "Settings":
        """Read the environment; raises `SettingsError` naming the first variable that is wrong."""
        read = _Reader(os.environ if environment is None else environment)
        data_dir = Path(read.text("RIVULET_DATA_DIR") or ".rivulet").expanduser().absolute()
        return cls(
            host=read.text("HOST") or DEFAULT_HOST,
            port=read.whole_number("PORT", DEFAULT_PORT, 1, 65535),
            data_dir=data_dir,
            database_url=read.database_url() or f"sqlite:///{data_dir / 'rivulet.db'}",
            model=read.model("RIVULET_MODEL"),
            fallback_model=read.model("RIVULET_FALLBACK_MODEL"),
            anthropic_api_key=read.text("ANTHROPIC_API_KEY"),
            anthropic_base_url=read.http_url("ANTHROPIC_BASE_URL"),
            openai_api_key=read.text("OPENAI_API_KEY"),
            openai_base_url=read.http_url("OPENAI_BASE_URL"),
            ollama_url=read.http_url("OLLAMA_HOST") or DEFAULT_OLLAMA_URL,
            max_message_chars=read.whole_number("RIVULET_MAX_MESSAGE_CHARS", MAX_MESSAGE_CHARS, 1, 10_000_000),
            silence_seconds=read.whole_number("RIVULET_SILENCE_SECONDS", 120, 1, 3600),
            retries=read.whole_number("RIVULET_RETRIES", 2, 0, 10),
        )


class _Reader:
    """Reads one variable at a time and says in a sentence what is wrong with it."""

    def __init__(self, environment: Mapping[str, str]) -> None:
        self._environment = environment

    def text(self, name: str) -> str | None:
        return self._environment.get(name, "").strip() or None

    def whole_number(self, name: str, default: int, lowest: int, highest: int) -> int:
        text = self.text(name)
        if text is None:
            return default
        if not re.fullmatch(r"\d{1,9}", text) or not lowest <= int(text) <= highest:
            raise SettingsError(f"{name} is {text!r}; it must be a whole number from {lowest} to {highest}.")
        return int(text)

    def http_url(self, name: str) -> str | None:
        text = self.text(name)
        if text is None:
            return None
        if name == "OLLAMA_HOST" and "://" not in text:
            text = f"http://{text}"
        if not _is_url(text, ("http", "https")):
            raise SettingsError(
                f"{name} is not a valid address; it must look like https://example.com or http://host:port."
            )
        return text.rstrip("/")

    def database_url(self) -> str | None:
        text = self.text("DATABASE_URL")
        if text is None:
            return None
        scheme = text.partition("://")[0]
        if "://" not in text or scheme not in _DATABASE_SCHEMES:
            # The address may hold a password, so it is not repeated.
            raise SettingsError(
                "DATABASE_URL is not a valid address; it must look like postgresql://user:password@host/name "
                "or sqlite:////path/to/file.db."
            )
        return text

    def model(self, name: str) -> str | None:
        text = self.text(name)
        if text is not None and not re.fullmatch(r"[\w.-]+/\S+", text):
            raise SettingsError(
                f"{name} is {text!r}; it must look like provider/model, for example local/smollm2-135m."
            )
        return text


def _is_url(text: str, schemes: tuple[str, ...]) -> bool:
    try:
        parts = urlsplit(text)
        return parts.scheme in schemes and bool(parts.hostname) and (parts.port or 1) > 0 and " " not in text
    except ValueError:
        return False
