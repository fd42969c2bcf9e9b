"""Whatever goes wrong, no line of the log holds what was said in a chat, what was answered, or a key."""

import json
import time
from pathlib import Path

import httpx

from tests.app_server import AppServer
from tests.upstream import Fault, FaultKind, Script, Upstream

KEY = "sk-planted-key-0123456789"
QUESTION = "planted question about the neighbour's cat"
ANSWER = "planted answer about the neighbour's cat"

SCRIPTS = {
    "complete": Script(text=ANSWER),
    "refused with the question in it": Script(fault=Fault(FaultKind.STATUS, status=400, message=f"{QUESTION} {KEY}")),
    "unauthorised": Script(fault=Fault(FaultKind.STATUS, status=401, message=f"Incorrect key {KEY}")),
    "broken off": Script(text=ANSWER, fault=Fault(FaultKind.DROP, after_chars=10)),
    "an error in mid-answer": Script(text=ANSWER, fault=Fault(FaultKind.ERROR_EVENT, after_chars=10, message=QUESTION)),
    "no JSON": Script(text=ANSWER, fault=Fault(FaultKind.MALFORMED_EVENT, after_chars=10)),
}


def test_nothing_that_was_planted_is_in_the_log(tmp_path: Path) -> None:
    with Upstream() as upstream:
        upstream.script("scripted", Script())
        settings = {
            "OPENAI_BASE_URL": upstream.openai_url,
            "OPENAI_API_KEY": KEY,
            "RIVULET_MODEL": "openai/scripted",
            "RIVULET_LOG_LEVEL": "debug",
            "RIVULET_RETRIES": "0",
        }
        with AppServer(tmp_path, **settings) as server:
            for script in SCRIPTS.values():
                upstream.script("scripted", script)
                ask(server.url)
            lines = list(server.lines)
    logged = [json.loads(line) for line in lines if line.startswith("{")]
    assert sum(one["event"].startswith("Run %s ended") for one in logged) == len(SCRIPTS)
    assert sum(one["event"].startswith("Run %s failed") for one in logged) == len(SCRIPTS) - 1
    assert all(one["run_id"] and one["user_id"] for one in logged if one["event"].startswith("Run "))
    for planted in (KEY, QUESTION, ANSWER, "planted"):
        assert planted not in "\n".join(lines)


def ask(url: str) -> None:
    with httpx.Client(base_url=url, trust_env=False, timeout=60) as client:
        sent = client.post("/api/v1/messages", json={"text": QUESTION}).json()
        deadline = time.monotonic() + 60
        while client.get(f"/api/v1/runs/{sent['run_id']}").json()["status"] in ("pending", "streaming"):
            assert time.monotonic() < deadline
            time.sleep(0.05)
