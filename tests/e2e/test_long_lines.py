"""A line of very many characters neither loses one nor is highlighted anew with each of them."""

from playwright.sync_api import expect

from tests.e2e.chat_page import ChatPage
from tests.upstream import Script, Upstream

LINE = 'd["k"]=[x*2 for x in range(10) if x%3==0 and not x>7];f(a=1,b="two");'


def test_a_line_of_20000_characters_is_whole_and_plain(chat: ChatPage, upstream: Upstream) -> None:
    code = f"import a\n{LINE * 290}\nprint(1)"
    upstream.script("scripted", Script(text=f"Minified:\n\n```python\n{code}\n```\n\nDone.", chars_per_second=8_000))
    chat.ask("Minify.")
    block = chat.answer.get_by_test_id("code-block")
    expect(block).to_contain_text("import a")
    chat.composer.press_sequentially("typed meanwhile")
    chat.wait_until_answered()
    lines = block.locator(".code-line")
    expect(lines).to_have_count(3)
    assert lines.nth(1).evaluate("line => line.textContent.trimEnd()") == LINE * 290
    pieces = lines.nth(1).evaluate("line => [...line.children].map(({ textContent }) => textContent.length)")
    assert max(pieces) <= 1_000
    assert len(pieces) == 21
    expect(chat.composer).to_have_value("typed meanwhile")
    assert lines.first.locator("span").count() > 1  # highlighted
