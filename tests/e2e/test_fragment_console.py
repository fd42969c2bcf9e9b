"""What a preview says and wants: its errors go back to the model, its hosts are named first."""

import re

import pytest
from playwright.sync_api import expect

from tests.e2e.chat_page import ChatPage
from tests.e2e.conftest import Expected
from tests.e2e.fragment_panel import FragmentPanel
from tests.e2e.test_fragments import answered
from tests.upstream import Script, Upstream


@pytest.fixture
def complaints() -> list[str]:
    """The faults of these previews are what the tests are about."""
    return Expected()


def test_what_goes_wrong_in_a_preview_goes_back_to_the_model(
    chat: ChatPage, upstream: Upstream, panel: FragmentPanel
) -> None:
    script = "console.log('ready', {a: 1});\nmissing();"
    answered(chat, upstream, f"```html title=bad.html\n<p>x</p>\n<script>\n{script}\n</script>\n```")
    expect(panel.console.locator("li").first).to_have_text('ready {"a":1}')
    expect(panel.console.locator("[data-kind=error]")).to_have_text(re.compile(r"missing is not defined \(line 4\)"))
    upstream.script("scripted", Script(text="Mended."))
    panel.root.get_by_test_id("ask-for-fix").click()
    expect(chat.answers).to_have_count(2)
    chat.wait_until_answered()
    *_, last = upstream.requests[-1].body["messages"]
    assert "missing is not defined" in last["content"]
    assert "“bad.html”" in last["content"]


def test_what_a_preview_says_reads_as_in_a_browsers_console(
    chat: ChatPage, upstream: Upstream, panel: FragmentPanel
) -> None:
    said = (
        "console.log('a %s b %d%%', 'str', 5, 'and more');\nconsole.log('%cloud', 'color: red');\nconsole.log(1, '%s');"
    )
    fault = "setTimeout(() => reportError(new DOMException('It is shut.', 'SecurityError')));"
    answered(chat, upstream, f"```html title=said.html\n<p>x</p>\n<script>\n{said}\n{fault}\n</script>\n```")
    lines = panel.console.locator("li")
    expect(lines).to_have_text(["a str b 5% and more", "loud", "1 %s", re.compile("SecurityError: It is shut")])


def test_remote_things_wait_for_a_click_that_names_their_hosts(
    chat: ChatPage, upstream: Upstream, panel: FragmentPanel
) -> None:
    page = '<p>x</p>\n<script src="https://cdn.example/lib.js"></script>'
    answered(chat, upstream, f"```html title=cdn.html\n{page}\n```")
    note = panel.root.get_by_test_id("preview-hosts")
    expect(note).to_contain_text("cdn.example")
    expect(panel.console).to_contain_text("Not allowed here: script-src-elem https://cdn.example/lib.js")
    note.get_by_role("button", name="Allow").click()
    expect(note).to_have_count(0)
    # There is no such host: that it was looked for is what can be seen.
    expect(panel.console).to_contain_text("Something could not be loaded: https://cdn.example/lib.js")
    expect(panel.console).not_to_contain_text("Not allowed here")
