"""What is sent while an answer is written waits for its end."""

import pytest
from playwright.sync_api import BrowserContext, Locator, expect

from tests.app_server import AppServer
from tests.e2e import storage_faults
from tests.e2e.chat_page import ChatPage
from tests.upstream import Fault, FaultKind, Script, Upstream

TEXT = "A river begins as a trickle of melted snow, and ends as wide as a lake. " * 40
QUESTIONS = '[data-testid="message"][data-role="user"]'


# A page goes to the address of its new chat when it has painted, or after 250 ms.
DELAY_ADDRESS = """() => {
    const { setTimeout } = window;
    window.requestAnimationFrame = () => 0;
    window.setTimeout = (act, ms, ...given) => setTimeout(act, ms === 250 ? 5000 : ms, ...given);
}"""


def begin(chat: ChatPage, upstream: Upstream, *following: Script) -> None:
    """Ask, and stop at the answer's middle."""
    upstream.script("scripted", Script(text=TEXT, hold_after_chars=720), *following)
    chat.ask("Begin.")
    expect(chat.answer_text).to_have_text(TEXT[:719])


def waiting(chat: ChatPage) -> Locator:
    return chat.page.get_by_test_id("outbox-item")


def send_button(chat: ChatPage) -> Locator:
    return chat.page.get_by_test_id("send")


def test_texts_that_are_sent_while_an_answer_is_written_go_out_one_after_the_other(
    chat: ChatPage, upstream: Upstream
) -> None:
    begin(chat, upstream, *(Script(text=text) for text in ("One it is.", "Two it is.")))
    expect(send_button(chat)).to_be_hidden()
    stop = chat.stop.bounding_box()
    chat.composer.fill("One")
    expect(send_button(chat)).to_have_accessible_name("Send after this answer")
    assert chat.stop.bounding_box() == stop
    chat.composer.press("Enter")
    expect(chat.composer).to_have_value("")
    chat.composer.fill("Two")
    send_button(chat).click()
    chat.ask("Never mind")
    for number, text in enumerate(("One", "Two", "Never mind")):
        expect(waiting(chat).nth(number)).to_contain_text(f"{text}Goes out after the answer")
    waiting(chat).nth(2).get_by_role("button", name="Drop").click()
    expect(chat.page.locator(QUESTIONS)).to_have_text(["Begin."])
    upstream.release("scripted")
    expect(chat.answer_text).to_have_text("Two it is.")
    chat.wait_until_answered()
    expect(chat.page.locator(QUESTIONS)).to_have_text(["Begin.", "One", "Two"])
    expect(waiting(chat)).to_have_count(0)
    expect(send_button(chat)).to_have_accessible_name("Send")


@pytest.mark.parametrize(
    ("script", "status"),
    [
        (Script(text=TEXT, hold_after_chars=720), "interrupted"),
        (Script(text=TEXT, fault=Fault(FaultKind.STATUS, status=401)), "failed"),
    ],
    ids=["stopped", "failed"],
)
def test_a_text_that_waits_goes_out_too_when_the_answer_comes_to_nothing(
    chat: ChatPage, upstream: Upstream, script: Script, status: str
) -> None:
    upstream.script("scripted", script, Script(text="This, then."))
    chat.ask("Begin.")
    chat.ask("Rather this.")
    if status == "interrupted":
        expect(chat.page.locator(QUESTIONS)).to_have_text(["Begin."])
        expect(waiting(chat)).to_contain_text("Goes out after the answer")
        chat.page.keyboard.press("Escape")
    expect(chat.answer_text).to_have_text("This, then.")
    expect(chat.answers.first).to_have_attribute("data-status", status)
    expect(waiting(chat)).to_have_count(0)


def test_a_text_that_is_sent_before_a_new_chat_has_its_address_belongs_to_it(
    chat: ChatPage, upstream: Upstream
) -> None:
    chat.page.evaluate(DELAY_ADDRESS)
    begin(chat, upstream, Script(text="Yes."))
    assert chat.page.evaluate("location.pathname") == "/"
    chat.ask("And then?")
    expect(waiting(chat)).to_have_count(1)
    upstream.release("scripted")
    expect(chat.answer_text).to_have_text("Yes.")
    expect(chat.page.locator(QUESTIONS)).to_have_text(["Begin.", "And then?"])
    chat.wait_until_answered()
    expect(chat.page.locator(QUESTIONS)).to_have_count(2)


