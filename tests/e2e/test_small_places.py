"""Small windows, touch screens, input methods, first visits, paper and forced colours."""

from collections.abc import Callable
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Locator, Page, expect

from tests.app_server import AppServer
from tests.e2e.chat_page import ChatPage
from tests.e2e.fragment_panel import FragmentPanel
from tests.upstream import Script, Upstream

TEXT = "\n\n".join(f"Paragraph {number}. " + "It has some words. " * 12 for number in range(40))
PRESS = """(field, options) => {
  const all = { key: "Enter", code: "Enter", bubbles: true, cancelable: true, ...options };
  const key = new KeyboardEvent("keydown", all);
  Object.defineProperty(key, "keyCode", { value: options.keyCode });
  return field.dispatchEvent(key);
}"""


def test_enter_on_a_touch_keyboard_breaks_the_line(phone: ChatPage, upstream: Upstream) -> None:
    upstream.script("scripted", Script(text="Two lines."))
    phone.composer.tap()
    phone.composer.press_sequentially("line one")
    phone.composer.press("Enter")
    phone.composer.press_sequentially("line two")
    expect(phone.composer).to_have_value("line one\nline two")
    expect(phone.messages).to_have_count(0)
    phone.page.get_by_test_id("send").tap()
    expect(phone.messages.first.get_by_test_id("message-text")).to_have_text("line one\nline two")
    phone.wait_until_answered()


def test_an_enter_that_confirms_a_candidate_never_sends(chat: ChatPage, upstream: Upstream) -> None:
    upstream.script("scripted", Script(text="Yes."))
    chat.composer.fill("日本")
    chat.composer.evaluate(PRESS, {"isComposing": True, "keyCode": 13})
    chat.composer.dispatch_event("compositionstart")
    chat.composer.dispatch_event("compositionend")  # Safari's order: the key that ended it comes after
    chat.composer.evaluate(PRESS, {"isComposing": False, "keyCode": 229})
    expect(chat.composer).to_have_value("日本")
    expect(chat.messages).to_have_count(0)
    chat.composer.evaluate(PRESS, {"isComposing": False, "keyCode": 13})
    expect(chat.messages.first).to_have_text("日本")
    chat.wait_until_answered()


def test_send_looks_as_if_it_did_nothing_while_it_does_nothing(chat: ChatPage) -> None:
    send = chat.page.get_by_test_id("send")
    color = "button => getComputedStyle(button).backgroundColor"
    expect(send).to_have_attribute("aria-disabled", "true")
    empty = send.evaluate(color)
    chat.composer.fill("something")
    expect(send).to_have_attribute("aria-disabled", "false")
    assert send.evaluate(color) != empty
    chat.composer.fill("  ")
    expect(send).to_have_attribute("aria-disabled", "true")


@pytest.mark.parametrize("size", [(844, 390), (640, 400), (320, 480)], ids=["phone on its side", "200 %", "small"])
def test_an_empty_chat_scrolls_where_there_is_little_room(
    browser: Browser, server: AppServer, size: tuple[int, int]
) -> None:
    page = browser.new_page(viewport={"width": size[0], "height": size[1]})
    chat = ChatPage(page, server.url)
    chat.open()
    expect(page.get_by_role("button", name="Show the conversations")).to_be_visible()
    expect(page.get_by_test_id("new-chat")).not_to_be_in_viewport()
    expect(page.get_by_role("heading", name="Rivulet")).to_be_in_viewport(ratio=1)
    for suggestion in page.locator(".suggestion").all():
        suggestion.scroll_into_view_if_needed()
        suggestion.click(trial=True)  # nothing lies over it
    chat.composer.scroll_into_view_if_needed()
    expect(chat.composer).to_be_in_viewport(ratio=1)
    page.close()


def test_the_sheet_takes_the_place_of_the_sidebar_below_a_thousand_pixels(browser: Browser, server: AppServer) -> None:
    page = browser.new_page(viewport={"width": 1000, "height": 800})
    ChatPage(page, server.url).open()
    expect(page.get_by_test_id("new-chat")).to_be_in_viewport()
    page.set_viewport_size({"width": 990, "height": 800})
    expect(page.get_by_test_id("new-chat")).not_to_be_in_viewport()
    page.close()


