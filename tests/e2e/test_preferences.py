"""Preferences: set in one tab, they act from the next message on in every tab, and outlast the server."""

import json
import re
import sqlite3
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Literal

import pytest
from playwright.sync_api import Browser, BrowserContext, Locator, Page, expect

from tests.app_server import AppServer
from tests.e2e.chat_page import ChatPage
from tests.e2e.conftest import upstream_settings, watch_console
from tests.e2e.settings_page import DEFAULTS, SettingsPage
from tests.upstream import Script, Upstream

LINES = "".join(f"Line {number} of a long answer.\n\n" for number in range(120))
CODE = "```python\ndef answer():\n    return 42\n```\n\nDone."
FROM_END = "element => element.scrollHeight - element.scrollTop - element.clientHeight"
NOTIFICATIONS = """
  window.notified = [];
  window.Notification = class {
    static permission = "default";
    static answer = "granted";
    static async requestPermission() { return (Notification.permission = Notification.answer); }
    constructor(title, { body }) { window.notified.push([title, body]); }
  };
"""


@pytest.fixture(scope="module")
def server(upstream: Upstream, tmp_path_factory: pytest.TempPathFactory) -> Iterator[AppServer]:
    """A server of this file's own: what is preferred here shall change no other test."""
    with AppServer(tmp_path_factory.mktemp("preferences"), **upstream_settings(upstream)) as running:
        yield running


@pytest.fixture
def settings(chat: ChatPage) -> Iterator[SettingsPage]:
    """The settings of the test's tab, with the defaults before it; everything is put back after it."""
    shown = SettingsPage(chat.page, chat.url)
    yield shown
    chat.page.goto(chat.url + "/settings")
    chat.wait_until_ready()
    expect(shown.dialog).to_be_visible()
    chat.page.locator("[data-theme]").wait_for(state="attached")  # what is stored has come
    for key, value in DEFAULTS.items():
        if not shown.has(key, value):
            shown.choose(key, value)
            shown.expect(key, value)


@pytest.fixture
def other(context: BrowserContext, server: AppServer) -> Iterator[ChatPage]:
    """A second tab."""
    page = context.new_page()
    errors = watch_console(page)
    chat = ChatPage(page, server.url)
    chat.open()
    yield chat
    page.close()
    assert errors == []


@pytest.fixture
def held(upstream: Upstream) -> Iterator[Callable[..., None]]:
    """Script an answer that waits after some characters; it is released in the end, whatever happens."""

    def script(text: str, after: int) -> None:
        upstream.script("scripted", Script(text=text, hold_after_chars=after))

    yield script
    upstream.release("scripted")


def stored(server: AppServer, query: str) -> list[str]:
    with sqlite3.connect(server.data_dir / "rivulet.db") as database:
        rows = [row[0] for row in database.execute(query)]
    database.close()
    return rows


def roads(server: AppServer) -> list[str]:
    query = "SELECT stream_metadata FROM message WHERE role = 'assistant' ORDER BY created_at"
    return [json.loads(metadata)["road"] for metadata in stored(server, query)]


def asked_with(upstream: Upstream) -> list[str]:
    return [f"{message['role']}: {message['content']}" for message in upstream.requests[-1].body["messages"]]


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
    chat.page.wait_for_url("**/c/*")
    settings.open()
    settings.dialog.get_by_text("The colours of the page.").click()  # the focus is nowhere now
    settings.close()
    expect(chat.stop).to_be_visible()
    upstream.release("scripted")
    chat.wait_until_answered()
    expect(chat.answer_text).to_have_text("One two three.")


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


def test_pace_and_speed_are_kept(chat: ChatPage, settings: SettingsPage, server: AppServer) -> None:
    settings.prefer("pace", "typewriter")
    settings.prefer("characters_per_second", "120")
    values = stored(server, "SELECT key || '=' || value FROM user_preference")
    assert {'pace="typewriter"', "characters_per_second=120"} <= set(values)
    chat.page.reload()
    chat.wait_until_ready()
    settings.open()
    settings.expect("pace", "typewriter")
    settings.expect("characters_per_second", "120")


def test_a_speed_out_of_range_is_refused_in_words_and_the_field_shows_what_is_stored(settings: SettingsPage) -> None:
    settings.open()
    for wrong in ("4", "501", "", "1e3"):
        settings.choose("characters_per_second", wrong)
        expect(settings.trouble).to_contain_text("from 5 to 500")
        settings.expect("characters_per_second", "60")
    settings.choose("characters_per_second", "61")
    expect(settings.trouble).to_be_hidden()
    settings.expect("characters_per_second", "61")


def test_the_cursor_has_the_chosen_style_in_every_tab(
    chat: ChatPage, settings: SettingsPage, other: ChatPage, held: Callable[..., None]
) -> None:
    cursor = "(element) => { const style = getComputedStyle(element.querySelector('p'), '::after'); "
    settings.prefer("cursor", "bar")
    held("One two three.", 7)
    other.ask("Count.")
    expect(other.answer_text).to_have_text("One two")
    assert other.answer_text.evaluate(cursor + "return style.width }") == "2px"
    settings.prefer("cursor", "none")
    expect(other.page.locator(".app")).to_have_attribute("data-cursor", "none")
    assert other.answer_text.evaluate(cursor + "return style.display }") == "none"


