"""A database that fails in mid-answer: the answer goes on, the page says what is the matter, and nothing is lost."""

import sys
from collections.abc import Callable
from contextlib import AbstractContextManager
from pathlib import Path

import pytest
from playwright.sync_api import BrowserContext, expect

from tests.app_server import AppServer
from tests.e2e import storage_faults, stored
from tests.e2e.chat_page import ChatPage
from tests.e2e.conftest import upstream_settings
from tests.upstream import Script, Upstream

TEXT = "A river begins as a trickle of melted snow, and ends as wide as a lake. " * 40
NOTICED_MS = 60_000
linux_only = pytest.mark.skipif(sys.platform != "linux", reason="limits another process's files with prlimit")


@pytest.mark.parametrize(
    "fault",
    [
        storage_faults.broken,
        storage_faults.locked,
        storage_faults.vanished,
        pytest.param(storage_faults.full, marks=linux_only),
    ],
    ids=lambda fault: fault.__name__,
)
def test_the_answer_goes_on_and_is_stored_when_the_database_is_back(
    context: BrowserContext,
    upstream: Upstream,
    tmp_path: Path,
    fault: Callable[[AppServer], AbstractContextManager[None]],
) -> None:
    upstream.script("scripted", Script(text=TEXT, hold_after_chars=720))
    with AppServer(tmp_path, **upstream_settings(upstream)) as server:
        chat, onlooker = ChatPage(context.new_page(), server.url), ChatPage(context.new_page(), server.url)
        chat.open()
        onlooker.open()
        chat.ask("Begin.")
        expect(chat.answer_text).to_have_text(TEXT[:719])
        troubles = [tab.page.get_by_test_id("storage-trouble") for tab in (chat, onlooker)]
        with fault(server):
            upstream.release("scripted")
            chat.wait_until_answered()
            expect(chat.answer_text).to_have_text(TEXT.strip())
            for trouble in troubles:
                expect(trouble).to_contain_text("cannot be saved just now", timeout=NOTICED_MS)
        for trouble in troubles:
            expect(trouble).to_have_count(0, timeout=NOTICED_MS)
        expect(chat.page.get_by_test_id("notice")).to_have_count(0)
        chat.page.reload()
        chat.wait_until_ready()
        expect(chat.answer).to_have_attribute("data-status", "complete")
        expect(chat.answer_text).to_have_text(TEXT.strip())
        chat.page.close()


def test_an_answer_that_was_never_stored_says_so_after_the_restart(
    context: BrowserContext, upstream: Upstream, tmp_path: Path
) -> None:
    upstream.script("scripted", Script(text=TEXT, hold_after_chars=720))
    with AppServer(tmp_path, **upstream_settings(upstream)) as server:
        chat = ChatPage(context.new_page(), server.url)
        chat.open()
        chat.ask("Begin.")
        stored.wait_for(server, TEXT[:720])
        with storage_faults.broken(server):
            upstream.release("scripted")
            chat.wait_until_answered()
            expect(chat.page.get_by_test_id("storage-trouble")).to_be_visible(timeout=NOTICED_MS)
            server.stop()
        assert any("ended unsaved" in line for line in server.lines)
        server.start()
        chat.wait_until_answered("interrupted")
        expect(chat.answer_text).to_have_text(TEXT[:719])
        expect(chat.answer).to_contain_text("720 characters were saved; the end may be missing")
        expect(chat.page.get_by_test_id("storage-trouble")).to_have_count(0)
        chat.page.close()


def test_what_cannot_be_read_leaves_the_page_as_it_was(
    context: BrowserContext, upstream: Upstream, tmp_path: Path
) -> None:
    upstream.script("scripted", Script(text="The first answer."))
    with AppServer(tmp_path, **upstream_settings(upstream)) as server:
        chat = ChatPage(context.new_page(), server.url)
        chat.open()
        chat.ask("First?")
        chat.wait_until_answered()
        chat.start_new()
        upstream.script("scripted", Script(text=TEXT, hold_after_chars=720))
        chat.ask("Second?")
        expect(chat.answer_text).to_have_text(TEXT[:719])
        lines = chat.page.get_by_test_id("conversation")
        with storage_faults.unreadable(server):
            lines.filter(has_text="First?").click()
            expect(chat.page.get_by_test_id("notice")).to_contain_text("cannot use its database just now")
            expect(chat.answer_text).to_have_text(TEXT[:719])
            chat.page.get_by_role("button", name="Dismiss").click()
            expect(chat.page.get_by_test_id("notice")).to_have_count(0)
            chat.page.get_by_role("button", name="Delete “First?”").click()
            chat.page.get_by_role("button", name="Delete", exact=True).click()
            expect(chat.page.get_by_test_id("notice")).to_contain_text("cannot use its database just now")
            chat.page.keyboard.press("Escape")
            chat.wait_until_answered("interrupted")
            expect(chat.answer_text).to_have_text(TEXT[:719])
        expect(lines).to_have_count(2)
        lines.filter(has_text="Second?").click()
        lines.filter(has_text="First?").click()
        expect(chat.answer_text).to_have_text("The first answer.")
        chat.page.close()


def test_stop_waits_for_nothing_that_the_tab_waits_for(
    context: BrowserContext, upstream: Upstream, tmp_path: Path
) -> None:
    upstream.script("scripted", Script(text="The first answer."))
    with AppServer(tmp_path, **upstream_settings(upstream)) as server:
        chat = ChatPage(context.new_page(), server.url)
        chat.open()
        chat.ask("First?")
        chat.wait_until_answered()
        chat.start_new()
        upstream.script("scripted", Script(text=TEXT, hold_after_chars=720))
        chat.ask("Second?")
        expect(chat.answer_text).to_have_text(TEXT[:719])
        with storage_faults.locked(server):
            chat.page.get_by_role("button", name="Delete “First?”").click()
            chat.page.get_by_role("button", name="Delete", exact=True).click()  # its handler waits for the database
            chat.stop.click()
            expect(chat.stop).to_have_attribute("data-stopping", "true", timeout=5000)
            upstream.wait_until(lambda: upstream.questions[-1].closed_by_client_at is not None, 5)
        chat.wait_until_answered("interrupted")
        chat.page.close()
