"""What is said and kept while the server is away: a banner that is true, texts on their way, drafts."""

import re
from pathlib import Path
from urllib.parse import urlsplit

from playwright.sync_api import BrowserContext, Page, expect

from tests.app_server import AppServer
from tests.cut_proxy import CutProxy
from tests.e2e.chat_page import ChatPage
from tests.e2e.conftest import upstream_settings
from tests.upstream import Script, Upstream

TEXT = "A river begins as a trickle of melted snow, and ends as wide as a lake. " * 40
SOON_MS = 15_000  # the socket alone needs 20 to 30 s
BACK_MS = 60_000
THREE = ("One", "Two", "Three")
QUESTIONS = '[data-testid="message"][data-role="user"]'


def begin(chat: ChatPage, upstream: Upstream, *following: Script) -> None:
    """Ask, and stop at the answer's middle."""
    upstream.script("scripted", Script(text=TEXT, hold_after_chars=720), *following)
    chat.ask("Begin.")
    expect(chat.answer_text).to_have_text(TEXT[:719])
    expect(chat.page.locator("header h1")).to_have_text("Begin.")


def test_a_browser_that_goes_offline_in_mid_answer_is_told_so_under_the_title(
    far_chat: ChatPage, upstream: Upstream
) -> None:
    begin(far_chat, upstream)
    banner = far_chat.page.get_by_test_id("connection")
    far_chat.page.context.set_offline(True)
    expect(banner).to_contain_text("offline", timeout=SOON_MS)
    expect(far_chat.page.locator("header h1")).to_be_visible()
    title, said = far_chat.page.locator("header h1").bounding_box(), banner.bounding_box()
    assert title is not None
    assert said is not None
    assert title["y"] + title["height"] <= said["y"]
    far_chat.page.context.set_offline(False)
    expect(banner).to_have_count(0, timeout=BACK_MS)
    upstream.release("scripted")
    far_chat.wait_until_answered()
    expect(far_chat.answer_text).to_have_text(TEXT.strip())


def test_a_network_that_dies_without_a_word_in_mid_answer_is_noticed_and_left_at_once(
    far_chat: ChatPage, network: CutProxy, upstream: Upstream
) -> None:
    begin(far_chat, upstream)
    network.swallow()
    banner = far_chat.page.get_by_test_id("connection")
    expect(banner).to_be_visible(timeout=SOON_MS)
    network.mend()
    expect(banner).to_have_count(0, timeout=BACK_MS)
    upstream.release("scripted")
    far_chat.wait_until_answered(seconds=BACK_MS / 1000)
    expect(far_chat.answer_text).to_have_text(TEXT.strip())


def test_texts_sent_to_a_killed_server_wait_can_be_changed_and_go_out_in_order(
    context: BrowserContext, upstream: Upstream, tmp_path: Path
) -> None:
    with AppServer(tmp_path, **upstream_settings(upstream)) as server:
        chat = ChatPage(context.new_page(), server.url)
        chat.open()
        begin(chat, upstream, *(Script(text=text) for text in ("One it is.", "Two it is.")))
        server.kill()
        expect(chat.page.get_by_test_id("connection")).to_contain_text("waits here", timeout=SOON_MS)
        waiting = chat.page.get_by_test_id("outbox-item")
        for number, text in enumerate(("One", "Typo", "Never mind"), 1):
            chat.ask(text)
            expect(chat.composer).to_have_value("")
            expect(waiting).to_have_count(number)
        waiting.nth(2).get_by_role("button", name="Drop").click()
        waiting.nth(1).get_by_role("button", name="Edit").click()
        expect(waiting).to_have_count(1)
        expect(chat.composer).to_have_value("Typo")
        chat.ask("Two")
        expect(waiting).to_have_count(2)
        server.start()
        expect(chat.answer_text).to_have_text("Two it is.", timeout=BACK_MS)
        expect(chat.page.locator(QUESTIONS)).to_have_text(["Begin.", "One", "Two"])
        expect(waiting).to_have_count(0)
        expect(chat.page.get_by_test_id("connection")).to_have_count(0)
        upstream.release("scripted")
        chat.page.close()


