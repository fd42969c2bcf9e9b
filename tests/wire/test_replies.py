"""Every row of the wire tables, through the real runtime, database, provider and HTTP."""

from collections.abc import Callable

import pytest

from app.streaming.store import StoredRun
from tests.wire import anthropic_cases, openai_cases
from tests.wire.case import Case, Right
from tests.wire.conftest import Asking


@pytest.fixture(autouse=True)
def _counted(record_property: Callable[[str, object], None]) -> None:
    record_property("case", "wire")


@pytest.mark.parametrize("case", openai_cases.CASES, ids=str)
async def test_a_reply_in_openais_format(asking: Asking, case: Case):
    await check(asking, "openai", case)


@pytest.mark.parametrize("case", anthropic_cases.CASES, ids=str)
async def test_a_reply_in_anthropics_format(asking: Asking, case: Case):
    await check(asking, "anthropic", case)


async def check(asking: Asking, provider: str, case: Case) -> None:
    async with asking(provider, case.answering) as asker:
        run = await asker.ask()
        assert_right(run, case.right)
        if case.right.requests is not None:
            assert len(asker.server.asked) <= case.right.requests


def assert_right(run: StoredRun, right: Right) -> None:
    said = f"{run.error_sentence} {run.metadata.get('server_said', '')}"
    assert (run.status, run.text, run.thinking) == (right.status, right.text, right.thinking), said
    assert right.shows in said
    assert not right.says_one_of or any(words in run.error_sentence.lower() for words in right.says_one_of), said
    assert not right.never_says or right.never_says not in run.error_sentence
    if right.usage:
        assert (run.metadata["input_tokens"], run.metadata["output_tokens"]) == right.usage
    if right.stop_reason:
        assert run.metadata["stop_reason"] == right.stop_reason
    if right.road:
        assert run.metadata["road"] == right.road
