"""The settings over the chat: opening, closing, and what they do not disturb."""

import re
from collections.abc import Callable

from playwright.sync_api import expect

from tests.e2e.chat_page import ChatPage
from tests.e2e.settings_page import DEFAULTS, SettingsPage
from tests.upstream import Upstream

LINES = "".join(f"Line {number} of a long answer.\n\n" for number in range(120))


def test_the_settings_open_over_the_chat_and_esc_goes_back(chat: ChatPage, settings: SettingsPage) -> None:
    address = chat.page.url
    gear = chat.page.get_by_role("link", name="Settings")
    gear.focus()
    chat.page.keyboard.press("Enter")
    expect(chat.page.get_by_role("dialog", name="Settings")).to_be_visible()
    expect(chat.page).to_have_url(chat.url + "/settings")
    expect(chat.page).to_have_title("Settings · Rivulet")
    for key in DEFAULTS:
        expect(settings.control(key)).to_have_accessible_name(re.compile("^[A-Z]"))
        expect(settings.control(key)).to_have_accessible_description(re.compile(r"\.$"))
    chat.page.keyboard.press("Escape")
    expect(settings.dialog).to_be_hidden()
    expect(chat.page).to_have_url(address)
    expect(gear).to_be_focused()
    settings.open()
    chat.page.go_back()
    expect(settings.dialog).to_be_hidden()
    settings.open()
    chat.page.get_by_role("button", name="Close the settings").click()
    expect(settings.dialog).to_be_hidden()
    expect(chat.page).to_have_url(address)


def test_the_settings_open_again_however_fast(chat: ChatPage, settings: SettingsPage) -> None:
    for _ in range(10):
        settings.open()
        settings.close()


def test_the_settings_have_an_address_of_their_own(chat: ChatPage, settings: SettingsPage) -> None:
    chat.open("/settings")
    expect(settings.dialog).to_be_visible()
    settings.close()
    expect(chat.page).to_have_url(chat.url + "/")
    chat.wait_until_ready()


def test_an_answer_is_written_on_behind_the_settings(
    chat: ChatPage, settings: SettingsPage, held: Callable[..., None], upstream: Upstream
) -> None:
    held(LINES, 500)
    chat.ask("Go on.")
    expect(chat.answer_text).to_contain_text("Line 10")
    address = f"{chat.url}/c/{chat.conversation_id}"
    settings.open()
    upstream.release("scripted")
    expect(chat.answer).to_have_attribute("data-status", "complete")
    settings.close()
    expect(chat.page).to_have_url(address)
    expect(chat.answer_text).to_contain_text("Line 119")
    expect(chat.messages).to_have_count(2)


def test_esc_closes_the_settings_and_stops_nothing(
    chat: ChatPage, settings: SettingsPage, held: Callable[..., None], upstream: Upstream
) -> None:
    held("One two three.", 7)
    chat.ask("Count.")
    expect(chat.answer_text).to_have_text("One two")
    chat.wait_for_address()
    settings.open()
    settings.dialog.get_by_text("The colours of the page.").click()  # the focus is nowhere now
    settings.close()
    expect(chat.stop).to_be_visible()
    upstream.release("scripted")
    chat.wait_until_answered()
    expect(chat.answer_text).to_have_text("One two three.")


def test_a_speed_out_of_range_is_refused_in_words_and_the_field_shows_what_is_stored(settings: SettingsPage) -> None:
    settings.open()
    for wrong in ("4", "501", "", "1e3"):
        settings.choose("characters_per_second", wrong)
        expect(settings.trouble).to_contain_text("from 5 to 500")
        settings.expect("characters_per_second", "60")
    settings.choose("characters_per_second", "61")
    expect(settings.trouble).to_be_hidden()
    settings.expect("characters_per_second", "61")
