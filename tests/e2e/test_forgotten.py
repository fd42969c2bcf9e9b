"""A server that was started anew knows nothing of the tabs that come back: what was open and chosen there stays so."""

import re
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from tests.app_server import AppServer
from tests.cut_proxy import CutProxy
from tests.e2e.chat_page import ChatPage
from tests.e2e.conftest import upstream_settings
from tests.e2e.fragment_panel import FragmentPanel, cards
from tests.e2e.settings_page import SettingsPage
from tests.upstream import Script, Upstream

PAGE = "<!doctype html>\n<title>Counter</title>\n<h1>Counter</h1>\n"
ANSWER = f'A page:\n\n```html title="counter.html"\n{PAGE}```\n'
LONG_ID = "f" * 32
MESSAGES, CHATS = 230, 180
WATCH = """elements => {
    window.gone = [];
    const look = () => { for (const element of elements) element.isConnected || window.gone.push(element.outerHTML); };
    window.watch?.disconnect();
    window.watch = new MutationObserver(look);
    window.watch.observe(document.body, { childList: true, subtree: true });
}"""

MEET = """() => {
    window.hasMetServer = false;
    const look = () => (window.hasMetServer ||= !document.querySelector('[data-testid="app-ready"]'));
    new MutationObserver(look).observe(document.body, { childList: true, subtree: true });
}"""

Away = Callable[[], None]


@pytest.fixture
def own_server(upstream: Upstream, tmp_path: Path) -> Iterator[AppServer]:
    upstream.script("other", Script(text="I am the other one."))
    with AppServer(tmp_path, **upstream_settings(upstream)) as running:
        yield running


@pytest.fixture
def chat(page: Page, own_server: AppServer) -> ChatPage:
    shown = ChatPage(page, own_server.url)
    shown.open()
    return shown


def restart(chat: ChatPage, server: AppServer, meanwhile: Away = lambda: None) -> None:
    """Kill the server, do something, and start it again."""
    with coming_back(chat):
        server.kill()
        expect(chat.page.get_by_test_id("connection")).to_be_visible()
        meanwhile()
        server.start()


def lose_network(chat: ChatPage, network: CutProxy) -> None:
    with coming_back(chat):
        network.cut()
        expect(chat.page.get_by_test_id("connection")).to_be_visible()
        network.mend()


@contextmanager
def coming_back(chat: ChatPage) -> Iterator[None]:
    """Wait until the page has heard all that the server says first."""
    chat.page.evaluate(MEET)
    yield
    chat.page.wait_for_function("window.hasMetServer")
    chat.wait_until_ready()
    expect(chat.page.get_by_test_id("connection")).to_have_count(0)


def keep(page: Page, selector: str) -> None:
    """Watch that none of these elements ever goes."""
    page.locator(selector).evaluate_all(WATCH)


def expect_kept(page: Page) -> None:
    assert page.evaluate("window.gone") == []


def make_fragment(chat: ChatPage, upstream: Upstream) -> FragmentPanel:
    upstream.script("scripted", Script(text=ANSWER))
    chat.ask("Make it")
    chat.wait_until_answered()
    panel = FragmentPanel(chat.page)
    expect(panel.name).to_have_text("counter.html")
    return panel


def test_settings_stay_open_and_keep_what_is_typed_while_the_server_is_away(
    chat: ChatPage, own_server: AppServer
) -> None:
    settings = SettingsPage(chat.page, own_server.url)
    settings.open()
    prompt = settings.control("system_prompt")
    prompt.fill("Be brief.")
    expect(settings.saved).to_have_text("Saved")
    keep(chat.page, "[data-testid=settings-dialog][open] .setting-control")
    restart(chat, own_server, lambda: prompt.press_sequentially(" Be kind."))
    expect(settings.dialog).to_be_visible()
    expect(prompt).to_be_focused()
    expect(prompt).to_have_value(re.compile(r"Be kind\."))
    expect_kept(chat.page)
    expect(settings.saved).to_have_text("Saved")
    typed = prompt.input_value()
    chat.page.reload()
    chat.wait_until_ready()
    expect(prompt).to_have_value(typed)


