from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from app.persistence.conversations import ConversationRepository
from app.persistence.messages import MessageRepository, NewAnswer
from app.persistence.preferences import PreferenceRepository
from app.persistence.runs import RunRepository
from app.persistence.tables import new_id
from app.streaming.store import RunOutcome, StreamingStatus

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
async def test_messages_are_stored_exactly(
    messages: MessageRepository,
    runs: RunRepository,
    user_id: str,
    conversation_id: str,
    question: str,
    partial: str,
    answer: str,
    thinking: str,
) -> None:
    new = NewAnswer(new_id(), new_id(), "simulated", "poet", {"question": question})
    turn = await messages.add_turn(user_id, conversation_id, None, new_id(), question, new)
    assert turn is not None
    await runs.checkpoint(turn.run_id, partial, thinking)
    checkpoint = await runs.load(turn.run_id)
    assert checkpoint is not None
    assert (checkpoint.text, checkpoint.thinking) == (partial, thinking)
    outcome = RunOutcome(StreamingStatus.COMPLETE, answer, thinking, "code", partial, {"answer": answer})
    await runs.finish(turn.run_id, outcome)
    asked, answered = await messages.branch(user_id, conversation_id)
    assert asked.text == question
    assert (answered.text, answered.thinking, answered.error_sentence) == (answer, thinking, partial)
    assert answered.metadata == {"question": question, "answer": answer}


@ON_A_DATABASE
@given(title=WELL_FORMED, renamed=WELL_FORMED)
async def test_titles_are_stored_exactly(
    conversations: ConversationRepository, user_id: str, title: str, renamed: str
) -> None:
    made = await conversations.create(user_id, title, "m")
    assert made is not None
    assert made.title == title
    await conversations.rename(user_id, made.id, renamed)
    assert (await conversations.newest(user_id, limit=1))[0].title == renamed


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
    messages: MessageRepository, runs: RunRepository, user_id: str, conversation_id: str
) -> None:
    text = "".join(HARD) * 800
    assert len(text) > 100_000
    new = NewAnswer(new_id(), new_id(), "simulated", "poet")
    turn = await messages.add_turn(user_id, conversation_id, None, new_id(), "Tell me all", new)
    assert turn is not None
    await runs.finish(turn.run_id, RunOutcome(StreamingStatus.COMPLETE, text))
    stored = await messages.get(user_id, turn.assistant_message_id)
    assert stored is not None
    assert stored.text == text
