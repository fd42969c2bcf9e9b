"""One message for one wish: double clicks, double Enter, and what is sent again after a cut or a crash."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import BrowserContext, expect

from app.states.tab_memory import NAME as MEMORY_NAME
from tests.app_server import AppServer
from tests.cut_proxy import CutProxy
from tests.e2e import storage_faults
from tests.e2e.chat_page import ChatPage
from tests.e2e.conftest import upstream_settings
from tests.upstream import Fault, FaultKind, Script, Upstream

RECONNECT_MS = 30_000
NO_ACCESS = Fault(FaultKind.STATUS, status=401)


CUT_INSTEAD_OF_LEADING = """() => {
  const Real = window.WebSocket;
  let isCut = false;
  window.WebSocket = class extends Real {
    constructor(...address) {
      super(...address);
      this.addEventListener("message", (event) => {
        if (isCut || !String(event.data).includes(':"/c/')) return;
        isCut = window.wasCut = true;
        event.stopImmediatePropagation();
        this.close();
      });
    }
  };
}"""

PAINTED_20_TIMES = """async () => {
  for (let frame = 0; frame < 20; frame += 1) await new Promise(requestAnimationFrame);
}"""


SENT_WITH_THE_CONNECTION = """() => {
  const { send } = WebSocket.prototype;
  const isOurs = (data) => String(data).includes("sending.send");
  let kept;
  WebSocket.prototype.send = function (data) {
    if (!kept && isOurs(data)) {
      window.hasKept = Boolean((kept = data));
      return;
    }
    send.call(this, data);
    if (!String(data).startsWith("40/_event")) return;
    this.addEventListener("message", function early({ data: answer }) {
      if (!String(answer).startsWith("40/_event")) return;
      this.removeEventListener("message", early);
      send.call(this, kept);
    });
  };
}"""


def asked(upstream: Upstream) -> int:
    return len([record for record in upstream.requests if record.body])


def expect_one_message(chat: ChatPage, upstream: Upstream, text: str, asked_before: int) -> None:
    chat.wait_until_answered()
    expect(chat.messages).to_have_count(2)
    expect(chat.messages.first.get_by_test_id("message-text")).to_have_text(text)
    expect(chat.composer).to_have_value("")
    expect(chat.page.get_by_test_id("notice")).to_have_count(0)
    assert asked(upstream) == asked_before + 1


def test_a_double_click_on_send_is_one_message(chat: ChatPage, upstream: Upstream) -> None:
    upstream.script("scripted", Script(text="Once."))
    before = asked(upstream)
    chat.composer.fill("Only once")
    chat.page.get_by_test_id("send").dblclick()
    expect_one_message(chat, upstream, "Only once", before)


def test_the_second_half_of_a_double_click_does_not_stop_the_answer(chat: ChatPage, upstream: Upstream) -> None:
    upstream.script("scripted", Script(text="Once.", hold_after_chars=2))
    before = asked(upstream)
    chat.composer.fill("Slowly, twice")
    chat.page.get_by_test_id("send").click()
    chat.stop.hover()
    chat.page.mouse.down(click_count=2)
    chat.page.mouse.up(click_count=2)
    expect(chat.answer_text).to_have_text("On")
    upstream.release("scripted")
    expect_one_message(chat, upstream, "Slowly, twice", before)


def test_a_double_enter_is_one_message(chat: ChatPage, upstream: Upstream) -> None:
    upstream.script("scripted", Script(text="Once.", hold_after_chars=2))
    before = asked(upstream)
    chat.composer.fill("Only once")
    chat.page.keyboard.press("Enter")
    chat.page.keyboard.press("Enter")
    expect(chat.answer_text).to_have_text("On")
    chat.page.keyboard.press("Enter")
    upstream.release("scripted")
    expect_one_message(chat, upstream, "Only once", before)


def test_a_double_click_on_a_suggestion_begins_one_conversation(chat: ChatPage, upstream: Upstream) -> None:
    upstream.script("scripted", Script(text="Once."))
    before, listed = asked(upstream), chat.page.get_by_test_id("conversation").count()
    chat.page.get_by_role("button", name="Compare tea and coffee").dblclick()
    expect_one_message(chat, upstream, "Compare tea and coffee in a small table.", before)
    expect(chat.page.get_by_test_id("conversation")).to_have_count(listed + 1)


FIRST = {
    "regenerate": (Script(text="First."), "complete"),
    "retry": (Script(fault=NO_ACCESS), "failed"),
    "continue": (Script(text="First", fault=Fault(FaultKind.DROP, after_chars=5)), "failed"),
}


@pytest.mark.parametrize("again", FIRST)
def test_a_double_click_asks_again_once(chat: ChatPage, upstream: Upstream, again: str) -> None:
    first, status = FIRST[again]
    upstream.script("scripted", first, Script(text="Second.", hold_after_chars=3))
    before = asked(upstream)
    chat.ask("Which?")
    chat.wait_until_answered(status)
    chat.answer.get_by_test_id(again).dblclick()
    expect(chat.answer_text).to_have_text("FirstSec" if again == "continue" else "Sec")
    upstream.release("scripted")
    expect_one_message(chat, upstream, "Which?", before + 1)


def test_what_is_sent_without_a_network_arrives_once_when_it_is_back(
    far_chat: ChatPage, network: CutProxy, upstream: Upstream
) -> None:
    upstream.script("scripted", Script(text="Once."))
    before = asked(upstream)
    network.cut()
    expect(far_chat.page.get_by_test_id("connection")).to_be_visible(timeout=RECONNECT_MS)
    far_chat.ask("Into the void")
    network.mend()
    expect_one_message(far_chat, upstream, "Into the void", before)


@pytest.mark.parametrize("chars", [0, 5])
def test_what_arrives_before_the_server_has_looked_at_the_page_is_shown(
    far_chat: ChatPage, network: CutProxy, upstream: Upstream, chars: int
) -> None:
    upstream.script("scripted", Script(text="Once and for all.", hold_after_chars=chars))
    before = asked(upstream)
    far_chat.page.evaluate(SENT_WITH_THE_CONNECTION)
    far_chat.ask("Early bird")
    far_chat.page.wait_for_function("window.hasKept")
    network.cut()
    expect(far_chat.page.get_by_test_id("connection")).to_be_visible(timeout=RECONNECT_MS)
    network.mend()
    upstream.wait_until(lambda: asked(upstream) == before + 1)
    upstream.release("scripted")
    expect_one_message(far_chat, upstream, "Early bird", before)
    far_chat.wait_for_address()


def test_a_message_typed_as_soon_as_a_new_chat_is_clicked_begins_one(chat: ChatPage, upstream: Upstream) -> None:
    upstream.script("scripted", Script(text="Yes."))
    chat.ask("First topic")
    chat.wait_until_answered()
    first = chat.page.url
    chat.page.evaluate("""() => {
      const send = WebSocket.prototype.send;
      const waiting = [];
      WebSocket.prototype.send = function (data) { waiting.push([this, data]); };
      window.goOn = () => {
        WebSocket.prototype.send = send;
        waiting.forEach(([socket, data]) => send.call(socket, data));
      };
    }""")
    chat.page.get_by_test_id("new-chat").click()
    chat.page.wait_for_url("**/")
    chat.ask("Second topic")
    chat.page.evaluate("goOn()")
    expect(chat.messages.first).to_have_text("Second topic")
    chat.wait_until_answered()
    expect(chat.messages).to_have_count(2)
    assert chat.page.url != first


def test_a_text_for_a_new_chat_stays_out_of_the_one_that_is_opened_meanwhile(
    far_chat: ChatPage, network: CutProxy, upstream: Upstream
) -> None:
    upstream.script("scripted", Script(text="Yes."))
    far_chat.ask("The chat that was there")
    far_chat.wait_until_answered()
    far_chat.start_new()
    network.cut()
    expect(far_chat.page.get_by_test_id("connection")).to_be_visible(timeout=RECONNECT_MS)
    before = asked(upstream)
    far_chat.ask("Meant for a new chat")
    far_chat.page.get_by_test_id("conversation").filter(has_text="The chat that was there").first.click()
    network.mend()
    expect_one_message(far_chat, upstream, "Meant for a new chat", before)
    expect(far_chat.messages).to_have_count(2)


def test_two_texts_without_a_network_are_two_messages_with_their_answers(
    far_chat: ChatPage, network: CutProxy, upstream: Upstream
) -> None:
    upstream.script("scripted", Script(text="Yes."))
    far_chat.ask("Zero")
    far_chat.wait_until_answered()
    far_chat.page.evaluate("""() => {
      const send = WebSocket.prototype.send;
      window.isMute = true;
      WebSocket.prototype.send = function (data) { if (!window.isMute) send.call(this, data); };
    }""")
    far_chat.ask("Into the dead socket")
    network.cut()
    expect(far_chat.page.get_by_test_id("connection")).to_be_visible(timeout=RECONNECT_MS)
    far_chat.page.evaluate("window.isMute = false")
    far_chat.ask("While offline")
    network.mend()
    expect(far_chat.messages).to_have_count(6, timeout=RECONNECT_MS)
    expect(far_chat.answers.get_by_test_id("message-text")).to_have_text(["Yes."] * 3)
    expect(far_chat.composer).to_have_value("")


def test_a_reload_without_a_network_gives_the_text_back(
    far_chat: ChatPage, network: CutProxy, upstream: Upstream
) -> None:
    upstream.script("scripted", Script(text="Once."))
    before = asked(upstream)
    network.cut()
    far_chat.ask("Do not lose this")
    far_chat.page.goto("about:blank")  # the browser's own page of a failed reload would load again by itself
    network.mend()
    far_chat.open()
    expect(far_chat.composer).to_have_value("Do not lose this")
    far_chat.composer.press("Enter")
    expect_one_message(far_chat, upstream, "Do not lose this", before)


@pytest.mark.parametrize("how", ["reconnecting", "reloading"])
def test_a_message_stored_by_a_server_that_died_before_it_said_so_is_not_doubled(
    context: BrowserContext, upstream: Upstream, tmp_path: Path, how: str
) -> None:
    upstream.script("scripted", Script(text="Cut off.", hold_after_chars=3))
    with AppServer(tmp_path, **upstream_settings(upstream)) as server, CutProxy(server.port) as network:
        chat = ChatPage(context.new_page(), network.url)
        chat.open()
        before = asked(upstream)
        network.deafen()
        chat.ask("Is it stored?")
        upstream.wait_until(lambda: asked(upstream) == before + 1)
        server.kill()
        if how == "reloading":  # before the page finds the new server and sends the text again by itself
            chat.page.goto("about:blank")
        network.mend()
        server.start()
        if how == "reloading":
            chat.open()
            expect(chat.composer).to_have_value("Is it stored?")
            chat.composer.press("Enter")
        chat.wait_until_answered("interrupted")
        expect(chat.messages).to_have_count(2)
        expect(chat.messages.first).to_have_text("Is it stored?")
        expect(chat.composer).to_have_value("")
        expect(chat.page.get_by_test_id("conversation")).to_have_count(1)
        expect(chat.page.get_by_test_id("notice")).to_have_count(0)
        assert asked(upstream) == before + 1
        chat.page.reload()
        chat.wait_until_ready()
        expect(chat.composer).to_have_value("")
        chat.page.close()


def test_a_text_given_back_refused_and_sent_at_last_is_gone(
    context: BrowserContext, upstream: Upstream, tmp_path: Path
) -> None:
    upstream.script("scripted", Script(text="At last."))
    with AppServer(tmp_path, **upstream_settings(upstream)) as server, CutProxy(server.port) as network:
        chat = ChatPage(context.new_page(), network.url)
        chat.open()
        network.cut()
        chat.ask("Third time lucky")
        chat.page.goto("about:blank")
        network.mend()
        chat.open()
        with storage_faults.refusing_messages(server):
            chat.composer.press("Enter")
            expect(chat.page.get_by_test_id("notice")).to_be_visible()
            expect(chat.composer).to_have_value("Third time lucky")
        chat.composer.press("Enter")
        chat.wait_until_answered()
        expect(chat.messages).to_have_count(2)
        server.restart()  # which forgets what it has answered for
        chat.open()
        expect(chat.composer).to_have_value("")
        chat.page.close()


def test_a_text_given_back_and_edited_is_a_message_of_its_own(
    far_chat: ChatPage, network: CutProxy, upstream: Upstream
) -> None:
    upstream.script("scripted", Script(text="Yes."))
    before = asked(upstream)
    network.deafen()
    far_chat.ask("One")
    upstream.wait_until(lambda: asked(upstream) == before + 1)
    far_chat.page.goto("about:blank")
    network.mend()
    far_chat.open()
    expect(far_chat.page.get_by_test_id("conversation").first).to_contain_text("One")
    far_chat.composer.fill("One and a half")
    far_chat.composer.press("Enter")
    expect_one_message(far_chat, upstream, "One and a half", before + 1)


@pytest.fixture
def cut_chat(context: BrowserContext, server: AppServer) -> Iterator[ChatPage]:
    """A chat page that is cut off whenever it is led anywhere, once."""
    chat = ChatPage(context.new_page(), server.url)
    chat.page.add_init_script(f"({CUT_INSTEAD_OF_LEADING})()")
    chat.open()
    chat.open()  # a tab that has been there before
    yield chat
    chat.page.close()


@pytest.mark.parametrize("chars", [0, 5])
@pytest.mark.parametrize("is_reloaded", [False, True])
def test_a_page_that_is_cut_off_before_it_has_the_new_address_is_led_there(
    cut_chat: ChatPage, upstream: Upstream, chars: int, is_reloaded: bool
) -> None:
    chat = cut_chat
    upstream.script("scripted", Script(text="Once and for all.", hold_after_chars=chars))
    before = asked(upstream)
    chat.ask("Where?")
    chat.page.wait_for_function("window.wasCut")
    if is_reloaded:
        chat.page.add_init_script("window.WebSocket = Object.getPrototypeOf(window.WebSocket)")
        chat.page.reload()
    chat.page.wait_for_url("**/c/*", timeout=RECONNECT_MS)
    upstream.release("scripted")
    expect_one_message(chat, upstream, "Where?", before)
    expect(chat.answer_text).to_have_text("Once and for all.")


def test_a_page_that_is_loaded_again_in_the_moment_of_its_new_address_is_led_there(
    chat: ChatPage, upstream: Upstream
) -> None:
    upstream.script("scripted", Script(text="Once and for all."))
    chat.ask("Where?")
    chat.wait_until_answered()
    chat_id = chat.conversation_id
    chat.page.evaluate("history.replaceState(history.state, '', '/')")  # what the browser goes on to load
    chat.page.reload()
    chat.page.wait_for_url(f"**/c/{chat_id}")
    expect(chat.answer_text).to_have_text("Once and for all.")


def test_a_new_chat_that_is_loaded_again_is_still_one(chat: ChatPage, upstream: Upstream) -> None:
    upstream.script("scripted", Script(text="Once and for all."))
    chat.ask("Where?")
    chat.wait_until_answered()
    chat.start_new()
    chat.page.reload()
    chat.wait_until_ready()
    chat.ask("And here?")
    chat.wait_until_answered()
    expect(chat.messages).to_have_count(2)


def test_who_goes_to_a_new_chat_has_left_the_old_though_the_server_has_not_heard_of_it(
    far_chat: ChatPage, network: CutProxy, upstream: Upstream
) -> None:
    upstream.script("scripted", Script(text="Once and for all."))
    far_chat.ask("Where?")
    far_chat.wait_until_answered()
    is_remembered = f"JSON.parse(sessionStorage.getItem('{MEMORY_NAME}')).conversation_id === "
    far_chat.page.wait_for_function(f"{is_remembered} '{far_chat.conversation_id}'")
    network.cut()
    far_chat.page.get_by_test_id("new-chat").click()
    far_chat.page.wait_for_function(f"{is_remembered} ''")


def test_who_goes_elsewhere_instead_is_not_led_away(cut_chat: ChatPage, upstream: Upstream) -> None:
    upstream.script("scripted", Script(text="Once and for all."))
    cut_chat.ask("Where?")
    cut_chat.page.wait_for_function("window.wasCut")
    cut_chat.page.add_init_script("window.WebSocket = Object.getPrototypeOf(window.WebSocket)")
    cut_chat.open("/settings")
    expect(cut_chat.page.get_by_test_id("conversation").first).to_contain_text("Where?")
    cut_chat.page.evaluate(PAINTED_20_TIMES)
    expect(cut_chat.page.get_by_test_id("settings-dialog")).to_be_visible()
    assert cut_chat.page.evaluate("location.pathname") == "/settings"


def test_who_goes_to_a_new_chat_instead_is_not_led_back(cut_chat: ChatPage, upstream: Upstream) -> None:
    upstream.script("scripted", Script(text="Once and for all."))
    cut_chat.ask("Where?")
    cut_chat.page.wait_for_function("window.wasCut")
    cut_chat.page.add_init_script("window.WebSocket = Object.getPrototypeOf(window.WebSocket)")
    cut_chat.open()
    expect(cut_chat.page.get_by_test_id("conversation").first).to_contain_text("Where?")
    expect(cut_chat.messages).to_have_count(0)
    assert cut_chat.page.evaluate("location.pathname") == "/"


def test_the_address_of_a_new_chat_comes_while_its_model_is_silent(chat: ChatPage, upstream: Upstream) -> None:
    upstream.script("scripted", Script(text="At last.", hold_after_chars=0))
    chat.ask("Are you there?")
    chat.wait_for_address()
    assert chat.answers.count() == 1
    chat.page.reload()
    upstream.release("scripted")
    chat.wait_until_answered()
    expect(chat.answer_text).to_have_text("At last.")
