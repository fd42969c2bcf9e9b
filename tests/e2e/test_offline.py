"""Networks that are away for a while: shorter and longer than a follower waits for its tab."""

from contextlib import ExitStack
from pathlib import Path

import pytest
from playwright.sync_api import BrowserContext, expect

from tests.app_server import AppServer
from tests.cut_proxy import CutProxy
from tests.e2e.chat_page import ChatPage
from tests.e2e.conftest import upstream_settings
from tests.upstream import Script, Upstream

TEXT = "A river begins as a trickle of melted snow, and ends as wide as a lake. " * 40
OUTAGES_SECONDS = (1, 10, 45, 45)  # a socket that is silent is given up after 30
BACK_MS = 90_000


def test_after_any_outage_the_page_is_back_by_itself_and_whole(
    context: BrowserContext, upstream: Upstream, tmp_path: Path
) -> None:
    """Five tabs lose their network at once, the last one without a word; its answer and the fourth's end long after."""
    for model in ("scripted", "late"):
        upstream.script(model, Script(text=TEXT, hold_after_chars=720))
    with ExitStack() as stack:
        settings = {**upstream_settings(upstream), "RIVULET_SILENCE_SECONDS": "3600"}
        server = stack.enter_context(AppServer(tmp_path, **settings))
        networks = [stack.enter_context(CutProxy(server.port)) for _ in range(len(OUTAGES_SECONDS) + 1)]
        chats = [ChatPage(context.new_page(), network.url) for network in networks]
        for chat in chats:
            chat.open()
        for chat in chats[3:]:
            chat.choose_model("openai/late")
        for chat in chats:
            chat.ask("Begin.")
            expect(chat.answer_text).to_have_text(TEXT[:719])
        for network, seconds in zip(networks, OUTAGES_SECONDS, strict=False):
            network.cut_for(seconds)
        networks[-1].swallow()
        for chat in chats[1:4]:
            expect(chat.page.get_by_test_id("connection")).to_be_visible()
        for chat in chats[:2]:
            expect(chat.page.get_by_test_id("connection")).to_have_count(0, timeout=BACK_MS)
            expect(chat.answer).to_have_attribute("data-status", "streaming")
            expect(chat.answer_text).to_have_text(TEXT[:719])
        upstream.release("scripted")
        for chat in chats[:3]:
            chat.wait_until_answered(seconds=BACK_MS / 1000)
            expect(chat.answer_text).to_have_text(TEXT.strip())
        expect(chats[4].page.get_by_test_id("connection")).to_be_visible(timeout=BACK_MS)
        networks[-1].mend()
        for chat in chats[3:]:
            expect(chat.page.get_by_test_id("connection")).to_have_count(0, timeout=BACK_MS)
            expect(chat.answer_text).to_have_text(TEXT[:719])
        upstream.release("late")
        for chat in chats:
            chat.wait_until_answered()
            expect(chat.answer_text).to_have_text(TEXT.strip())
            expect(chat.messages).to_have_count(2)
            expect(chat.page.get_by_test_id("connection")).to_have_count(0)
            expect(chat.page.get_by_test_id("notice")).to_have_count(0)
            chat.page.close()


@pytest.mark.parametrize("ends", ["asleep", "awake"])
def test_a_tab_that_slept_shows_all_when_it_wakes(
    context: BrowserContext, server: AppServer, upstream: Upstream, ends: str
) -> None:
    upstream.script("scripted", Script(text=TEXT, hold_after_chars=720))
    chat = ChatPage(context.new_page(), server.url)
    chat.open()
    chat.ask("Begin.")
    expect(chat.answer_text).to_have_text(TEXT[:719])
    browser = context.new_cdp_session(chat.page)
    browser.send("Page.setWebLifecycleState", {"state": "frozen"})
    if ends == "asleep":
        upstream.release("scripted")
        upstream.wait_until(lambda: upstream.requests[-1].finished_at is not None)
    browser.send("Page.setWebLifecycleState", {"state": "active"})
    if ends == "awake":
        upstream.release("scripted")
    chat.wait_until_answered()
    expect(chat.answer_text).to_have_text(TEXT.strip())
    chat.page.close()
