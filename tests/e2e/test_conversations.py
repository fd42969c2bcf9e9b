"""Conversations: listed, reopened by address, sent to, and refused in words."""

import sqlite3
from pathlib import Path

import pytest
from playwright.sync_api import BrowserContext, Page, expect

from tests.app_server import AppServer
from tests.e2e.chat_page import ChatPage
from tests.e2e.conftest import upstream_settings
from tests.upstream import Fault, FaultKind, Script, Upstream


def test_a_conversation_is_reopened_by_its_address(chat: ChatPage, upstream: Upstream) -> None:
    upstream.script("scripted", Script(text="It is *stored*."))
    chat.ask("Remember this, please")
    chat.wait_until_answered()
    path = f"/c/{chat.conversation_id}"
    chat.open("/")
    expect(chat.messages).to_have_count(0)
    chat.open(path)
    expect(chat.messages.first).to_have_text("Remember this, please")
    expect(chat.answer_text).to_have_text("It is stored.")
    expect(chat.page.locator("header h1")).to_have_text("Remember this, please")


def test_the_newest_conversation_is_listed_first(chat: ChatPage, upstream: Upstream) -> None:
    upstream.script("scripted", Script(text="Yes."))
    for title in ("The older one", "The newer one"):
        chat.start_new()
        chat.ask(title)
        chat.wait_until_answered()
    expect(chat.page.get_by_test_id("conversation").nth(0)).to_contain_text("The newer one")
    expect(chat.page.get_by_test_id("conversation").nth(1)).to_contain_text("The older one")


def test_a_follow_up_stays_in_the_conversation(chat: ChatPage, upstream: Upstream) -> None:
    upstream.script("scripted", Script(text="One."), Script(text="Two."))
    chat.ask("First question")
    chat.wait_until_answered()
    address = chat.page.url
    chat.ask("Second question")
    expect(chat.messages).to_have_count(4)
    chat.wait_until_answered()
    expect(chat.answer_text).to_have_text("Two.")
    assert chat.page.url == address


def test_enter_sends_and_shift_enter_breaks_the_line(chat: ChatPage, upstream: Upstream) -> None:
    upstream.script("scripted", Script(text="Two lines."))
    empty = chat.composer.bounding_box()
    chat.composer.press_sequentially("line one")
    chat.composer.press("Shift+Enter")
    chat.composer.press_sequentially("line two")
    expect(chat.composer).to_have_value("line one\nline two")
    grown = chat.composer.bounding_box()
    assert empty is not None
    assert grown is not None
    assert grown["height"] > empty["height"]
    chat.composer.press("Enter")
    expect(chat.composer).to_have_value("")
    expect(chat.messages.first.get_by_test_id("message-text")).to_have_text("line one\nline two")
    chat.wait_until_answered()


def test_an_unsent_text_survives_a_reload_and_is_gone_when_sent(chat: ChatPage, upstream: Upstream) -> None:
    upstream.script("scripted", Script(text="Read."))
    chat.composer.press_sequentially("half a thought")
    chat.page.reload()
    chat.wait_until_ready()
    expect(chat.composer).to_have_value("half a thought")
    chat.composer.press("Enter")
    chat.wait_until_answered()
    chat.page.reload()
    chat.wait_until_ready()
    expect(chat.composer).to_have_value("")


def test_an_empty_message_is_not_sent(chat: ChatPage, upstream: Upstream) -> None:
    asked = len(upstream.requests)
    chat.composer.fill("   ")
    chat.composer.press("Enter")
    chat.ask("Something")
    chat.wait_until_answered()
    expect(chat.messages).to_have_count(2)
    assert len([record for record in upstream.requests[asked:] if record.body]) == 1


def test_too_long_a_message_is_refused_and_kept(chat: ChatPage) -> None:
    text = "x" * 200_001
    chat.composer.fill(text)
    chat.composer.press("Enter")
    expect(chat.page.get_by_test_id("notice")).to_contain_text("200,001 characters; 200,000 is the most")
    expect(chat.composer).to_have_value(text)
    expect(chat.messages).to_have_count(0)


