"""What a model thinks: a low box while it is written, and one line afterwards."""

import re
import sqlite3
from contextlib import closing

from playwright.sync_api import expect

from app.states.views import thought
from tests.app_server import AppServer
from tests.e2e import stored
from tests.e2e.chat_page import ChatPage
from tests.upstream import Script, Upstream

LINES = "\n\n".join(f"Thought number {number}, and a few words more." for number in range(40))
BOX_PIXELS = 154
FROM_END = """(details) => {
  const [box, last] = [details.querySelector(".thinking-text"), [...details.querySelectorAll("p")].at(-1)];
  return Math.abs(box.getBoundingClientRect().bottom - last.getBoundingClientRect().bottom);
}"""


def stored_label(server: AppServer) -> str:
    """What the page shall say of the newest answer's thinking."""
    return thought(stored.newest_facts(server)["thinking_ms"])


def test_a_low_box_follows_the_end_of_what_is_thought(chat: ChatPage, upstream: Upstream) -> None:
    upstream.script("scripted", Script(thinking=LINES, text="The sea.", hold_after_chars=0))
    chat.ask("Think.")
    thinking = chat.answer.get_by_test_id("thinking")
    expect(thinking).to_contain_text("Thought number 39, and a few words more.")
    expect(thinking.locator("summary")).to_have_text(re.compile(r"^Thinking \d s$"))
    box = thinking.locator(".thinking-text")
    assert box.evaluate("box => box.offsetHeight") == BOX_PIXELS
    assert thinking.evaluate(FROM_END) < 2
    assert "linear-gradient" in box.evaluate("box => getComputedStyle(box).maskImage")
    upstream.release("scripted")
    chat.wait_until_answered()
    expect(thinking).not_to_have_attribute("open", "")
    expect(box).to_be_hidden()


def test_short_thoughts_have_no_fade_over_them(chat: ChatPage, upstream: Upstream) -> None:
    upstream.script("scripted", Script(thinking="First, the snow.", text="The sea.", hold_after_chars=0))
    chat.ask("Think.")
    box = chat.answer.locator(".thinking-text")
    expect(box).to_have_text("First, the snow.")
    fade = "box => [getComputedStyle(box).maskSize, getComputedStyle(box).maskPosition, box.offsetHeight < 60]"
    assert box.evaluate(fade) == [f"100% {BOX_PIXELS}px", "50% 100%", True]  # a fade that begins far above it
    upstream.release("scripted")
    chat.wait_until_answered()


def test_the_line_says_how_long_it_took_and_says_the_same_after_a_reload(
    chat: ChatPage, upstream: Upstream, server: AppServer
) -> None:
    script = Script(thinking="Snow. " * 100, text="The sea, at last.", chars_per_second=300, hold_after_chars=5)
    upstream.script("scripted", script)
    chat.ask("Think.")
    expect(chat.answer_text).to_have_text("The s")
    line = chat.answer.get_by_test_id("thinking").locator("summary")
    expect(line).to_have_text(re.compile(r"^Thought for ([2-9]|\d\d) s$"))
    said = line.inner_text()
    chat.page.reload()
    chat.wait_until_ready()
    expect(line).to_have_text(said)
    upstream.release("scripted")
    chat.wait_until_answered()
    expect(line).to_have_text(said)
    chat.page.reload()
    chat.wait_until_ready()
    expect(chat.answer).to_have_attribute("data-status", "complete")
    expect(line).to_have_text(said)
    assert said == stored_label(server)


def test_thinking_that_was_stopped_says_how_long_it_took(chat: ChatPage, upstream: Upstream, server: AppServer) -> None:
    upstream.script("scripted", Script(thinking=LINES, text="The sea.", chars_per_second=400))
    chat.ask("Think.")
    thinking = chat.answer.get_by_test_id("thinking")
    expect(thinking).to_contain_text("Thought number 12")
    chat.stop.click()
    chat.wait_until_answered("interrupted")
    expect(thinking.locator("summary")).to_have_text(stored_label(server))


def test_thoughts_of_an_unknown_time_are_thoughts(chat: ChatPage, upstream: Upstream, server: AppServer) -> None:
    upstream.script("scripted", Script(thinking="First, the snow.", text="The sea."))
    chat.ask("Think.")
    chat.wait_until_answered()
    stored.wait_until_ended(server)
    with closing(sqlite3.connect(server.data_dir / "rivulet.db")) as database, database:
        database.execute("UPDATE message SET stream_metadata = '{}'")
    other = ChatPage(chat.page.context.new_page(), server.url)  # the first may still know what it has seen
    other.open(f"/c/{chat.conversation_id}")
    expect(other.answer.get_by_test_id("thinking").locator("summary")).to_have_text("Thoughts")


def test_the_line_unfolds_by_keyboard_and_has_a_chevron_of_ours(chat: ChatPage, upstream: Upstream) -> None:
    upstream.script("scripted", Script(thinking=LINES, text="The sea."))
    chat.ask("Think.")
    chat.wait_until_answered()
    thinking = chat.answer.get_by_test_id("thinking")
    summary = thinking.locator("summary")
    turned = "svg => getComputedStyle(svg).transform"
    assert summary.evaluate("summary => getComputedStyle(summary).display") == "flex"  # a list item has a triangle
    chat.page.wait_for_function(f"() => ({turned})(document.querySelector('.thinking svg')) === 'none'")
    summary.focus()
    summary.press("Enter")
    expect(thinking).to_have_attribute("open", "")
    expect(thinking.get_by_text("Thought number 0,")).to_be_visible()
    assert thinking.locator(".thinking-text").evaluate("box => box.offsetHeight") > BOX_PIXELS * 3
    chat.page.wait_for_function(
        "() => getComputedStyle(document.querySelector('.thinking svg')).transform.startsWith('matrix(0, 1, -1, 0')"
    )
    summary.press("Space")
    expect(thinking).not_to_have_attribute("open", "")


def test_who_lets_an_answer_be_continued_sees_that_the_model_thinks_again(chat: ChatPage, upstream: Upstream) -> None:
    upstream.script("scripted", Script(thinking="Snow first.", text="The river begins as snow.", hold_after_chars=10))
    chat.ask("Think.")
    expect(chat.answer_text).to_have_text("The river")
    chat.stop.click()
    chat.wait_until_answered("interrupted")
    again = Script(thinking="Where was I?", text=" begins as snow.", hold_after_chars=0)
    upstream.script("scripted", again)
    chat.answer.get_by_test_id("continue").click()
    thinking = chat.answer.get_by_test_id("thinking")
    expect(thinking).to_contain_text("Where was I?")
    expect(thinking.locator("summary")).to_have_text(re.compile(r"^Thinking \d+ s$"))
    expect(thinking.locator(".thinking-text")).to_be_visible()
    upstream.release("scripted")
    chat.wait_until_answered()
    expect(thinking.locator("summary")).to_have_text(re.compile("^Thought for"))
    expect(thinking.locator(".thinking-text")).to_be_hidden()


def test_earlier_thoughts_can_be_read_while_the_model_thinks(chat: ChatPage, upstream: Upstream) -> None:
    upstream.script("scripted", Script(thinking=LINES, text="The sea.", hold_after_chars=0))
    chat.ask("Think.")
    thinking = chat.answer.get_by_test_id("thinking")
    expect(thinking).to_contain_text("Thought number 39, and a few words more.")
    thinking.locator(".thinking-text").hover()
    chat.page.mouse.wheel(0, -10_000)
    expect(thinking.get_by_text("Thought number 0,")).to_be_in_viewport()
    upstream.release("scripted")
    chat.wait_until_answered()
