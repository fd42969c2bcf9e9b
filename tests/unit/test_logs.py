"""The log: for people on a terminal, for programs elsewhere, and never with a key."""

import io
import json
import logging
from collections.abc import Iterator

import pytest

from app import log_context
from app.serving import logs

KEY = "sk-planted-0123456789"


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


@pytest.fixture(autouse=True)
def restored() -> Iterator[None]:
    """Put the logging of the tests themselves back."""
    root = logging.getLogger()
    handlers, levels = root.handlers[:], {name: logging.getLogger(name).level for name in ("", *logs.OURS)}
    yield
    root.handlers[:] = handlers
    for name, level in levels.items():
        logging.getLogger(name).setLevel(level)


def fail() -> None:
    raise ValueError(f"refused {KEY}")


def test_a_line_is_one_object_with_what_it_is_about() -> None:
    stream = io.StringIO()
    logs.configure("info", [KEY], stream)
    token = log_context.run_id.set("r1")
    try:
        logging.getLogger("app.streaming").info("Run %s ended after %d ms", "r1", 7)
    finally:
        log_context.run_id.reset(token)
    logging.getLogger("app.streaming").debug("too small a thing")
    logging.getLogger("httpx").info("a library's chatter")
    (line,) = stream.getvalue().splitlines()
    said = json.loads(line)
    assert said["time"].endswith("+00:00")
    del said["time"]
    assert said == {
        "level": "info",
        "logger": "app.streaming",
        "event": "Run %s ended after %d ms",
        "message": "Run r1 ended after 7 ms",
        "run_id": "r1",
    }


@pytest.mark.parametrize("stream", [io.StringIO(), Terminal()])
def test_no_key_is_in_a_line_nor_in_its_traceback(stream: io.StringIO) -> None:
    logs.configure("info", [KEY, ""], stream)
    logger = logging.getLogger("app")
    logger.warning("The server said: bad key %s", KEY)
    try:
        fail()
    except ValueError:
        logger.exception("A fault with “umlauts: ü”")
    text = stream.getvalue()
    assert KEY not in text
    assert text.count(logs.HIDDEN) >= 2
    assert "ValueError" in text
    assert "“umlauts: ü”" in text


def test_on_a_terminal_it_is_for_people() -> None:
    stream = Terminal()
    logs.configure("warning", [], stream)
    logging.getLogger("providers").warning("It is slow")
    logging.getLogger("providers").info("It is fine")
    (line,) = stream.getvalue().splitlines()
    assert line.endswith("WARNING It is slow")
