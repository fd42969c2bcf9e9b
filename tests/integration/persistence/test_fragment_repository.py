import pytest

from app.fragments.extraction import CodeBlock, blocks_of
from app.fragments.limits import MAX_FRAGMENTS, MAX_VERSIONS
from app.fragments.naming import is_automatic
from app.persistence.conversations import ConversationRepository
from app.persistence.database import Database
from app.persistence.errors import FragmentChanged, FragmentNameTaken, FragmentRefused
from app.persistence.fragments import FragmentRepository
from app.persistence.preferences import PreferenceRepository
from app.persistence.runs import RunRepository
from app.persistence.turns import BegunTurn, NewAnswer, TurnRepository
from app.streaming.store import Piece, RunOutcome, StreamingStatus
from tests.integration.persistence.conftest import Ask, Make

COMPLETE, INTERRUPTED, STREAMING = StreamingStatus.COMPLETE, StreamingStatus.INTERRUPTED, StreamingStatus.STREAMING
PAGE = "<p>\n" * 15
APP = '```python title="app.py"\nprint(1)\n```\n'


@pytest.fixture
def fragments(database: Database) -> FragmentRepository:
    return FragmentRepository(database)


def never(_: CodeBlock) -> bool:
    return False


async def end(runs: RunRepository, turn: BegunTurn, text: str, status: StreamingStatus = COMPLETE) -> None:
    await runs.begin(turn.run_id)
    await runs.finish(turn.run_id, RunOutcome(status, text))


async def test_an_answer_that_ends_leaves_its_fragments(
    fragments: FragmentRepository, runs: RunRepository, ask: Ask, user_id: str, conversation_id: str
) -> None:
    turn = await ask()
    await end(runs, turn, f"Here:\n{APP}and\n```bash\nls\n```\n```html\n{PAGE}```")
    first, second = await fragments.of_conversation(user_id, conversation_id)
    assert (first.name, first.language, first.kind) == ("app.py", "python", "python")
    assert (second.name, second.language, second.kind) == ("Page", "html", "html")
    assert [card.place for card in await fragments.cards(user_id, [turn.message_id])] == [0, 2]
    assert await fragments.content(user_id, first.id, 1) == "print(1)\n"
    assert await fragments.content(user_id, second.id, 1) == PAGE
    assert [version.status for version in second.versions] == [COMPLETE]


async def test_the_same_name_in_one_conversation_is_the_next_version(
    fragments: FragmentRepository, runs: RunRepository, ask: Ask, make: Make, user_id: str, conversation_id: str
) -> None:
    one = await ask()
    await end(runs, one, APP)
    two = await ask(one.message_id)
    await end(runs, two, APP.replace("1", "2") + APP.replace("1", "3"))
    elsewhere = await ask(conversation_id=await make())
    await end(runs, elsewhere, APP)
    [fragment] = await fragments.of_conversation(user_id, conversation_id)
    assert [(version.number, version.message_id) for version in fragment.versions] == [
        (1, one.message_id),
        (2, two.message_id),
        (3, two.message_id),
    ]
    assert await fragments.content(user_id, fragment.id, 3) == "print(3)\n"


async def test_nameless_ones_are_named_apart(
    fragments: FragmentRepository, runs: RunRepository, ask: Ask, user_id: str, conversation_id: str
) -> None:
    long = "```python\n" + "x = 1\n" * 15 + "```\n"
    await end(runs, await ask(), long + long)
    assert [one.name for one in await fragments.of_conversation(user_id, conversation_id)] == ["Python", "Python 2"]


async def test_a_version_is_there_while_it_is_written(
    fragments: FragmentRepository, runs: RunRepository, ask: Ask, user_id: str
) -> None:
    turn = await ask()
    await runs.begin(turn.run_id)
    text = f"{APP}```css title=a.css\np {{}}\n"
    one, two = await fragments.keep(user_id, turn.message_id, blocks_of(text), is_automatic)
    assert (one.status, two.status) == (COMPLETE, STREAMING)
    assert await fragments.content(user_id, one.fragment_id, 1) == "print(1)\n"
    assert await fragments.content(user_id, two.fragment_id, 1) == ""
    await runs.finish(turn.run_id, RunOutcome(INTERRUPTED, text))
    assert await fragments.content(user_id, two.fragment_id, 1) == "p {}\n"
    cards = await fragments.cards(user_id, [turn.message_id])
    assert [(card.number, card.status) for card in cards] == [(1, COMPLETE), (1, INTERRUPTED)]


