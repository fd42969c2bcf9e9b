"""Lost networks and killed servers: the page comes back by itself and shows all there is."""

from pathlib import Path

from playwright.sync_api import BrowserContext, expect

from tests.app_server import AppServer
from tests.cut_proxy import CutProxy
from tests.e2e import stored
from tests.e2e.chat_page import ChatPage
from tests.e2e.conftest import upstream_settings
from tests.upstream import Script, Upstream

TEXT = "A river begins as a trickle of melted snow, and ends as wide as a lake. " * 40
RECONNECT_MS = 30_000


def test_a_lost_network_is_shown_and_the_answer_is_whole_when_it_is_back(
    context: BrowserContext, server: AppServer, upstream: Upstream
) -> None:
    upstream.script("scripted", Script(text=TEXT, hold_after_chars=720))
    with CutProxy(server.port) as network:
        chat = ChatPage(context.new_page(), network.url)
        chat.open()
        chat.ask("Begin.")
        expect(chat.answer_text).to_have_text(TEXT[:719])
        network.cut()
        expect(chat.page.get_by_test_id("connection")).to_be_visible(timeout=RECONNECT_MS)
        upstream.release("scripted")
        upstream.wait_until(lambda: upstream.requests[-1].finished_at is not None)
        expect(chat.answer_text).to_have_text(TEXT[:719])
        network.mend()
        chat.wait_until_answered(seconds=60)
        expect(chat.answer_text).to_have_text(TEXT.strip())
        expect(chat.page.get_by_test_id("connection")).to_have_count(0)
        chat.page.close()


def test_an_answer_goes_on_where_it_was_after_a_cut(
    context: BrowserContext, server: AppServer, upstream: Upstream
) -> None:
    upstream.script("scripted", Script(text=TEXT, hold_after_chars=720))
    with CutProxy(server.port) as network:
        chat = ChatPage(context.new_page(), network.url)
        chat.open()
        chat.ask("Begin.")
        expect(chat.answer_text).to_have_text(TEXT[:719])
        network.cut()
        expect(chat.page.get_by_test_id("connection")).to_be_visible(timeout=RECONNECT_MS)
        network.mend()
        expect(chat.page.get_by_test_id("connection")).to_have_count(0, timeout=RECONNECT_MS)
        expect(chat.answer_text).to_have_text(TEXT[:719])
        upstream.release("scripted")
        chat.wait_until_answered()
        expect(chat.answer_text).to_have_text(TEXT.strip())
        chat.page.close()


def test_a_killed_server_keeps_what_was_written(context: BrowserContext, upstream: Upstream, tmp_path: Path) -> None:
    upstream.script("scripted", Script(text=TEXT, hold_after_chars=720))
    with AppServer(tmp_path, **upstream_settings(upstream)) as server:
        chat = ChatPage(context.new_page(), server.url)
        chat.open()
        chat.ask("Begin.")
        expect(chat.answer_text).to_have_text(TEXT[:719])
        stored.wait_for(server, TEXT[:720])
        server.kill()
        expect(chat.page.get_by_test_id("connection")).to_be_visible(timeout=RECONNECT_MS)
        server.start()
        chat.wait_until_answered("interrupted", seconds=60)
        expect(chat.answer_text).to_have_text(TEXT[:719])
        expect(chat.answer).to_contain_text("Stopped when the server stopped")
        expect(chat.page.get_by_test_id("connection")).to_have_count(0)
        upstream.release("scripted")
        chat.page.close()
