"""The built page finds its server where it came from."""

import json
import os
from pathlib import Path

import pytest

from app.serving import frontend
from app.serving.frontend import BuildError, fingerprint, serve_from_anywhere

BAKED = "x={PING:`http://localhost:8000/ping`,EVENT:`ws://localhost:8000/_event`,n:`http://example.com/`}"


def test_the_address_of_the_build_becomes_that_of_the_page(tmp_path: Path) -> None:
    (tmp_path / "env.js").write_text(BAKED)
    for packed in ("env.js.gz", "env.js.br", "other.js.gz"):
        (tmp_path / packed).touch()
    (tmp_path / "other.js").write_text("untouched")
    serve_from_anywhere(tmp_path)
    patched = (tmp_path / "env.js").read_text()
    assert "localhost" not in patched
    assert "PING:(location.origin+`/ping`)" in patched
    assert "EVENT:(location.origin.replace(/^http/,'ws')+`/_event`)" in patched
    assert "n:`http://example.com/`" in patched
    assert {path.name for path in tmp_path.iterdir()} == {"env.js", "other.js", "other.js.gz"}  # nothing packed is old
    assert (tmp_path / "other.js").read_text() == "untouched"


def test_a_build_without_the_address_is_refused(tmp_path: Path) -> None:
    (tmp_path / "env.js").write_text("nothing here")
    with pytest.raises(BuildError, match="address of its server was not found"):
        serve_from_anywhere(tmp_path)


@pytest.fixture
def sources(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A small tree in the place of our own; gives its one component."""
    for name in frontend.INPUTS:
        is_folder = (frontend.ROOT / name).is_dir()
        file = tmp_path / name / "file" if is_folder else tmp_path / name
        file.parent.mkdir(exist_ok=True)
        file.write_text("1")
    monkeypatch.setattr(frontend, "ROOT", tmp_path)
    return tmp_path / "components" / "file"


def test_the_fingerprint_is_that_of_names_and_contents(sources: Path) -> None:
    before = fingerprint()
    (sources.parent / "__pycache__").mkdir()
    (sources.parent / "__pycache__" / "file.pyc").write_text("compiled")
    os.utime(sources, (0, 0))
    assert fingerprint() == before
    sources.write_text("2")
    changed = fingerprint()
    sources.rename(sources.with_name("renamed"))
    assert len({before, changed, fingerprint()}) == 3


def test_a_build_that_was_broken_off_is_no_build(
    sources: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(frontend, "STAMP", tmp_path / "stamp")
    monkeypatch.setattr(frontend, "CLIENT", tmp_path)
    (tmp_path / "index.html").touch()
    frontend.STAMP.write_text(fingerprint())
    assert frontend.is_fresh()
    with pytest.raises(BuildError, match="could not be built"):
        frontend.build(print)  # there is no app
    assert not frontend.is_fresh()


def test_the_lock_file_is_as_a_build_writes_it() -> None:
    written = (frontend.ROOT / "reflex.lock" / "package.json").read_text()
    assert written == json.dumps(json.loads(written))  # else each start would leave a clone with a change of its own
