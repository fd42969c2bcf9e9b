"""People reach a server on loopback by a name of its own, through a proxy, as nginx and Caddy pass their headers on."""

import re
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest
from playwright.sync_api import Browser, expect, sync_playwright

from tests.app_server import AppServer, free_port
from tests.browser import launch
from tests.cut_proxy import CutProxy
from tests.e2e.chat_page import ChatPage
from tests.e2e.conftest import upstream_settings
from tests.upstream import Script, Upstream

NAME = "chat.example"
_HOST = re.compile(rb"(?<=\r\n)Host: ([^\r:]*)(:\d+)?", re.IGNORECASE)


def with_host(new: bytes) -> Callable[[bytes], bytes]:
    return lambda packet: _HOST.sub(b"Host: " + new, packet)


PROXIES: dict[str, Callable[[bytes], bytes]] = {
    "nginx with $http_host, Caddy": bytes,
    "nginx with $host": with_host(rb"\1"),
    "nginx without a line for it": with_host(b"127.0.0.1:3000"),
}


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """A browser that finds the name on this computer."""
    with sync_playwright() as playwright:
        running = launch(playwright, f"--host-resolver-rules=MAP {NAME} 127.0.0.1")
        yield running
        running.close()


@pytest.fixture(scope="module")
def served(upstream: Upstream, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Callable[[str], CutProxy]]:
    """Put the proxy of this name before a server that knows its address."""
    port = free_port()
    with ExitStack() as stack:
        proxies = {name: stack.enter_context(CutProxy(port, rewrite)) for name, rewrite in PROXIES.items()}
        addresses = " ".join(f"http://{NAME}:{proxy.port}" for proxy in proxies.values())
        settings = upstream_settings(upstream) | {"PORT": str(port), "RIVULET_PUBLIC_URL": addresses}
        stack.enter_context(AppServer(tmp_path_factory.mktemp("proxied"), **settings))
        yield proxies.__getitem__


@pytest.mark.parametrize("name", PROXIES)
def test_an_answer_comes_through_a_proxy(
    browser: Browser, served: Callable[[str], CutProxy], upstream: Upstream, name: str
) -> None:
    upstream.script("scripted", Script(text="Through the proxy."))
    context = browser.new_context()
    chat = ChatPage(context.new_page(), f"http://{NAME}:{served(name).port}")
    chat.open()
    chat.ask("Are you there?")
    chat.wait_until_answered()
    expect(chat.answer_text).to_have_text("Through the proxy.")
    context.close()


def test_a_name_that_is_not_known_is_told_on_the_page(browser: Browser, upstream: Upstream, tmp_path: Path) -> None:
    with AppServer(tmp_path, **upstream_settings(upstream)) as server, CutProxy(server.port) as proxy:
        page = browser.new_page()
        page.goto(f"http://{NAME}:{proxy.port}")
        expect(page.get_by_role("heading")).to_have_text("Rivulet is not served at this address")
        expect(page.get_by_text(f"RIVULET_PUBLIC_URL=http://{NAME}:{proxy.port}")).to_be_visible()
        page.close()


def test_a_socket_that_is_refused_is_told_on_the_page(browser: Browser, upstream: Upstream, tmp_path: Path) -> None:
    settings = upstream_settings(upstream)
    with AppServer(tmp_path, **settings) as server, CutProxy(server.port, with_host(b"127.0.0.1:3000")) as proxy:
        page = browser.new_page()
        page.goto(f"http://{NAME}:{proxy.port}")
        refusal = page.get_by_test_id("refusal")
        expect(refusal).to_contain_text(f"The header Origin says “http://{NAME}:{proxy.port}”", timeout=30_000)
        expect(refusal).to_contain_text(f"RIVULET_PUBLIC_URL=http://{NAME}:{proxy.port}")
        page.close()
