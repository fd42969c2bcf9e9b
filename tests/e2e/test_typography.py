"""The sizes of what an answer is made of, beside each other."""

from playwright.sync_api import Locator, expect

from tests.e2e.chat_page import ChatPage
from tests.upstream import Script, Upstream

TEXT = """# One

## Two

### Three

#### Four

##### Five

Press <kbd>Ctrl</kbd> in prose.

| a | b |
|---|---|
| 1 | 2 |

- [ ] a task
  - a bullet of it
- [x] another
- a bullet beside it

<details><summary>More</summary>

Folded.

</details>

```python
print(1)
```

```mermaid
flowchart TD
  A --> B
```
"""
SIZE = "element => parseFloat(getComputedStyle(element).fontSize)"
ROOM = "cell => { const style = getComputedStyle(cell); return `${style.padding} ${style.whiteSpace}`; }"
START_OF_TEXT = """element => {
  const words = document.createTreeWalker(element, NodeFilter.SHOW_TEXT);
  let node = words.nextNode();
  while (!node.data.trim()) node = words.nextNode();
  const range = document.createRange();
  range.selectNodeContents(node);
  return range.getBoundingClientRect().left;
}"""


def answer(chat: ChatPage, upstream: Upstream) -> Locator:
    upstream.script("scripted", Script(text=TEXT))
    chat.composer.fill("Everything.")
    chat.page.get_by_test_id("send").click()
    chat.wait_until_answered()
    expect(chat.answer_text.locator("[data-streamdown=mermaid] svg[id^=mermaid]")).to_be_visible()
    expect(chat.answer_text.locator(".diagram > .code-frame")).to_be_hidden()
    return chat.answer_text


def test_headings_prose_and_tables_are_a_step_apart(chat: ChatPage, upstream: Upstream) -> None:
    text = answer(chat, upstream)
    sizes = [text.locator(name).first.evaluate(SIZE) for name in ("h1", "h2", "h3", "h4", "p", "h5", "td", "th")]
    assert sizes == [22, 19, 17, 16, 16, 14, 14, 14]
    assert [text.locator(name).first.evaluate(ROOM) for name in ("td", "th")] == ["9px 14px normal", "9px 14px nowrap"]


def test_keys_look_like_keys(chat: ChatPage, upstream: Upstream) -> None:
    style = "key => { const style = getComputedStyle(key); return [style.borderTopWidth, style.fontFamily]; }"
    border, family = answer(chat, upstream).locator("kbd").evaluate(style)
    assert border == "1px"
    assert "JetBrains Mono" in family


def test_bullets_of_a_task_stand_under_its_words(chat: ChatPage, upstream: Upstream) -> None:
    text = answer(chat, upstream)
    task = text.locator(".task-list-item").first.evaluate(START_OF_TEXT)
    bullet = text.locator(".task-list-item li").first
    dot = bullet.evaluate(START_OF_TEXT) - 18  # a marker stands so far before its words
    assert -1 <= dot - task <= 4


def test_a_bullet_among_tasks_is_one_and_what_unfolds_has_a_chevron_of_ours(chat: ChatPage, upstream: Upstream) -> None:
    text = answer(chat, upstream)
    marker = "item => getComputedStyle(item).listStyleType"
    assert text.locator("li", has_text="a bullet beside it").evaluate(marker) == "disc"
    assert text.locator("summary").evaluate(marker) == "none"
    chevron = "line => getComputedStyle(line, '::before').transform"
    folded = text.locator("summary").evaluate(chevron)
    text.locator("summary").click()
    expect(text.get_by_text("Folded.")).to_be_visible()
    assert folded not in ("none", text.locator("summary").evaluate(chevron))


def test_buttons_on_code_diagrams_and_tables_are_large_enough_for_a_thumb(phone: ChatPage, upstream: Upstream) -> None:
    text = answer(phone, upstream)
    buttons = text.locator(".code-block:visible button, [data-streamdown=mermaid-block] button, .table-actions button")
    assert buttons.count() >= 5
    for button in buttons.all():
        box = button.bounding_box()
        assert box is not None
        assert min(box["width"], box["height"]) >= 40
    for header in text.locator(".code-header:visible, [data-streamdown=mermaid-block] > :first-child").all():
        box = header.bounding_box()
        assert box is not None
        assert box["height"] >= 44
