"""One build of the gallery and one server for the tests of the components."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, BrowserContext, Page

from tests.components.gallery_server import build, serving


@pytest.fixture(scope="module")
def gallery(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Give the address of the running gallery."""
    folder = tmp_path_factory.mktemp("gallery")
    build(folder)
    with serving(folder) as address:
        yield address


@pytest.fixture(scope="module")
def context(browser: Browser) -> BrowserContext:
    return browser.new_context(permissions=["clipboard-read", "clipboard-write"])


@pytest.fixture
def page(context: BrowserContext, gallery: str) -> Iterator[Page]:
    """A tab that shows the gallery; an error or a warning in its console fails the test."""
    opened = context.new_page()
    complaints: list[str] = []
    opened.on("console", lambda said: complaints.append(said.text) if said.type in ("error", "warning") else None)
    opened.on("pageerror", lambda error: complaints.append(str(error)))
    opened.goto(gallery)
    opened.get_by_test_id("app-ready").wait_for(state="attached")
    yield opened
    opened.close()
    assert complaints == []
