"""Our styles name as little of Streamdown's insides as can be, and all that they name is there."""

from playwright.sync_api import expect

from tests.e2e.chat_page import ChatPage
from tests.upstream import Script, Upstream

EVERY_KIND = """A [link](https://example.com), `code` and **words**.

| a | b |
| --- | --- |
| 1 | 2 |

```mermaid
graph TD
  A --> B
```

```mermaid
this is none
```

```python
x = 1
```
"""
# Selectors, each by itself, without what a pointer or a pseudo-element adds.
NAMED = """() => {
    const parts = (selector) => {
        let depth = 0;
        return [...selector].reduce((found, sign) => {
            depth += "([".includes(sign) ? 1 : ")]".includes(sign) ? -1 : 0;
            if (sign === "," && depth === 0) return [...found, ""];
            return [...found.slice(0, -1), found.at(-1) + sign];
        }, [""]).map((part) => part.replace(/::?(?:after|before|hover|focus-within|focus-visible)/g, "").trim());
    };
    const styles = (rules) => [...rules].flatMap((rule) => [
        ...(rule.selectorText ? parts(rule.selectorText) : []),
        ...(rule.cssRules ? styles(rule.cssRules) : []),
    ]);
    const all = [...document.styleSheets].flatMap((sheet) => styles(sheet.cssRules));
    return [...new Set(all)].filter((selector) => selector.includes("data-streamdown"));
}"""
MOST = 11


def test_what_our_styles_name_of_streamdown_is_there(chat: ChatPage, upstream: Upstream) -> None:
    upstream.script("scripted", Script(text=EVERY_KIND))
    chat.ask("Every kind.")
    chat.wait_until_answered()
    expect(chat.answer.get_by_test_id("undrawn")).to_be_visible()
    expect(chat.answer_text.locator("[data-streamdown=mermaid] svg[id^=mermaid]")).to_be_visible()
    named = chat.page.evaluate(NAMED)
    assert 0 < len(named) <= MOST, named
    assert [selector for selector in named if chat.page.locator(f"css={selector}").count() == 0] == []


def test_the_page_has_no_keys_while_a_diagram_fills_the_screen(chat: ChatPage, upstream: Upstream) -> None:
    upstream.script("scripted", Script(text=EVERY_KIND))
    chat.ask("A diagram.")
    chat.wait_until_answered()
    upstream.script("scripted", Script(text="One word. More to come.", hold_after_chars=9))
    chat.ask("And a word.")
    expect(chat.answer_text).to_have_text("One word.")
    drawn = chat.answers.first.locator("[data-streamdown=mermaid-block]", has=chat.page.locator("svg[id^=mermaid]"))
    drawn.locator("[data-streamdown=mermaid-block-actions] button").last.click()
    screen = chat.page.locator("[data-streamdown=mermaid-fullscreen]")
    expect(screen).to_be_visible()
    chat.page.keyboard.press("Escape")
    expect(screen).to_have_count(0)
    upstream.release("scripted")
    chat.wait_until_answered("complete")


def test_a_table_can_be_copied_and_downloaded(chat: ChatPage, upstream: Upstream) -> None:
    upstream.script("scripted", Script(text=EVERY_KIND))
    chat.ask("A table.")
    chat.wait_until_answered()
    table = chat.answer.get_by_test_id("table")
    table.hover()
    copy, download = table.get_by_role("button").all()
    copy.click()
    table.get_by_text("Markdown").click()
    chat.page.wait_for_function("async () => (await navigator.clipboard.readText()).includes('| 1 | 2 |')")
    download.click()
    with chat.page.expect_download() as started:
        table.get_by_text("CSV").click()
    assert started.value.suggested_filename.endswith(".csv")
