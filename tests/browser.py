"""Where the browser for tests comes from: the system's Chromium or Chrome, else Playwright's own.

The shell without a window comes first: it is the same engine at half the cost of opening a page.
"""

import shutil
import subprocess
import sys

from playwright.sync_api import Browser, Playwright
from playwright.sync_api import Error as PlaywrightError

NAMES = ("chromium-headless-shell", "chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-component-update",
    "--site-per-process",  # as the whole browser does by itself
]


def launch(playwright: Playwright, *flags: str) -> Browser:
    """Start a headless browser, installing Playwright's own where none is found."""
    found = next(filter(None, map(shutil.which, NAMES)), None)
    if found:
        return playwright.chromium.launch(executable_path=found, args=[*FLAGS, *flags])
    try:
        return playwright.chromium.launch(args=[*FLAGS, *flags])
    except PlaywrightError:
        subprocess.run([sys.executable, "-m", "playwright", "install", "chromium"], check=True)
        return playwright.chromium.launch(args=[*FLAGS, *flags])
