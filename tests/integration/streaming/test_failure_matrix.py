"""Every way in which a model server fails × when × both wire formats × both roads: what becomes of the answer.

The expectations stand here in full, apart from the policy's own table, so that a change of either shows.
"""

from collections.abc import AsyncIterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pytest

from app import runtime
from app.runtime import Runtime
from app.settings import Settings
from app.streaming.asking import DeliveryMode
from app.streaming.events import Completed, Failed, Status, StreamEvent, Text, is_terminal
from app.streaming.store import StreamingStatus
from tests.integration.streaming.conftest import User
from tests.upstream import Fault, FaultKind, Script, Upstream

TEXT = "A river begins as a trickle of melted snow, and ends as wide as a lake. " * 3
THINKING = "Where do rivers begin? "
CUT = 40
SILENCE_SECONDS = 2.0  # of a server that says nothing
PATIENCE_SECONDS = 120.0  # with one that does, however slow this machine is
WIRES = ("anthropic", "openai")


@dataclass(frozen=True)
class Case:
    """A fault of every request (as lasting troubles are), and what shall come of it.

    `tries` are the roads of the requests made before any character was there; `code` is that of the error.
    """

    name: str
    fault: Fault
    code: str
    tries: tuple[str, ...]
    whole_tries: tuple[str, ...]
    message: str


S, F, T = DeliveryMode.STREAMED.value, DeliveryMode.FALLBACK.value, DeliveryMode.TRADITIONAL.value
ONCE, THRICE = (T,), (T, T, T)
STATUS = FaultKind.STATUS

BEFORE = (
    Case("bad request", Fault(STATUS, status=400), "bad_request", (S, F), ONCE, "rejected the request"),
    Case("wrong key", Fault(STATUS, status=401), "authentication", (S,), ONCE, "did not accept the API key"),
    Case("no credit", Fault(STATUS, status=402), "quota", (S,), ONCE, "is used up"),
    Case("forbidden", Fault(STATUS, status=403), "permission", (S,), ONCE, "does not allow this key"),
    Case("no such model", Fault(STATUS, status=404), "bad_request", (S, F), ONCE, "rejected the request"),
    Case("too large", Fault(STATUS, status=413), "context_too_long", (S,), ONCE, "too long for the model"),
    Case("too often", Fault(STATUS, status=429), "rate_limited", (S, S, S), THRICE, "Try again in a moment"),
    Case(
        "too often, wait a while", Fault(STATUS, status=429, retry_after="0.02"), "rate_limited", (S, S, S), THRICE,
        "Try again in 1 s",
    ),
    Case(
        "too often, wait long", Fault(STATUS, status=429, retry_after="300"), "rate_limited", (S,), ONCE,
        "Try again in 5 min",
    ),
    Case("internal fault", Fault(STATUS, status=500), "overloaded", (S, S, S, F), THRICE, "is overloaded"),
    Case("overloaded", Fault(STATUS, status=529), "overloaded", (S, S, S, F), THRICE, "is overloaded"),
    Case("gateway timeout", Fault(STATUS, status=504), "timed_out", (S, F), ONCE, "took too long"),
    Case("error event", Fault(FaultKind.ERROR_EVENT), "overloaded", (S, S, S, F), THRICE, "is overloaded"),
    Case("malformed", Fault(FaultKind.MALFORMED_EVENT), "malformed_reply", (S, S, S, F), THRICE, "cannot be read"),
    Case("dropped", Fault(FaultKind.DROP), "broken_stream", (S, S, S, F), THRICE, "broke off"),
    Case("reset", Fault(FaultKind.DROP, reset=True), "broken_stream", (S, S, S, F), THRICE, "broke off"),
    Case("truncated", Fault(FaultKind.TRUNCATED), "broken_stream", (S, S, S, F), THRICE, "broke off"),
    Case("silent", Fault(FaultKind.SILENCE), "timed_out", (S, F), ONCE, "took too long"),
)  # fmt: skip
IN_MIDDLE = tuple(case for case in BEFORE if case.fault.kind is not STATUS)


@pytest.fixture
def settings(case: Case, upstream: Upstream, tmp_path: Path) -> Settings:
    seconds = SILENCE_SECONDS if case.fault.kind is FaultKind.SILENCE else PATIENCE_SECONDS
    return Settings(
        data_dir=tmp_path,
        database_url=f"sqlite:///{tmp_path / 'rivulet.db'}",
        openai_base_url=upstream.openai_url,
        openai_api_key="test-key",
        anthropic_base_url=upstream.url,
        anthropic_api_key="test-key",
        ollama_url="http://127.0.0.1:9",
        silence_seconds=seconds,
        whole_answer_seconds=seconds,
        first_wait_seconds=0.005,
    )


@pytest.fixture
async def services(settings: Settings) -> AsyncIterator[Runtime]:
    async with runtime.running(settings) as running:
        yield running


@dataclass
class Asked:
    """An answer after its end: what was told, and what is stored."""

    events: list[StreamEvent]
    status: StreamingStatus
    text: str
    metadata: dict[str, Any]
    requests: int

    @property
    def told_text(self) -> str:
        return "".join(event.text for event in self.events if isinstance(event, Text))

    @property
    def notices(self) -> list[str]:
        return [event.detail for event in self.events if isinstance(event, Status) and event.detail]

    @property
    def ending(self) -> StreamEvent:
        [ending] = [event for event in self.events if is_terminal(event)]
        return ending

    @property
    def attempts(self) -> list[dict[str, Any]]:
        return self.metadata["attempts"]


