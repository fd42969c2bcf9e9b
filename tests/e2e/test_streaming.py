"""An answer streams in a real browser, from a production build of the page."""

import re

from playwright.sync_api import BrowserContext, expect

from tests.app_server import AppServer
from tests.e2e.chat_page import ChatPage
from tests.upstream import Script, Upstream

SECTION = """## Section {n}

A river begins as a *trickle* of snow, and ends **much later** as a lake. See `code` and [a link](https://example.com).

- one
- two, with **bold**
  - nested

| kind | number |
| --- | --- |
| a | {n} |

```python
def f_{n}(x):
    return x + 1  # adds one
```

> quote {n}

"""
MIXED = "".join(SECTION.format(n=number) for number in range(100))[:20_000]
CODE = "".join(
    f'def function_{n}(value: int) -> str:\n    """Do thing {n}."""\n    return f"{{value}} is {n}"  # comment\n\n'
    for n in range(1000)
)[:50_000]
KEYSTROKES = "typed while the answer is being written"


LAST_CHARS = 500  # come when the sentence has been typed, however long a busy machine takes for that


def type_while_it_streams(chat: ChatPage, upstream: Upstream) -> None:
    """Type a sentence slowly; the composer must take each key while the answer is still being written."""
    for number, key in enumerate(KEYSTROKES, 1):
        chat.composer.press_sequentially(key, delay=50)
        assert chat.composer.input_value() == KEYSTROKES[:number]
    expect(chat.answer).to_have_attribute("data-status", "streaming")
    upstream.release("scripted")


def stored_text(chat: ChatPage) -> str:
    """What the database gives after a reload, by the copy button."""
    chat.page.reload()
    chat.wait_until_ready()
    chat.answer.get_by_role("button", name="Copy the answer").click()
    return str(chat.page.evaluate("navigator.clipboard.readText()"))


def test_a_question_and_its_answer(chat: ChatPage, upstream: Upstream) -> None:
    upstream.script("scripted", Script(text="Rivers **flow** to the sea.", hold_after_chars=13))
    chat.ask("Where do rivers go?")
    expect(chat.messages.first).to_have_text("Where do rivers go?")
    expect(chat.answer_text).to_have_text("Rivers flow")
    expect(chat.answer).to_have_attribute("data-status", "streaming")
    expect(chat.stop).to_be_visible()
    upstream.release("scripted")
    chat.wait_until_answered()
    expect(chat.answer_text).to_have_text("Rivers flow to the sea.")
    expect(chat.answer_text.locator("[data-streamdown=strong]")).to_have_text("flow")
    expect(chat.page.get_by_test_id("send")).to_be_visible()
    expect(chat.page).to_have_url(re.compile(r"/c/[0-9a-f]{32}$"))


def test_20000_characters_of_mixed_markdown_arrive_complete_while_the_composer_takes_keys(
    chat: ChatPage, upstream: Upstream
) -> None:
    script = Script(text=MIXED, chars_per_second=2000, hold_after_chars=len(MIXED) - LAST_CHARS)
    upstream.script("scripted", script)
    chat.ask("Tell me everything.")
    expect(chat.answer_text).to_contain_text("Section 2")
    type_while_it_streams(chat, upstream)
    chat.wait_until_answered(seconds=90)
    expect(chat.answer_text.locator("h2")).to_have_count(MIXED.count("## Section"))
    expect(chat.answer.get_by_test_id("code-block")).to_have_count(MIXED.count("```python"))
    assert chat.composer.input_value() == KEYSTROKES
    assert stored_text(chat) == MIXED


def test_a_code_block_of_50000_characters_arrives_complete_while_the_composer_takes_keys(
    chat: ChatPage, upstream: Upstream
) -> None:
    script = Script(text=f"```python\n{CODE}\n```", chars_per_second=4000, hold_after_chars=len(CODE) - LAST_CHARS)
    upstream.script("scripted", script)
    chat.ask("Write a module.")
    expect(chat.answer_text).to_contain_text("function_20")
    type_while_it_streams(chat, upstream)
    chat.wait_until_answered(seconds=90)
    shown = "".join(chat.answer.locator(".code-line").all_text_contents())
    assert shown.rstrip("\n") == CODE.rstrip("\n")
    assert stored_text(chat) == f"```python\n{CODE}\n```"