def is_highlighted(block: Locator) -> bool:
    of = "element => getComputedStyle(element).color"
    colors = {word.evaluate(of) for word in block.locator(".code-line span").all()}
    return colors != {block.locator("pre").evaluate(of)}


def test_code_is_plain_until_it_is_complete_when_highlighting_waits(
    chat: ChatPage, settings: SettingsPage, held: Callable[..., None], upstream: Upstream
) -> None:
    settings.prefer("highlight_while_streaming", False)
    held(CODE, CODE.index("42"))
    chat.ask("Show me.")
    block = chat.answer.get_by_test_id("code-block")
    expect(block).to_contain_text("return")
    expect(block).to_have_attribute("data-incomplete", "true")
    assert not is_highlighted(block)
    upstream.release("scripted")
    chat.wait_until_answered()
    expect(block.locator(".code-line span", has_text=re.compile("^def$"))).to_have_count(1)
    assert is_highlighted(block)
    assert block.locator(".code-line").all_text_contents() == ["def answer():\n", "    return 42"]


def test_the_view_stays_where_it_is_when_it_shall_not_follow(
    chat: ChatPage, settings: SettingsPage, held: Callable[..., None], upstream: Upstream
) -> None:
    settings.prefer("follow_scrolling", False)
    held(LINES, 300)
    chat.ask("Long, please.")
    expect(chat.answer_text).to_contain_text("Line 8")
    scroller = chat.page.locator(".transcript-scroll")
    position = scroller.evaluate("element => element.scrollTop")
    upstream.release("scripted")
    chat.wait_until_answered()
    way_down = chat.page.get_by_test_id("scroll-to-end")
    expect(way_down).to_be_visible()
    assert scroller.evaluate("element => element.scrollTop") == position
    way_down.click()
    expect(way_down).to_have_count(0)
    assert scroller.evaluate(FROM_END) < 5
    upstream.script("scripted", Script(text=LINES, chars_per_second=3000, hold_after_chars=0))
    chat.ask("Again.")
    expect(chat.messages).to_have_count(4)
    expect(chat.answer.get_by_test_id("waiting")).to_be_in_viewport()
    position = scroller.evaluate("element => element.scrollTop")
    upstream.release("scripted")
    chat.wait_until_answered()
    assert scroller.evaluate("element => element.scrollTop") == position


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


def test_a_text_that_is_left_at_once_is_stored_too(chat: ChatPage, settings: SettingsPage, upstream: Upstream) -> None:
    upstream.script("scripted", Script(text="Yes."))
    settings.open()
    settings.control("system_prompt").fill("Be brief.")
    settings.close()
    settings.open()
    settings.expect("system_prompt", "Be brief.")


def test_thinking_stays_open_when_it_shall_be_shown(chat: ChatPage, settings: SettingsPage, upstream: Upstream) -> None:
    settings.prefer("thinking", "shown")
    upstream.script("scripted", Script(thinking="First, the snow.", text="The sea."))
    chat.ask("Think.")
    chat.wait_until_answered()
    expect(chat.answer.get_by_test_id("thinking")).to_have_attribute("open", "")
    settings.prefer("thinking", "folded")
    expect(chat.answer.get_by_test_id("thinking")).not_to_have_attribute("open", "")


def test_the_theme_turns_every_tab_and_is_there_at_the_first_paint(
    chat: ChatPage, settings: SettingsPage, other: ChatPage
) -> None:
    html = other.page.locator("html")
    expect(html).to_have_class(re.compile("light"))
    settings.prefer("theme", "dark")
    for tab in (chat, other):
        expect(tab.page.locator("html")).to_have_class(re.compile("dark"))
    other.page.add_init_script(
        "addEventListener('DOMContentLoaded', () => { window.firstClass = document.documentElement.className; })"
    )
    other.page.reload()
    assert other.page.evaluate("window.firstClass") == "dark"
    other.wait_until_ready()
    expect(html).to_have_class(re.compile("dark"))
    settings.prefer("theme", "system")
    expect(html).to_have_class(re.compile("light"))
    other.page.emulate_media(color_scheme="dark")
    expect(html).to_have_class(re.compile("dark"))


def test_motion_follows_the_system_unless_told_otherwise(
    chat: ChatPage, settings: SettingsPage, held: Callable[..., None]
) -> None:
    held("Now.", 0)
    chat.ask("When?")
    waiting = chat.answer.get_by_test_id("waiting").locator("span").first
    animation = "element => getComputedStyle(element).animationName"
    app = chat.page.locator(".app")
    chat.page.wait_for_url("**/c/*")
    cases: list[tuple[str, Literal["no-preference", "reduce"], str]] = [
        ("system", "no-preference", "breathe"),
        ("system", "reduce", "none"),
        ("full", "reduce", "breathe"),
        ("reduced", "no-preference", "none"),
    ]
    for preferred, system, expected in cases:
        chat.page.emulate_media(reduced_motion=system)
        if app.get_attribute("data-motion") != preferred:
            settings.prefer("motion", preferred)
        expect(app).to_have_attribute("data-motion", preferred)
        assert waiting.evaluate(animation) == expected, (preferred, system)