def test_a_text_sent_while_away_waits_for_the_answer_that_is_still_written(
    far_chat: ChatPage, network: CutProxy, upstream: Upstream
) -> None:
    begin(far_chat, upstream, Script(text="Then this."))
    network.cut()
    expect(far_chat.page.get_by_test_id("connection")).to_be_visible(timeout=SOON_MS)
    far_chat.ask("And then?")
    item = far_chat.page.get_by_test_id("outbox-item")
    expect(item).to_contain_text("Waits for the connection")
    network.mend()
    expect(item).to_contain_text("Goes out after the answer", timeout=BACK_MS)
    upstream.release("scripted")
    expect(far_chat.answer_text).to_have_text("Then this.", timeout=BACK_MS)
    expect(far_chat.messages).to_have_count(4)
    expect(item).to_have_count(0)


def test_a_text_sent_while_away_waits_for_the_answer_of_its_chat_though_another_is_open(
    far_chat: ChatPage, network: CutProxy, upstream: Upstream
) -> None:
    upstream.script("scripted", Script(text="Yes."))
    far_chat.ask("The other one")
    far_chat.wait_until_answered()
    far_chat.start_new()
    begin(far_chat, upstream, Script(text="Then this."))
    network.cut()
    expect(far_chat.page.get_by_test_id("connection")).to_be_visible(timeout=SOON_MS)
    far_chat.ask("And then?")
    far_chat.page.get_by_test_id("conversation").filter(has_text="The other one").first.click()
    network.mend()
    expect(far_chat.messages.first).to_have_text("The other one", timeout=BACK_MS)
    item = far_chat.page.get_by_test_id("outbox-item")
    expect(item).to_contain_text("Goes out after the answer in its chat", timeout=BACK_MS)
    upstream.script("scripted", Script(text="Here as well."))
    far_chat.ask("Meanwhile here")  # which need not wait
    expect(far_chat.answer_text).to_have_text("Here as well.")
    expect(far_chat.composer).to_have_value("")
    expect(far_chat.page.get_by_test_id("notice")).to_have_count(0)
    upstream.script("scripted", Script(text="Then this."))
    upstream.release("scripted")
    expect(item).to_have_count(0, timeout=BACK_MS)
    expect(far_chat.messages.first).to_have_text("The other one")
    far_chat.page.get_by_test_id("conversation").filter(has_text="Begin.").first.click()
    expect(far_chat.answer_text).to_have_text("Then this.", timeout=BACK_MS)
    expect(far_chat.messages).to_have_count(4)


def send_three_while_away(chat: ChatPage, network: CutProxy, upstream: Upstream) -> None:
    """Answer one question, cut the network, and send three more."""
    upstream.script("scripted", *(Script(text=f"{number} it is.") for number in ("Zero", *THREE)))
    chat.ask("Zero")
    chat.wait_until_answered()
    network.cut()
    expect(chat.page.get_by_test_id("connection")).to_be_visible(timeout=SOON_MS)
    for number, text in enumerate(THREE, 1):
        chat.ask(text)
        expect(chat.page.get_by_test_id("outbox-item")).to_have_count(number)


def test_three_texts_sent_while_away_go_out_in_order_and_once_each(
    far_chat: ChatPage, network: CutProxy, upstream: Upstream
) -> None:
    send_three_while_away(far_chat, network, upstream)
    before = len(upstream.requests)
    network.mend()
    expect(far_chat.page.locator(QUESTIONS)).to_have_text(["Zero", *THREE], timeout=BACK_MS)
    expect(far_chat.answers).to_have_text([re.compile(f"{number} it is.") for number in ("Zero", *THREE)])
    expect(far_chat.page.get_by_test_id("outbox-item")).to_have_count(0)
    asked = [request.body["messages"][-1]["content"] for request in upstream.requests[before:] if request.body]
    assert asked == list(THREE)
    far_chat.page.reload()
    far_chat.wait_until_ready()
    expect(far_chat.page.locator(QUESTIONS)).to_have_text(["Zero", *THREE])
    expect(far_chat.composer).to_have_value("")