async def test_what_was_read_before_the_end_takes_nothing_from_what_is_stored(
    fragments: FragmentRepository, runs: RunRepository, ask: Ask, user_id: str
) -> None:
    turn = await ask()
    await runs.begin(turn.run_id)
    read_so_far = blocks_of("```css title=a.css\np {}\n")
    await runs.finish(turn.run_id, RunOutcome(COMPLETE, "```css title=a.css\np {}\na {}\n```"))
    [card] = await fragments.keep(user_id, turn.message_id, read_so_far, is_automatic)
    assert (card.lines, card.status) == (2, COMPLETE)
    assert await fragments.content(user_id, card.fragment_id, 1) == "p {}\na {}\n"


async def test_continuing_goes_on_in_the_same_version(
    fragments: FragmentRepository, runs: RunRepository, turns: TurnRepository, ask: Ask, user_id: str
) -> None:
    turn = await ask()
    begun = "```css title=a.css\np {}\n"
    await end(runs, turn, begun, INTERRUPTED)
    answer = NewAnswer(turn.message_id, "f" * 32, "simulated", "poet")
    assert await turns.continue_answer(user_id, turn.conversation_id, begun, answer)
    [card] = await fragments.keep(user_id, turn.message_id, blocks_of(begun), is_automatic)
    assert card.status is STREAMING
    await runs.finish(answer.run_id, RunOutcome(COMPLETE, f"{begun}a {{}}\n```"))
    [card] = await fragments.cards(user_id, [turn.message_id])
    assert (card.number, card.lines, card.status) == (1, 2, COMPLETE)
    assert await fragments.content(user_id, card.fragment_id, 1) == "p {}\na {}\n"


async def test_what_a_killed_process_leaves_is_interrupted(
    fragments: FragmentRepository, runs: RunRepository, ask: Ask, user_id: str
) -> None:
    turn = await ask()
    await runs.begin(turn.run_id)
    await runs.checkpoint(turn.run_id, Piece(0, "```js title=a.js\nlet"), Piece(0, ""))
    await fragments.keep(user_id, turn.message_id, blocks_of("```js title=a.js\nx\n"), is_automatic)
    await runs.recover()
    [card] = await fragments.cards(user_id, [turn.message_id])
    assert card.status is INTERRUPTED
    assert await fragments.content(user_id, card.fragment_id, 1) == "let"


async def test_one_who_switched_them_off_makes_them_by_hand(
    database: Database, fragments: FragmentRepository, runs: RunRepository, ask: Ask, user_id: str
) -> None:
    await PreferenceRepository(database).set(user_id, "automatic_fragments", False)
    turn = await ask()
    text = f"{APP}```\nplain\n```"
    await end(runs, turn, text)
    assert await fragments.cards(user_id, [turn.message_id]) == ()
    [card] = await fragments.keep(user_id, turn.message_id, blocks_of(text), lambda block: block.place == 1)
    assert (card.name, card.place, card.status) == ("Text", 1, COMPLETE)


async def test_other_people_see_and_change_nothing(
    fragments: FragmentRepository, runs: RunRepository, ask: Ask, user_id: str, stranger_id: str, conversation_id: str
) -> None:
    turn = await ask()
    await end(runs, turn, APP)
    [fragment] = await fragments.of_conversation(user_id, conversation_id)
    assert await fragments.of_conversation(stranger_id, conversation_id) == ()
    assert await fragments.get(stranger_id, fragment.id) is None
    assert await fragments.content(stranger_id, fragment.id, 1) is None
    assert await fragments.cards(stranger_id, [turn.message_id]) == ()
    assert await fragments.keep(stranger_id, turn.message_id, blocks_of(APP), is_automatic) == ()
    assert await fragments.add_version(stranger_id, fragment.id, "x", 1) is None
    assert not await fragments.rename(stranger_id, fragment.id, "x")
    assert await fragments.search(stranger_id, "app", 10) == ()


async def test_the_user_writes_versions_of_their_own(
    fragments: FragmentRepository, runs: RunRepository, ask: Ask, user_id: str, conversation_id: str
) -> None:
    turn = await ask()
    await end(runs, turn, APP)
    [fragment] = await fragments.of_conversation(user_id, conversation_id)
    head = await fragments.add_version(user_id, fragment.id, "print(2)\nend", 1)
    assert head
    assert (head.number, head.lines, head.is_users, head.message_id) == (2, 2, True, turn.message_id)
    with pytest.raises(FragmentChanged):
        await fragments.add_version(user_id, fragment.id, "another tab's", 1)
    following = await ask(turn.message_id)
    assert following.edits == ((turn.message_id, "app.py", "python", "print(2)\nend"),)
    assert following.made == (("app.py", 2),)
    assert [card.number for card in await fragments.cards(user_id, [turn.message_id])] == [1]