def test_the_end_of_a_long_answer_in_a_hidden_tab_is_notified(
    chat: ChatPage, settings: SettingsPage, held: Callable[..., None], upstream: Upstream
) -> None:
    chat.page.add_init_script(NOTIFICATIONS)
    chat.open()
    settings.open()
    settings.control("notify").click()
    settings.expect("notify", True)
    settings.close()
    chat.page.evaluate("Object.defineProperty(document, 'hidden', { get: () => true, configurable: true })")
    upstream.script("scripted", Script(text="At once."))
    chat.ask("A short one")
    chat.wait_until_answered()
    held("One two three.", 7)
    chat.ask("A long one")
    expect(chat.answer_text).to_have_text("One two")
    chat.page.evaluate("(now => { Date.now = () => now() + 11_000; })(Date.now)")
    upstream.release("scripted")
    chat.wait_until_answered()
    chat.page.wait_for_function("window.notified.length > 0")
    assert chat.page.evaluate("window.notified") == [["A short one", "The answer is complete."]]


def test_notifications_that_the_browser_denies_stay_off_with_a_word(chat: ChatPage, settings: SettingsPage) -> None:
    chat.page.add_init_script(NOTIFICATIONS + "Notification.answer = 'denied';")
    chat.open()
    settings.open()
    settings.control("notify").click()
    expect(settings.trouble).to_contain_text("does not let Rivulet notify you")
    settings.expect("notify", False)


def test_preferences_outlast_the_server_and_the_browser_and_a_bad_one_costs_only_itself(
    page: Page, browser: Browser, upstream: Upstream, tmp_path: Path
) -> None:
    with AppServer(tmp_path, **upstream_settings(upstream)) as server:
        chat = ChatPage(page, server.url)
        chat.open()
        settings = SettingsPage(page, server.url)
        for key, value in {"theme": "dark", "cursor": "bar", "pace": "natural"}.items():
            settings.prefer(key, value)
        page.goto("about:blank")
        server.stop()
        with sqlite3.connect(tmp_path / "rivulet.db") as database:
            database.execute("UPDATE user_preference SET value = 'not JSON' WHERE key = 'cursor'")
            database.execute("UPDATE user_preference SET value = '\"hurried\"' WHERE key = 'pace'")
        database.close()
        server.lines.clear()
        server.start()
        elsewhere = browser.new_context()
        own = ChatPage(elsewhere.new_page(), server.url)
        own.open()
        expect(own.page.locator("html")).to_have_class(re.compile("dark"))
        theirs = SettingsPage(own.page, server.url)
        theirs.open()
        theirs.expect("cursor", "block")
        theirs.expect("pace", "as_it_comes")
        theirs.close()
        upstream.script("scripted", Script(text="Still here."))
        own.ask("Does it work?")
        own.wait_until_answered()
        for key in ("cursor", "pace"):
            assert len([line for line in server.lines if f"“{key}” is not valid" in line]) == 1
        elsewhere.close()


def test_an_open_tab_goes_on_with_its_preferences_when_the_server_is_back(
    context: BrowserContext, upstream: Upstream, tmp_path: Path
) -> None:
    with AppServer(tmp_path, **upstream_settings(upstream)) as server:
        left_open = ChatPage(context.new_page(), server.url)
        left_open.open()
        SettingsPage(left_open.page, server.url).prefer("cursor", "bar")
        server.restart()
        expect(left_open.page.get_by_test_id("connection")).to_have_count(0, timeout=30_000)
        fresh = ChatPage(context.new_page(), server.url)
        fresh.open()
        for tab in (left_open, fresh):
            expect(tab.page.locator(".app")).to_have_attribute("data-cursor", "bar")
        fresh.page.get_by_test_id("mode-toggle").click()
        for tab in (left_open, fresh):
            expect(tab.page.get_by_test_id("mode-toggle")).to_have_text("Whole answer", timeout=30_000)


def test_a_preference_that_cannot_be_stored_says_so_and_shows_what_is(
    page: Page, upstream: Upstream, tmp_path: Path
) -> None:
    with AppServer(tmp_path, **upstream_settings(upstream)) as server:
        chat, settings = ChatPage(page, server.url), SettingsPage(page, server.url)
        chat.open()
        with sqlite3.connect(tmp_path / "rivulet.db") as database:
            database.execute(
                "CREATE TRIGGER full BEFORE INSERT ON user_preference BEGIN SELECT RAISE(FAIL, 'disk is full'); END"
            )
        database.close()
        settings.open()
        settings.choose("theme", "dark")
        expect(settings.trouble).to_contain_text("cannot use its database just now")
        settings.expect("theme", "system")
        settings.choose("system_prompt", "Lost?")
        settings.expect("system_prompt", "")
        settings.close()
        page.get_by_test_id("mode-toggle").click()
        expect(page.get_by_test_id("notice")).to_contain_text("cannot use its database just now")
        expect(page.get_by_test_id("mode-toggle")).to_have_text("Streaming")
