"""Preferences of how the model is asked, from the next message on."""

import re

from playwright.sync_api import expect

from tests.app_server import AppServer
from tests.e2e.chat_page import ChatPage
from tests.e2e.preferences.records import asked_with, roads
from tests.e2e.settings_page import SettingsPage
from tests.upstream import Script, Upstream


def test_the_mode_is_switched_beside_the_composer_for_the_next_message(
    chat: ChatPage, settings: SettingsPage, other: ChatPage, server: AppServer, upstream: Upstream
) -> None:
    upstream.script("scripted", Script(text="Yes."))
    toggle, other_toggle = (tab.page.get_by_test_id("mode-toggle") for tab in (chat, other))
    expect(toggle).to_have_text("Streaming")
    expect(toggle).to_be_checked()
    toggle.click()
    for shown in (toggle, other_toggle):
        expect(shown).to_have_text("Whole answer")
        expect(shown).not_to_be_checked()
    other.ask("Whole, please.")
    other.wait_until_answered()
    assert roads(server)[-1] == "traditional"
    settings.open()
    settings.expect("mode", "traditional")
    settings.choose("mode", "streaming")
    expect(other_toggle).to_have_text("Streaming")
    other.ask("And this one streamed.")
    expect(other.messages).to_have_count(4)
    other.wait_until_answered()
    assert roads(server)[-1] == "streamed"


def test_enter_breaks_the_line_when_ctrl_enter_sends(
    chat: ChatPage, settings: SettingsPage, other: ChatPage, upstream: Upstream
) -> None:
    upstream.script("scripted", Script(text="Two lines."))
    expect(other.page.get_by_role("button", name="Send")).to_have_attribute("title", "Send (Enter)")
    settings.prefer("send_key", "mod_enter")
    expect(other.page.get_by_role("button", name="Send")).to_have_attribute("title", re.compile(r"Ctrl\+Enter"))
    other.composer.press_sequentially("line one")
    other.composer.press("Enter")
    other.composer.press_sequentially("line two")
    expect(other.composer).to_have_value("line one\nline two")
    expect(other.messages).to_have_count(0)
    other.composer.press("Control+Enter")
    other.wait_until_answered()
    expect(other.composer).to_have_value("")
    expect(other.messages.first.get_by_test_id("message-text")).to_have_text("line one\nline two")


def test_a_new_chat_begins_with_the_preferred_model(
    chat: ChatPage, settings: SettingsPage, other: ChatPage, upstream: Upstream
) -> None:
    upstream.script("scripted", Script(text="Yes."))
    chat.ask("An old chat")
    chat.wait_until_answered()
    picker = chat.page.get_by_test_id("model-picker")
    settings.open()
    local = settings.control("model").locator("option[value^='local/']").get_attribute("value")
    assert local
    settings.choose("model", local)
    settings.close()
    expect(other.page.get_by_test_id("model-picker")).to_have_value(local)
    expect(picker).to_have_value("openai/scripted")
    chat.page.get_by_test_id("new-chat").click()
    expect(picker).to_have_value(local)


def test_a_system_prompt_is_stored_while_it_is_written_and_goes_to_the_model(
    chat: ChatPage, settings: SettingsPage, other: ChatPage, upstream: Upstream
) -> None:
    upstream.script("scripted", Script(text="Iawn."))
    settings.open()
    settings.control("system_prompt").press_sequentially("Answer in Welsh.")
    expect(settings.saved).to_have_text("Saved")
    expect(settings.control("system_prompt")).to_be_focused()
    theirs = SettingsPage(other.page, other.url)
    theirs.open()
    theirs.expect("system_prompt", "Answer in Welsh.")
    theirs.close()
    other.ask("How are you?")
    other.wait_until_answered()
    assert asked_with(upstream) == ["system: Answer in Welsh.", "user: How are you?"]


def test_a_system_prompt_that_is_too_long_stays_to_be_shortened(chat: ChatPage, settings: SettingsPage) -> None:
    settings.open()
    prompt = settings.control("system_prompt")
    text = "Be brief. " * 801
    prompt.fill(text)
    expect(settings.trouble).to_contain_text("8,010 characters")
    expect(prompt).to_have_value(text)
    prompt.fill("Be brief.")
    expect(settings.saved).to_have_text("Saved")
    expect(settings.trouble).to_have_text("")


def test_a_text_that_is_left_at_once_is_stored_too(chat: ChatPage, settings: SettingsPage, upstream: Upstream) -> None:
    upstream.script("scripted", Script(text="Yes."))
    settings.open()
    settings.control("system_prompt").fill("Be brief.")
    settings.close()
    settings.open()
    settings.expect("system_prompt", "Be brief.")
