"""Nothing that can wait stands between a question and the first words of its answer."""

import pytest
from playwright.sync_api import Page, WebSocket

from tests.app_server import AppServer
from tests.e2e.chat_page import ChatPage
from tests.upstream import Fault, FaultKind, Script, Upstream


def test_a_ready_page_has_opened_the_way_on_which_it_says_what_it_has_shown(page: Page, server: AppServer) -> None:
    said = said_on(page)
    ChatPage(page, server.url).open()
    deadline = 600
    while not any(words.startswith("40/frames") for words in said) and (deadline := deadline - 1):
        page.wait_for_timeout(50)
    assert deadline
    page.close()


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
        page.wait_for_url("**/c/*")
    page.close()


def said_on(page: Page) -> list[str]:
    """What the page and its server say to each other from here on."""
    said: list[str] = []

    def note(words: str | bytes) -> None:
        said.append(str(words))

    def listen(socket: WebSocket) -> None:
        socket.on("framesent", note)
        socket.on("framereceived", note)

    page.on("websocket", listen)
    return said
