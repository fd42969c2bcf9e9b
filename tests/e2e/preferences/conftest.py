"""A server whose preferences no other test shares, and the settings put back after each test."""

from collections.abc import Callable, Iterator

import pytest
from playwright.sync_api import BrowserContext, expect

from tests.app_server import AppServer
from tests.e2e.chat_page import ChatPage
from tests.e2e.conftest import upstream_settings
from tests.e2e.settings_page import DEFAULTS, SettingsPage
from tests.upstream import Script, Upstream


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
    chat = ChatPage(page, server.url)
    chat.open()
    yield chat
    page.close()


@pytest.fixture
def held(upstream: Upstream) -> Iterator[Callable[..., None]]:
    """Script an answer that waits after some characters; it is released in the end, whatever happens."""

    def script(text: str, after: int) -> None:
        upstream.script("scripted", Script(text=text, hold_after_chars=after))

    yield script
    upstream.release("scripted")
