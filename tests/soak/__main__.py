"""`make soak`: a hundred rounds, or `python -m tests.soak --rounds 20 --seed 7`."""

import argparse
import random
import sys
import tempfile
from pathlib import Path

from playwright.sync_api import sync_playwright

from tests.browser import launch
from tests.soak.soak import soak


def main() -> int:
    """Soak, print the result, and give the exit code: 0 when every round was right."""
    arguments = argparse.ArgumentParser(prog="python -m tests.soak", description=__doc__)
    arguments.add_argument("--rounds", type=int, default=100)
    arguments.add_argument("--seed", type=int, default=random.randrange(1_000_000))
    arguments.add_argument("--first", type=int, default=1, help="the first round, to play a single one again")
    chosen = arguments.parse_args()
    print(f"seed {chosen.seed}", flush=True)
    with sync_playwright() as playwright, tempfile.TemporaryDirectory() as folder:
        result = soak(launch(playwright), Path(folder), chosen.seed, chosen.rounds, chosen.first)
    print(result)
    return 1 if result.wrong else 0


if __name__ == "__main__":
    sys.exit(main())
