"""The components work in an app that knows nothing of Rivulet but their folder."""

import gzip
import re

from playwright.sync_api import Browser, Locator, Page, expect

FLOW = "def flow(metres: int) -> float:\n    # Downhill, always.\n    return metres * 0.5"
FIBONACCI_LINES = 8
PAGE_KILOBYTES = 700
CURSORS = """root => [...root.querySelectorAll("*")].filter(
    element => getComputedStyle(element, "::after").content !== "none").length"""
LINE_NUMBER = "line => getComputedStyle(line, '::before').content"
RECORD = """card => {
    window.shown = [];
    new MutationObserver(() => window.shown.push(card.querySelector(".markdown")?.textContent ?? ""))
        .observe(card, {subtree: true, childList: true, characterData: true});
}"""


def card(page: Page, name: str) -> Locator:
    return page.get_by_test_id(name)


def write(shown: Locator, *, pauses: int) -> None:
    """Start the writing and stop at the pause with this number."""
    shown.get_by_role("button", name="Write").click()
    for _ in range(pauses - 1):
        go_on(shown)
    expect(shown.get_by_role("button", name="Go on")).to_be_visible()


def go_on(shown: Locator) -> None:
    button = shown.get_by_role("button", name="Go on")
    button.click()
    expect(button).to_have_count(0)


def finish(shown: Locator) -> None:
    go_on(shown)
    expect(shown).to_have_attribute("aria-busy", "false", timeout=60_000)


def color(element: Locator) -> str:
    return element.evaluate("element => getComputedStyle(element).color")


def height(element: Locator) -> float:
    return element.evaluate("element => element.getBoundingClientRect().height")


def token(block: Locator, text: str) -> Locator:
    return block.locator(".code-line span", has_text=re.compile(f"^{re.escape(text)}$"))


def without_spaces(text: str) -> str:
    return "".join(text.split())


def test_a_message_is_formatted_while_it_is_written(page: Page) -> None:
    message = card(page, "message")
    write(message, pauses=1)
    text = message.get_by_test_id("message-text")
    expect(text.get_by_role("heading", level=2)).to_have_text("Rivers")
    expect(text.locator("[data-streamdown=strong]")).to_have_text("much")
    expect(text.locator("p")).to_have_text("A river begins as a trickle of snow and ends much")
    assert text.evaluate(CURSORS) == 1


def test_code_in_a_message_is_highlighted_while_its_fence_is_open(page: Page) -> None:
    message = card(page, "message")
    write(message, pauses=2)
    block = message.get_by_test_id("code-block")
    expect(block).to_have_attribute("data-language", "python")
    expect(block).to_have_attribute("data-incomplete", "true")
    expect(token(block, "def")).to_have_count(1)
    assert color(token(block, "def")) != color(block.locator("pre"))
    expect(block.get_by_test_id("copy-code")).to_be_visible()
    lines = block.locator(".code-line")
    assert height(lines.last) == height(lines.first)  # the cursor takes no line of its own
    finish(message)
    expect(block).not_to_have_attribute("data-incomplete", "true")
    block.get_by_test_id("copy-code").click()
    assert page.evaluate("navigator.clipboard.readText()") == FLOW


def test_a_finished_message_is_complete_and_has_no_cursor(page: Page) -> None:
    message = card(page, "message")
    write(message, pauses=2)
    finish(message)
    text = message.get_by_test_id("message-text")
    expect(text.locator("li")).to_have_text(["It carries sand,", "it digs valleys,", "and it floods."])
    expect(text.locator("del")).to_have_text("luck")
    expect(text.get_by_role("link", name="the delta")).to_have_attribute("href", re.compile("^https://example.com"))
    expect(text.locator("p").last).to_have_text("The rest is gravity, and luck time; see the delta where it all ends.")
    assert text.evaluate(CURSORS) == 0


def test_unfinished_markup_is_never_shown_raw(page: Page) -> None:
    """Each thing shown on the way is a beginning of the end, so that nothing ever comes and goes again."""
    message = card(page, "message")
    message.evaluate(RECORD)
    write(message, pauses=2)
    finish(message)
    end = without_spaces(message.locator(".markdown").inner_text())
    shown = list(dict.fromkeys(without_spaces(text) for text in page.evaluate("shown")))
    assert len(shown) > len(end) / 3  # it did come little by little
    assert [text[-30:] for text in shown if not end.startswith(text)] == []


def test_a_code_block_grows_highlighted_and_with_line_numbers(page: Page) -> None:
    code = card(page, "code")
    write(code, pauses=1)
    block, lines = code.get_by_test_id("code-block"), code.locator(".code-line")
    expect(lines).to_have_count(3)
    expect(block).to_have_attribute("data-incomplete", "true")
    expect(token(block, "while")).to_have_count(1)
    assert color(token(block, "while")) != color(block.locator("pre"))
    finish(code)
    expect(lines).to_have_count(FIBONACCI_LINES)
    expect(lines.last).to_contain_text("print(fibonacci(10))")
    expect(block).not_to_have_attribute("data-incomplete", "true")
    assert lines.last.evaluate(LINE_NUMBER) != "none"
    assert block.evaluate(CURSORS) == 0


def test_plain_strings_serve_as_well_as_vars(page: Page) -> None:
    static = card(page, "static")
    message = static.locator("#static-message")
    expect(message.locator("[data-streamdown=strong]")).to_have_text("done")
    expect(message.get_by_test_id("thinking").locator("em")).to_have_text("first")
    expect(message).to_contain_text("Stopped by you")
    expect(message).to_have_attribute("aria-busy", "false")
    block = static.get_by_test_id("code-block")
    expect(block).to_have_attribute("data-language", "javascript")
    expect(token(block, "let")).to_have_count(1)
    assert block.locator(".code-line").evaluate(LINE_NUMBER) == "none"
    assert static.evaluate(CURSORS) == 0


def test_a_page_loads_only_what_it_shows(browser: Browser, gallery: str) -> None:
    """No diagram library, no grammar but Python's and JavaScript's, and a bound on the whole."""
    page = browser.new_page()
    addresses: list[str] = []
    page.on("response", lambda response: addresses.append(response.url))
    page.goto(gallery)
    expect(token(card(page, "static"), "let")).to_have_count(1)
    weights = {
        address: len(gzip.compress(page.request.get(address).body(), mtime=0))
        for address in addresses
        if address.endswith((".js", ".css"))
    }
    page.close()
    total_kilobytes = sum(weights.values()) / 1000
    print(f"{total_kilobytes:.0f} KB:", sorted(weights.items(), key=lambda entry: -entry[1])[:10])
    assert [name for name in weights if re.search("mermaid|cytoscape|[dD]iagram|cpp|emacs", name)] == []
    assert total_kilobytes < PAGE_KILOBYTES
