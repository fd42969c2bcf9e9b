import asyncio

import pytest

from app.persistence.conversations import ConversationRepository
from app.persistence.database import Database
from app.persistence.runs import RunRepository
from app.streaming.store import RunOutcome, StoredRun, StreamingStatus
from tests.integration.persistence.conftest import Ask, Make

COMPLETE = RunOutcome(StreamingStatus.COMPLETE, "So it is.", "Hm.", metadata={"stop_reason": "end_turn"})


async def load(runs: RunRepository, run_id: str) -> StoredRun:
    run = await runs.load(run_id)
    assert run is not None
    return run


async def test_a_run_goes_from_pending_to_streaming_to_complete(
    runs: RunRepository, user_id: str, conversation_id: str, ask: Ask
) -> None:
    turn = await ask()
    assert (await load(runs, turn.run_id)).status is StreamingStatus.PENDING
    await runs.begin(turn.run_id)
    assert (await load(runs, turn.run_id)).status is StreamingStatus.STREAMING
    await runs.checkpoint(turn.run_id, "So it", "Hm")
    assert (await load(runs, turn.run_id)).text == "So it"
    assert await runs.finish(turn.run_id, COMPLETE)
    assert await load(runs, turn.run_id) == StoredRun(
        run_id=turn.run_id,
        user_id=user_id,
        conversation_id=conversation_id,
        message_id=turn.message_id,
        status=StreamingStatus.COMPLETE,
        text="So it is.",
        thinking="Hm.",
        error_code="",
        error_sentence="",
        metadata={"road": "streamed", "stop_reason": "end_turn"},
    )


async def test_a_failure_keeps_its_text_and_its_sentence(runs: RunRepository, ask: Ask) -> None:
    turn = await ask()
    failed = RunOutcome(StreamingStatus.FAILED, "So", "", "overloaded", "The provider is overloaded.")
    assert await runs.finish(turn.run_id, failed)
    stored = await load(runs, turn.run_id)
    assert (stored.text, stored.error_code, stored.error_sentence) == (
        "So",
        "overloaded",
        "The provider is overloaded.",
    )


async def test_a_run_ends_once(runs: RunRepository, ask: Ask) -> None:
    turn = await ask()
    assert await runs.finish(turn.run_id, COMPLETE)
    before = await load(runs, turn.run_id)
    assert not await runs.finish(turn.run_id, RunOutcome(StreamingStatus.FAILED, "other"))
    await runs.begin(turn.run_id)
    await runs.checkpoint(turn.run_id, "late", "late")
    assert await load(runs, turn.run_id) == before


async def test_of_many_ends_at_once_one_holds(runs: RunRepository, database: Database, url: str, ask: Ask) -> None:
    turn, other = await ask(), Database(url)
    stores = [RunRepository(one) for one in (database, other)] * 4
    outcomes = [RunOutcome(StreamingStatus.INTERRUPTED, f"text {number}") for number in range(8)]
    won = await asyncio.gather(*(store.finish(turn.run_id, end) for store, end in zip(stores, outcomes, strict=True)))
    await other.aclose()
    assert sum(won) == 1
    assert (await load(runs, turn.run_id)).text == outcomes[won.index(True)].text


async def test_a_checkpoint_that_races_the_end_never_wins(runs: RunRepository, url: str, ask: Ask) -> None:
    other = Database(url)
    try:
        for _ in range(10):
            turn = await ask()
            await runs.begin(turn.run_id)
            late = [RunRepository(other).checkpoint(turn.run_id, "So it", "Hm") for _ in range(3)]
            await asyncio.gather(*late, runs.finish(turn.run_id, COMPLETE))
            stored = await load(runs, turn.run_id)
            assert (stored.text, stored.thinking, stored.status) == ("So it is.", "Hm.", StreamingStatus.COMPLETE)
    finally:
        await other.aclose()


async def test_an_end_must_be_an_end(runs: RunRepository, ask: Ask) -> None:
    turn = await ask()
    with pytest.raises(ValueError, match="streaming"):
        await runs.finish(turn.run_id, RunOutcome(StreamingStatus.STREAMING, ""))


async def test_an_unknown_run_is_none(runs: RunRepository) -> None:
    await runs.begin("none")
    await runs.checkpoint("none", "text", "")
    assert not await runs.finish("none", COMPLETE)
    assert await runs.load("none") is None


async def test_the_end_moves_the_conversation_to_the_top(
    runs: RunRepository, conversations: ConversationRepository, make: Make, user_id: str, ask: Ask
) -> None:
    turn = await ask()
    await make("newer")
    await runs.finish(turn.run_id, COMPLETE)
    assert [summary.title for summary in await conversations.newest(user_id)] == ["A conversation", "newer"]


async def test_the_active_run_of_a_conversation_is_found(
    runs: RunRepository, user_id: str, conversation_id: str, ask: Ask
) -> None:
    assert await runs.active(user_id, conversation_id) is None
    turn = await ask()
    active = await runs.active(user_id, conversation_id)
    assert active is not None
    assert active.run_id == turn.run_id
    await runs.finish(turn.run_id, COMPLETE)
    assert await runs.active(user_id, conversation_id) is None


async def test_a_stranger_finds_no_run_to_stop(
    runs: RunRepository, user_id: str, stranger_id: str, conversation_id: str, ask: Ask
) -> None:
    turn = await ask()
    assert await runs.get(stranger_id, turn.run_id) is None
    assert await runs.active(stranger_id, conversation_id) is None
    assert await runs.get(user_id, turn.run_id) is not None


async def test_what_a_dead_process_left_is_closed_with_its_partial_text(runs: RunRepository, ask: Ask) -> None:
    waiting, writing, ended = await ask(), await ask(), await ask()
    await runs.begin(writing.run_id)
    await runs.checkpoint(writing.run_id, "So f", "Hm")
    await runs.finish(ended.run_id, COMPLETE)
    assert set(await runs.recover()) == {waiting.run_id, writing.run_id}
    closed = await load(runs, writing.run_id)
    assert (closed.status, closed.text, closed.thinking) == (StreamingStatus.INTERRUPTED, "So f", "Hm")
    assert closed.metadata == {"road": "streamed", "stop_reason": "server_stopped"}
    assert (await load(runs, waiting.run_id)).status is StreamingStatus.INTERRUPTED
    assert (await load(runs, ended.run_id)).text == "So it is."
    assert await runs.recover() == ()


async def test_more_is_recovered_than_fits_in_one_batch(runs: RunRepository, make: Make, url: str, ask: Ask) -> None:
    left: set[str] = set()
    for _ in range(105):
        left.add((await ask(conversation_id=await make())).run_id)
    other = Database(url)
    closed = await asyncio.gather(runs.recover(), RunRepository(other).recover())
    await other.aclose()
    assert sorted(closed[0] + closed[1]) == sorted(left)
