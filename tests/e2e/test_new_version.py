"""A tab that stays open while the server is updated goes on working."""

import re
import time
from collections.abc import Callable, Iterator

import pytest
from playwright.sync_api import BrowserContext, Page, Route, expect

from tests.app_server import AppServer
from tests.e2e.chat_page import ChatPage
from tests.upstream import Script, Upstream

LONG = "\n\n".join(f"Paragraph {number} has a few words." for number in range(80))
FORMULA = "It is \\(a^2 + b^2\\) in the end."
DRAFT = "half a thought"
MISSING = "Failed to load resource: the server responded with a status of 404"


class Tab(ChatPage):
    """A tab that counts how often its page is loaded."""

    def __init__(self, page: Page, url: str) -> None:
        super().__init__(page, url)
        self.loads = 0
        page.on("domcontentloaded", self._count)

    def _count(self, _: Page) -> None:
        self.loads += 1

    def wait_for_loads(self, count: int) -> None:
        """Wait until the page has been loaded so often, and is ready again."""
        deadline = time.monotonic() + 30
        while self.loads < count:
            assert time.monotonic() < deadline, f"The page was loaded {self.loads} times."
            self.page.wait_for_timeout(20)
        self.wait_until_ready()

    def miss(self, part: str, while_: Callable[[], bool] = lambda: True) -> None:
        """Let the server not have the built files of this name."""

        def answer(route: Route) -> None:
            if while_():
                route.fulfill(status=404, body="Not Found")
            else:
                route.continue_()

        self.page.route(re.compile(rf"/assets/{part}-[^/]*\.js"), answer)


@pytest.fixture
def tab(context: BrowserContext, server: AppServer, complaints: list[str]) -> Iterator[Tab]:
    opened = Tab(context.new_page(), server.url)
    yield opened
    opened.page.close()
    complaints[:] = [said for said in complaints if not said.startswith(MISSING)]


def top_of_view(tab: Tab) -> float:
    """Tell where the conversation's first answer begins, in pixels from the top of the view."""
    return tab.answers.first.evaluate("answer => answer.getBoundingClientRect().top")


def test_a_part_that_is_gone_loads_the_page_anew_and_all_is_where_it_was(
    tab: Tab, context: BrowserContext, server: AppServer, upstream: Upstream
) -> None:
    upstream.script("scripted", Script(text=LONG))
    tab.open()
    tab.ask("Long, please.")
    tab.wait_until_answered()
    tab.miss("katex", while_=lambda: tab.loads < 2)
    tab.composer.fill(DRAFT)
    tab.answer_text.locator("p").first.hover()
    tab.page.mouse.wheel(0, -400)
    expect(tab.page.get_by_test_id("scroll-to-end")).to_be_visible()
    tab.page.wait_for_function("sessionStorage.length > 0")
    before = top_of_view(tab)

    upstream.script("scripted", Script(text=FORMULA))
    other = ChatPage(context.new_page(), server.url)
    other.open(f"/c/{tab.conversation_id}")
    other.ask("And a formula.")
    other.wait_until_answered()

    expect(tab.answer_text.locator(".katex")).to_have_count(1)
    tab.wait_until_answered()
    assert tab.loads == 2
    expect(tab.composer).to_have_value(DRAFT)
    tab.page.wait_for_function(
        "top => Math.abs(document.querySelector('[data-role=assistant]').getBoundingClientRect().top - top) < 4",
        arg=before,
    )
    other.page.close()


def test_a_part_that_stays_away_loads_the_page_anew_only_once(tab: Tab, upstream: Upstream) -> None:
    upstream.script("scripted", Script(text=FORMULA))
    tab.miss("katex")
    tab.open()
    tab.ask("A formula.")
    expect(tab.answer_text.locator("code")).to_have_text("a^2 + b^2")
    tab.wait_until_answered()
    tab.page.wait_for_timeout(3000)  # it is asked for again meanwhile
    assert tab.loads == 2
    expect(tab.answer_text).to_have_text("It is a^2 + b^2 in the end.")


def test_without_what_formats_it_a_text_is_shown_as_it_is(tab: Tab, upstream: Upstream) -> None:
    upstream.script("scripted", Script(text="Some **words**."))
    tab.miss("markdown")
    tab.open()
    tab.wait_for_loads(2)
    tab.ask("Words.")
    expect(tab.answer_text).to_have_text("Some **words**.")
    assert tab.loads == 2


def test_a_diagram_that_cannot_be_fetched_stays_its_code_and_says_why(tab: Tab, upstream: Upstream) -> None:
    upstream.script("scripted", Script(text="```mermaid\ngraph TD\n  A --> B\n```\n"))
    tab.miss("mermaid.core")
    tab.open()
    tab.ask("A diagram.")
    tab.wait_for_loads(2)
    expect(tab.page.get_by_test_id("undrawn")).to_contain_text("a part of the page could not be fetched")
    expect(tab.answer.get_by_test_id("code-block")).to_contain_text("A --> B")
    assert tab.loads == 2


def test_code_whose_colours_cannot_be_fetched_is_shown_without(tab: Tab, upstream: Upstream) -> None:
    upstream.script("scripted", Script(text="```python\nname = 1\n```\n"))
    tab.miss("python")
    tab.open()
    tab.ask("Code.")
    tab.wait_for_loads(2)
    tab.wait_until_answered()
    expect(tab.answer.get_by_test_id("code-block")).to_contain_text("name = 1")
    assert tab.loads == 2


def test_what_did_not_come_while_the_server_was_away_comes_without_loading_anew(tab: Tab, upstream: Upstream) -> None:
    upstream.script("scripted", Script(text=FORMULA))
    is_away = True
    tab.open()
    tab.miss("katex", while_=lambda: is_away)
    tab.page.route(lambda url: "/c/" in url, lambda route: route.abort())
    tab.ask("A formula.")
    expect(tab.answer_text.locator("code")).to_have_text("a^2 + b^2")
    is_away = False
    expect(tab.answer_text.locator(".katex")).to_have_count(1)
    assert tab.loads == 1