def test_the_name_leads_to_a_new_chat_and_closes_the_sheet(phone: ChatPage) -> None:
    phone.page.get_by_test_id("show-sheet").or_(phone.page.get_by_role("button", name="Show the conversations")).click()
    expect(phone.page.locator(".app")).to_have_attribute("data-sheet", "open")
    phone.page.get_by_role("link", name="Rivulet").click()
    expect(phone.page.locator(".app")).to_have_attribute("data-sheet", "closed")


def test_a_first_visit_says_what_the_model_inside_is(page: Page, tmp_path: Path) -> None:
    with AppServer(tmp_path) as server:
        ChatPage(page, server.url).open()
        note = page.get_by_test_id("embedded-note")
        expect(note).to_contain_text("SmolLM2 135M is the tiny model")
        for way in ("ANTHROPIC_API_KEY", "Ollama", "OPENAI_BASE_URL"):
            expect(note).to_contain_text(way)
        expect(page.get_by_role("button", name="What is the capital of France?")).to_be_visible()


def test_a_real_model_has_no_such_note(chat: ChatPage) -> None:
    expect(chat.page.locator(".suggestion")).to_have_count(4)
    expect(chat.page.get_by_test_id("embedded-note")).to_have_count(0)


IN_VIEW = "element => { const { top } = element.getBoundingClientRect(); return top > 0 && top < innerHeight; }"


def is_in_view(text: Locator) -> bool:
    return bool(text.evaluate(IN_VIEW))


def press_until(chat: ChatPage, key: str, condition: Callable[[], bool]) -> None:
    """Press a key again while what is laid out late scrolls back to the end."""
    for _ in range(20):
        chat.composer.press(key)
        for _ in range(10):
            if condition():
                return
            chat.page.evaluate("() => new Promise(requestAnimationFrame)")
    raise AssertionError(f"{key} scrolls nothing")


def test_page_up_in_the_composer_scrolls_the_transcript(chat: ChatPage, upstream: Upstream) -> None:
    upstream.script("scripted", Script(text=TEXT))
    chat.ask("Go on.")
    chat.wait_until_answered()
    last = chat.page.get_by_text("Paragraph 39.")
    expect(last).to_be_in_viewport()
    press_until(chat, "PageUp", lambda: not is_in_view(last))
    expect(chat.composer).to_be_focused()
    press_until(chat, "PageDown", lambda: is_in_view(last))


def test_a_conversation_on_paper_is_whole_and_nothing_but_it(chat: ChatPage, upstream: Upstream) -> None:
    upstream.script("scripted", Script(text=TEXT))
    chat.ask("Print me.")
    chat.wait_until_answered()
    screen_only = [chat.page.get_by_test_id(name).first for name in ("composer", "new-chat", "regenerate")]
    for part in screen_only:
        expect(part).to_be_visible()
    chat.page.emulate_media(media="print", color_scheme="dark")
    for part in screen_only:
        expect(part).to_be_hidden()
    height = chat.page.evaluate("document.documentElement.scrollHeight")
    text = chat.answer_text.bounding_box()
    assert text is not None
    assert text["height"] > 2000
    assert height >= text["y"] + text["height"]
    pages = chat.page.pdf(format="A4").count(b"/Type /Page\n")
    assert pages > 2
    chat.page.emulate_media(media="screen")
    expect(chat.composer).to_be_visible()


LINES = "\n".join(f"line {number} of a file that somebody has pasted" for number in range(80))
LONG_LINE = "words = " + " + ".join(f"'number {number}'" for number in range(40))
PRINTED = f"""```python title="long.py"
{LONG_LINE}
{LINES}
```

```mermaid
graph TD
  A --> B
```

| {" | ".join(f"A column {number}" for number in range(12))} |
|{"---|" * 12}
| {" | ".join(f"value {number}" for number in range(12))} |
"""
CUT = """() => {
  const isCut = (part) => part.scrollHeight > part.clientHeight + 1 || part.scrollWidth > part.clientWidth + 1;
  const parts = [...document.querySelectorAll(".folded-text, .code-body, .table-scroll")];
  const isFaded = (part) => getComputedStyle(part).maskImage !== "none";
  return parts.filter((part) => isCut(part) || isFaded(part)).map((part) => part.className);
}"""


