"""Tables while they are written: where the cursor is, and what lies off screen."""

import base64
import re

import pytest
from playwright.sync_api import Locator, expect

from tests.e2e.chat_page import ChatPage
from tests.upstream import Script, Upstream

NARROW = "| River | Length | Sea |\n|---|---|---|\n| Loire | 1006 km | Atlantic |\n| Rhône | 812 km"
WIDE = "\n".join(
    ["|" + "|".join(f" Column {column} " for column in range(12)) + "|", "|" + "---|" * 12]
    + ["|" + "|".join(f" value {row}.{column} " for column in range(12)) + "|" for row in range(4)]
)
HAS_CURSOR = "cell => { const style = getComputedStyle(cell, '::after'); return style.content === '\"\"'; }"
EDGE = "wrapper => getComputedStyle(wrapper, '::after')"


def with_cursor(table: Locator) -> list[str]:
    return [cell.inner_text() for cell in table.locator("th, td").all() if cell.evaluate(HAS_CURSOR)]


def hold(chat: ChatPage, upstream: Upstream, text: str, last: str, rest: str) -> Locator:
    """Show a table that goes no further until the upstream is released."""
    upstream.script("scripted", Script(text=text + rest, hold_after_chars=len(text)))
    chat.ask("A table, please.")
    table = chat.answer_text.get_by_test_id("table")
    expect(table.locator("th, td", has_text=last)).to_be_visible()
    return table


def darkness(chat: ChatPage, table: Locator, from_right: int) -> int:
    """How dark the page is at the end of the table's first row, between the words and the line below."""
    box = table.locator("tbody tr").first.bounding_box()
    outer = table.bounding_box()
    assert box is not None
    assert outer is not None
    clip = {"x": outer["x"] + outer["width"] - from_right, "y": box["y"] + 3, "width": 1, "height": 1}
    png = base64.b64encode(chat.page.screenshot(clip=clip)).decode()  # pyright: ignore[reportArgumentType]
    return chat.page.evaluate(
        """async png => {
          const image = await createImageBitmap(await (await fetch(`data:image/png;base64,${png}`)).blob());
          const context = new OffscreenCanvas(1, 1).getContext("2d");
          context.drawImage(image, 0, 0);
          return 255 - context.getImageData(0, 0, 1, 1).data[1];
        }""",
        png,
    )


@pytest.mark.parametrize(
    ("text", "cell"),
    [(NARROW, "812 km"), (NARROW.partition("\n| L")[0] + "\n", "Sea"), (NARROW + " | North |\n", "North")],
    ids=["in a row", "after the header", "after a row"],
)
def test_the_cursor_is_in_the_cell_that_is_written(chat: ChatPage, upstream: Upstream, text: str, cell: str) -> None:
    table = hold(chat, upstream, text, cell, "\n\nDone.")
    assert with_cursor(table) == [cell]
    assert table.evaluate(f"wrapper => ({EDGE})(wrapper).visibility") == "hidden"  # nothing is off screen
    upstream.release("scripted")
    chat.wait_until_answered()
    assert with_cursor(table) == []


@pytest.mark.parametrize("motion", ["no-preference", "reduce"])
def test_a_table_wider_than_the_page_shows_that_columns_lie_off_screen(
    chat: ChatPage, upstream: Upstream, motion: str
) -> None:
    chat.page.emulate_media(reduced_motion=motion)  # pyright: ignore[reportArgumentType]
    table = hold(chat, upstream, WIDE + "\n| value 4.0 | value 4.1", "value 4.1", " |\n\nDone.")
    assert with_cursor(table) == ["value 4.1"]
    assert table.evaluate(f"wrapper => ({EDGE})(wrapper).visibility") == "visible"
    assert darkness(chat, table, from_right=5) > darkness(chat, table, from_right=60) + 8
    upstream.release("scripted")
    chat.wait_until_answered()
    assert table.evaluate(f"wrapper => ({EDGE})(wrapper).content") == "none"
    assert darkness(chat, table, from_right=5) > darkness(chat, table, from_right=60) + 8
    table.locator("> :last-child").evaluate("area => area.scrollTo({left: 9999, behavior: 'instant'})")
    expect(table.get_by_text("value 0.11")).to_be_in_viewport(ratio=0.9)
    assert darkness(chat, table, from_right=5) <= darkness(chat, table, from_right=60) + 1


