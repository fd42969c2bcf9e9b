"""What the database knows of who is alive."""

from datetime import UTC, datetime, timedelta

import pytest

from app.persistence.database import Database
from app.persistence.runs import RunRepository
from app.streaming.store import Piece, StreamingStatus
from tests.integration.persistence.conftest import Ask

LIMIT_SECONDS = 30.0


class Clock:
    def __init__(self) -> None:
        self.time = datetime(2026, 1, 1, tzinfo=UTC)

    def __call__(self) -> datetime:
        return self.time

    def go(self, seconds: float) -> None:
        self.time += timedelta(seconds=seconds)


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def unmigrated_clock(unmigrated: Database, clock: Clock) -> Clock:
    unmigrated._clock = clock  # pyright: ignore[reportPrivateUsage]
    return clock


async def status(runs: RunRepository, run_id: str) -> StreamingStatus:
    run = await runs.load(run_id)
    assert run is not None
    return run.status


async def test_a_silent_run_is_closed_with_its_partial_text(
    unmigrated_clock: Clock, runs: RunRepository, user_id: str, conversation_id: str, ask: Ask
) -> None:
    turn = await ask()
    await runs.begin(turn.run_id)
    await runs.checkpoint(turn.run_id, Piece(0, "So f"), Piece(0, "Hm"))
    unmigrated_clock.go(LIMIT_SECONDS - 1)
    assert await runs.close_lost(LIMIT_SECONDS, frozenset()) == ()
    unmigrated_clock.go(2)
    [closed] = await runs.close_lost(LIMIT_SECONDS, frozenset())
    assert (closed.run_id, closed.user_id, closed.conversation_id) == (turn.run_id, user_id, conversation_id)
    assert (closed.status, closed.text, closed.thinking) == (StreamingStatus.INTERRUPTED, "So f", "Hm")
    assert closed.metadata["stop_reason"] == "lost"
    assert await runs.load(turn.run_id) == closed
    assert await runs.close_lost(LIMIT_SECONDS, frozenset()) == ()


async def test_a_beat_keeps_a_run_open(unmigrated_clock: Clock, runs: RunRepository, ask: Ask) -> None:
    alive, silent = await ask(), await ask()
    unmigrated_clock.go(LIMIT_SECONDS)
    await runs.beat({alive.run_id, "none"})
    unmigrated_clock.go(LIMIT_SECONDS - 1)
    assert [run.run_id for run in await runs.close_lost(LIMIT_SECONDS, frozenset())] == [silent.run_id]
    assert await status(runs, alive.run_id) is StreamingStatus.PENDING


async def test_one_update_beats_for_all_runs(runs: RunRepository, statements: list[str], ask: Ask) -> None:
    turns = [await ask() for _ in range(3)]
    statements.clear()
    await runs.beat({turn.run_id for turn in turns})
    assert [statement.split()[0] for statement in statements] == ["UPDATE"]
    statements.clear()
    await runs.beat(frozenset())
    assert statements == []


async def test_nobody_closes_his_own_runs(unmigrated_clock: Clock, runs: RunRepository, ask: Ask) -> None:
    turn = await ask()
    unmigrated_clock.go(3600)
    assert await runs.close_lost(LIMIT_SECONDS, {turn.run_id}) == ()


async def test_an_ended_run_beats_no_more(unmigrated_clock: Clock, runs: RunRepository, ask: Ask) -> None:
    turn = await ask()
    unmigrated_clock.go(3600)
    [closed] = await runs.close_lost(LIMIT_SECONDS, frozenset())
    await runs.beat({turn.run_id})
    assert await runs.load(turn.run_id) == closed
