"""The start refuses with one clear sentence and exit code 2; nothing is built or served."""

import socket
import sqlite3
import subprocess
import sys
from pathlib import Path

import pytest

from tests.app_server import ROOT, clean_environment, free_port


def start(tmp_path: Path, **environment: str) -> subprocess.CompletedProcess[str]:
    defaults = {"PORT": str(free_port()), "RIVULET_DATA_DIR": str(tmp_path)}
    return subprocess.run(
        [sys.executable, "-m", "app"],
        cwd=ROOT,
        env=clean_environment(**{**defaults, **environment}),
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


def assert_refused(result: subprocess.CompletedProcess[str], *words: str) -> None:
    assert result.returncode == 2, result.stdout + result.stderr
    assert result.stdout == ""
    sentence = result.stderr.strip()
    assert "\n" not in sentence
    assert "Traceback" not in sentence
    for word in words:
        assert word in sentence


def test_a_port_in_use(tmp_path: Path) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = str(taken.getsockname()[1])
        assert_refused(start(tmp_path, PORT=port), f"Port {port} is in use", "PORT")


def test_a_data_folder_that_cannot_be_written(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way")
    assert_refused(start(tmp_path, RIVULET_DATA_DIR=str(tmp_path / "file" / "data")), "data folder", "RIVULET_DATA_DIR")


def test_an_unknown_provider(tmp_path: Path) -> None:
    assert_refused(start(tmp_path, RIVULET_MODEL="nobody/x"), "RIVULET_MODEL", "nobody/x", "Known providers", "local")


def test_an_unknown_fallback(tmp_path: Path) -> None:
    assert_refused(start(tmp_path, RIVULET_FALLBACK_MODEL="local/gpt-9"), "RIVULET_FALLBACK_MODEL", "local/gpt-9")


def test_an_unknown_model(tmp_path: Path) -> None:
    assert_refused(start(tmp_path, RIVULET_MODEL="local/gpt-9"), "RIVULET_MODEL", "local/gpt-9", "smollm2-135m")


@pytest.mark.parametrize("name", ["ANTHROPIC_BASE_URL", "OPENAI_BASE_URL", "DATABASE_URL"])
def test_a_malformed_address(tmp_path: Path, name: str) -> None:
    assert_refused(start(tmp_path, **{name: "not an address"}), name, "must look like")


@pytest.mark.parametrize("proxy", ["socks5://127.0.0.1:9", "ftp://127.0.0.1:9"])
def test_a_proxy_that_cannot_be_used(tmp_path: Path, proxy: str) -> None:
    assert_refused(start(tmp_path, ALL_PROXY=proxy, OPENAI_API_KEY="sk-x"), "ALL_PROXY", "SOCKS")


def test_certificates_that_cannot_be_read(tmp_path: Path) -> None:
    assert_refused(start(tmp_path, SSL_CERT_FILE=str(tmp_path / "gone"), ANTHROPIC_API_KEY="sk-x"), "SSL_CERT_FILE")


def test_a_database_that_cannot_be_opened(tmp_path: Path) -> None:
    address = "postgresql://me:secret@127.0.0.1:9/rivulet"
    result = start(tmp_path, DATABASE_URL=address)
    assert_refused(result, "cannot open")
    assert "secret" not in result.stderr


def test_a_database_newer_than_the_code(tmp_path: Path) -> None:
    with sqlite3.connect(tmp_path / "rivulet.db") as database:
        database.execute("CREATE TABLE alembic_version (version_num VARCHAR(32) NOT NULL)")
        database.execute("INSERT INTO alembic_version VALUES ('9999')")
    database.close()
    assert_refused(start(tmp_path), "database is newer than this version of Rivulet")


def test_a_data_folder_that_another_rivulet_uses(tmp_path: Path) -> None:
    holder = f"""
import asyncio
from app.persistence.database import Database
from app.persistence.ownership import owning
async def hold():
    async with owning(Database("sqlite:///{tmp_path}/rivulet.db").address):
        print("held", flush=True)
        await asyncio.sleep(600)
asyncio.run(hold())
"""
    with subprocess.Popen([sys.executable, "-c", holder], cwd=ROOT, stdout=subprocess.PIPE, text=True) as other:
        try:
            assert other.stdout is not None
            assert other.stdout.readline() == "held\n"
            assert_refused(start(tmp_path), f"Another Rivulet (process {other.pid})", "RIVULET_DATA_DIR")
        finally:
            other.kill()
