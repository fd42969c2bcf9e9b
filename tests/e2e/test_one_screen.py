"""The page is one screen: only its parts scroll, whatever stands in them."""

from playwright.sync_api import expect

from tests.e2e.chat_page import ChatPage
from tests.upstream import Script, Upstream

LONG = "".join(f"Paragraph {number} of a long answer.\n\n" for number in range(120))
OVERFLOW = "() => [document.documentElement, document.body].map((one) => one.scrollHeight - innerHeight)"


def test_nothing_in_a_long_answer_makes_the_page_itself_scroll(chat: ChatPage, upstream: Upstream) -> None:
    upstream.script("scripted", Script(text=LONG))
    chat.ask("Long?")
    chat.wait_until_answered()
    assert chat.page.evaluate(OVERFLOW) == [0, 0]
    chat.page.evaluate("document.body.scrollTop = document.documentElement.scrollTop = 500")
    assert chat.page.evaluate("[document.body.scrollTop, document.documentElement.scrollTop]") == [0, 0]
    expect(chat.composer).to_be_in_viewport()
