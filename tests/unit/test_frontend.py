"""The built page finds its server where it came from."""

from pathlib import Path

import pytest

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


def test_the_fingerprint_is_the_same_for_the_same_files() -> None:
    assert fingerprint() == fingerprint()
