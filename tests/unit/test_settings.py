"""Settings: read from the environment, and refused with a sentence that names the variable."""

from pathlib import Path

import pytest

from app.errors import SettingsError
from app.settings import Settings


def test_without_any_variable_everything_has_a_default() -> None:
    settings = Settings.from_environment({})
    assert (settings.host, settings.port, settings.model) == ("127.0.0.1", 3000, None)
    assert settings.database_url == f"sqlite:///{Path.cwd() / '.rivulet' / 'rivulet.db'}"


def test_what_is_set_is_read(tmp_path: Path) -> None:
    settings = Settings.from_environment(
        {
            "HOST": "0.0.0.0",
            "PORT": "8080",
            "RIVULET_DATA_DIR": str(tmp_path),
            "DATABASE_URL": "postgresql://me:secret@db/rivulet",
            "RIVULET_MODEL": "openai/org/model:tag",
            "RIVULET_FALLBACK_MODEL": "local/smollm2-135m",
            "RIVULET_RETRIES": "0",
            "ANTHROPIC_API_KEY": " key ",
            "ANTHROPIC_BASE_URL": "https://proxy.example/",
            "OLLAMA_HOST": "10.0.0.2:11434",
        }
    )
    assert (settings.host, settings.port, settings.data_dir) == ("0.0.0.0", 8080, tmp_path)
    assert settings.database_url == "postgresql://me:secret@db/rivulet"
    assert (settings.model, settings.fallback_model) == ("openai/org/model:tag", "local/smollm2-135m")
    assert settings.retries == 0
    assert (settings.anthropic_api_key, settings.anthropic_base_url) == ("key", "https://proxy.example")
    assert settings.ollama_url == "http://10.0.0.2:11434"


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("PORT", "http"),
        ("PORT", "0"),
        ("PORT", "70000"),
        ("PORT", "-1"),
        ("PORT", "³"),
        ("RIVULET_MODEL", "gpt"),
        ("RIVULET_MODEL", "openai/"),
        ("RIVULET_MODEL", "a b/c"),
        ("RIVULET_FALLBACK_MODEL", "gpt"),
        ("RIVULET_RETRIES", "-1"),
        ("RIVULET_RETRIES", "often"),
        ("ANTHROPIC_BASE_URL", "api.example.com"),
        ("ANTHROPIC_BASE_URL", "ftp://example.com"),
        ("OPENAI_BASE_URL", "http://"),
        ("OPENAI_BASE_URL", "http://host:port"),
        ("OPENAI_BASE_URL", "http://exa mple.com"),
        ("OPENAI_BASE_URL", "http://[::1"),
        ("OLLAMA_HOST", "http://host:99999"),
        ("DATABASE_URL", "mysql://host/name"),
        ("DATABASE_URL", "rivulet.db"),
        ("RIVULET_MAX_MESSAGE_CHARS", "many"),
        ("RIVULET_PUBLIC_URL", "chat.example"),
        ("RIVULET_PUBLIC_URL", "https://a.example, b.example"),
        ("RIVULET_NO_STREAM", "gpt"),
        ("ANTHROPIC_API_KEY", "sk-ant-abc…xyz"),
        ("OPENAI_API_KEY", "sk-abc...xyz"),
        ("OPENAI_API_KEY", "two words"),
    ],
)
def test_a_wrong_value_is_refused_by_name(name: str, value: str) -> None:
    with pytest.raises(SettingsError, match=name) as refused:
        Settings.from_environment({name: value})
    assert refused.value.sentence.count("\n") == 0


@pytest.mark.parametrize(
    ("written", "read"),
    [
        ("0.0.0.0", "http://127.0.0.1:11434"),
        (":11434", "http://127.0.0.1:11434"),
        ("0.0.0.0:8080", "http://127.0.0.1:8080"),
        ("::", "http://[::1]:11434"),
        ("[::]:99", "http://[::1]:99"),
        ("gpu-box", "http://gpu-box:11434"),
        ("http://gpu-box", "http://gpu-box:80"),
        ("https://ollama.example/", "https://ollama.example:443"),
        ('"10.0.0.2:11434"', "http://10.0.0.2:11434"),
        ("127.0.0.1:", "http://127.0.0.1:11434"),
        ("http://gpu-box:11434/v1", "http://gpu-box:11434"),
        ("gpu-box/api/chat", "http://gpu-box:11434"),
        ("https://ollama.example/behind/", "https://ollama.example:443/behind"),
    ],
)
def test_ollamas_address_is_read_as_ollama_reads_it(written: str, read: str) -> None:
    assert Settings.from_environment({"OLLAMA_HOST": written}).ollama_url == read


@pytest.mark.parametrize("written", ["'k-1'", '"k-1"', "“k-1”", " k-1\n", "k\n  -1", "Bearer k-1"])
def test_keys_are_read_as_people_paste_them(written: str) -> None:
    assert Settings.from_environment({"OPENAI_API_KEY": written}).openai_api_key == "k-1"


def test_several_public_addresses_are_read() -> None:
    settings = Settings.from_environment({"RIVULET_PUBLIC_URL": "https://a.example, https://b.example:8443"})
    assert settings.public_urls == ("https://a.example", "https://b.example:8443")


def test_a_key_that_was_cut_short_is_not_repeated() -> None:
    with pytest.raises(SettingsError) as refused:
        Settings.from_environment({"OPENAI_API_KEY": "sk-secret…"})
    assert "secret" not in refused.value.sentence


def test_a_password_is_not_repeated() -> None:
    with pytest.raises(SettingsError) as refused:
        Settings.from_environment({"DATABASE_URL": "mysql://me:secret@host/name"})
    assert "secret" not in refused.value.sentence


@pytest.mark.parametrize(
    ("address", "passwords"),
    [
        ("postgresql://me:p%40ss@db/x", ("p@ss", "p%40ss")),
        ("postgresql:///x?user=me&password=hidden", ("hidden",)),
        ("host=db dbname=x password='a b'", ("a b", "a%20b")),
        ("postgresql://me@db/x", ()),
        ("sqlite:////tmp/x.db", ()),
    ],
)
def test_a_databases_password_is_a_secret_wherever_it_stands(address: str, passwords: tuple[str, ...]) -> None:
    assert Settings.from_environment({"DATABASE_URL": address}).secrets == passwords
