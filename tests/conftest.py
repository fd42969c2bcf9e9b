from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, sync_playwright

from tests.browser import launch


@pytest.fixture(scope="session")
def anyio_backend() -> str:
    return "asyncio"


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """A browser for one file: while it is open, sync Playwright forbids other event loops in this thread."""
    with sync_playwright() as playwright:
        running = launch(playwright)
        yield running
        running.close()
