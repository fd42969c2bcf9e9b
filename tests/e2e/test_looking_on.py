"""One answer seen from several places, and several answers seen in turn."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, BrowserContext, expect

from tests.app_server import AppServer
from tests.e2e.chat_page import ChatPage
from tests.upstream import Script, Upstream

RIVER = "A river begins as a trickle of melted snow, and ends as wide as a lake. " * 40
WIND = "The wind that moves the dunes has crossed a sea and remembers its salt. " * 40


@pytest.fixture
def other_device(browser: Browser) -> Iterator[BrowserContext]:
    running = browser.new_context(viewport={"width": 390, "height": 844})
    yield running
    running.close()


def test_back_and_forward_between_two_answers_that_are_being_written(chat: ChatPage, upstream: Upstream) -> None:
    upstream.script("scripted", Script(text=RIVER, hold_after_chars=720), Script(text=WIND, hold_after_chars=720))
    chat.ask("The river?")
    expect(chat.answer_text).to_have_text(RIVER[:719])
    chat.start_new()
    chat.ask("The wind?")
    expect(chat.answer_text).to_have_text(WIND[:719])
    chat.wait_for_address()
    chat.page.go_back()
    expect(chat.messages).to_have_count(0)
    chat.page.go_back()
    expect(chat.answer_text).to_have_text(RIVER[:719])
    expect(chat.answer).to_have_attribute("data-status", "streaming")
    for _ in range(2):
        chat.page.go_forward()
    expect(chat.answer_text).to_have_text(WIND[:719])
    upstream.release("scripted")
    chat.wait_until_answered()
    expect(chat.answer_text).to_have_text(WIND.strip())
    for _ in range(2):
        chat.page.go_back()
    chat.wait_until_answered()
    expect(chat.answer_text).to_have_text(RIVER.strip())
    expect(chat.messages).to_have_count(2)


def test_two_devices_show_the_same_answer_and_either_may_go_on(
    chat: ChatPage, other_device: BrowserContext, server: AppServer, upstream: Upstream
) -> None:
    upstream.script("scripted", Script(text=RIVER, hold_after_chars=720), Script(text=WIND))
    chat.ask("The river?")
    expect(chat.answer_text).to_have_text(RIVER[:719])
    other = ChatPage(other_device.new_page(), server.url)
    other.open(f"/c/{chat.conversation_id}")
    expect(other.answer_text).to_have_text(RIVER[:719])
    upstream.release("scripted")
    for device in (chat, other):
        device.wait_until_answered()
        expect(device.answer_text).to_have_text(RIVER.strip())
    other.ask("The wind?")
    for device in (other, chat):
        expect(device.messages).to_have_count(4)
        device.wait_until_answered()
        expect(device.answer_text).to_have_text(WIND.strip())
