"""A few rounds of the soak; `make soak` plays a hundred."""

import os
from pathlib import Path

from playwright.sync_api import Browser

from tests.soak.soak import soak

ROUNDS = 5


def test_after_random_troubles_every_text_is_whole(browser: Browser, tmp_path: Path) -> None:
    result = soak(browser, tmp_path, int(os.environ.get("SOAK_SEED", "1")), ROUNDS)
    assert not result.wrong, str(result)
