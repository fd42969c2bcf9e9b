from collections import Counter
from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import HealthCheck, settings
from playwright.sync_api import Browser, expect, sync_playwright

from tests.browser import launch

# Long enough for a machine whose cores are all busy with something else.
expect.set_options(timeout=30_000)
# How long an example takes says nothing on such a machine.
settings.register_profile("rivulet", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("rivulet")


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


def pytest_terminal_summary(terminalreporter: Any) -> None:
    """Say how many cases of each table are right; a test tells of its own by `case`, `right` or `wrong`."""
    counts: Counter[tuple[str, str]] = Counter()
    for outcome in ("passed", "failed"):
        for report in terminalreporter.getreports(outcome):
            for name, value in report.user_properties:
                if name == "case":
                    counts[value, "right" if outcome == "passed" else "wrong"] += 1
                elif name in ("right", "wrong"):
                    table, number = value
                    counts[table, name] += number
    for table in sorted({table for table, _ in counts}):
        right, wrong = counts[table, "right"], counts[table, "wrong"]
        terminalreporter.write_line(f"Cases of the table “{table}”: {right} of {right + wrong} right")
