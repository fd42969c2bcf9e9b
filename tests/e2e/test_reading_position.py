"""The reader's place in a conversation: theirs to leave, and kept when they come back."""

import pytest
from playwright.sync_api import Locator, Route, expect

from tests.e2e.chat_page import ChatPage
from tests.upstream import Script, Upstream

LONG = "\n\n".join(f"Paragraph {number} of a long answer. " + "It has some words. " * 12 for number in range(60))
PLACE = "Paragraph 30 of"


def scroller(chat: ChatPage) -> Locator:
    return chat.page.locator(".transcript-scroll")


def top_of(chat: ChatPage, text: str) -> float:
    box = chat.page.get_by_text(text).bounding_box()
    assert box is not None
    return box["y"]


def ask_long(chat: ChatPage, upstream: Upstream) -> None:
    upstream.script("scripted", Script(text=LONG), Script(text="Yes."))
    chat.ask("The long one")
    chat.wait_until_answered()
    expect(chat.page.get_by_text("Paragraph 59 of")).to_be_in_viewport()


def scroll_to_the_middle(chat: ChatPage) -> float:
    chat.page.get_by_text(PLACE).evaluate("paragraph => paragraph.scrollIntoView({block: 'center'})")
    expect(chat.page.get_by_test_id("scroll-to-end")).to_be_visible()
    chat.page.wait_for_function(
        "() => { const area = document.querySelector('.transcript-scroll'); const before = area.scrollTop;"
        " return new Promise(done => setTimeout(() => done(area.scrollTop === before), 300)); }"
    )
    return top_of(chat, PLACE)


def test_back_leads_to_where_one_was(chat: ChatPage, upstream: Upstream) -> None:
    ask_long(chat, upstream)
    chat.start_new()
    chat.ask("The other one")
    chat.wait_until_answered()
    chat.page.get_by_test_id("conversation").filter(has_text="The long one").first.click()
    expect(chat.page.get_by_text("Paragraph 59 of")).to_be_in_viewport()
    before = scroll_to_the_middle(chat)
    chat.page.get_by_test_id("conversation").filter(has_text="The other one").first.click()
    expect(chat.answer_text).to_have_text("Yes.")
    chat.page.go_back()
    expect(chat.page.get_by_text(PLACE)).to_be_in_viewport()
    assert abs(top_of(chat, PLACE) - before) < 40
    chat.page.go_forward()
    expect(chat.answer_text).to_have_text("Yes.")
    chat.page.get_by_test_id("conversation").filter(has_text="The long one").first.click()
    expect(chat.page.get_by_text("Paragraph 59 of")).to_be_in_viewport()


def test_a_reload_leads_to_where_one_was(chat: ChatPage, upstream: Upstream) -> None:
    ask_long(chat, upstream)
    before = scroll_to_the_middle(chat)
    chat.page.reload()
    chat.wait_until_ready()
    expect(chat.page.get_by_text(PLACE)).to_be_in_viewport()
    assert abs(top_of(chat, PLACE) - before) < 40


def test_whoever_selects_words_is_not_carried_away(chat: ChatPage, upstream: Upstream) -> None:
    held = LONG.index("Paragraph 40")
    upstream.script("scripted", Script(text=LONG, hold_after_chars=held))
    chat.ask("The long one")
    chosen = chat.page.get_by_text("Paragraph 39 of")
    expect(chosen).to_be_in_viewport()
    chosen.dblclick(position={"x": 12, "y": 12})
    chat.page.wait_for_function("String(getSelection()).trim() === 'Paragraph'")
    before = top_of(chat, "Paragraph 39 of")
    upstream.release("scripted")
    chat.wait_until_answered()
    assert abs(top_of(chat, "Paragraph 39 of") - before) < 4
    chat.page.get_by_test_id("scroll-to-end").click()
    expect(chat.page.get_by_text("Paragraph 59 of")).to_be_in_viewport()


SELECTED = "String(getSelection()).trim()"


