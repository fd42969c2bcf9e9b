"""Every environment variable that Rivulet reads, typed and checked, in one place."""

import os
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from app.errors import SettingsError
from app.persistence.address import DatabaseAddress
from app.persistence.errors import DatabaseUnavailable
from providers.addresses import anthropic_base, http_address, ollama_base, openai_base

DEFAULT_HOST = "127.0.0.1"
DEFAULT_PORT = 3000
DEFAULT_OLLAMA_URL = "http://127.0.0.1:11434"
MAX_MESSAGE_CHARS = 200_000
KEEP_DAYS = 90
LOG_LEVELS = ("debug", "info", "warning", "error")
METRICS_OPEN = "open"
_QUOTES = (('"', '"'), ("'", "'"), ("“", "”"), ("‘", "’"), ("`", "`"))


@dataclass(frozen=True, slots=True)
class Settings:
    """What the person who runs Rivulet has set; see the README for each."""

    host: str = DEFAULT_HOST
    port: int = DEFAULT_PORT
    public_urls: tuple[str, ...] = ()
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
    silence_seconds: float | None = None
    no_stream: tuple[str, ...] = ()
    whole_answer_seconds: float = 600.0
    retries: int = 2
    first_wait_seconds: float = 1.0
    metrics: str = field(default="", repr=False)
    keep_days: int = KEEP_DAYS
    log_level: str = LOG_LEVELS[1]
    otlp_endpoint: str | None = None
    sentry_dsn: str | None = field(default=None, repr=False)

    @classmethod
    def from_environment(cls, environment: Mapping[str, str] | None = None) -> "Settings":
        """Read the environment; raises `SettingsError` naming the first variable that is wrong."""
        read = _Reader(os.environ if environment is None else environment)
        data_dir = Path(read.text("RIVULET_DATA_DIR") or ".rivulet").expanduser().absolute()
        return cls(
            host=read.text("HOST") or DEFAULT_HOST,
            port=read.whole_number("PORT", DEFAULT_PORT, 1, 65535),
            public_urls=read.addresses("RIVULET_PUBLIC_URL", http_address),
            data_dir=data_dir,
            database_url=read.database_url() or f"sqlite:///{data_dir / 'rivulet.db'}",
            model=read.model("RIVULET_MODEL"),
            fallback_model=read.model("RIVULET_FALLBACK_MODEL"),
            anthropic_api_key=read.key("ANTHROPIC_API_KEY"),
            anthropic_base_url=read.address("ANTHROPIC_BASE_URL", anthropic_base),
            openai_api_key=read.key("OPENAI_API_KEY"),
            openai_base_url=read.address("OPENAI_BASE_URL", openai_base),
            ollama_url=read.address("OLLAMA_HOST", ollama_base) or DEFAULT_OLLAMA_URL,
            max_message_chars=read.whole_number("RIVULET_MAX_MESSAGE_CHARS", MAX_MESSAGE_CHARS, 1, 10_000_000),
            silence_seconds=read.whole_number("RIVULET_SILENCE_SECONDS", 0, 1, 3600) or None,
            no_stream=read.models("RIVULET_NO_STREAM"),
            retries=read.whole_number("RIVULET_RETRIES", 2, 0, 10),
            metrics=read.key("RIVULET_METRICS") or "",
            log_level=read.one_of("RIVULET_LOG_LEVEL", LOG_LEVELS, LOG_LEVELS[1]),
            otlp_endpoint=read.address("OTEL_EXPORTER_OTLP_ENDPOINT", http_address),
            sentry_dsn=read.text("SENTRY_DSN"),
            keep_days=read.whole_number("RIVULET_KEEP_DAYS", KEEP_DAYS, 1, 36_500),
        )

    @property
    def secrets(self) -> tuple[str, ...]:
        """What must not be shown to anybody."""
        keys = (self.anthropic_api_key, self.openai_api_key, self.metrics)
        passwords = DatabaseAddress.parse(self.database_url).passwords if self.database_url else ()
        return tuple(filter(None, (*keys, *passwords)))


class _Reader:
    """Reads one variable at a time and says in a sentence what is wrong with it."""

    def __init__(self, environment: Mapping[str, str]) -> None:
        self._environment = environment

    def text(self, name: str) -> str | None:
        """Read a value without the quotes that some tools hand on, or None when nothing is set."""
        text = self._environment.get(name, "").strip()
        if len(text) > 1 and (text[0], text[-1]) in _QUOTES:
            text = text[1:-1].strip()
        return text or None

    def whole_number(self, name: str, default: int, lowest: int, highest: int) -> int:
        text = self.text(name)
        if text is None:
            return default
        if not re.fullmatch(r"\d{1,9}", text) or not lowest <= int(text) <= highest:
            raise SettingsError(f"{name} is {text!r}; it must be a whole number from {lowest} to {highest}.")
        return int(text)

    def one_of(self, name: str, choices: tuple[str, ...], default: str) -> str:
        text = (self.text(name) or default).lower()
        if text not in choices:
            raise SettingsError(f"{name} is {text!r}; it must be one of {', '.join(choices)}.")
        return text

    def key(self, name: str) -> str | None:
        """Read a key as people paste it, quoted, after its scheme or over several lines, but never a shortened one."""
        text = self.text(name)
        if text is None:
            return None
        key = re.sub(r"\s*[\r\n]+\s*", "", text).removeprefix("Bearer ").strip()
        if "..." in key or not re.fullmatch(r"[\x21-\x7e]+", key):
            # It may be most of a key, so it is not repeated.
            raise SettingsError(
                f"{name} holds a character that no key has, such as “…” or a space; it may have been copied from where "
                "it is shown in short. Copy the whole key."
            )
        return key

    def address(self, name: str, read: Callable[[str], str]) -> str | None:
        text = self.text(name)
        return None if text is None else self._address(name, text, read)

    def _address(self, name: str, text: str, read: Callable[[str], str]) -> str:
        try:
            return read(text)
        except ValueError as error:
            raise SettingsError(
                f"{name} is not a valid address; it must look like https://example.com or http://host:port."
            ) from error

    def database_url(self) -> str | None:
        text = self.text("DATABASE_URL")
        if text is not None:
            try:
                DatabaseAddress.parse(text)
            except DatabaseUnavailable as error:
                raise SettingsError(error.sentence) from error
        return text

    def model(self, name: str) -> str | None:
        text = self.text(name)
        if text is not None and not re.fullmatch(r"[\w.-]+/\S(.*\S)?", text):
            raise SettingsError(
                f"{name} is {text!r}; it must look like provider/model, for example local/smollm2-135m."
            )
        return text

    def addresses(self, name: str, read: Callable[[str], str]) -> tuple[str, ...]:
        """Read addresses, divided by commas or spaces."""
        texts = filter(None, re.split(r"[,\s]+", self.text(name) or ""))
        return tuple(self._address(name, text, read) for text in texts)

    def models(self, name: str) -> tuple[str, ...]:
        """Read names of models, divided by commas or spaces; an asterisk stands for anything."""
        names = tuple(filter(None, re.split(r"[,\s]+", self.text(name) or "")))
        for text in names:
            if not re.fullmatch(r"[\w.*-]+/\S+", text):
                raise SettingsError(f"{name} names {text!r}; it must look like provider/model, or provider/* for all.")
        return names
