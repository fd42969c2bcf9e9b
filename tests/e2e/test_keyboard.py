"""The keyboard is always somewhere that makes sense."""

import pytest
from playwright.sync_api import Browser, BrowserContext, expect

from tests.app_server import AppServer
from tests.e2e.chat_page import ChatPage
from tests.upstream import Script, Upstream

TEXT = "A river begins as a trickle of melted snow, and ends as wide as a lake. " * 4


def test_the_sheet_of_conversations_is_used_by_keyboard_alone(browser: Browser, server: AppServer) -> None:
    page = browser.new_page(viewport={"width": 390, "height": 844})
    chat = ChatPage(page, server.url)
    chat.open()
    opener = page.get_by_role("button", name="Show the conversations")
    opener.press("Enter")
    closer = page.get_by_role("button", name="Close the conversations")
    expect(closer).to_be_focused()
    chat.composer.evaluate("field => field.focus()")
    expect(closer).to_be_focused()  # what is behind the sheet takes no keys
    page.keyboard.press("Escape")
    expect(opener).to_be_focused()
    expect(closer).to_be_hidden()
    page.close()


def test_a_phone_turned_with_the_sheet_open_is_usable_after_one_tap(browser: Browser, server: AppServer) -> None:
    page = browser.new_page(viewport={"width": 390, "height": 844})
    chat = ChatPage(page, server.url)
    chat.open()
    page.get_by_role("button", name="Show the conversations").click()
    expect(page.get_by_role("button", name="Close the conversations")).to_be_focused()
    page.set_viewport_size({"width": 900, "height": 500})
    page.mouse.click(600, 250)
    chat.composer.click()
    expect(chat.composer).to_be_focused()
    page.close()


def test_going_on_with_an_answer_gives_the_keyboard_to_the_composer(chat: ChatPage, upstream: Upstream) -> None:
    upstream.script("scripted", Script(text=TEXT, hold_after_chars=72))
    chat.ask("Begin.")
    expect(chat.answer_text).to_have_text(TEXT[:71])
    chat.page.keyboard.press("Escape")
    chat.wait_until_answered("interrupted")
    upstream.script("scripted", Script(text=TEXT[72:]))
    chat.answer.get_by_test_id("continue").press("Enter")
    expect(chat.composer).to_be_focused()
    chat.wait_until_answered()


def test_the_end_of_an_answer_takes_the_keyboard_from_nobody_but_who_lost_it(
    chat: ChatPage, upstream: Upstream
) -> None:
    upstream.script("scripted", Script(text=TEXT, hold_after_chars=72))
    chat.ask("Begin.")
    chat.pause.focus()
    upstream.release("scripted")
    chat.wait_until_answered()
    expect(chat.composer).to_be_focused()

    upstream.script("scripted", Script(text=TEXT, hold_after_chars=72))
    chat.ask("Again.")
    link = chat.page.get_by_test_id("new-chat")
    expect(chat.stop).to_be_visible()
    link.focus()
    upstream.release("scripted")
    chat.wait_until_answered()
    expect(link).to_be_focused()


def test_a_chat_chosen_by_keyboard_keeps_the_keyboard_while_it_opens(chat: ChatPage, upstream: Upstream) -> None:
    upstream.script("scripted", Script(text="Yes."))
    for title in ("Chosen by keyboard", "The one above"):
        chat.start_new()
        chat.ask(title)
        chat.wait_until_answered()
    line = chat.page.get_by_test_id("conversation").filter(has_text="Chosen by keyboard").first
    line.focus()
    chat.page.keyboard.press("Enter")
    chat.page.keyboard.press("Enter")
    expect(chat.messages.first).to_have_text("Chosen by keyboard")
    expect(line).to_have_attribute("aria-current", "page")
    expect(line).to_be_focused()


def test_a_row_that_moves_to_the_top_keeps_the_keyboard(
    chat: ChatPage, context: BrowserContext, server: AppServer, upstream: Upstream
) -> None:
    upstream.script("scripted", Script(text="Yes."))
    for title in ("The one that moves", "The one that was above"):
        chat.start_new()
        chat.ask(title)
        chat.wait_until_answered()
    lines = chat.page.get_by_test_id("conversation")
    line = lines.filter(has_text="The one that moves").first
    line.focus()
    other = ChatPage(context.new_page(), server.url)
    other.open(str(line.get_attribute("href")))
    other.ask("Up, please.")
    expect(lines.first).to_contain_text("The one that moves")
    expect(line).to_be_focused()
    other.wait_until_answered()
    other.page.close()


@pytest.mark.parametrize("key", ["Enter", "Escape"], ids=["Keep", "Esc"])
def test_who_keeps_a_chat_after_all_is_where_they_asked(chat: ChatPage, upstream: Upstream, key: str) -> None:
    upstream.script("scripted", Script(text="Yes."))
    chat.ask("Do not go")
    chat.wait_until_answered()
    delete = chat.page.get_by_role("button", name="Delete “Do not go”").first
    delete.focus()
    chat.page.keyboard.press("Enter")
    expect(chat.page.get_by_role("button", name="Keep")).to_be_focused()
    chat.page.keyboard.press(key)
    expect(delete).to_be_focused()