def test_enter_while_an_answer_is_written_loses_no_key(chat: ChatPage, upstream: Upstream) -> None:
    upstream.script("scripted", Script(text="One two.", hold_after_chars=3))
    chat.ask("First")
    expect(chat.answer_text).to_have_text("One")
    chat.composer.press_sequentially("next")
    chat.composer.press("Enter")
    chat.composer.press_sequentially("line")
    expect(chat.composer).to_have_value("line")
    expect(chat.page.get_by_test_id("outbox-item")).to_contain_text("next")
    upstream.release("scripted")
    expect(chat.messages).to_have_count(4)
    chat.wait_until_answered()
    expect(chat.composer).to_have_value("line")


def test_a_refused_text_comes_back_before_what_was_typed_since(chat: ChatPage) -> None:
    chat.composer.fill("x" * 200_001)
    chat.composer.press("Enter")
    chat.composer.press_sequentially("and more")
    expect(chat.page.get_by_test_id("notice")).to_be_visible()
    chat.page.wait_for_function("document.getElementById('composer').value.length > 200008")
    value = chat.composer.input_value()
    assert value.replace("\n", "") == "x" * 200_001 + "and more"


def test_a_paste_larger_than_a_packet_is_refused_and_kept(chat: ChatPage) -> None:
    text = "漢" * 1_500_000
    chat.composer.fill(text)
    chat.composer.press("Enter")
    expect(chat.page.get_by_test_id("notice")).to_contain_text("1,500,000 characters", timeout=20_000)
    expect(chat.composer).to_have_value(text)


def test_a_fault_of_the_server_is_a_sentence_and_the_text_is_kept(
    page: Page, upstream: Upstream, tmp_path: Path
) -> None:
    page.on("dialog", lambda dialog: pytest.fail(f"a blocking dialog: {dialog.message}"))
    with AppServer(tmp_path, **upstream_settings(upstream)) as server:
        chat = ChatPage(page, server.url)
        chat.open()
        with sqlite3.connect(tmp_path / "rivulet.db") as database:
            database.execute(
                "CREATE TRIGGER full BEFORE INSERT ON message BEGIN SELECT RAISE(FAIL, 'disk is full'); END"
            )
        database.close()
        chat.ask("Is anybody there?")
        expect(page.get_by_test_id("notice")).to_be_visible()
        expect(chat.composer).to_have_value("Is anybody there?")
        expect(page.get_by_test_id("conversation")).to_have_count(0)


def test_the_page_is_named_after_its_conversation(chat: ChatPage, upstream: Upstream) -> None:
    upstream.script("scripted", Script(text="Yes."))
    expect(chat.page).to_have_title("Rivulet")
    chat.ask("A name for the tab")
    expect(chat.page).to_have_title("A name for the tab · Rivulet")
    chat.wait_until_answered()
    chat.page.reload()
    expect(chat.page).to_have_title("A name for the tab · Rivulet")
    chat.page.get_by_test_id("settings").click()
    expect(chat.page).to_have_title("Settings · Rivulet")
    chat.page.go_back()
    expect(chat.page).to_have_title("A name for the tab · Rivulet")
    chat.page.get_by_test_id("new-chat").click()
    expect(chat.page).to_have_title("Rivulet")
    expect(chat.page.locator("title")).to_have_count(1)


def test_an_unknown_address_leads_back_with_a_word(chat: ChatPage, server: AppServer) -> None:
    chat.page.goto(f"{server.url}/c/{'f' * 32}")
    chat.page.wait_for_url(server.url + "/")
    expect(chat.page.get_by_test_id("notice")).to_contain_text("This conversation does not exist.")