def test_code_is_highlighted_while_its_block_is_open(chat: ChatPage, upstream: Upstream) -> None:
    text = "Look:\n\n```python\ndef answer():\n    return 42\n```\n\nDone."
    upstream.script("scripted", Script(text=text, hold_after_chars=text.index("42")))
    chat.ask("Show me.")
    block = chat.answer.get_by_test_id("code-block")
    expect(block).to_have_attribute("data-language", "python")
    expect(block).to_have_attribute("data-incomplete", "true")
    keyword = block.locator(".code-line span", has_text=re.compile("^def$"))
    expect(keyword).to_have_count(1)
    assert keyword.evaluate("element => getComputedStyle(element).color") != block.locator("pre").evaluate(
        "element => getComputedStyle(element).color"
    )
    upstream.release("scripted")
    chat.wait_until_answered()
    expect(block).not_to_have_attribute("data-incomplete", "true")
    block.get_by_test_id("copy-code").click()
    assert chat.page.evaluate("navigator.clipboard.readText()") == "def answer():\n    return 42"


def test_the_cursor_shows_only_while_the_answer_is_written(chat: ChatPage, upstream: Upstream) -> None:
    upstream.script("scripted", Script(text="One two three.", hold_after_chars=7))
    chat.ask("Count.")
    expect(chat.answer_text).to_have_text("One two")
    cursor = "element => getComputedStyle(element.querySelector('p'), '::after').content"
    assert chat.answer_text.evaluate(cursor) == '""'
    upstream.release("scripted")
    chat.wait_until_answered()
    assert chat.answer_text.evaluate(cursor) == "none"


def test_the_cursor_breathes_only_while_nothing_comes(chat: ChatPage, upstream: Upstream) -> None:
    upstream.script("scripted", Script(text="One two three.\n\n```python\nx = 1\ny = 2\n```", hold_after_chars=11))
    chat.ask("Go.")
    breathing = "node => getComputedStyle(node, '::after').animationName"
    expect(chat.answer_text.locator("[data-still]")).to_have_count(1)
    assert chat.answer_text.locator("p").evaluate(breathing) == "breathe"
    chat.page.evaluate("""() => {
      window.stills = [];
      const element = document.querySelector("[data-still]");
      new MutationObserver(() => window.stills.push(element.hasAttribute("data-still")))
        .observe(element, { attributeFilter: ["data-still"] });
    }""")
    upstream.release("scripted")
    chat.wait_until_answered()
    assert chat.page.evaluate("window.stills")[0] is False
    assert chat.page.locator("[data-still]").count() == 0


def test_waiting_says_what_is_awaited(chat: ChatPage, upstream: Upstream) -> None:
    upstream.script("scripted", Script(text="Now.", hold_after_chars=0))
    chat.ask("When?")
    expect(chat.answer.get_by_test_id("waiting")).to_contain_text("Waiting for the first words")
    expect(chat.answer.get_by_test_id("waiting")).to_contain_text(re.compile(r"\d s"))
    upstream.release("scripted")
    chat.wait_until_answered()
    expect(chat.answer.get_by_test_id("waiting")).to_have_count(0)


def test_thinking_is_shown_and_folds_when_the_answer_begins(chat: ChatPage, upstream: Upstream) -> None:
    upstream.script("scripted", Script(thinking="First, the snow.", text="The sea.", hold_after_chars=0))
    chat.ask("Think.")
    thinking = chat.answer.get_by_test_id("thinking")
    expect(thinking).to_contain_text("First, the snow.")
    expect(thinking).to_have_attribute("open", "")
    expect(thinking.locator("summary")).to_contain_text("Thinking")
    upstream.release("scripted")
    chat.wait_until_answered()
    expect(thinking).not_to_have_attribute("open", "")
    expect(chat.answer_text).to_have_text("The sea.")


def test_tables_tasks_math_and_diagrams_render(chat: ChatPage, upstream: Upstream) -> None:
    text = (
        "| a | b |\n|---|---|\n| 1 | 2 |\n\n- [x] done\n- [ ] open\n\n$$\nE = mc^2\n$$\n\n"
        "```mermaid\ngraph TD\n  Snow --> River\n```\n\nA note[^1].\n\n[^1]: The note."
    )
    upstream.script("scripted", Script(text=text))
    chat.ask("Everything.")
    chat.wait_until_answered()
    expect(chat.answer_text.locator("table td")).to_have_text(["1", "2"])
    expect(chat.answer_text.locator("input[type=checkbox]")).to_have_count(2)
    expect(chat.answer_text.locator(".katex")).to_be_visible()
    expect(chat.answer_text.locator("svg[id*=mermaid]")).to_be_visible()
    expect(chat.answer_text.locator("[data-footnotes]")).to_contain_text("The note.")