async def test_a_name_is_one_fragments_in_a_conversation(
    fragments: FragmentRepository, runs: RunRepository, ask: Ask, user_id: str, conversation_id: str
) -> None:
    await end(runs, await ask(), APP + APP.replace("app.py", "b.py"))
    one, two = await fragments.of_conversation(user_id, conversation_id)
    with pytest.raises(FragmentNameTaken):
        await fragments.rename(user_id, one.id, "b.py")
    assert await fragments.rename(user_id, one.id, "c.py")
    renamed = await fragments.get(user_id, one.id)
    assert renamed
    assert (renamed.name, len(renamed.versions)) == ("c.py", 1)
    assert await fragments.rename(user_id, two.id, "b.py")


async def test_searching_finds_all_words_newest_first(
    fragments: FragmentRepository, runs: RunRepository, ask: Ask, make: Make, user_id: str
) -> None:
    for name in ("Snake game.py", "snake.css", "100%.js", "game_over.py"):
        await end(runs, await ask(conversation_id=await make()), APP.replace("app.py", name))

    async def found(words: str, **more: object) -> list[str]:
        return [one.name for one in await fragments.search(user_id, words, 10, **more)]  # pyright: ignore[reportArgumentType]

    assert await found("") == ["game_over.py", "100%.js", "snake.css", "Snake game.py"]
    assert await found("GAME py") == ["game_over.py", "Snake game.py"]
    assert await found("%") == ["100%.js"]
    assert await found("_") == ["game_over.py"]
    first = (await fragments.search(user_id, "", 1))[0]
    assert await found("", before=first.cursor) == ["100%.js", "snake.css", "Snake game.py"]


async def test_fragments_go_with_their_conversation(
    fragments: FragmentRepository,
    conversations: ConversationRepository,
    runs: RunRepository,
    ask: Ask,
    user_id: str,
    conversation_id: str,
) -> None:
    await end(runs, await ask(), APP)
    await conversations.delete(user_id, conversation_id)
    assert await fragments.search(user_id, "", 10) == ()


async def test_what_is_too_large_stays_in_its_message(
    fragments: FragmentRepository, runs: RunRepository, ask: Ask, user_id: str
) -> None:
    turn = await ask()
    await runs.begin(turn.run_id)
    beginning = "```js title=a.js\nx\n"
    assert await fragments.keep(user_id, turn.message_id, blocks_of(beginning), is_automatic)
    text = beginning + "ü" * 500_001 + "\n```"
    await runs.finish(turn.run_id, RunOutcome(COMPLETE, text))
    assert await fragments.search(user_id, "", 10) == ()
    with pytest.raises(FragmentRefused, match="1 MB"):
        await fragments.keep(user_id, turn.message_id, blocks_of(text), is_automatic, is_asked=True)


async def test_versions_and_fragments_have_a_bound(
    fragments: FragmentRepository, runs: RunRepository, ask: Ask, user_id: str, conversation_id: str
) -> None:
    turn = await ask()
    await end(runs, turn, APP * (MAX_VERSIONS + 1))
    [fragment] = await fragments.of_conversation(user_id, conversation_id)
    assert len(fragment.versions) == MAX_VERSIONS
    with pytest.raises(FragmentRefused, match="500 versions"):
        await fragments.add_version(user_id, fragment.id, "x", MAX_VERSIONS)
    other = await ask(turn.message_id)
    await end(runs, other, "".join(APP.replace("app", f"app{number}") for number in range(MAX_FRAGMENTS)))
    assert len(await fragments.of_conversation(user_id, conversation_id)) == MAX_FRAGMENTS
    text = APP.replace("app", "one_more")
    last = await ask(other.message_id)
    await end(runs, last, text)
    with pytest.raises(FragmentRefused, match="200 fragments"):
        await fragments.keep(user_id, last.message_id, blocks_of(text), is_automatic, is_asked=True)


async def test_an_answer_without_code_asks_the_database_nothing_more(
    runs: RunRepository, ask: Ask, statements: list[str]
) -> None:
    turn = await ask()
    await end(runs, turn, "Plain words.")
    assert not [statement for statement in statements if "fragment" in statement]