def test_three_texts_that_never_went_out_come_back_in_order_after_a_reload(
    far_chat: ChatPage, network: CutProxy, upstream: Upstream
) -> None:
    send_three_while_away(far_chat, network, upstream)
    before = len(upstream.requests)
    path = urlsplit(far_chat.page.url).path
    far_chat.page.goto("about:blank")
    network.mend()
    far_chat.open(path)
    expect(far_chat.composer).to_have_value("\n".join(THREE))
    expect(far_chat.page.get_by_test_id("outbox-item")).to_have_count(0)
    expect(far_chat.page.locator(QUESTIONS)).to_have_text(["Zero"])
    assert not any(request.body for request in upstream.requests[before:])


def test_of_two_tabs_that_send_while_away_neither_loses_a_text_or_a_draft_to_the_other(
    far_chat: ChatPage, context: BrowserContext, network: CutProxy, upstream: Upstream
) -> None:
    upstream.script("scripted", Script(text="Yes."))
    far_chat.ask("Zero")
    far_chat.wait_until_answered()
    other = ChatPage(context.new_page(), network.url)
    other.open(urlsplit(far_chat.page.url).path)
    network.cut()
    for tab, text in ((far_chat, "From one tab"), (other, "From the other")):
        expect(tab.page.get_by_test_id("connection")).to_be_visible(timeout=SOON_MS)
        tab.ask(text)
        tab.composer.fill(f"{text}, a draft")
    network.mend()
    for tab, text in ((far_chat, "From one tab"), (other, "From the other")):
        expect(tab.page.locator(QUESTIONS)).to_have_count(3, timeout=BACK_MS)
        expect(tab.page.get_by_test_id("outbox-item")).to_have_count(0)
        expect(tab.composer).to_have_value(f"{text}, a draft")
    questions = far_chat.page.locator(QUESTIONS).all_inner_texts()
    assert sorted(questions) == ["From one tab", "From the other", "Zero"]
    other.page.close()


def test_another_chat_chosen_while_away_is_marked_and_opened_as_soon_as_it_can_be(
    far_chat: ChatPage, network: CutProxy, upstream: Upstream
) -> None:
    upstream.script("scripted", Script(text="Yes."))
    for title in ("The chosen one", "The one before"):
        far_chat.start_new()
        far_chat.ask(title)
        far_chat.wait_until_answered()
    network.cut()
    banner = far_chat.page.get_by_test_id("connection")
    expect(banner).to_be_visible(timeout=SOON_MS)
    chosen = far_chat.page.get_by_test_id("conversation").filter(has_text="The chosen one").first
    chosen.click()
    expect(banner).to_contain_text("The chat you chose opens then")
    assert chosen.evaluate("line => getComputedStyle(line).fontWeight") == "500"
    network.mend()
    expect(far_chat.messages.first).to_have_text("The chosen one", timeout=BACK_MS)
    expect(chosen).to_have_attribute("aria-current", "page")
    expect(banner).to_have_count(0)


def test_every_conversation_has_its_own_draft_and_so_has_every_tab(
    chat: ChatPage, context: BrowserContext, server: AppServer, upstream: Upstream
) -> None:
    upstream.script("scripted", Script(text="Yes."))
    chat.ask("A chat with a draft")
    chat.wait_until_answered()
    line = chat.page.get_by_test_id("conversation").filter(has_text="A chat with a draft").first
    chat.composer.fill("for the old one")
    chat.page.get_by_test_id("new-chat").click()
    expect(chat.composer).to_have_value("")
    chat.composer.fill("for a new one")
    other = ChatPage(context.new_page(), server.url)
    other.open()
    expect(other.composer).to_have_value("")
    other.composer.fill("from the other tab")
    line.click()
    expect(chat.composer).to_have_value("for the old one")
    for tab, text in ((chat, "for a new one"), (other, "from the other tab")):
        tab.open()
        expect(tab.composer).to_have_value(text)
    other.page.close(run_before_unload=True)
    chat.page.go_back()
    expect(chat.composer).to_have_value("for the old one")


def test_what_a_closed_tab_leaves_unsent_is_found_in_the_next(context: BrowserContext, server: AppServer) -> None:
    first = ChatPage(context.new_page(), server.url)
    first.open()
    first.composer.fill("half a thought")
    first.page.goto("about:blank")
    first.page.close()
    second: Page = context.new_page()
    found = ChatPage(second, server.url)
    found.open()
    expect(found.composer).to_have_value("half a thought")
    second.close()
