"""The scripts of the page that need no browser, tested by the runner of the bun that builds it."""

import subprocess
import sys
from pathlib import Path

HERE = Path(__file__).parent


def test_the_scripts_do_what_their_tests_say() -> None:
    bun = Path(sys.executable).with_name("bun")
    result = subprocess.run([str(bun), "test"], cwd=HERE, capture_output=True, text=True, timeout=120, check=False)
    assert result.returncode == 0, result.stderr + result.stdout
