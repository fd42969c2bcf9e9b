"""Questions that are longer than a glance: pasted code, whole files."""

import pytest
from playwright.sync_api import Locator, expect

from tests.e2e.chat_page import ChatPage
from tests.upstream import Script, Upstream

CODE = "\n".join(f"    total_{number} = sum(values[:{number}])" for number in range(20))
BOOK = "A river takes its time. " * 2084  # 50,000 characters
LONG_ANSWER = "\n\n".join(f"Paragraph {number} of a long answer." for number in range(60))
FOLDED_PIXELS = 300
SCROLLED = "document.querySelector('.transcript-scroll').scrollTop"
TWO_FRAMES = "new Promise(done => requestAnimationFrame(() => requestAnimationFrame(() => setTimeout(done, 100))))"


def ask(chat: ChatPage, upstream: Upstream, question: str, answer: str = "I have read it.") -> Locator:
    upstream.script("scripted", Script(text=answer))
    chat.ask(question)
    expect(chat.answer_text).to_contain_text(answer[-20:])
    chat.wait_until_answered()
    return chat.page.locator(".bubble").last


def height(of: Locator) -> float:
    box = of.bounding_box()
    assert box is not None
    return box["height"]


def test_twenty_lines_of_code_are_folded_and_unfolded_by_keyboard(chat: ChatPage, upstream: Upstream) -> None:
    bubble = ask(chat, upstream, CODE)
    more = bubble.get_by_role("button", name="Show more", expanded=False)
    expect(more).to_be_visible()
    assert height(bubble) < FOLDED_PIXELS
    assert "linear-gradient" in bubble.locator(".folded-text").evaluate("text => getComputedStyle(text).maskImage")
    more.press("Enter")
    less = bubble.get_by_role("button", name="Show less", expanded=True)
    expect(less).to_be_focused()
    assert height(bubble) > 20 * 24
    less.press("Space")
    expect(more).to_be_focused()
    assert height(bubble) < FOLDED_PIXELS


def test_a_short_question_has_nothing_to_unfold(chat: ChatPage, upstream: Upstream) -> None:
    bubble = ask(chat, upstream, "\n".join(CODE.splitlines()[:8]))
    assert height(bubble) > 8 * 24
    expect(bubble.get_by_role("button")).to_have_count(0)


@pytest.mark.parametrize("is_open", [False, True], ids=["folded", "unfolded"])
def test_the_wheel_over_a_long_question_scrolls_the_transcript(
    chat: ChatPage, upstream: Upstream, is_open: bool
) -> None:
    bubble = ask(chat, upstream, BOOK, LONG_ANSWER)
    bubble.scroll_into_view_if_needed()
    if is_open:
        bubble.get_by_role("button", name="Show more").click()
    bubble.evaluate("bubble => bubble.scrollIntoView({block: 'start', behavior: 'instant'})")
    bubble.hover(position={"x": 40, "y": 120})
    before = chat.page.evaluate(SCROLLED)
    chat.page.mouse.wheel(0, 200)
    chat.page.wait_for_function(f"before => {SCROLLED} >= before + 199", arg=before)


def test_unfolding_and_folding_leave_the_question_in_view(chat: ChatPage, upstream: Upstream) -> None:
    bubble = ask(chat, upstream, BOOK)
    bubble.get_by_role("button", name="Show more").click()
    expect(bubble.get_by_role("button", name="Show less")).to_be_attached()
    chat.page.evaluate(TWO_FRAMES)
    expect(bubble.get_by_role("button", name="Show less")).not_to_be_in_viewport()  # the page has not gone to the end

    bubble = ask(chat, upstream, BOOK, LONG_ANSWER)
    more, less = (bubble.get_by_role("button", name=name) for name in ("Show more", "Show less"))
    more.click()
    less.click()
    expect(more).to_be_in_viewport(ratio=1)
    expect(bubble).to_be_in_viewport(ratio=0.9)


def test_a_folded_question_is_copied_whole(chat: ChatPage, upstream: Upstream) -> None:
    bubble = ask(chat, upstream, CODE)
    expect(bubble.get_by_role("button", name="Show more")).to_be_visible()
    bubble.get_by_test_id("message-text").evaluate("text => getSelection().selectAllChildren(text)")
    chat.page.keyboard.press("Control+c")
    copied = str(chat.page.evaluate("navigator.clipboard.readText()"))
    assert copied.replace("\r", "") == CODE