def test_an_address_that_never_was_is_told_at_home(chat: ChatPage, server: AppServer) -> None:
    chat.page.goto(f"{server.url}/nonsense")
    chat.page.wait_for_url(server.url + "/")
    expect(chat.page.get_by_test_id("notice")).to_contain_text("There is nothing at that address.")


def test_a_deeper_address_has_a_page_of_ours_with_a_way_back(
    context: BrowserContext, server: AppServer, complaints: list[str]
) -> None:
    page = context.new_page()
    page.goto(f"{server.url}/a/b/c")
    missing = page.get_by_test_id("page-missing")
    expect(missing).to_contain_text("There is nothing at this address.")
    expect(page).to_have_title("Not found · Rivulet")
    assert missing.evaluate("page => getComputedStyle(page).display") == "flex"
    assert "Inter" in page.evaluate("getComputedStyle(document.body).fontFamily")
    missing.get_by_role("link", name="Go to Rivulet").click()
    expect(page.get_by_test_id("composer")).to_be_visible()
    complaints[:] = [complaint for complaint in complaints if "404" not in complaint]  # the browser tells of it
    page.close()


def test_what_the_server_said_is_folded_under_the_sentence(chat: ChatPage, upstream: Upstream) -> None:
    fault = Fault(FaultKind.STATUS, status=401, message="The tea kettle is locked.")
    upstream.script("scripted", Script(fault=fault))
    chat.ask("Fail.")
    chat.wait_until_answered("failed")
    for is_reloaded in (False, True):
        if is_reloaded:
            chat.page.reload()
            chat.wait_until_ready()
        details = chat.answer.get_by_test_id("error-details")
        words = details.get_by_text("The tea kettle is locked.")
        expect(words).to_be_hidden()
        details.get_by_text("Details").click()
        expect(words).to_be_visible()


@pytest.mark.parametrize(
    ("fault", "sentence"),
    [
        (Fault(FaultKind.STATUS, status=401), "did not accept the API key"),
        (Fault(FaultKind.STATUS, status=429, retry_after="45"), "Try again in 45 s"),
        (Fault(FaultKind.DROP, after_chars=5), "broke off in the middle"),
    ],
    ids=["key", "limit", "drop"],
)
def test_a_failure_is_one_plain_sentence(chat: ChatPage, upstream: Upstream, fault: Fault, sentence: str) -> None:
    upstream.script("scripted", Script(text="Hello there.", fault=fault))
    chat.ask("Fail.")
    chat.wait_until_answered("failed")
    expect(chat.answer.get_by_test_id("message-error")).to_contain_text(sentence)
    assert "Traceback" not in chat.page.content()
    assert "test-key" not in chat.page.content()


def test_deleting_a_conversation_takes_it_off_the_list(chat: ChatPage, upstream: Upstream) -> None:
    upstream.script("scripted", Script(text="Soon gone."))
    chat.ask("Delete me")
    chat.wait_until_answered()
    line = chat.page.get_by_test_id("conversation").filter(has_text="Delete me")
    expect(line).to_have_count(1)
    line.hover()
    chat.page.get_by_role("button", name="Delete “Delete me”").click()
    chat.page.get_by_role("button", name="Delete", exact=True).click()
    expect(line).to_have_count(0)
    chat.page.wait_for_url("**/")


def test_everything_is_stored_when_the_server_starts_again(chat: ChatPage, upstream: Upstream, tmp_path: Path) -> None:
    upstream.script("scripted", Script(text="I was here before."))
    with AppServer(tmp_path, **upstream_settings(upstream)) as server:
        own = ChatPage(chat.page, server.url)
        own.open()
        own.ask("Before the restart")
        own.wait_until_answered()
        path = f"/c/{own.conversation_id}"
        chat.page.goto("about:blank")
        server.restart()
        own.open(path)
        expect(own.answer_text).to_have_text("I was here before.")
        expect(own.page.get_by_test_id("conversation")).to_have_count(1)
