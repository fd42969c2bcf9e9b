"""The child process that runs the embedded model: a script of its own, which imports nothing of Rivulet.

It is a process and not a thread because xllamacpp holds Python's lock while it loads (1.5 s in which no page of the app
would answer). It reads its settings as one line of JSON from standard input, answers with one line of JSON, and ends
as soon as standard input closes or its parent is gone, however the parent died.
"""

import json
import os
import sys
import threading
import time
from importlib import import_module
from typing import Any

# Between two batches the server notices that an asker has gone and lets others go on: a second on slow machines.
BATCH_TOKENS = 128
PARENT_CHECK_SECONDS = 1.0
# Inference takes every core it is given; the web server, which shows what comes out, goes first.
NICENESS = 5


def main() -> None:
    """Load the model, say where it listens, and live as long as the parent."""
    # llama.cpp writes to standard output as it likes, and that line belongs to our protocol.
    answer = os.fdopen(os.dup(1), "w")
    os.dup2(2, 1)
    if hasattr(os, "nice"):
        os.nice(NICENESS)
    try:
        server = _start(json.loads(sys.stdin.readline()))
    except Exception as error:  # noqa: BLE001  whatever it is, the parent shall be told
        print(json.dumps({"error": f"{type(error).__name__}: {error}"}), file=answer, flush=True)
        os._exit(1)
    print(json.dumps({"url": server.listening_address}), file=answer, flush=True)
    _wait_for_parent_to_end()
    # The server's threads may be in the middle of an answer that nobody waits for any more.
    os._exit(0)


def _start(settings: dict[str, Any]) -> Any:
    xllamacpp: Any = import_module("xllamacpp")
    params = xllamacpp.CommonParams()
    params.model.path = settings["weights"]
    params.model_alias = {settings["alias"]}
    params.api_keys = [settings["api_key"]]
    params.hostnames = ["127.0.0.1"]
    params.port = 0
    params.n_parallel = settings["slots"]
    params.n_ctx = settings["slots"] * settings["context_tokens"]
    params.cpuparams.n_threads = settings["threads"]
    params.cpuparams_batch.n_threads = settings["threads"]
    params.n_batch = params.n_ubatch = BATCH_TOKENS
    params.n_gpu_layers = 0
    params.cache_ram_mib = 0
    params.verbosity = -1
    params.ui = params.endpoint_metrics = params.endpoint_props = params.endpoint_slots = False
    for name, value in settings["sampling"].items():
        setattr(params.sampling, name, value)
    return xllamacpp.Server(params)


def _wait_for_parent_to_end() -> None:
    threading.Thread(target=_end_when_orphaned, args=(os.getppid(),), daemon=True).start()
    while os.read(0, 1):
        pass


def _end_when_orphaned(parent: int) -> None:
    """Cover a parent whose end of our standard input lives on in a process that it forked."""
    while os.getppid() == parent:
        time.sleep(PARENT_CHECK_SECONDS)
    os._exit(0)


if __name__ == "__main__":
    main()