def test_what_is_folded_or_scrolled_on_the_screen_is_whole_on_paper(chat: ChatPage, upstream: Upstream) -> None:
    upstream.script("scripted", Script(text=PRINTED))
    chat.ask(LINES)
    chat.wait_until_answered()
    actions = chat.answer_text.locator("[data-streamdown=mermaid-block-actions]")
    expect(actions).to_be_visible()
    assert set(chat.page.evaluate(CUT)) >= {"folded-text", "code-body", "table-scroll"}
    chat.page.set_viewport_size({"width": 700, "height": 990})  # of a sheet of A4
    chat.page.emulate_media(media="print", color_scheme="dark")
    expect(chat.page.get_by_test_id("composer")).to_be_hidden()
    assert chat.page.evaluate(CUT) == []
    assert chat.page.evaluate("getComputedStyle(document.body).backgroundColor") == "rgb(255, 255, 255)"
    expect(actions).to_be_hidden()
    expect(chat.answer_text.get_by_role("button", name="Copy table")).to_be_hidden()


@pytest.mark.parametrize("size", [(320, 256), (640, 320), (667, 300), (844, 250)])
def test_a_long_draft_leaves_the_button_that_sends_within_a_low_window(
    browser: Browser, server: AppServer, size: tuple[int, int]
) -> None:
    page = browser.new_page(viewport={"width": size[0], "height": size[1]})
    chat = ChatPage(page, server.url)
    chat.open()
    chat.composer.fill("\n".join(f"line {number}" for number in range(30)))
    expect(page.get_by_test_id("send")).to_be_in_viewport(ratio=1)
    page.get_by_test_id("send").click(trial=True)
    page.close()


NAMED = '```html title="page.html"\n<h1>Page</h1>\n```\n'


@pytest.mark.parametrize("width", [1000, 1100])
def test_the_model_keeps_its_name_beside_an_open_panel(chat: ChatPage, upstream: Upstream, width: int) -> None:
    chat.page.set_viewport_size({"width": width, "height": 800})
    upstream.script("scripted", Script(text=NAMED))
    chat.ask("Make it.")
    chat.wait_until_answered()
    expect(FragmentPanel(chat.page).preview).to_be_visible()
    model = chat.page.get_by_test_id("model-picker")
    assert model.evaluate("picker => picker.offsetWidth") > 110
    thinking = chat.page.get_by_test_id("thinking-picker")
    assert thinking.evaluate("picker => getComputedStyle(picker).color") == "rgba(0, 0, 0, 0)"  # its icon stands for it
    expect(chat.page.get_by_test_id("mode-toggle").get_by_text("Streaming")).to_be_hidden()
    FragmentPanel(chat.page).close()
    expect(chat.page.get_by_test_id("mode-toggle").get_by_text("Streaming")).to_be_visible()


def test_what_is_chosen_is_told_apart_where_the_system_sets_the_colours(chat: ChatPage, upstream: Upstream) -> None:
    chat.page.emulate_media(forced_colors="active")
    upstream.script("scripted", Script(text=NAMED))
    chat.ask("Make it.")
    chat.wait_until_answered()
    tabs = FragmentPanel(chat.page).root.get_by_role("tab")
    expect(tabs.first).to_be_visible()
    expect_one_ground_apart(tabs, chosen=tabs.and_(chat.page.locator("[aria-selected=true]")))
    chat.page.goto(chat.url + "/analytics")
    ranges = chat.page.locator(".ranges button")
    expect(ranges.first).to_be_visible()
    expect_one_ground_apart(ranges, chosen=ranges.and_(chat.page.locator("[aria-pressed=true]")))


def expect_one_ground_apart(every: Locator, chosen: Locator) -> None:
    expect(chosen).to_have_count(1)
    grounds = [ground(one) for one in every.all()]
    assert len(grounds) > 1
    assert grounds.count(ground(chosen)) == 1


def ground(button: Locator) -> bytes:
    """Give a picture of one dot beside its words, as the colours that the system sets are in no computed style."""
    box = button.bounding_box()
    assert box is not None
    return button.page.screenshot(clip={"x": box["x"] + 5, "y": box["y"] + box["height"] / 2, "width": 1, "height": 1})