@pytest.mark.parametrize("is_killed", [True, False])
def test_the_dialog_of_all_fragments_keeps_what_is_looked_for(
    chat: ChatPage, own_server: AppServer, upstream: Upstream, *, is_killed: bool
) -> None:
    make_fragment(chat, upstream)
    with CutProxy(own_server.port) as network:
        far = ChatPage(chat.page.context.new_page(), network.url)
        far.open()
        far.page.get_by_test_id("fragments").click()
        search, lines = far.page.get_by_test_id("gallery-search"), far.page.get_by_test_id("gallery-line")
        expect(lines).to_have_count(1)
        search.press_sequentially("nothing like it")
        expect(lines).to_have_count(0)
        keep(far.page, "[data-testid=gallery-search]")
        if is_killed:
            restart(far, own_server)
        else:
            lose_network(far, network)
        expect(far.page.get_by_test_id("gallery")).to_be_visible()
        expect(search).to_be_focused()
        expect(search).to_have_value("nothing like it")
        expect(lines).to_have_count(0)
        expect_kept(far.page)
        far.page.close()


def test_a_fragment_that_is_edited_by_hand_stays_so_and_can_be_saved(
    chat: ChatPage, own_server: AppServer, upstream: Upstream
) -> None:
    panel = make_fragment(chat, upstream)
    for text, count in (("<h1>By hand</h1>", 2), ("<h1>Again</h1>", 3)):
        panel.edit(text)
        keep(chat.page, "[data-testid=fragment-panel], .cm-content")
        restart(chat, own_server, lambda: chat.page.keyboard.insert_text("<!-- meanwhile -->"))
        expect(panel.editor.locator(".cm-content")).to_be_focused()
        expect_kept(chat.page)
        panel.save()
        expect(panel.version.locator("option")).to_have_count(count)
        panel.view("code")
        expect(panel.code).to_contain_text(f"{text}<!-- meanwhile -->")
    panel.version.select_option("2")
    panel.view("changes")
    keep(chat.page, "[data-testid=fragment-panel], [data-testid=fragment-changes]")
    restart(chat, own_server)
    expect(panel.version).to_have_value("2")
    expect_kept(chat.page)


def test_a_fragment_that_was_closed_opens_at_the_first_click_of_a_new_server(
    chat: ChatPage, own_server: AppServer, upstream: Upstream
) -> None:
    panel = make_fragment(chat, upstream)
    panel.close()
    expect(panel.root).to_have_count(0)
    restart(chat, own_server)
    expect(panel.root).to_have_count(0)
    cards(chat.answer).first.get_by_test_id("fragment-open").click()
    expect(panel.name).to_have_text("counter.html")


def test_the_details_of_an_answer_stay_open(chat: ChatPage, own_server: AppServer, upstream: Upstream) -> None:
    upstream.script("scripted", Script(text="Yes."))
    chat.ask("Is it?")
    chat.wait_until_answered()
    chat.page.get_by_test_id("show-details").click()
    figures = chat.page.get_by_test_id("figures")
    expect(figures).to_contain_text("4 characters")
    before = figures.inner_text()
    keep(chat.page, "[data-testid=details][open], [data-testid=figures] *")
    restart(chat, own_server)
    expect(figures).to_be_visible()
    assert figures.inner_text() == before
    expect_kept(chat.page)


def test_a_model_that_was_chosen_is_asked_next_whatever_happens_meanwhile(
    chat: ChatPage, own_server: AppServer, upstream: Upstream
) -> None:
    picker = chat.page.get_by_test_id("model-picker")
    thinking = chat.page.get_by_test_id("thinking-picker")
    chat.choose_model("openai/other")
    thinking.select_option("long")
    expect(thinking).to_have_value("long")
    keep(chat.page, "[data-testid=model-picker] option, [data-testid=thinking-picker]")
    restart(chat, own_server)
    expect(picker).to_have_value("openai/other")
    expect(thinking).to_have_value("long")
    expect_kept(chat.page)
    chat.ask("Who are you?")
    chat.wait_until_answered()
    expect(chat.answer_text).to_have_text("I am the other one.")
    upstream.script("scripted", Script(text="I am the first one."))
    with CutProxy(own_server.port) as network:
        far = ChatPage(chat.page.context.new_page(), network.url)
        far.open(f"/c/{chat.conversation_id}")
        far.choose_model("openai/scripted")
        expect(far.page.get_by_test_id("model-picker")).to_have_value("openai/scripted")
        lose_network(far, network)
        expect(far.page.get_by_test_id("model-picker")).to_have_value("openai/scripted")
        far.ask("And you?")
        far.wait_until_answered()
        expect(far.answer_text).to_have_text("I am the first one.")
        far.page.close()


