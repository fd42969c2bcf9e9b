"""A model's text reads as it was meant: while it is written, when it is finished, and in whatever pieces it came."""

import json
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests import page_build

HERE = Path(__file__).parent
ROOT = HERE.parents[1]


def bun(script: str, *arguments: str) -> Any:
    """Run a script of this folder with the bun that builds the page, and read the JSON that it prints."""
    page_build.ensure()
    command = [str(Path(sys.executable).with_name("bun")), str(HERE / script), *arguments]
    environment = {**os.environ, "NODE_PATH": str(ROOT / ".web" / "node_modules")}
    result = subprocess.run(
        command, cwd=ROOT, env=environment, capture_output=True, text=True, timeout=300, check=False
    )
    assert result.returncode == 0, result.stderr
    return json.loads(result.stdout)


@pytest.fixture(scope="module")
def judged() -> dict[str, list[str]]:
    return dict(bun("check.jsx"))


@pytest.fixture(scope="module")
def long_answers() -> dict[str, list[str]]:
    return dict(bun("long.jsx", "60", "20"))


def test_every_case_is_right(judged: dict[str, list[str]], record_property: Callable[[str, object], None]) -> None:
    wrong = {name: problems for name, problems in judged.items() if problems}
    record_property("right", ("markdown", len(judged) - len(wrong)))
    record_property("wrong", ("markdown", len(wrong)))
    assert len(judged) > 400
    assert wrong == {}


def test_a_long_answer_only_grows_and_says_what_its_writer_meant(
    long_answers: dict[str, list[str]], record_property: Callable[[str, object], None]
) -> None:
    wrong = {name: problems for name, problems in long_answers.items() if problems}
    record_property("right", ("long answers", len(long_answers) - len(wrong)))
    record_property("wrong", ("long answers", len(wrong)))
    assert len(long_answers) >= 50
    assert wrong == {}


@pytest.mark.parametrize("seed", [1])
def test_what_is_shown_only_grows_and_ends_as_the_whole(seed: int) -> None:
    assert bun("fuzz.jsx", str(seed), "60") == []


def test_odd_texts_cost_as_much_as_they_are_long_and_break_nothing() -> None:
    assert bun("odd.jsx") == []
