"""Copying gives what is meant, shows that it is done, and works where the page is not served securely."""

from playwright.sync_api import Page, expect

from tests.app_server import AppServer
from tests.e2e.chat_page import ChatPage
from tests.upstream import Script, Upstream

TEXT = "Use **this**:\n\n```python\nprint(1)\nprint(2)\n```\n"


def test_the_answer_is_copied_as_markdown_and_its_code_without_numbers(
    page: Page, server: AppServer, upstream: Upstream
) -> None:
    page.add_init_script("Object.defineProperty(navigator, 'clipboard', { value: undefined })")
    chat = ChatPage(page, server.url)
    chat.open()
    upstream.script("scripted", Script(text=TEXT))
    chat.ask("How?")
    chat.wait_until_answered()
    for name, expected in (("copy-answer", TEXT), ("copy-code", "print(1)\nprint(2)")):
        button = chat.answer.get_by_test_id(name)
        button.hover()
        button.click()
        expect(button).to_have_attribute("data-outcome", "done")
        expect(button).to_be_focused()
        chat.composer.fill("")
        chat.composer.press("Control+V")
        expect(chat.composer).to_have_value(expected)


def test_a_browser_that_forbids_copying_is_told_of(page: Page, server: AppServer, upstream: Upstream) -> None:
    page.add_init_script(
        "Object.defineProperty(navigator, 'clipboard', { value: undefined }); document.execCommand = () => false"
    )
    chat = ChatPage(page, server.url)
    chat.open()
    upstream.script("scripted", Script(text=TEXT))
    chat.ask("How?")
    chat.wait_until_answered()
    chat.answer.get_by_test_id("copy-code").click()
    expect(chat.answer.get_by_role("status").filter(has_text="does not let the page copy")).to_have_count(1)


def test_a_formula_is_copied_once_as_it_was_written(chat: ChatPage, upstream: Upstream) -> None:
    upstream.script("scripted", Script(text="It is $x^2 + \\frac13$ or so."))
    chat.ask("How much?")
    chat.wait_until_answered()
    expect(chat.answer_text.locator(".katex")).to_have_count(1)
    chat.answer_text.locator("p").evaluate("paragraph => getSelection().selectAllChildren(paragraph)")
    chat.page.keyboard.press("Control+C")
    assert chat.page.evaluate("navigator.clipboard.readText()") == "It is $x^2 + \\frac13$ or so."


def test_downloaded_code_ends_with_a_line_break(chat: ChatPage, upstream: Upstream) -> None:
    upstream.script("scripted", Script(text="```python\nprint(1)\n```"))
    chat.ask("Code.")
    chat.wait_until_answered()
    with chat.page.expect_download() as downloading:
        chat.answer_text.get_by_role("button", name="Download").click()
    assert downloading.value.path().read_bytes() == b"print(1)\n"
