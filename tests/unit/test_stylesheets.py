"""What a stylesheet of ours may not do."""

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
STYLESHEETS = sorted(
    path
    for folder in ("assets", "components")
    for path in (ROOT / folder).rglob("*.css")
    if "external" not in path.parts
)
COMPOUND_BEFORE_HAS = re.compile(r"([^\s,>+~{]*?)(?::not\()?:has\(")
SMALL = ("li", "td", "table", ".table-actions")
LEADING_CLASS = re.compile(r"(?:^|[},{]|\*/)\s*\.([\w-]+)")
OF_ONE_PLACE = ("analytics", "composer", "details", "outbox", "settings", "sidebar", "top_bar", "welcome")


@pytest.mark.parametrize("path", STYLESHEETS, ids=lambda path: path.name)
def test_nothing_large_is_styled_by_what_it_holds(path: Path) -> None:
    """A `:has()` of an ancestor makes the browser look at all that it holds with every word that is added.

    Measured: 10 ms for each step of an answer of 3,000 elements.
    """
    subjects = [found[1] for found in COMPOUND_BEFORE_HAS.finditer(path.read_text())]
    assert [subject for subject in subjects if not subject.startswith(SMALL)] == []


def test_no_place_of_the_page_styles_what_a_component_names() -> None:
    """All stylesheets hold everywhere: a table of the analytics once took the edge from every table of an answer."""
    of_components = {name for path in STYLESHEETS if path.parent.name == "components" for name in leading_classes(path)}
    places = [path for path in STYLESHEETS if path.parent.name == "styles" and path.stem in OF_ONE_PLACE]
    assert len(places) == len(OF_ONE_PLACE)
    assert {path.name: leading_classes(path) & of_components for path in places} == {
        path.name: set() for path in places
    }


def leading_classes(path: Path) -> set[str]:
    return set(LEADING_CLASS.findall(path.read_text()))


def test_the_stylesheets_are_found() -> None:
    assert any("li:last-child:not(:has(" in path.read_text() for path in STYLESHEETS)
