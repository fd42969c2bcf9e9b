"""What axe finds on the page: nothing, in either theme."""

from collections.abc import Callable
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import BrowserContext, Page, expect

from tests.e2e.chat_page import ChatPage
from tests.e2e.fragment_panel import FragmentPanel
from tests.upstream import Script, Upstream

ANSWER = (
    "## Head\n\nText with `code` and a [link](https://example.com).\n\n| a | b |\n|---|---|\n| 1 | 2 |\n\n"
    '```html title="page.html"\n<h1>Page</h1>\n```\n\n```text title="notes.txt"\none\n```\n'
)

# What fades in has no contrast yet.
STILL = """document.getAnimations().every(({ effect, playState, timeline }) =>
  playState !== "running" || timeline !== document.timeline || effect.getTiming().iterations > 1)"""


@pytest.fixture(params=["light", "dark"])
def context(context: BrowserContext, request: pytest.FixtureRequest) -> BrowserContext:
    """One theme after the other."""
    scheme: Any = request.param
    context.on("page", lambda page: page.emulate_media(color_scheme=scheme, reduced_motion="reduce"))
    return context


@pytest.fixture
def check(page: Page) -> Callable[[str], None]:
    """Let axe look at what is shown; the previews are the models' own."""
    axe = Axe()

    def look(what: str) -> None:
        page.wait_for_function(STILL)
        found = axe.run(page, context={"exclude": [["iframe"]]}, options={"iframes": False})
        assert not found.violations_count, f"{what}: {found.generate_report()}"

    return look


def test_axe_finds_nothing(chat: ChatPage, page: Page, upstream: Upstream, check: Callable[[str], None]) -> None:
    check("the welcome")
    upstream.script("scripted", Script(text=ANSWER))
    chat.ask("Make it")
    chat.wait_until_answered()
    panel = FragmentPanel(page)
    expect(panel.preview).to_be_visible()
    check("an answer and its preview")
    panel.view("code")
    expect(panel.code).to_contain_text("Page")
    check("the code")
    panel.edit("<h1>Other</h1>")
    check("the editor")
    panel.save()
    panel.view("changes")
    expect(panel.changes).to_be_visible()
    check("the changes")
    panel.root.get_by_test_id("list-fragments").click()
    expect(panel.root.get_by_test_id("fragment-line").first).to_be_visible()
    check("the list of fragments")
    panel.close()
    chat.answer.get_by_test_id("show-details").click()
    expect(page.get_by_test_id("replay")).to_be_visible()
    check("the details of an answer")
    page.keyboard.press("Escape")
    for address, dialog in (("/settings", "settings"), ("/fragments", "gallery")):
        page.goto(chat.url + address)
        chat.wait_until_ready()
        expect(page.get_by_test_id(dialog)).to_be_visible()
        check(address)
    page.goto(chat.url + "/analytics")
    expect(page.get_by_test_id("cards")).to_be_visible()
    check("the analytics")