def test_a_text_that_waits_is_in_the_field_again_after_a_reload(chat: ChatPage, upstream: Upstream) -> None:
    begin(chat, upstream)
    chat.wait_for_address()
    chat.composer.fill("And then?")
    chat.composer.press("Enter")
    expect(waiting(chat)).to_have_count(1)
    chat.page.reload()
    chat.wait_until_ready()
    expect(chat.composer).to_have_value("And then?")
    expect(waiting(chat)).to_have_count(0)
    upstream.release("scripted")
    chat.wait_until_answered()
    expect(chat.page.locator(QUESTIONS)).to_have_count(1)


def test_texts_that_wait_in_two_tabs_are_all_sent(
    chat: ChatPage, context: BrowserContext, server: AppServer, upstream: Upstream
) -> None:
    begin(chat, upstream, Script(text="Yes.", first_delay_seconds=1))
    other = ChatPage(context.new_page(), server.url)
    other.open(f"/c/{chat.conversation_id}")
    expect(other.answer_text).to_have_text(TEXT[:719])
    for tab, text in ((chat, "From one tab"), (other, "From the other")):
        tab.ask(text)
        expect(waiting(tab)).to_have_count(1)
    upstream.release("scripted")
    for tab in (chat, other):
        expect(tab.page.locator(QUESTIONS)).to_have_count(3)
        expect(waiting(tab)).to_have_count(0)
        expect(tab.page.get_by_test_id("notice")).to_have_count(0)
        tab.wait_until_answered()
    assert sorted(chat.page.locator(QUESTIONS).all_inner_texts()) == ["Begin.", "From one tab", "From the other"]
    other.page.close()


def test_the_second_click_of_two_on_stop_sends_nothing(chat: ChatPage, upstream: Upstream) -> None:
    begin(chat, upstream)
    chat.composer.fill("Not yet")
    chat.stop.click()
    chat.wait_until_answered("interrupted")
    expect(send_button(chat)).to_have_accessible_name("Send")
    chat.page.mouse.down(click_count=2)
    chat.page.mouse.up(click_count=2)
    chat.page.mouse.move(0, 0)
    expect(chat.composer).to_have_value("Not yet")
    expect(waiting(chat)).to_have_count(0)
    expect(chat.page.locator(QUESTIONS)).to_have_count(1)
    send_button(chat).click()
    expect(chat.page.locator(QUESTIONS)).to_have_count(2)
    chat.stop.click()
    upstream.release("scripted")


def test_the_controls_of_a_narrow_composer_stand_side_by_side(chat: ChatPage, upstream: Upstream) -> None:
    chat.page.set_viewport_size({"width": 320, "height": 640})
    begin(chat, upstream)
    chat.composer.fill("And then?")
    names = ("model-picker", "thinking-picker", "mode-toggle", "send", "pause", "stop")
    boxes = [chat.page.get_by_test_id(name).bounding_box() for name in names]
    edges = [edge for box in boxes if box for edge in (box["x"], box["x"] + box["width"])]
    assert len(edges) == 2 * len(names)
    assert edges == sorted(edges)
    assert edges[0] >= 0
    assert edges[-1] <= 320
    upstream.release("scripted")


def test_texts_behind_one_that_is_refused_come_back_with_it_in_their_order(
    chat: ChatPage, upstream: Upstream, server: AppServer
) -> None:
    begin(chat, upstream, Script(text="All of it."))
    for text in ("One", "Two", "Three"):
        chat.ask(text)
    chat.composer.fill("Four")
    with storage_faults.refusing_messages(server):
        upstream.release("scripted")
        expect(chat.composer).to_have_value("One\nTwo\nThree\nFour", timeout=30_000)
        expect(waiting(chat)).to_have_count(0)
        expect(chat.page.get_by_test_id("notice")).to_contain_text("database")
    expect(chat.page.locator(QUESTIONS)).to_have_text(["Begin."])
    chat.page.reload()
    chat.wait_until_ready()
    expect(chat.composer).to_have_value("One\nTwo\nThree\nFour")
    chat.composer.press("Enter")
    expect(chat.answer_text).to_have_text("All of it.")
    expect(chat.page.locator(QUESTIONS)).to_have_count(2)


def test_a_text_that_is_refused_while_another_chat_is_shown_comes_back_into_its_own(
    chat: ChatPage, upstream: Upstream, server: AppServer
) -> None:
    begin(chat, upstream)
    chat.wait_for_address()
    chat.ask("Meant for this one")
    chat.start_new()
    chat.composer.fill("Meant for a new one")
    with storage_faults.refusing_messages(server):
        upstream.release("scripted")
        expect(chat.page.get_by_test_id("notice")).to_contain_text("database", timeout=30_000)
    expect(chat.composer).to_have_value("Meant for a new one")
    chat.page.go_back()
    expect(chat.composer).to_have_value("Meant for this one")