FORMATS = re.compile("^(Markdown|CSV|TSV)$")
SHORT = "| River | What is known of its length |\n|---|---|\n| Loire | 1006 km |\n\nAfter it."
OVERLAP = """table => {
  const words = document.createRange();
  words.selectNodeContents(table.querySelector("th:last-child"));
  const button = table.querySelector("button").getBoundingClientRect();
  return Math.max(0, words.getBoundingClientRect().right - button.left);
}"""


def answered(chat: ChatPage, upstream: Upstream, text: str) -> Locator:
    upstream.script("scripted", Script(text=text))
    chat.composer.fill("A table, please.")
    chat.page.get_by_test_id("send").click()
    chat.wait_until_answered()
    return chat.answer_text.get_by_test_id("table").first


def test_a_menu_of_a_short_table_is_whole_and_goes_with_esc(chat: ChatPage, upstream: Upstream) -> None:
    table = answered(chat, upstream, f"{SHORT}\n\n{SHORT}")
    copy = table.get_by_role("button", name="Copy table", exact=True)
    for opener, formats in ((copy, 3), (table.get_by_role("button", name="Download table", exact=True), 2)):
        opener.click()
        items = table.get_by_role("button", name=FORMATS)
        expect(items).to_have_count(formats)
        for item in items.all():
            item.click(trial=True)  # nothing cuts it off or lies over it
        items.last.focus()
        chat.page.keyboard.press("Escape")
        expect(items).to_have_count(0)
        expect(opener).to_be_focused()


def test_esc_in_a_menu_of_a_table_stops_no_answer(chat: ChatPage, upstream: Upstream) -> None:
    answered(chat, upstream, SHORT)
    upstream.script("scripted", Script(text="One word. More to come.", hold_after_chars=9))
    chat.ask("And a word.")
    expect(chat.answer_text).to_have_text("One word.")
    table = chat.answers.first.get_by_test_id("table")
    table.get_by_role("button", name="Copy table", exact=True).click()
    chat.page.keyboard.press("Escape")
    expect(table.get_by_role("button", name=FORMATS)).to_have_count(0)
    upstream.release("scripted")
    chat.wait_until_answered("complete")


def test_the_words_of_an_open_menu_are_not_copied_with_a_table(chat: ChatPage, upstream: Upstream) -> None:
    table = answered(chat, upstream, SHORT)
    table.get_by_role("button", name="Copy table", exact=True).click()
    expect(table.get_by_text("TSV")).to_be_visible()
    chat.answer_text.evaluate("text => getSelection().selectAllChildren(text)")
    chat.page.keyboard.press("Control+c")
    copied = str(chat.page.evaluate("navigator.clipboard.readText()"))
    assert "1006 km" in copied
    assert "TSV" not in copied


def test_the_buttons_of_a_table_lie_over_no_words(chat: ChatPage, upstream: Upstream) -> None:
    text = f"| River | Where each of them comes to its end |\n|---|---|\n| {'The Loire and its arms. ' * 8} | The sea |"
    table = answered(chat, upstream, text)
    assert table.evaluate(OVERLAP) == 0


def test_the_buttons_of_a_table_are_there_where_nothing_hovers(phone: ChatPage, upstream: Upstream) -> None:
    table = answered(phone, upstream, SHORT)
    copy = table.get_by_role("button", name="Copy table", exact=True)
    assert table.locator(".table-actions").evaluate("actions => getComputedStyle(actions).opacity") == "1"
    actions, words = copy.bounding_box(), table.locator("th").last.bounding_box()
    assert actions is not None
    assert words is not None
    assert actions["y"] + actions["height"] <= words["y"]
    copy.tap()
    table.get_by_text("TSV").tap(trial=True)
