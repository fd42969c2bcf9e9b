"""A browser that is slower than the answer is never flooded, and misses nothing.

The console of each tab is watched: React gives up with an error when 50 updates wait for it.
"""

from hashlib import md5

import pytest
from playwright.sync_api import Page, expect

from tests.app_server import AppServer
from tests.cut_proxy import CutProxy
from tests.e2e.chat_page import ChatPage
from tests.upstream import Script, Upstream

TEXT = "".join(f"Word {number}. {md5(str(number).encode()).hexdigest()} " for number in range(300))
BUSY = "milliseconds => { const end = performance.now() + milliseconds; while (performance.now() < end); }"
FEW_BYTES = 1_500  # eight frames, a ping and the sidebar; what comes meanwhile is more than twice as much


@pytest.mark.parametrize("is_cut", [False, True], ids=["at once", "after a lost connection"])
def test_a_page_that_is_busy_is_sent_few_frames(
    page: Page, server: AppServer, upstream: Upstream, *, is_cut: bool
) -> None:
    with CutProxy(server.port) as network:
        chat = ChatPage(page, network.url)
        chat.open()
        upstream.script("scripted", Script(text=TEXT, chars_per_second=1000, chunk_chars=4, hold_after_chars=900))
        chat.ask("Go.")
        expect(chat.answer_text).to_contain_text("Word 20.")
        if is_cut:
            network.cut()
            expect(page.get_by_test_id("connection")).to_be_visible()
            network.mend()
            expect(page.get_by_test_id("connection")).to_have_count(0)
        upstream.release("scripted")
        expect(chat.answer_text).to_contain_text("Word 40.")
        before = network.bytes_to_client
        page.evaluate(BUSY, 1500)
        sent = network.bytes_to_client - before
        chat.wait_until_answered()
        assert chat.answer_text.inner_text() == TEXT.strip()
        assert sent < FEW_BYTES
        chat.page.close()
