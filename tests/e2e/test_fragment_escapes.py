"""Nothing that runs in a preview reaches the page, the server or the network."""

import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest
from playwright.sync_api import BrowserContext, Dialog, expect

from tests.app_server import AppServer
from tests.e2e.chat_page import ChatPage
from tests.e2e.conftest import Expected
from tests.e2e.preview_escapes import JS, MARKUP
from tests.upstream import Script, Upstream

TRYING = "<script>const tried = (f) => { try { f(); console.log('escaped'); } catch { } };</script>"


@pytest.fixture
def outside() -> Iterator[tuple[str, list[str]]]:
    """A server that nobody may reach, and what it was asked for."""
    asked: list[str] = []

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            asked.append(self.path)
            self.send_response(200)
            self.send_header("Access-Control-Allow-Origin", "*")
            self.end_headers()

        do_POST = do_OPTIONS = do_GET

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        serving = threading.Thread(target=server.serve_forever, daemon=True)
        serving.start()
        yield f"127.0.0.1:{server.server_port}", asked
        server.shutdown()


def documents(out: str, host: str) -> dict[str, str]:
    pages = {name: f"<body>{TRYING}<script>{script}</script>" for name, script in JS.items()}
    pages |= {name: f"<body>{TRYING}{markup}" for name, markup in MARKUP.items()}
    return {
        name: page.replace("WSHOST", host.replace("http", "ws")).replace("HOST", host).replace("OUT", out)
        for name, page in pages.items()
    }


@pytest.fixture
def complaints() -> list[str]:
    """Browsers say in the console what they have refused."""
    return Expected()


def test_no_preview_gets_out(
    context: BrowserContext, chat: ChatPage, server: AppServer, upstream: Upstream, outside: tuple[str, list[str]]
) -> None:
    address, asked = outside
    page, escaped = chat.page, list[str]()
    tries = documents(address, server.url)
    assert len(tries) >= 40

    def note_dialog(dialog: Dialog) -> None:
        escaped.append(f"dialog {dialog.message}")
        dialog.dismiss()

    page.on("dialog", note_dialog)
    page.on("download", lambda download: escaped.append(f"download {download.url}"))
    text = "".join(f'```html title="{name}"\n{body}\n```\n' for name, body in tries.items())
    upstream.script("scripted", Script(text=text, chars_per_second=None))
    page.evaluate("localStorage.setItem('witness', 'untouched')")
    chat.ask("Try")
    chat.wait_until_answered()
    at = page.url
    for name in tries:
        page.get_by_test_id("show-fragments").click()
        page.get_by_test_id("fragment-line").filter(has=page.get_by_text(name, exact=True)).click()
        frame = page.get_by_test_id("fragment-preview")
        expect(frame).to_have_attribute("title", f"Preview of {name}")
        page.wait_for_timeout(250)
        console = page.get_by_test_id("fragment-console")
        if console.count() and console.locator("li", has_text="escaped").count():
            escaped.append(name)
        if asked or len(context.pages) > 1 or page.url != at:
            escaped.append(f"{name}: {asked} {[one.url for one in context.pages]}")
            asked.clear()
            break
    assert escaped == []
    assert page.evaluate("[localStorage.getItem('witness'), sessionStorage.x ?? null]") == ["untouched", None]
    page.get_by_test_id("close-fragment").click()
    expect(chat.composer).to_be_enabled()


@pytest.mark.parametrize(
    "script",
    [
        "for (;;);",
        "const fork = () => { setTimeout(fork); setTimeout(fork); for (let i = 0; i < 1e5; i += 1); }; fork()",
    ],
    ids=["endless loop", "fork of timers"],
)
def test_a_preview_that_hangs_costs_the_page_nothing_and_can_be_stopped(
    chat: ChatPage, upstream: Upstream, script: str
) -> None:
    upstream.script("scripted", Script(text=f"```html title=loop.html\n<h1>Hi</h1><script>{script}</script>\n```"))
    chat.ask("Loop")
    chat.wait_until_answered()
    expect(chat.page.get_by_test_id("preview-dead")).to_be_visible()
    chat.composer.press_sequentially("still here")
    expect(chat.composer).to_have_value("still here")
    chat.page.get_by_role("button", name="Stop it").click()
    expect(chat.page.get_by_text("The preview is stopped.")).to_be_visible()
    expect(chat.page.get_by_test_id("fragment-preview")).to_have_count(0)


def test_the_policy_is_what_keeps_them_in(chat: ChatPage, upstream: Upstream, outside: tuple[str, list[str]]) -> None:
    """The same frame without its walls does get out, so that the tests above mean something."""
    address, asked = outside
    with chat.page.expect_request(lambda request: address in request.url):
        chat.page.evaluate(
            "([out]) => { const i = new Image(); i.src = `http://${out}/picture.png`; document.body.append(i); }",
            [address],
        )
    chat.page.wait_for_timeout(300)
    assert asked
