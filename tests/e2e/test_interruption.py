"""Stopping, reloading and looking on from elsewhere, in the browser."""

import pytest
from playwright.sync_api import BrowserContext, expect

from tests.app_server import AppServer
from tests.e2e.chat_page import ChatPage
from tests.upstream import Fault, FaultKind, Script, Upstream

TEXT = "A river begins as a trickle of melted snow, and ends as wide as a lake. " * 40


@pytest.mark.parametrize("how", ["button", "Escape"])
def test_stop_in_mid_answer_keeps_what_was_shown(chat: ChatPage, upstream: Upstream, how: str) -> None:
    upstream.script("scripted", Script(text=TEXT, hold_after_chars=72))
    chat.ask("Begin.")
    expect(chat.answer_text).to_have_text(TEXT[:71])
    if how == "button":
        chat.stop.click()
    else:
        chat.page.keyboard.press(how)
    chat.wait_until_answered("interrupted")
    upstream.wait_until(lambda: upstream.questions[-1].closed_by_client_at is not None)
    receipt = chat.answer.get_by_test_id("receipt")
    expect(receipt).to_contain_text("Stopped · 72 characters · upstream closed in")
    facts = receipt.locator("p")
    expect(facts).to_be_hidden()
    receipt.locator("summary").click()
    expect(facts).to_contain_text("72 characters · upstream closed in")
    chat.page.reload()
    chat.wait_until_ready()
    expect(chat.answer).to_have_attribute("data-status", "interrupted")
    expect(chat.answer_text).to_have_text(TEXT[:71])


def test_stop_before_the_first_character(chat: ChatPage, upstream: Upstream) -> None:
    upstream.script("scripted", Script(text=TEXT, hold_after_chars=0))
    chat.ask("Never mind.")
    expect(chat.answer.get_by_test_id("waiting")).to_be_visible()
    chat.stop.click()
    chat.wait_until_answered("interrupted")
    expect(chat.answer).to_contain_text("Stopped · before the first character")
    upstream.script("scripted", Script(text="Here I am."))
    chat.ask("Again.")
    chat.wait_until_answered()
    expect(chat.answer_text).to_have_text("Here I am.")


def test_reload_in_mid_answer_shows_all_so_far_and_goes_on(chat: ChatPage, upstream: Upstream) -> None:
    upstream.script("scripted", Script(text=TEXT, hold_after_chars=1440))
    chat.ask("Begin.")
    expect(chat.answer_text).to_have_text(TEXT[:1439])
    chat.page.reload()
    chat.wait_until_ready()
    expect(chat.answer_text).to_have_text(TEXT[:1439])
    expect(chat.answer).to_have_attribute("data-status", "streaming")
    expect(chat.stop).to_be_visible()
    upstream.release("scripted")
    chat.wait_until_answered()
    expect(chat.answer_text).to_have_text(TEXT.strip())


def test_a_second_tab_opened_in_mid_answer_follows_and_can_stop(
    chat: ChatPage, context: BrowserContext, server: AppServer, upstream: Upstream
) -> None:
    upstream.script("scripted", Script(text=TEXT, hold_after_chars=720))
    chat.ask("Begin.")
    expect(chat.answer_text).to_have_text(TEXT[:719])
    other = opened_tab(context, server, f"/c/{chat.conversation_id}")
    expect(other.answer_text).to_have_text(TEXT[:719])
    other.stop.click()
    for tab in (chat, other):
        tab.wait_until_answered("interrupted")
        expect(tab.answer_text).to_have_text(TEXT[:719])


def test_a_tab_that_is_open_already_sees_what_another_asks(
    chat: ChatPage, context: BrowserContext, server: AppServer, upstream: Upstream
) -> None:
    upstream.script("scripted", Script(text="First."))
    chat.ask("One?")
    chat.wait_until_answered()
    other = opened_tab(context, server, f"/c/{chat.conversation_id}")
    upstream.script("scripted", Script(text=TEXT, hold_after_chars=72))
    chat.ask("Two?")
    expect(other.messages).to_have_count(4)
    expect(other.answer_text).to_have_text(TEXT[:71])
    upstream.release("scripted")
    for tab in (chat, other):
        tab.wait_until_answered()
        expect(tab.answer_text).to_have_text(TEXT.strip())
    expect(other.page.get_by_test_id("conversation").first).to_contain_text("One?")


def test_going_to_another_chat_and_back_loses_nothing(chat: ChatPage, upstream: Upstream) -> None:
    upstream.script("scripted", Script(text=TEXT, hold_after_chars=720))
    chat.ask("The long one")
    expect(chat.answer_text).to_have_text(TEXT[:719])
    chat.start_new()
    line = chat.page.get_by_test_id("conversation").filter(has_text="The long one")
    expect(line.locator(".writing-mark").first).to_be_visible()
    line.first.click()
    expect(chat.answer_text).to_have_text(TEXT[:719])
    upstream.release("scripted")
    chat.wait_until_answered()
    expect(chat.answer_text).to_have_text(TEXT.strip())
    expect(line.first.locator(".writing-mark")).to_have_count(0)


def test_stopping_gives_the_keyboard_back_to_the_composer(chat: ChatPage, upstream: Upstream) -> None:
    upstream.script("scripted", Script(text=TEXT, hold_after_chars=72))
    chat.ask("Begin.")
    chat.stop.click()
    chat.wait_until_answered("interrupted")
    expect(chat.composer).to_be_focused()


def test_stopping_gives_it_back_where_a_click_gives_a_button_no_keyboard(chat: ChatPage, upstream: Upstream) -> None:
    """As in Safari, which takes the keyboard from the field, too."""
    upstream.script("scripted", Script(text=TEXT, hold_after_chars=72))
    chat.ask("Begin.")
    expect(chat.answer_text).to_have_text(TEXT[:71])
    chat.stop.evaluate(
        "stop => stop.addEventListener('mousedown', (event) => {"
        " event.preventDefault(); document.activeElement.blur(); })"
    )
    chat.stop.click()
    chat.wait_until_answered("interrupted")
    expect(chat.composer).to_be_focused()


def test_a_failed_answer_can_be_tried_again(chat: ChatPage, upstream: Upstream) -> None:
    fault = Fault(FaultKind.STATUS, status=401)  # one that no further request would cure
    upstream.script("scripted", Script(fault=fault), Script(text="Now it works."))
    chat.ask("Try.")
    chat.wait_until_answered("failed")
    chat.answer.get_by_test_id("retry").click()
    chat.wait_until_answered()
    expect(chat.answer_text).to_have_text("Now it works.")
    expect(chat.messages).to_have_count(2)


def test_an_answer_can_be_asked_for_again(chat: ChatPage, upstream: Upstream) -> None:
    upstream.script("scripted", Script(text="First."), Script(text="Second."))
    chat.ask("Which?")
    chat.wait_until_answered()
    chat.answer.get_by_test_id("regenerate").click()
    expect(chat.answer_text).to_have_text("Second.")
    chat.wait_until_answered()
    chat.page.reload()
    chat.wait_until_ready()
    expect(chat.answer_text).to_have_text("Second.")
    expect(chat.messages).to_have_count(2)


def opened_tab(context: BrowserContext, server: AppServer, path: str) -> ChatPage:
    tab = ChatPage(context.new_page(), server.url)
    tab.open(path)
    return tab
