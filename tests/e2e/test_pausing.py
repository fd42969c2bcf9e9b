"""Freezing what is shown while the answer is written on."""

import pytest
from playwright.sync_api import BrowserContext, expect

from tests.app_server import AppServer
from tests.e2e import stored
from tests.e2e.chat_page import ChatPage
from tests.upstream import Script, Upstream

TEXT = "A river begins as a trickle of melted snow, and ends as wide as a lake. " * 40


def paused(chat: ChatPage, upstream: Upstream, how: str = "button") -> None:
    """Ask, and look away after 719 characters."""
    upstream.script("scripted", Script(text=TEXT, hold_after_chars=720))
    chat.ask("Begin.")
    expect(chat.answer_text).to_have_text(TEXT[:719])
    if how == "button":
        chat.pause.click()
    else:
        chat.page.keyboard.press(how)
    expect(chat.pause).to_have_attribute("aria-pressed", "true")


@pytest.mark.parametrize("how", ["button", "Alt+p"])
def test_a_paused_display_stands_still_while_the_answer_is_written_to_its_end(
    chat: ChatPage, server: AppServer, upstream: Upstream, how: str
) -> None:
    paused(chat, upstream, how)
    upstream.release("scripted")
    stored.wait_until_ended(server)
    expect(chat.answer_text).to_have_text(TEXT[:719])
    if how == "button":
        chat.pause.click()
    else:
        chat.page.keyboard.press(how)
    chat.wait_until_answered()
    expect(chat.answer_text).to_have_text(TEXT.strip())
    expect(chat.pause).to_have_count(0)


def test_a_display_that_goes_on_follows_live_again(chat: ChatPage, upstream: Upstream) -> None:
    paused(chat, upstream)
    chat.pause.click()
    expect(chat.pause).to_have_attribute("aria-pressed", "false")
    upstream.release("scripted")
    chat.wait_until_answered()
    expect(chat.answer_text).to_have_text(TEXT.strip())


def test_stop_ends_the_pause_and_shows_all_there_is(chat: ChatPage, upstream: Upstream) -> None:
    paused(chat, upstream)
    chat.page.keyboard.press("Escape")
    chat.wait_until_answered("interrupted")
    expect(chat.answer_text).to_have_text(TEXT[:719])


def test_hasty_clicks_count_one_by_one(chat: ChatPage, upstream: Upstream) -> None:
    paused(chat, upstream)
    chat.pause.evaluate("button => { button.click(); button.click(); button.click(); button.click(); }")
    expect(chat.pause).to_have_attribute("aria-pressed", "true")
    upstream.release("scripted")
    chat.pause.click()
    chat.wait_until_answered()
    expect(chat.answer_text).to_have_text(TEXT.strip())


def test_a_pause_outlives_a_reload(chat: ChatPage, upstream: Upstream) -> None:
    paused(chat, upstream)
    chat.page.reload()
    chat.wait_until_ready()
    expect(chat.answer_text).to_have_text(TEXT[:719])
    expect(chat.pause).to_have_attribute("aria-pressed", "true")
    upstream.release("scripted")
    chat.pause.click()
    chat.wait_until_answered()
    expect(chat.answer_text).to_have_text(TEXT.strip())


def test_a_paused_tab_follows_what_another_has_begun_meanwhile(
    chat: ChatPage, context: BrowserContext, server: AppServer, upstream: Upstream
) -> None:
    paused(chat, upstream)
    other = ChatPage(context.new_page(), server.url)
    other.open(f"/c/{chat.conversation_id}")
    other.stop.click()
    other.wait_until_answered("interrupted")
    upstream.script("scripted", Script(text=TEXT[720:], hold_after_chars=720))
    other.answer.get_by_test_id("continue").click()
    for tab in (other, chat):
        expect(tab.answer_text).to_have_text(TEXT[:1439], timeout=30_000)
        expect(tab.pause).to_have_attribute("aria-pressed", "false")
    upstream.release("scripted")
    for tab in (other, chat):
        tab.wait_until_answered()
        expect(tab.answer_text).to_have_text(TEXT.strip())
    other.page.close()
