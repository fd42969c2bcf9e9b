"""A list of conversations that is longer than a page of it."""

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path

import httpx
import pytest
from playwright.sync_api import Page, expect

from tests.app_server import AppServer
from tests.e2e.chat_page import ChatPage
from tests.e2e.conftest import upstream_settings
from tests.upstream import Script, Upstream

COUNT = 223


@pytest.fixture
def chat(page: Page, upstream: Upstream, tmp_path: Path) -> Iterator[ChatPage]:
    """A page of a server with many conversations, `Chat 1` the newest."""
    with AppServer(tmp_path, **upstream_settings(upstream)) as server:
        with closing(sqlite3.connect(tmp_path / "rivulet.db")) as database, database:
            (user_id,) = database.execute("SELECT id FROM users").fetchone()
            now = datetime.now(UTC) - timedelta(days=1)
            times = (
                (now - timedelta(minutes=number)).strftime("%Y-%m-%d %H:%M:%S.%f") for number in range(1, COUNT + 1)
            )
            columns = "id, user_id, title, model, created_at, updated_at"
            database.executemany(
                f"INSERT INTO conversation ({columns}) VALUES (?, ?, ?, ?, ?, ?)",
                [
                    (identity(number), user_id, f"Chat {number}", "openai/scripted", time, time)
                    for number, time in enumerate(times, 1)
                ],
            )
        shown = ChatPage(page, server.url)
        shown.open()
        yield shown


def identity(number: int) -> str:
    return f"{number:032x}"


def titles(chat: ChatPage) -> list[str]:
    return [text.strip() for text in chat.page.get_by_test_id("conversation").all_inner_texts()]


def test_every_conversation_is_reached_by_scrolling(chat: ChatPage) -> None:
    lines = chat.page.get_by_test_id("conversation")
    expect(lines.first).to_have_text("Chat 1")
    assert lines.count() < COUNT
    for _ in range(COUNT):
        lines.last.scroll_into_view_if_needed()
        if lines.last.inner_text().strip() == f"Chat {COUNT}":
            break
    expect(lines).to_have_count(COUNT)
    assert titles(chat) == [f"Chat {number}" for number in range(1, COUNT + 1)]
    expect(chat.page.get_by_test_id("load-more")).to_have_count(0)
    lines.last.click()
    expect(lines.last).to_have_attribute("aria-current", "page")
    expect(lines).to_have_count(COUNT)
    expect(lines.last).to_be_in_viewport()


def test_the_conversation_that_is_opened_by_its_address_is_in_view_and_marked(
    chat: ChatPage, upstream: Upstream
) -> None:
    chat.open(f"/c/{identity(200)}")
    line = chat.page.get_by_test_id("conversation").filter(has_text="Chat 200")
    expect(line).to_have_attribute("aria-current", "page")
    expect(line).to_be_in_viewport(ratio=1)
    chat.page.get_by_test_id("conversation").first.scroll_into_view_if_needed()
    expect(line).not_to_be_in_viewport()
    upstream.script("scripted", Script(text="Yes."))
    other = ChatPage(chat.page.context.new_page(), chat.url)
    other.open()
    other.ask("A new one")
    other.wait_until_answered()
    expect(chat.page.get_by_test_id("conversation").first).to_have_text("A new one")
    expect(line).not_to_be_in_viewport()  # the list has grown, and the reader is where they have scrolled


def test_an_old_conversation_that_is_used_again_moves_to_the_top_and_no_line_is_lost(
    chat: ChatPage, upstream: Upstream
) -> None:
    upstream.script("scripted", Script(text="Yes."))
    chat.open(f"/c/{identity(100)}")
    lines = chat.page.get_by_test_id("conversation")
    expect(lines.filter(has_text="Chat 100")).to_be_in_viewport()
    chat.ask("Are you still there?")
    chat.wait_until_answered()
    expect(lines.first).to_have_text("Chat 100")
    shown = titles(chat)
    assert shown == ["Chat 100", *(f"Chat {number}" for number in range(1, len(shown) + 1) if number != 100)]


def test_an_answer_costs_its_own_line_of_the_list_alone(chat: ChatPage, upstream: Upstream) -> None:
    upstream.script("scripted", Script(text="Yes."))
    chat.open(f"/c/{identity(200)}")
    expect(chat.page.get_by_test_id("conversation").filter(has_text="Chat 200")).to_be_in_viewport()
    chat.start_new()
    received: list[str] = []
    chat.page.on("websocket", lambda socket: socket.on("framereceived", lambda frame: received.append(str(frame))))
    chat.page.reload()
    chat.wait_until_ready()
    expect(chat.page.get_by_test_id("conversation").filter(has_text="Chat 180")).to_be_attached()
    upstream.script("scripted", Script(text="Yes.", hold_after_chars=1))
    chat.ask("A new one")
    expect(chat.answer_text).to_have_text("Y")  # by now the list that the reload asked for is there
    received.clear()
    upstream.release("scripted")
    chat.wait_until_answered()
    expect(chat.page.get_by_test_id("conversation").first).to_have_text("A new one")
    assert any('"title":"A new one"' in frame for frame in received)
    assert not any('"title":"Chat ' in frame for frame in received)


def test_however_many_are_new_what_lies_below_is_not_sent_again(chat: ChatPage, upstream: Upstream) -> None:
    upstream.script("scripted", Script(text="Yes."))
    chat.open(f"/c/{identity(200)}")
    lines = chat.page.get_by_test_id("conversation")
    expect(lines.filter(has_text="Chat 200")).to_be_in_viewport()
    received: list[str] = []
    chat.page.on("websocket", lambda socket: socket.on("framereceived", lambda frame: received.append(str(frame))))
    chat.page.reload()
    chat.wait_until_ready()
    expect(lines.filter(has_text="Chat 180")).to_be_attached()
    httpx.post(f"{chat.url}/api/v1/messages", json={"text": "New 0"}).raise_for_status()
    expect(lines.first).to_have_text("New 0")
    received.clear()
    for number in range(1, 40):
        httpx.post(f"{chat.url}/api/v1/messages", json={"text": f"New {number}"}).raise_for_status()
        expect(lines.first).to_have_text(f"New {number}")
    assert [text for text in titles(chat) if text.startswith("New")] == [
        f"New {number}" for number in range(39, -1, -1)
    ]
    assert len(set(titles(chat))) == len(titles(chat))
    assert not any('"title":"Chat 150"' in frame for frame in received)
    assert httpx.delete(f"{chat.url}/api/v1/conversations/{identity(199)}").status_code == 204
    expect(lines.filter(has_text="Chat 199")).to_have_count(0)
