import asyncio

import pytest

from app.ids import new_id
from app.persistence.conversations import ConversationRepository
from app.persistence.database import Database
from app.persistence.messages import MessageRepository
from app.persistence.runs import ATTEMPTS_KEPT, EARLIER_KEPT, RunRepository
from app.persistence.turns import NewAnswer, TurnRepository
from app.streaming.store import Piece, RunAlreadyEndedError, RunOutcome, StoredRun, StreamingStatus
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
    await runs.checkpoint(turn.run_id, Piece(0, "So it"), Piece(0, "Hm"))
    assert (await load(runs, turn.run_id)).text == "So it"
    await runs.finish(turn.run_id, COMPLETE)
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


async def test_many_that_begin_at_once_do_so_together(
    runs: RunRepository, make: Make, ask: Ask, statements: list[str]
) -> None:
    begun = [(await ask(conversation_id=await make())).run_id for _ in range(105)]
    statements.clear()
    await asyncio.gather(*(runs.begin(run_id) for run_id in begun))
    assert len([statement for statement in statements if statement.startswith("UPDATE run")]) <= 2
    assert {(await load(runs, run_id)).status for run_id in begun} == {StreamingStatus.STREAMING}


async def test_a_failure_keeps_its_text_and_its_sentence(runs: RunRepository, ask: Ask) -> None:
    turn = await ask()
    failed = RunOutcome(StreamingStatus.FAILED, "So", "", "overloaded", "The provider is overloaded.")
    await runs.finish(turn.run_id, failed)
    stored = await load(runs, turn.run_id)
    assert (stored.text, stored.error_code, stored.error_sentence) == (
        "So",
        "overloaded",
        "The provider is overloaded.",
    )


async def test_a_run_ends_once(runs: RunRepository, ask: Ask) -> None:
    turn = await ask()
    await runs.finish(turn.run_id, COMPLETE)
    before = await load(runs, turn.run_id)
    await runs.finish(turn.run_id, COMPLETE)  # told again, as after a commit whose word was lost
    for other in (RunOutcome(StreamingStatus.FAILED, "So it is."), RunOutcome(StreamingStatus.COMPLETE, "other")):
        with pytest.raises(RunAlreadyEndedError):
            await runs.finish(turn.run_id, other)
    await runs.begin(turn.run_id)
    await runs.checkpoint(turn.run_id, Piece(0, "late"), Piece(0, "late"))
    assert await load(runs, turn.run_id) == before


async def test_of_many_ends_at_once_one_holds(runs: RunRepository, database: Database, url: str, ask: Ask) -> None:
    turn, other = await ask(), Database(url)
    stores = [RunRepository(one) for one in (database, other)] * 4
    outcomes = [RunOutcome(StreamingStatus.INTERRUPTED, f"text {number}") for number in range(8)]
    ends = await asyncio.gather(
        *(store.finish(turn.run_id, end) for store, end in zip(stores, outcomes, strict=True)), return_exceptions=True
    )
    await other.aclose()
    assert [type(end) for end in ends if end is not None] == [RunAlreadyEndedError] * 7
    assert (await load(runs, turn.run_id)).text == outcomes[ends.index(None)].text


async def test_a_checkpoint_that_races_the_end_never_wins(runs: RunRepository, url: str, ask: Ask) -> None:
    other = Database(url)
    try:
        for _ in range(10):
            turn = await ask()
            await runs.begin(turn.run_id)
            late = [RunRepository(other).checkpoint(turn.run_id, Piece(0, "So it"), Piece(0, "Hm")) for _ in range(3)]
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
    await runs.checkpoint("none", Piece(0, "text"), Piece(0, ""))
    await runs.finish("none", COMPLETE)
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
    await runs.checkpoint(writing.run_id, Piece(0, "So f"), Piece(0, "Hm"))
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


async def test_checkpoints_add_up_once_each_and_belong_to_their_run(
    runs: RunRepository, messages: MessageRepository, turns: TurnRepository, user_id: str, ask: Ask
) -> None:
    turn = await ask()
    await runs.checkpoint(turn.run_id, Piece(0, "So "), Piece(0, "Hm"))
    await runs.checkpoint(turn.run_id, Piece(3, "it"), Piece(2, ""))
    await runs.checkpoint(turn.run_id, Piece(3, "it i"), Piece(2, "!"))  # told again, and more of it
    await runs.checkpoint(turn.run_id, Piece(7, "s."), Piece(3, ""))
    assert ((await load(runs, turn.run_id)).text, (await load(runs, turn.run_id)).thinking) == ("So it is.", "Hm!")
    shown = await messages.get(user_id, turn.message_id)
    assert shown is not None
    assert (shown.text, shown.thinking) == ("So it is.", "Hm!")
    await runs.finish(turn.run_id, RunOutcome(StreamingStatus.INTERRUPTED, "So it is. And"))
    going_on = NewAnswer(turn.message_id, new_id(), "simulated", "poet")
    assert await turns.continue_answer(user_id, turn.conversation_id, "So it is. And", going_on)
    await runs.checkpoint(going_on.run_id, Piece(13, " so"), Piece(3, "?"))
    shown = await messages.get(user_id, turn.message_id)
    assert shown is not None
    assert shown.text == "So it is. And so"
    await runs.recover()
    assert (await load(runs, going_on.run_id)).text == "So it is. And so"


async def test_what_is_written_to_the_database_grows_with_the_text(
    runs: RunRepository, written: list[int], ask: Ask
) -> None:
    turn, piece, count = await ask(), "x" * 1000, 200
    written.clear()
    for number in range(count):
        await runs.checkpoint(turn.run_id, Piece(number * len(piece), piece), Piece(0, ""))
    await runs.finish(turn.run_id, RunOutcome(StreamingStatus.COMPLETE, piece * count))
    assert sum(written) < 3 * len(piece) * count


async def test_what_a_continued_message_remembers_is_bounded(
    runs: RunRepository, messages: MessageRepository, turns: TurnRepository, user_id: str, ask: Ask
) -> None:
    turn = await ask()
    run_id = turn.run_id
    for number in range(30):
        facts = {"run_id": run_id, "attempts": [{"model": f"m{number}"}] * 4}
        await runs.finish(run_id, RunOutcome(StreamingStatus.INTERRUPTED, "So", metadata=facts))
        going_on = NewAnswer(turn.message_id, new_id(), "simulated", "poet")
        assert await turns.continue_answer(user_id, turn.conversation_id, "So", going_on)
        run_id = going_on.run_id
    message = await messages.get(user_id, turn.message_id)
    assert message is not None
    assert len(message.metadata["earlier"]) == EARLIER_KEPT
    assert len(message.metadata["attempts"]) == ATTEMPTS_KEPT
    assert message.metadata["attempts"][-1] == {"model": "m29"}
    assert "earlier" not in message.metadata["earlier"][-1]