def test_long_lists_stay_as_long_and_where_they_are(chat: ChatPage, own_server: AppServer) -> None:
    fill(own_server.data_dir)
    chat.open(f"/c/{LONG_ID}")
    chat.page.get_by_role("button", name="Show earlier messages").click()
    expect(chat.messages).to_have_count(200)
    lines = chat.page.get_by_test_id("conversation")
    while lines.count() <= CHATS:
        lines.last.scroll_into_view_if_needed()
    chat.messages.nth(40).evaluate("message => message.scrollIntoView({ block: 'start' })")
    places = [chat.messages.nth(40).bounding_box(), lines.nth(CHATS - 2).bounding_box()]
    keep(chat.page, "[data-testid=message], [data-testid=conversation]")
    restart(chat, own_server)
    expect(lines).to_have_count(CHATS + 1)
    assert [chat.messages.nth(40).bounding_box(), lines.nth(CHATS - 2).bounding_box()] == places
    expect_kept(chat.page)
    chat.page.get_by_role("button", name="Show earlier messages").click()
    expect(chat.messages).to_have_count(MESSAGES)


def test_who_has_earlier_messages_shown_stays_at_those_that_are_seen(chat: ChatPage, own_server: AppServer) -> None:
    fill(own_server.data_dir)
    chat.open(f"/c/{LONG_ID}")
    chat.messages.first.evaluate("message => message.closest('.transcript-scroll').scrollTo(0, 0)")
    first = chat.page.locator(f'[data-message-id="{chat.messages.first.get_attribute("data-message-id")}"]')
    before = first.bounding_box()
    chat.page.get_by_role("button", name="Show earlier messages").click()
    expect(chat.messages).to_have_count(200)
    assert before
    chat.page.wait_for_function(
        "([id, y]) => Math.abs(document.querySelector(`[data-message-id='${id}']`).getBoundingClientRect().y - y) < 4",
        arg=[first.get_attribute("data-message-id"), before["y"]],
    )


def test_the_analytics_keep_what_they_show(chat: ChatPage, own_server: AppServer, upstream: Upstream) -> None:
    upstream.script("scripted", Script(text="Yes."))
    chat.ask("Is it?")
    chat.wait_until_answered()
    page = chat.page
    page.goto(own_server.url + "/analytics")
    page.get_by_test_id("range-week").click()
    model = page.get_by_test_id("model-shown")
    model.select_option("openai/scripted")
    expect(model).to_have_value("openai/scripted")
    expect(page.get_by_test_id("range-week")).to_have_attribute("aria-pressed", "true")
    expect(page.get_by_test_id("cards")).to_be_visible()
    keep(page, "[data-testid=cards], [data-testid=cards] *, .recharts-surface, [data-testid=model-shown] option")
    page.evaluate(MEET)
    own_server.kill()
    own_server.start()
    page.wait_for_function("window.hasMetServer")
    page.get_by_test_id("app-ready").wait_for(state="attached")
    expect(page.get_by_test_id("range-week")).to_have_attribute("aria-pressed", "true")
    expect(model).to_have_value("openai/scripted")
    expect_kept(page)


def fill(data_dir: Path) -> None:
    """Put many conversations into the database, the newest with many messages."""
    with closing(sqlite3.connect(data_dir / "rivulet.db")) as database, database:
        (user_id,) = database.execute("SELECT id FROM users").fetchone()
        now = datetime.now(UTC) - timedelta(days=1)

        def at(minutes: int) -> str:
            return (now + timedelta(minutes=minutes)).strftime("%Y-%m-%d %H:%M:%S.%f")

        chats = [(f"{number:032x}", f"Chat {number}", at(-number)) for number in range(CHATS)]
        database.executemany(
            "INSERT INTO conversation (id, user_id, title, model, created_at, updated_at)"
            " VALUES (?1, ?2, ?3, '', ?4, ?4)",
            [(key, user_id, title, time) for key, title, time in [(LONG_ID, "Long", at(0)), *chats]],
        )
        ids = [f"{number:032x}" for number in range(MESSAGES)]
        roles = ["user", "assistant"] * (MESSAGES // 2)
        database.executemany(
            "INSERT INTO message (id, user_id, conversation_id, parent_id, role, content, thinking, model, error_code,"
            " error_sentence, created_at) VALUES (?, ?, ?, ?, ?, 'Some words. ', '', '', '', '', ?)",
            [
                (key, user_id, LONG_ID, parent, role, at(minutes))
                for minutes, (key, parent, role) in enumerate(zip(ids, [None, *ids], roles, strict=False))
            ],
        )
        database.execute("UPDATE conversation SET leaf_id = ? WHERE id = ?", (ids[-1], LONG_ID))
