"""Where a scrolled text is cut, it fades; where it is not, nothing does."""

import sqlite3
from contextlib import closing
from datetime import UTC, datetime

from playwright.sync_api import expect

from tests.app_server import AppServer
from tests.e2e.chat_page import ChatPage
from tests.upstream import Script, Upstream

TRANSCRIPT, LIST = ".transcript-scroll", ".conversations"
LONG = "\n\n".join(f"Paragraph {number} of a long answer." for number in range(80))
FADES = """(area) => {
  const of = (part) => {
    const { display, opacity } = getComputedStyle(document.querySelector(area), part);
    return display === "none" ? 0 : +opacity;
  };
  return [of("::before"), of("::after")];
}"""
SCROLL = """(area, share) => {
  const { clientHeight, scrollHeight } = document.querySelector(area);
  document.querySelector(area).scrollTo({ top: share * (scrollHeight - clientHeight), behavior: "instant" });
}"""


def expect_fades(chat: ChatPage, area: str, fades: list[int], share: float = 0) -> None:
    """Scroll so far, and wait for the frame that shows these fades at the top and at the end."""
    script = f"""([area, fades, share]) => {{
      ({SCROLL})(area, share); // again each time: what is laid out late scrolls to the end
      return JSON.stringify(({FADES})(area)) === JSON.stringify(fades);
    }}"""
    chat.page.wait_for_function(script, arg=[area, fades, share], timeout=30_000)


def test_the_transcript_fades_where_there_is_more(chat: ChatPage, upstream: Upstream) -> None:
    upstream.script("scripted", Script(text="Yes."), Script(text=LONG))
    chat.ask("A short one")
    chat.wait_until_answered()
    expect_fades(chat, TRANSCRIPT, [0, 0])  # all of it can be seen
    chat.ask("A long one")
    expect(chat.page.get_by_text("Paragraph 79 of")).to_be_visible()
    chat.wait_until_answered()
    for share, fades in ((0, [0, 1]), (0.5, [1, 1]), (1, [1, 0])):
        expect_fades(chat, TRANSCRIPT, fades, share)
    chat.start_new()
    upstream.script("scripted", Script(text="Yes."))
    chat.ask("Another short one")
    chat.wait_until_answered()
    expect_fades(chat, TRANSCRIPT, [0, 0])


def test_the_list_of_chats_fades_where_there_is_more(chat: ChatPage, upstream: Upstream, server: AppServer) -> None:
    with closing(sqlite3.connect(server.data_dir / "rivulet.db")) as database, database:
        (user_id,) = database.execute("SELECT id FROM users").fetchone()
        now = datetime.now(UTC).strftime("%Y-%m-%d %H:%M:%S.%f")
        rows = [(f"fade{number}", user_id, f"Chat {number}", "openai/scripted", now, now) for number in range(40)]
        columns = "id, user_id, title, model, created_at, updated_at"
        database.executemany(f"INSERT INTO conversation ({columns}) VALUES (?, ?, ?, ?, ?, ?)", rows)
    try:
        chat.page.reload()
        expect(chat.page.get_by_test_id("conversation").filter(has_text="Chat 39")).to_be_attached()
        for share, fades in ((0, [0, 1]), (0.5, [1, 1]), (1, [1, 0])):
            expect_fades(chat, LIST, fades, share)
        chat.page.set_viewport_size({"width": 1280, "height": 8000})
        expect(chat.page.get_by_test_id("load-more")).to_have_count(0)
        expect_fades(chat, LIST, [0, 0])
    finally:
        with closing(sqlite3.connect(server.data_dir / "rivulet.db")) as database, database:
            database.execute("DELETE FROM conversation WHERE id LIKE 'fade%'")


def test_nothing_fades_under_forced_colours(chat: ChatPage, upstream: Upstream) -> None:
    chat.page.emulate_media(forced_colors="active")
    upstream.script("scripted", Script(text=LONG))
    chat.ask("\n".join("a line" for _ in range(40)))
    expect(chat.page.get_by_text("Paragraph 79 of")).to_be_visible()
    chat.wait_until_answered()
    expect_fades(chat, TRANSCRIPT, [0, 0], share=0.5)
    assert chat.page.locator(".folded-text").evaluate("text => getComputedStyle(text).maskImage") == "none"
