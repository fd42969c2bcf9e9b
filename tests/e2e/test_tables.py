"""Tables while they are written: where the cursor is, and what lies off screen."""

import base64

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
