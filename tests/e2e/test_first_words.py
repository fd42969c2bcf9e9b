"""Nothing that can wait stands between a question and the first words of its answer."""

import pytest
from playwright.sync_api import Page

from tests.app_server import AppServer
from tests.e2e.chat_page import ChatPage
from tests.upstream import Fault, FaultKind, Script, Upstream

NOTE_OPENING = """
    const { send } = WebSocket.prototype;
    WebSocket.prototype.send = function (words) {
        window.hasOpened ||= String(words).startsWith("40/frames");
        return send.call(this, words);
    };
"""


def test_a_ready_page_has_opened_the_way_on_which_it_says_what_it_has_shown(page: Page, server: AppServer) -> None:
    page.add_init_script(NOTE_OPENING)
    ChatPage(page, server.url).open()
    page.wait_for_function("window.hasOpened")
    page.close()


# How many frames the page had painted when it was told of an address of a chat, and when it went there.
NOTE_FRAMES = """
    let frames = 0;
    window.noted = {};
    const note = (name, text) => String(text).includes("/c/") && (window.noted[name] ??= frames);
    const count = () => requestAnimationFrame(count, (frames += 1));
    requestAnimationFrame(count);
    const { pushState } = history;
    history.pushState = function (...given) {
        note("gone", given[2]);
        return pushState.apply(this, given);
    };
    const Real = window.WebSocket;
    window.WebSocket = class extends Real {
        constructor(...address) {
            super(...address);
            this.addEventListener("message", (event) => note("told", event.data));
        }
    };
"""
TRIES = 5  # a page that is busy for long enough goes there without having painted


def test_a_page_paints_what_came_with_the_address_of_its_chat_before_it_goes_there(
    page: Page, server: AppServer, upstream: Upstream
) -> None:
    page.add_init_script(NOTE_FRAMES)
    chat = ChatPage(page, server.url)
    upstream.script("scripted", Script(text="A few words. " * 20, chars_per_second=1000))
    painted: list[bool] = []
    for _ in range(TRIES):
        chat.open()
        page.evaluate("window.noted = {}")
        chat.ask("Go.")
        page.wait_for_function("window.noted.gone")
        painted.append(page.evaluate("noted.told < noted.gone"))
        chat.wait_until_answered()
    assert sum(painted) > TRIES / 2
    page.close()


PAINT_NOTHING = """(isHidden) => {
    window.requestAnimationFrame = () => 0;
    Object.defineProperty(document, "hidden", { get: () => isHidden });
}"""


@pytest.mark.parametrize(
    ("script", "status"),
    [(Script(text="Yes.", chunk_chars=4), "complete"), (Script(fault=Fault(FaultKind.STATUS, status=401)), "failed")],
    ids=["a word", "a refusal"],
)
def test_a_chat_whose_answer_is_over_with_its_first_frame_has_its_address(
    page: Page, server: AppServer, upstream: Upstream, script: Script, status: str
) -> None:
    chat = ChatPage(page, server.url)
    upstream.script("scripted", script)
    for _ in range(3):
        chat.open()
        chat.ask("Go.")
        chat.wait_until_answered(status)
        chat.wait_for_address()
    page.close()


@pytest.mark.parametrize("is_hidden", [True, False])
def test_a_page_that_paints_nothing_goes_to_the_address_of_its_chat(
    page: Page, server: AppServer, upstream: Upstream, is_hidden: bool
) -> None:
    chat = ChatPage(page, server.url)
    upstream.script("scripted", Script(text="Yes."))
    chat.open()
    page.evaluate(PAINT_NOTHING, is_hidden)
    chat.ask("Go.")
    chat.wait_for_address()
    page.close()
