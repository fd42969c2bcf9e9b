"""The page brings what it needs first, and the rest when it is needed."""

import re
from urllib.request import Request, urlopen

import pytest
from playwright.sync_api import BrowserContext, Page, expect

from app.serving.frontend import CLIENT
from tests.app_server import AppServer
from tests.e2e.chat_page import ChatPage
from tests.upstream import Script, Upstream

FIRST_KILOBYTES = 180
FIRST_FILES = 14  # each costs a request
WITH_TEXT_KILOBYTES = 330
SCRIPTS = """() => performance.getEntriesByType("resource").filter(({ name }) => /\\.js(\\?|$)/.test(name))
    .map(({ name, transferSize }) => [name, transferSize])"""
LATE = "markdown|katex|highlight_worker|mermaid|cytoscape|[dD]iagram"


def scripts(page: Page) -> dict[str, int]:
    return dict(page.evaluate(SCRIPTS))


@pytest.mark.parametrize(
    ("accepted", "encoding"),
    [
        ("br, gzip", "br"),
        ("gzip, deflate, br, zstd", "br"),
        ("gzip", "gzip"),
        ("gzip, br;q=0", "gzip"),
        ("identity", None),
        ("", None),
    ],
)
def test_a_script_comes_as_small_as_the_browser_takes_it(
    server: AppServer, accepted: str, encoding: str | None
) -> None:
    script = next((CLIENT / "assets").glob("packages-*.js"))
    request = Request(f"{server.url}/assets/{script.name}", headers={"Accept-Encoding": accepted})
    with urlopen(request) as response:
        body = response.read()
    assert response.headers["Content-Encoding"] == encoding
    assert "Accept-Encoding" in response.headers["Vary"]
    assert "immutable" in response.headers["Cache-Control"]
    assert (body == script.read_bytes()) == (encoding is None)


def test_what_shows_text_comes_after_the_page_and_the_rest_when_it_is_used(
    context: BrowserContext, server: AppServer
) -> None:
    page = context.new_page()
    page.add_init_script("window.requestIdleCallback = () => {}")
    with page.expect_response(re.compile(r"/markdown-[^/]*\.js$")) as text:
        ChatPage(page, server.url).open()
        first = scripts(page)
        assert not any(re.search(LATE, name) for name in first)
        assert len(first) <= FIRST_FILES
        page.keyboard.press("Shift")  # somebody is there, before the browser has had nothing to do
    text.value.finished()
    found = scripts(page)
    shows_text = {name: size for name, size in found.items() if re.search(LATE, name)}
    assert [re.sub(r".*/(\w+)-.*", r"\1", name) for name in shows_text] == ["markdown"]
    assert 50_000 < sum(found.values()) - sum(shows_text.values()) < FIRST_KILOBYTES * 1000
    assert sum(found.values()) < WITH_TEXT_KILOBYTES * 1000
    page.close()


def test_an_answer_brings_only_what_it_shows(context: BrowserContext, server: AppServer, upstream: Upstream) -> None:
    page = context.new_page()
    chat = ChatPage(page, server.url)
    chat.open()
    upstream.script("scripted", Script(text="Just **words**."))
    chat.ask("Without a formula.")
    expect(chat.answer_text.locator("[data-streamdown=strong]")).to_have_text("words")
    chat.wait_until_answered()
    found = scripts(page)
    assert [name for name in found if "markdown" in name] != []
    assert [name for name in found if re.search("katex|mermaid|[dD]iagram", name)] == []
    assert sum(size for name, size in found.items() if "highlight_worker" not in name) < WITH_TEXT_KILOBYTES * 1000
    [worker] = (CLIENT / "assets").glob("highlight_worker-*.js")
    assert worker.stat().st_size < 400_000, "Grammars come one by one, not with the highlighter."

    upstream.script("scripted", Script(text="The formula \\(a^2\\) it is."))
    chat.ask("With one.")
    expect(chat.answer_text.locator(".katex")).to_be_visible()
    assert [name for name in scripts(page) if "katex" in name] != []
    page.close()