def test_selected_words_stay_so_while_their_paragraph_grows_and_when_the_answer_ends(
    chat: ChatPage, upstream: Upstream
) -> None:
    text = "Water finds its way. " * 200
    upstream.script("scripted", Script(text=text, chars_per_second=400, hold_after_chars=42))
    chat.ask("Go.")
    expect(chat.answer_text).to_have_text(text[:41])
    chat.answer_text.locator("p").dblclick(position={"x": 20, "y": 12})
    chat.page.wait_for_function(f"{SELECTED} === 'Water'")
    upstream.release("scripted")
    chat.page.wait_for_function(f"document.querySelector('.markdown').innerText.length > 400 && {SELECTED} === 'Water'")
    chat.wait_until_answered()
    assert chat.page.evaluate(SELECTED) == "Water"


def test_what_is_not_selected_any_more_does_not_come_back_when_the_answer_goes_on(
    phone: ChatPage, upstream: Upstream
) -> None:
    """On a touch screen, where the field does not take the keyboard then."""
    first, rest = "Water finds its way. Water ", "goes down to the sea. It waits there."
    upstream.script(
        "scripted",
        Script(text=first, stop_reason="max_tokens", hold_after_chars=20),
        Script(text=rest, hold_after_chars=10),
    )
    phone.composer.fill("Go.")
    phone.page.get_by_test_id("send").click()
    expect(phone.answer_text).to_have_text(first[:20])
    phone.answer_text.locator("p").dblclick(position={"x": 20, "y": 12})
    phone.page.wait_for_function(f"{SELECTED} === 'Water'")
    upstream.release("scripted")
    phone.wait_until_answered()
    phone.page.evaluate("getSelection().removeAllRanges()")
    phone.answer.get_by_test_id("continue").click()
    expect(phone.answer_text).to_contain_text("sea. It waits there.")
    assert phone.page.evaluate(SELECTED) == ""


def test_who_has_left_the_field_to_read_is_not_led_back_at_the_end_of_the_answer(
    chat: ChatPage, upstream: Upstream
) -> None:
    upstream.script("scripted", Script(text=LONG, hold_after_chars=LONG.index("Paragraph 40")))
    chat.ask("The long one")
    chat.page.get_by_text("Paragraph 39 of").click()
    expect(chat.composer).not_to_be_focused()
    chat.composer.evaluate(
        "field => { window.isTold = new Promise((told) => field.addEventListener('lostfocus', told, { once: true })); }"
    )
    upstream.release("scripted")
    chat.wait_until_answered()
    chat.page.evaluate("window.isTold.then(() => true)")
    chat.page.keyboard.press("x")
    expect(chat.composer).to_have_value("")


@pytest.mark.parametrize("late_ms", [500, 2500])
def test_a_reload_leads_there_however_late_that_comes_which_shows_text(
    chat: ChatPage, upstream: Upstream, late_ms: int
) -> None:
    ask_long(chat, upstream)
    before = scroll_to_the_middle(chat)
    held = list[Route]()

    def hold(route: Route) -> None:
        held.append(route)

    chat.page.route("**/assets/markdown-*.js", hold)
    chat.page.reload()
    chat.wait_until_ready()
    expect(chat.messages).to_have_count(2)
    chat.page.wait_for_timeout(late_ms)
    for route in held:
        route.continue_()
    expect(chat.page.get_by_text(PLACE)).to_be_in_viewport()
    assert abs(top_of(chat, PLACE) - before) < 40


def test_the_keyboard_scrolls_after_the_way_to_the_end(chat: ChatPage, upstream: Upstream) -> None:
    ask_long(chat, upstream)
    scroll_to_the_middle(chat)
    way = chat.page.get_by_test_id("scroll-to-end")
    way.press("Enter")
    expect(way).to_have_count(0)
    expect(scroller(chat)).to_be_focused()
    for _ in range(20):  # what is laid out late scrolls back to the end
        chat.page.keyboard.press("PageUp")
        chat.page.wait_for_timeout(200)
        if way.is_visible():
            break
    expect(way).to_be_visible()