def test_math_and_diagrams_are_drawn_when_they_are_whole(chat: ChatPage, upstream: Upstream) -> None:
    math = "Here:\n\n$$\n\\frac{\\sqrt{\\pi}}{2}\n$$\n\n"
    diagram = "```mermaid\ngraph TD\n  A[Spring] --> B[Sea]\n```\n\nDone."
    half = math.index("pi") + 1
    upstream.script("scripted", Script(text=math + diagram, hold_after_chars=half))
    chat.ask("Draw.")
    expect(chat.answer_text).to_have_text("Here:")
    upstream.release("scripted")
    chat.wait_until_answered()
    expect(chat.answer.locator(".katex-display")).to_have_count(1)
    expect(chat.answer.locator("svg[id^=mermaid]")).to_be_visible()

    upstream.script("scripted", Script(text=math + diagram, hold_after_chars=len(math) + diagram.index("Spring") + 3))
    chat.ask("And again.")
    block = chat.answer.get_by_test_id("code-block")
    expect(block).to_have_attribute("data-language", "mermaid")
    expect(block).to_contain_text("A[Spr")
    chat.stop.click()
    chat.wait_until_answered("interrupted")
    expect(block).to_contain_text("A[Spr")
    expect(chat.answer).not_to_contain_text("error")


def test_nothing_of_a_model_is_live_html(chat: ChatPage, upstream: Upstream) -> None:
    text = (
        "<script>window.stolen = 1</script><img src=x onerror='window.stolen = 1'>"
        "<a href='javascript:window.stolen=1'>raw</a>\n\n[bad](javascript:window.stolen=1) "
        "[good](https://example.com)\n\n![cat](https://tracker.example/cat.png?secret=1)\n\n"
        "<iframe src='https://example.com'></iframe><form><button>x</button></form>"
    )
    requested: list[str] = []
    chat.page.on("request", lambda request: requested.append(request.url))
    upstream.script("scripted", Script(text=text))
    chat.ask("Attack.")
    chat.wait_until_answered()
    gate = chat.answer_text.get_by_test_id("image-gate").filter(has_text="tracker.example")
    expect(gate).to_be_visible()
    assert chat.answer_text.locator("script, iframe, form, [onerror], a[href^='javascript']").count() == 0
    expect(chat.answer_text.get_by_role("link", name="good")).to_have_attribute(
        "href", re.compile("^https://example.com")
    )
    assert chat.page.evaluate("window.stolen") is None
    assert [url for url in requested if "tracker.example" in url] == []
    with chat.page.expect_request(lambda request: "tracker.example" in request.url):
        gate.click()


def test_the_view_follows_until_the_reader_scrolls_up(chat: ChatPage, upstream: Upstream) -> None:
    upstream.script(
        "scripted", Script(text=MIXED[:6000], chars_per_second=1500, hold_after_chars=MIXED.index("## Section 13"))
    )
    chat.ask("Long, please.")
    expect(chat.answer_text.locator("h2").last).to_have_text("Section 12", timeout=30_000)
    scroller = chat.page.locator(".transcript-scroll")
    from_end = "element => element.scrollHeight - element.scrollTop - element.clientHeight"
    chat.page.wait_for_function(f"(({from_end}))(document.querySelector('.transcript-scroll')) < 5")
    room = scroller.evaluate("element => element.clientHeight")
    chat.composer.fill("A draft\n" * 8)  # while nothing comes
    chat.page.wait_for_function(
        "room => document.querySelector('.transcript-scroll').clientHeight < room - 50", arg=room
    )
    chat.page.wait_for_function(f"(({from_end}))(document.querySelector('.transcript-scroll')) < 5")
    scroller.hover()
    chat.page.mouse.wheel(0, -900)
    way_down = chat.page.get_by_test_id("scroll-to-end")
    expect(way_down).to_be_visible()
    position = scroller.evaluate("element => element.scrollTop")
    upstream.release("scripted")
    chat.wait_until_answered()
    assert scroller.evaluate("element => element.scrollTop") == position
    way_down.click()
    chat.page.wait_for_function(f"(({from_end}))(document.querySelector('.transcript-scroll')) < 5")
    expect(way_down).to_have_count(0)


def test_bytes_on_the_socket_grow_nearly_linearly(
    context: BrowserContext, server: AppServer, upstream: Upstream
) -> None:
    """Counted in frames as the browser gets them, before decompression is not visible to it: payload bytes."""

    def payload_bytes(chars: int) -> int:
        page = context.new_page()
        received = 0

        def count(payload: str | bytes) -> None:
            nonlocal received
            received += len(payload)

        page.on("websocket", lambda socket: socket.on("framereceived", count))
        chat = ChatPage(page, server.url)
        chat.open()
        upstream.script("scripted", Script(text="abcdefgh " * (chars // 9), chars_per_second=4000))
        before = received
        chat.ask("Go.")
        chat.wait_until_answered()
        page.close()
        return received - before

    short, long = payload_bytes(6_000), payload_bytes(24_000)
    assert long < short * 8  # a growing var would cost sixteen times as much