async def ask(
    services: Runtime, upstream: Upstream, wire: str, script: Script, *, is_whole: bool, **more: Any
) -> Asked:
    upstream.script("scripted", script, *more.get("then", ()))
    before = len(upstream.questions)
    user = User(services, model=f"{wire}/scripted")
    turn = await (user.ask_whole() if is_whole else user.ask())
    events = await user.read(turn)
    stored = await user.stored(turn)
    asked = [request for request in upstream.requests[before:] if request.body]
    return Asked(events, stored.status, stored.text, stored.metadata, len(asked))


def expect_failed(asked: Asked, case: Case, tries: tuple[str, ...], text: str = "") -> None:
    assert isinstance(asked.ending, Failed)
    assert asked.ending.code == case.code
    assert case.message in asked.ending.sentence
    assert asked.status is StreamingStatus.FAILED
    assert asked.text == asked.told_text == text
    assert [attempt["road"] for attempt in asked.attempts] == list(tries)
    assert asked.requests == len(tries)
    assert "then" not in asked.attempts[-1]
    assert asked.attempts[-1]["error"] == case.code


@pytest.mark.parametrize("wire", WIRES)
@pytest.mark.parametrize("case", BEFORE, ids=lambda case: case.name)
async def test_before_the_first_character_all_that_may_help_is_tried(
    services: Runtime, upstream: Upstream, wire: str, case: Case
) -> None:
    asked = await ask(services, upstream, wire, Script(text=TEXT, fault=case.fault), is_whole=False)
    expect_failed(asked, case, case.tries)
    assert len([notice for notice in asked.notices if "trying again in" in notice]) == case.tries.count(S) - 1
    assert len([notice for notice in asked.notices if "the whole answer instead" in notice]) == case.tries.count(F)


@pytest.mark.parametrize("wire", WIRES)
@pytest.mark.parametrize("case", BEFORE, ids=lambda case: case.name)
async def test_a_whole_answer_that_fails_is_asked_for_again_where_that_may_help(
    services: Runtime, upstream: Upstream, wire: str, case: Case
) -> None:
    asked = await ask(services, upstream, wire, Script(text=TEXT, fault=case.fault), is_whole=True)
    expect_failed(asked, case, case.whole_tries)


@pytest.mark.parametrize("wire", WIRES)
@pytest.mark.parametrize("case", IN_MIDDLE, ids=lambda case: case.name)
async def test_after_the_first_character_the_text_is_kept_and_nothing_is_asked_again(
    services: Runtime, upstream: Upstream, wire: str, case: Case
) -> None:
    script = Script(text=TEXT, fault=replace(case.fault, after_chars=CUT))
    asked = await ask(services, upstream, wire, script, is_whole=False)
    expect_failed(asked, case, (S,), TEXT[:CUT])


@pytest.mark.parametrize("wire", WIRES)
@pytest.mark.parametrize("case", IN_MIDDLE, ids=lambda case: case.name)
async def test_while_the_model_thinks_the_thinking_is_kept_and_the_answer_still_comes(
    services: Runtime, upstream: Upstream, wire: str, case: Case
) -> None:
    broken = Script(text=TEXT, thinking=THINKING, fault=case.fault)
    asked = await ask(services, upstream, wire, broken, is_whole=False, then=(Script(text=TEXT, thinking=THINKING),))
    assert asked.status is StreamingStatus.COMPLETE
    assert asked.text == asked.told_text == TEXT
    assert [attempt["road"] for attempt in asked.attempts] == list(case.tries[:2])
    assert asked.metadata["thinking_characters"] == len(THINKING) * 2 + len("\n\n---\n\n")


@pytest.mark.parametrize("wire", WIRES)
@pytest.mark.parametrize("is_whole", [False, True], ids=["streamed", "whole"])
@pytest.mark.parametrize("case", BEFORE, ids=lambda case: case.name)
async def test_a_passing_trouble_costs_nothing_where_something_may_help(
    services: Runtime, upstream: Upstream, wire: str, case: Case, is_whole: bool
) -> None:
    tries = case.whole_tries if is_whole else case.tries
    broken = Script(text=TEXT, fault=case.fault)
    asked = await ask(services, upstream, wire, broken, is_whole=is_whole, then=(Script(text=TEXT),))
    if len(tries) == 1:
        expect_failed(asked, case, tries)
        return
    assert isinstance(asked.ending, Completed)
    assert asked.status is StreamingStatus.COMPLETE
    assert asked.text == asked.told_text == TEXT
    assert [attempt["road"] for attempt in asked.attempts] == list(tries[:2])
    assert asked.metadata["road"] == tries[1]
    # A stream that ends without a word was empty; a whole answer that ends early was cut off.
    is_empty = case.fault.kind is FaultKind.TRUNCATED and not is_whole
    assert asked.attempts[0]["error"] == ("empty_answer" if is_empty else case.code)
    assert asked.attempts[0]["then"] == ("retry" if tries[0] == tries[1] else "whole_answer")
    assert "error" not in asked.attempts[1]
