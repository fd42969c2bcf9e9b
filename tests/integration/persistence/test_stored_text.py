from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from app.ids import new_id
from app.persistence.conversations import ConversationRepository
from app.persistence.messages import MessageRepository
from app.persistence.preferences import PreferenceRepository
from app.persistence.runs import RunRepository
from app.persistence.turns import NewAnswer, NewQuestion, TurnRepository
from app.streaming.store import Piece, RunOutcome, StreamingStatus
from tests.integration.persistence.conftest import Ask

HARD = (
    "👩‍👩‍👧‍👦🏳️‍🌈 \u00e9 vs e\u0301",  # joined emoji, composed and decomposed
    "مرحبا \u202e שלום \u2066x\u2069",  # right to left, with controls
    "漢字 かな 한글 𠮷",
    "line\r\nline\rline\n\n  \t trailing ",
    "\ufeff\u200b\u2028\uffff\U0010ffff\x01\x7f\x85\xa0",
    "'; DROP TABLE message; -- \\ \\u0000 %s :name $1 {} \"",
    "",
)
WELL_FORMED = st.one_of(
    st.sampled_from(HARD),
    st.text(st.characters(exclude_characters="\0", exclude_categories=["Cs"])),
    # Runs of marks and joiners, which plain random text seldom has.
    st.text("a e\u0301\u0302\u200d\u200f👩🏽‍🦰\r\n漢ש𠮷", min_size=1),
)
ON_A_DATABASE = settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])


@ON_A_DATABASE
@given(question=WELL_FORMED, partial=WELL_FORMED, answer=WELL_FORMED, thinking=WELL_FORMED)
async def test_messages_and_titles_are_stored_exactly(
    messages: MessageRepository,
    conversations: ConversationRepository,
    turns: TurnRepository,
    runs: RunRepository,
    user_id: str,
    question: str,
    partial: str,
    answer: str,
    thinking: str,
) -> None:
    new = NewAnswer(new_id(), new_id(), "simulated", "poet", metadata={"question": question})
    turn = await turns.send(user_id, new_id(), NewQuestion(new_id(), question, question), new, is_first=True)
    assert turn is not None
    assert (await conversations.newest(user_id, limit=1))[0].title == question
    await runs.checkpoint(turn.run_id, Piece(0, partial), Piece(0, thinking))
    checkpoint = await runs.load(turn.run_id)
    assert checkpoint is not None
    assert (checkpoint.text, checkpoint.thinking) == (partial, thinking)
    outcome = RunOutcome(StreamingStatus.COMPLETE, answer, thinking, "code", partial, {"answer": answer})
    await runs.finish(turn.run_id, outcome)
    asked, answered = await messages.branch(user_id, turn.conversation_id)
    assert asked.text == question
    assert (answered.text, answered.thinking, answered.error_sentence) == (answer, thinking, partial)
    assert answered.metadata == {"question": question, "answer": answer}


JSON = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(2**53), 2**53)
    | st.floats(allow_nan=False, allow_infinity=False)
    | WELL_FORMED,
    lambda children: st.lists(children, max_size=3) | st.dictionaries(WELL_FORMED, children, max_size=3),
    max_leaves=8,
)


@ON_A_DATABASE
@given(key=WELL_FORMED, value=JSON)
async def test_preferences_are_stored_exactly(database: Any, user_id: str, key: str, value: Any) -> None:
    preferences = PreferenceRepository(database)
    await preferences.set(user_id, key, value)
    assert (await preferences.get_all(user_id))[key] == value


async def test_an_answer_of_a_hundred_thousand_characters_is_stored_exactly(
    messages: MessageRepository, runs: RunRepository, user_id: str, ask: Ask
) -> None:
    text = "".join(HARD) * 800
    assert len(text) > 100_000
    turn = await ask(text="Tell me all")
    await runs.finish(turn.run_id, RunOutcome(StreamingStatus.COMPLETE, text))
    stored = await messages.get(user_id, turn.message_id)
    assert stored is not None
    assert stored.text == text
