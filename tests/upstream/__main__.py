"""Run the model server by hand: `python -m tests.upstream --port 9000`."""

import argparse
import threading
from contextlib import suppress

from tests.upstream import Fault, FaultKind, Script, Upstream

PARAGRAPH = "A river begins as a trickle of melted snow, and ends — much later 🌊 — as wide as a lake. "


def main() -> None:
    """Serve a few models that show what can happen until interrupted."""
    arguments = argparse.ArgumentParser(prog="python -m tests.upstream", description=__doc__)
    arguments.add_argument("--port", type=int, default=9000)
    with Upstream(arguments.parse_args().port) as upstream:
        upstream.script("steady", Script(text=PARAGRAPH * 20, chars_per_second=200))
        upstream.script("fast-and-long", Script(text=PARAGRAPH * 500, chars_per_second=2_000))
        upstream.script("thinking", Script(text=PARAGRAPH, thinking=PARAGRAPH * 3, chars_per_second=100))
        for kind in FaultKind:
            fault = Fault(kind, after_chars=200, status=529)
            upstream.script(f"fault-{kind}", Script(text=PARAGRAPH * 10, chars_per_second=200, fault=fault))
        print(f"OpenAI:    {upstream.openai_url}\nAnthropic: {upstream.url}\nmodels:    {', '.join(upstream.models)}")
        threading.Event().wait()


if __name__ == "__main__":
    with suppress(KeyboardInterrupt):
        main()
