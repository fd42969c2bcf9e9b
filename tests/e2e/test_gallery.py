"""All fragments at one address: found by name, opened beside their chat."""

from playwright.sync_api import expect

from tests.app_server import AppServer
from tests.e2e.chat_page import ChatPage
from tests.e2e.fragment_panel import FragmentPanel
from tests.e2e.test_fragments import answered
from tests.upstream import Upstream


def made(chat: ChatPage, upstream: Upstream, name: str) -> None:
    chat.open()
    answered(chat, upstream, f"```html title={name}\n<h1>{name}</h1>\n```", f"Make {name}")


def test_any_fragment_is_found_and_opened_beside_its_chat(
    chat: ChatPage, upstream: Upstream, server: AppServer
) -> None:
    for name in ("brook.html", "river.html", "delta.html"):
        made(chat, upstream, name)
    page = chat.page
    page.get_by_test_id("fragments").click()
    expect(page).to_have_title("Fragments · Rivulet")
    lines = page.get_by_test_id("gallery-line")
    expect(lines.first).to_contain_text("delta.html")
    page.get_by_test_id("gallery-search").fill("BROOK htm")
    expect(lines).to_have_count(1)
    lines.click()
    expect(FragmentPanel(page).document.get_by_role("heading")).to_have_text("brook.html")
    expect(page.get_by_role("heading", name="Make brook.html")).to_be_visible()
    expect(page.get_by_test_id("gallery")).to_be_hidden()
    page.get_by_test_id("conversation").filter(has_text="Make river.html").first.click()
    expect(page.get_by_role("heading", name="Make river.html")).to_be_visible()
    expect(FragmentPanel(page).root).to_have_count(0)


def test_it_has_an_address_and_closes_to_where_one_was(chat: ChatPage, upstream: Upstream) -> None:
    made(chat, upstream, "one.html")
    address = chat.page.url
    chat.page.get_by_test_id("fragments").click()
    expect(chat.page.get_by_test_id("gallery")).to_be_visible()
    chat.page.keyboard.press("Escape")
    chat.page.wait_for_url(address)
    expect(chat.page.get_by_test_id("gallery")).to_be_hidden()
    chat.open("/fragments")
    expect(chat.page.get_by_test_id("gallery")).to_be_visible()
    chat.page.get_by_test_id("gallery-search").fill("nothing has this name")
    expect(chat.page.get_by_test_id("gallery")).to_contain_text("No fragment is named so.")
