"""One production build, one server and one upstream for all browser tests."""

import asyncio
import threading
from collections.abc import Coroutine, Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, BrowserContext, Page

from tests.app_server import AppServer
from tests.cut_proxy import CutProxy
from tests.e2e.chat_page import ChatPage
from tests.e2e.fragment_panel import FragmentPanel
from tests.upstream import Upstream

# Said by the browser itself when a test cuts a connection or closes a page.
EXPECTED_CONSOLE = ("Disconnect websocket", "WebSocket connection to", "WebSocket is already in CLOSING", "net::ERR_")


@pytest.fixture(scope="session")
def upstream() -> Iterator[Upstream]:
    with Upstream() as running:
        yield running


@pytest.fixture(scope="session")
def server(upstream: Upstream, tmp_path_factory: pytest.TempPathFactory) -> Iterator[AppServer]:
    with AppServer(tmp_path_factory.mktemp("data"), **upstream_settings(upstream)) as running:
        yield running


def upstream_settings(upstream: Upstream) -> dict[str, str]:
    """Offer the upstream's models, and by default the one called `scripted`."""
    if "scripted" not in upstream.models:
        from tests.upstream import Script

        upstream.script("scripted", Script())
    return {"OPENAI_BASE_URL": upstream.openai_url, "OPENAI_API_KEY": "test-key", "RIVULET_MODEL": "openai/scripted"}


class Expected(list[str]):
    """Keeps no complaint that holds one of the phrases; none at all where a file's tests are about complaints."""

    def __init__(self, *phrases: str) -> None:
        super().__init__()
        self._phrases = phrases or ("",)

    def append(self, text: str) -> None:
        if not any(phrase in text for phrase in self._phrases):
            super().append(text)


@pytest.fixture
def complaints() -> list[str]:
    """What the tabs of the test complain of; what is there in the end fails it."""
    return []


@pytest.fixture
def context(browser: Browser, complaints: list[str]) -> Iterator[BrowserContext]:
    """A browser of the test's own; an error in the console of any tab fails the test."""
    running = browser.new_context(
        viewport={"width": 1280, "height": 800}, permissions=["clipboard-read", "clipboard-write"]
    )
    running.set_default_timeout(30_000)
    watch_console(running, complaints)
    yield running
    running.close()
    assert complaints == []


@pytest.fixture
def page(context: BrowserContext) -> Page:
    return context.new_page()


@pytest.fixture
def chat(page: Page, server: AppServer) -> ChatPage:
    shown = ChatPage(page, server.url)
    shown.open()
    return shown


@pytest.fixture
def panel(page: Page) -> FragmentPanel:
    """What stands beside the chat of the test's tab."""
    return FragmentPanel(page)


@pytest.fixture
def network(server: AppServer) -> Iterator[CutProxy]:
    with CutProxy(server.port) as running:
        yield running


@pytest.fixture
def far_chat(context: BrowserContext, network: CutProxy) -> Iterator[ChatPage]:
    """The chat page beyond a network that can be cut."""
    chat = ChatPage(context.new_page(), network.url)
    chat.open()
    yield chat
    chat.page.close()


@pytest.fixture
def phone(browser: Browser, server: AppServer) -> Iterator[ChatPage]:
    """A chat on a touch screen."""
    context = browser.new_context(viewport={"width": 390, "height": 844}, is_mobile=True, has_touch=True)
    chat = ChatPage(context.new_page(), server.url)
    chat.open()
    yield chat
    context.close()


def watch_console(context: BrowserContext, complaints: list[str]) -> None:
    """Gather what the tabs complain of."""

    def note(kind: str, text: str) -> None:
        if kind in ("error", "warning") and not any(expected in text for expected in EXPECTED_CONSOLE):
            complaints.append(text)

    context.on("console", lambda message: note(message.type, message.text))
    context.on("weberror", lambda error: note("error", str(error.error)))


@pytest.fixture
def artifacts() -> Path:
    folder = Path("test-artifacts")
    folder.mkdir(exist_ok=True)
    return folder


def apart(work: Coroutine[Any, Any, Any]) -> Any:
    """Run asyncio in a thread of its own: in this one the browser of another test may have a loop."""
    results: list[Any] = []
    thread = threading.Thread(target=lambda: results.append(asyncio.run(work)))
    thread.start()
    thread.join(120)
    return results[0]
