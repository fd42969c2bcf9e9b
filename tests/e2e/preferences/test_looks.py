"""Preferences of how answers look and move, in every tab."""

import re
from collections.abc import Callable
from typing import Literal

from playwright.sync_api import Locator, expect

from tests.e2e.chat_page import ChatPage
from tests.e2e.settings_page import SettingsPage
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
    text = CODE.replace("Done.", CODE)
    held(text, text.rindex("42"))
    chat.ask("Show me.")
    whole, block = (chat.answer.get_by_test_id("code-block").nth(place) for place in (0, 1))
    expect(block).to_contain_text("return")
    expect(whole.locator(".code-line span", has_text=re.compile("^def$"))).to_have_count(1)  # it is loaded by now
    assert is_highlighted(whole)
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
    chat.wait_for_address()
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


def test_a_browser_that_refuses_to_notify_costs_nothing_else(
    chat: ChatPage, settings: SettingsPage, held: Callable[..., None], upstream: Upstream
) -> None:
    """Chrome on Android says that it may, and throws."""
    chat.page.add_init_script(
        NOTIFICATIONS.replace("window.notified.push", "window.isTried = true; throw new TypeError")
    )
    chat.open()
    settings.prefer("notify", True)
    held("One two three.", 7)
    chat.ask("A long one")
    expect(chat.answer_text).to_have_text("One two")
    chat.page.evaluate("Object.defineProperty(document, 'hidden', { get: () => true, configurable: true })")
    chat.page.evaluate("(now => { Date.now = () => now() + 11_000; })(Date.now)")
    upstream.release("scripted")
    chat.wait_until_answered()
    chat.page.wait_for_function("window.isTried")
    expect(chat.composer).to_be_visible()


def test_notifications_that_the_browser_denies_stay_off_with_a_word(chat: ChatPage, settings: SettingsPage) -> None:
    chat.page.add_init_script(NOTIFICATIONS + "Notification.answer = 'denied';")
    chat.open()
    settings.open()
    settings.control("notify").click()
    expect(settings.trouble).to_contain_text("does not let Rivulet notify you")
    settings.expect("notify", False)
