"""A conversation that is deleted in one tab says so in another, which keeps what was not sent."""

import pytest
from playwright.sync_api import BrowserContext, expect

from tests.app_server import AppServer
from tests.e2e.chat_page import ChatPage
from tests.upstream import Script, Upstream

TEXT = "A river begins as a trickle of melted snow, and ends as wide as a lake. " * 10


def delete(chat: ChatPage, title: str) -> None:
    line = chat.page.get_by_test_id("conversation").filter(has_text=title)
    line.hover()
    chat.page.get_by_role("button", name=f"Delete “{title}”").click()
    chat.page.get_by_role("button", name="Delete", exact=True).click()
    expect(line).to_have_count(0)


@pytest.mark.parametrize("state", ["idle", "streaming", "asking again"])
def test_a_conversation_deleted_elsewhere_is_told_and_the_unsent_text_stays(
    chat: ChatPage, context: BrowserContext, server: AppServer, upstream: Upstream, state: str
) -> None:
    held = Script(text=TEXT, hold_after_chars=72)
    scripts = {"idle": (Script(text=TEXT),), "streaming": (held,), "asking again": (Script(text=TEXT), held)}
    upstream.script("scripted", *scripts[state])
    title = f"Gone while {state}"
    chat.ask(title)
    if state != "streaming":
        chat.wait_until_answered()
    if state == "asking again":
        chat.answer.get_by_test_id("regenerate").click()
    if state != "idle":
        expect(chat.answer_text).to_have_text(TEXT[:71])
    chat.composer.fill("not sent yet")
    other = ChatPage(context.new_page(), server.url)
    other.open(f"/c/{chat.conversation_id}")
    delete(other, title)
    expect(chat.page.get_by_test_id("notice")).to_contain_text("has been deleted")
    chat.page.wait_for_url(server.url + "/")
    expect(chat.messages).to_have_count(0)
    expect(chat.composer).to_have_value("not sent yet")
    other.page.wait_for_url(server.url + "/")
    expect(other.page.get_by_test_id("notice")).to_have_count(0)  # who has done it knows
    upstream.script("scripted", Script(text="Yes."))
    chat.composer.press("Enter")
    chat.wait_until_answered()
    expect(chat.messages).to_have_count(2)


def test_a_browser_whose_clock_is_wrong_counts_the_seconds_right(
    context: BrowserContext, server: AppServer, upstream: Upstream
) -> None:
    upstream.script("scripted", Script(text=TEXT, hold_after_chars=0))
    context.add_init_script("{ const now = Date.now; Date.now = () => now() + 300000; }")
    chat = ChatPage(context.new_page(), server.url)
    chat.open()
    chat.ask("How long?")
    elapsed = chat.answer.locator(".elapsed")
    expect(elapsed).to_be_visible()
    assert int(elapsed.inner_text().split()[0]) < 60
    chat.page.reload()
    chat.wait_until_ready()
    expect(elapsed).to_be_visible()
    assert int(elapsed.inner_text().split()[0]) < 60
    upstream.release("scripted")
    chat.wait_until_answered()
    chat.page.close()
