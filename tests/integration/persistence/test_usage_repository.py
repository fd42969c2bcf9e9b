"""What has ended is counted once, and stays counted when it is deleted."""

import asyncio
from datetime import UTC, datetime, timedelta

import pytest

from app.monitoring.periods import Period
from app.monitoring.prices import Price
from app.monitoring.prometheus import Exposition
from app.monitoring.tally import Tally
from app.persistence.conversations import ConversationRepository
from app.persistence.counting import AT_ONCE, VIEWS_KEPT, Fault, View
from app.persistence.database import Database
from app.persistence.messages import MessageRepository
from app.persistence.runs import RunRepository
from app.persistence.usage import MANY, UsageRepository
from app.services.usage import Usage
from app.streaming.store import Piece, RunOutcome, StreamingStatus
from tests.integration.persistence.conftest import Ask, Make

EVER = (datetime(2000, 1, 1, tzinfo=UTC), datetime(2100, 1, 1, tzinfo=UTC))
METADATA = {"provider": "p", "model": "m", "road": "streamed", "first_character_ms": 100, "duration_ms": 300}
COMPLETE = RunOutcome(StreamingStatus.COMPLETE, "So.", metadata={**METADATA, "input_tokens": 10, "output_tokens": 20})
FAILED = RunOutcome(StreamingStatus.FAILED, "", "", "overloaded", "It is overloaded.", metadata=METADATA)


@pytest.fixture
def usage(database: Database) -> UsageRepository:
    return UsageRepository(database)


async def whole(usage: UsageRepository, period: Period = Period.HOUR) -> Tally:
    return Tally.of(part.tally for part in await usage.usage([(period, *EVER)]))


async def test_an_ended_answer_is_counted_once_by_hour_day_and_week(
    usage: UsageRepository, runs: RunRepository, ask: Ask, user_id: str
) -> None:
    turn = await ask()
    assert (await usage.count()).answers == ()
    await runs.finish(turn.run_id, COMPLETE)
    await runs.finish(turn.run_id, COMPLETE)
    assert len((await usage.count()).answers) == 1
    assert (await usage.count()).answers == ()
    for period in Period:
        tally = await whole(usage, period)
        assert tally.counts["answers"] == tally.counts["end:complete"] == tally.counts["mode:streamed"] == 1
        assert tally.total("duration_ms") == 300
    (hour,) = await usage.usage([(Period.HOUR, *EVER)])
    assert (hour.provider, hour.model, hour.start.minute, hour.start.second) == ("p", "m", 0, 0)
    assert abs(hour.start - datetime.now(UTC)) < timedelta(hours=1, minutes=1)
    assert await usage.people(*EVER) == 1
    assert (await usage.uses(*EVER))["answers"] == 1


async def test_two_that_count_at_once_count_each_answer_once(
    usage: UsageRepository, runs: RunRepository, ask: Ask, database: Database
) -> None:
    for _ in range(12):
        await runs.finish((await ask()).run_id, COMPLETE)
    counted = await asyncio.gather(*(UsageRepository(database).count() for _ in range(4)))
    assert sum(len(one.answers) for one in counted) == 12
    assert (await whole(usage)).counts["answers"] == 12


async def test_an_answer_cut_off_by_a_dead_server_is_counted_as_such(
    usage: UsageRepository, runs: RunRepository, ask: Ask
) -> None:
    turn = await ask()
    await runs.begin(turn.run_id)
    await runs.checkpoint(turn.run_id, Piece(0, "So it"), Piece(0, ""))
    await runs.recover()
    await runs.recover()
    await usage.count()
    tally = await whole(usage)
    assert tally.counts["answers"] == tally.counts["interrupted:server_stopped:writing"] == 1
    assert tally.known("first_character_ms") == 0


async def test_a_deleted_conversation_leaves_its_counts_and_none_of_its_details(
    usage: UsageRepository,
    runs: RunRepository,
    conversations: ConversationRepository,
    ask: Ask,
    user_id: str,
    conversation_id: str,
) -> None:
    turn = await ask()
    await runs.finish(turn.run_id, COMPLETE)
    await conversations.delete(user_id, conversation_id)
    assert (await whole(usage)).counts["answers"] == 1
    assert await usage.newest(*EVER, 10) == ()
    await usage.note(views=[View(user_id, turn.run_id, {"frames": 3})])  # a page that tells of it late
    await usage.count()
    assert (await whole(usage)).counts["views"] == 0


