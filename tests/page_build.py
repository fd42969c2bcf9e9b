"""The build of the page that tests serve and import: made once, however many processes test at the same time."""

import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from hashlib import sha256
from pathlib import Path

from app.serving import frontend


def ensure() -> None:
    """Build the page unless the build is that of the files as they are."""
    with _alone():
        if not frontend.is_fresh():
            frontend.build(print)


@contextmanager
def _alone() -> Iterator[None]:
    if os.name == "nt":
        yield  # where tests run one after the other
        return
    import fcntl

    name = f"rivulet-build-{sha256(str(frontend.WEB).encode()).hexdigest()[:12]}.lock"
    with (Path(tempfile.gettempdir()) / name).open("w") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield
