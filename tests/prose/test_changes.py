"""Two versions side by side: every line of both in its place, and the words that have changed."""

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.prose.test_prose import bun

Row = dict[str, Any]


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("changes")


def compare(folder: Path, *pairs: tuple[str, str]) -> list[list[Row]]:
    file = folder / "pairs.json"
    file.write_text(json.dumps(pairs))
    return bun("changes.js", str(file))


def text(parts: list[Row] | None) -> str | None:
    return None if parts is None else "".join(part["value"] for part in parts)


def said(rows: list[Row]) -> list[tuple[str | None, str | None]]:
    return [(text(row.get("before")), text(row.get("after"))) for row in rows]


def test_lines_stay_go_come_and_change(folder: Path) -> None:
    changed, gone, same = compare(folder, ("a\nb\nc\n", "a\nB\nc\nd\n"), ("a\nb\n", "b\n"), ("x\n", "x\n"))
    assert said(changed) == [("a", "a"), ("b", "B"), ("c", "c"), (None, "d")]
    assert said(gone) == [("a", None), ("b", "b")]
    assert [row["kind"] for row in same] == ["same"]


def test_within_a_line_the_words_are_told_apart(folder: Path) -> None:
    [[row]] = compare(folder, ("let size = 1;\n", "let width = 1;\n"))
    assert [part["value"] for part in row["before"] if part["removed"]] == ["size"]
    assert [part["value"] for part in row["after"] if part["added"]] == ["width"]


TEXTS = st.lists(st.sampled_from(["a b", "a c", "b", "", "  x", "long words here"]), max_size=8).map("\n".join)


@settings(max_examples=3, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(pairs=st.lists(st.tuples(TEXTS, TEXTS), min_size=200, max_size=200))
def test_both_sides_read_as_the_texts_do(folder: Path, pairs: list[tuple[str, str]]) -> None:
    for (older, newer), rows in zip(pairs, compare(folder, *pairs), strict=True):
        for whole, side, number in ((older, "before", "left"), (newer, "after", "right")):
            lines = [text(row[side]) for row in rows if side in row]
            assert lines == whole.removesuffix("\n").split("\n") if whole else lines == []
            assert [row[number] for row in rows if number in row] == list(range(1, len(lines) + 1))


def test_texts_with_nothing_in_common_are_shown_as_a_whole(folder: Path) -> None:
    one, two = ("\n".join(f"{name} {(at * 7919) % 104729}" for at in range(20_000)) for name in "ab")
    [rows] = compare(folder, (one, two))
    assert len(rows) == 20_000