async def test_views_are_noted_together_and_none_that_cannot_be(
    usage: UsageRepository, runs: RunRepository, ask: Ask, make: Make, user_id: str, statements: list[str]
) -> None:
    run_ids = [(await ask(conversation_id=await make())).run_id for _ in range(20)]
    for run_id in run_ids:
        await runs.finish(run_id, COMPLETE)
    once, often = [View(user_id, run_id, {"frames": 1}) for run_id in run_ids], View(user_id, run_ids[0], {"frames": 1})
    statements.clear()
    await usage.note(views=[*once, *[often] * 100, View("another", run_ids[1], {"frames": 1})])
    assert len(statements) <= 4
    await usage.note(views=[often, View(user_id, "unknown", {"frames": 1})])
    while not (await usage.count()).is_all:
        pass
    assert (await whole(usage)).counts["views"] == len(run_ids) - 1 + VIEWS_KEPT


async def test_many_views_are_stored_in_small_steps_between_which_others_write(
    usage: UsageRepository, runs: RunRepository, ask: Ask, make: Make, user_id: str, statements: list[str]
) -> None:
    service = Usage(usage, Exposition(), keep_days=90)
    run_ids = [(await ask(conversation_id=await make())).run_id for _ in range(4)]
    for run_id in run_ids:
        await runs.finish(run_id, COMPLETE)
        for _ in range(AT_ONCE // 2):
            service.viewed(user_id, run_id, {"frames": 1})
    statements.clear()
    await service.count()
    assert len([statement for statement in statements if statement.startswith("INSERT INTO run_view")]) >= 2
    assert (await whole(usage)).counts["views"] == 2 * AT_ONCE


async def test_views_are_counted_in_the_hour_of_their_answer(
    usage: UsageRepository, runs: RunRepository, ask: Ask, user_id: str
) -> None:
    turn = await ask()
    await runs.finish(turn.run_id, COMPLETE)
    await usage.note(
        views=[
            View(user_id, turn.run_id, {"frames": 3, "server_delay_ms": 5.0}),
            View(user_id, turn.run_id, {"frames": 1}),
        ]
    )
    await usage.count()
    await usage.count()
    tally = await whole(usage)
    assert (tally.counts["views"], tally.counts["answers"], tally.total("frames")) == (2, 1, 4)
    (minute,) = await usage.by_minute(*EVER)
    assert (minute.tally.counts["views"], minute.tally.counts["answers"]) == (2, 1)
    assert (minute.tally.total("frames"), minute.tally.total("server_delay_ms")) == (4, 5)
    ((answer, views),) = await usage.of_message(user_id, turn.message_id)
    assert answer.run.run_id == turn.run_id
    assert sorted(view["frames"] for view in views) == [1, 3]
    assert await usage.of_message("another", turn.message_id) == ()


async def test_failures_are_grouped_resolved_and_open_again_when_they_come_again(
    usage: UsageRepository, runs: RunRepository, ask: Ask
) -> None:
    first, last = await ask(), await ask()
    for turn in (first, last):
        await runs.finish(turn.run_id, FAILED)
    await usage.count()
    (group,) = await usage.failures(*EVER, 10)
    assert (group.kind, group.place, group.model, group.count) == ("overloaded", "p", "p/m", 2)
    assert (group.said, group.message_id) == ("It is overloaded.", last.message_id)
    assert group.first_at < group.last_at
    assert await usage.resolve(group.fingerprint, is_resolved=True)
    assert not await usage.resolve("unknown", is_resolved=True)
    (resolved,) = await usage.failures(*EVER, 10)
    assert resolved.resolved_at is not None
    await runs.finish((await ask()).run_id, FAILED)
    await usage.count()
    assert await usage.ended_since(EVER[0]) == (3, 3)
    assert await usage.ended_since(EVER[1]) == (0, 0)
    (again,) = await usage.failures(*EVER, 10)
    assert (again.fingerprint, again.count, again.reopened, again.resolved_at) == (group.fingerprint, 3, 1, None)


async def test_faults_beside_the_answers_are_failures_too(usage: UsageRepository) -> None:
    await usage.note(faults={Fault("TypeError", "browser", "x is not a function"): 2})
    await usage.note(faults={Fault("TypeError", "browser", "y is not a function"): 1})
    (group,) = await usage.failures(*EVER, 10)
    assert (group.count, group.place, group.said) == (3, "browser", "y is not a function")


async def test_a_cost_is_known_where_there_is_a_price(usage: UsageRepository, runs: RunRepository, ask: Ask) -> None:
    await runs.finish((await ask()).run_id, COMPLETE)
    await usage.set_price("p/m", Price(1_000_000, 2_000_000))
    await runs.finish((await ask()).run_id, COMPLETE)
    await usage.set_price("p/m", None)
    assert await usage.prices() == {}
    await usage.count()
    tally = await whole(usage)
    assert (tally.known("cost_usd"), tally.total("cost_usd")) == (1, 50)


async def test_the_slowest_come_first_and_old_details_go(
    usage: UsageRepository, runs: RunRepository, messages: MessageRepository, ask: Ask, database: Database, user_id: str
) -> None:
    timeline = {"timeline": [[0, 1], [9, 3]], "timeline_step_ms": 1, "attempts": [{"ms": 9}]}
    for waited in (100, 900, 400):
        facts = {**METADATA, **timeline, "first_character_ms": waited}
        turn = await ask()
        await runs.finish(turn.run_id, RunOutcome(StreamingStatus.COMPLETE, "So.", metadata=facts))
    for known in (0, MANY + 1):
        slowest = await usage.slowest(*EVER, 2, known=known)
        assert [answer.facts.measures["first_character_ms"] for answer in slowest] == [900, 400]
        assert await usage.slowest(*EVER, 2, "p/other", known=known) == ()
        assert len(await usage.slowest(*EVER, 9, "p/m", known=known)) == 3
        assert await usage.slowest(EVER[0], EVER[0], 9, known=known) == ()
    assert await usage.prune(database.now()) == 0  # nobody has counted them
    await usage.count()
    assert await usage.prune(database.now() - timedelta(days=1)) == 0
    assert await usage.prune(database.now(), limit=2) == 2
    assert len(await usage.newest(*EVER, 10)) == 1
    assert await usage.prune(database.now()) == 1
    assert (await whole(usage)).counts["answers"] == 3
    message = await messages.get(user_id, turn.message_id)
    assert message
    assert message.text == "So."
    assert message.metadata["first_character_ms"] == 400
    assert not timeline.keys() & message.metadata.keys()


async def test_failures_and_who_did_what_go_with_the_details(
    usage: UsageRepository, runs: RunRepository, ask: Ask, database: Database
) -> None:
    await runs.finish((await ask()).run_id, FAILED)
    await usage.count()
    now = database.now()
    assert await usage.prune(now - timedelta(days=1)) == 0
    assert (len(await usage.failures(*EVER, 9)), await usage.people(*EVER)) == (1, 1)
    assert await usage.prune(now + timedelta(days=1)) == 1
    assert (len(await usage.failures(*EVER, 9)), await usage.people(*EVER)) == (0, 0)
    assert (await whole(usage)).counts["failure:overloaded"] == 1


async def test_a_clock_that_jumps_loses_and_doubles_nothing(database: Database, url: str, ask: Ask) -> None:
    jumps = [timedelta(0), timedelta(days=3), timedelta(days=-40), timedelta(hours=1), timedelta(0)]
    ahead = timedelta(0)
    jumping = Database(url, clock=lambda: datetime.now(UTC) + ahead)
    usage, runs = UsageRepository(jumping), RunRepository(jumping)
    for jump in jumps:
        turn = await ask()
        ahead = jump
        await runs.finish(turn.run_id, COMPLETE)
        await usage.count()
    tallies = [await whole(usage, period) for period in Period]
    assert [tally.counts["answers"] for tally in tallies] == [len(jumps)] * 3
    assert [tally.total("duration_ms") for tally in tallies] == [300 * len(jumps)] * 3
    await jumping.aclose()


async def test_what_somebody_did_who_is_gone_keeps_nothing_else_from_being_noted(
    usage: UsageRepository, user_id: str
) -> None:
    await usage.note(uses={"gone": {"pause": 1}, user_id: {"pause": 2}}, faults={Fault("TypeError", "browser", ""): 1})
    assert await usage.uses(*EVER) == {"pause": 2}
    assert len(await usage.failures(*EVER, 9)) == 1
