"""Fragments in the browser: made by answers and by hand, seen, compared and edited beside the chat."""

import io
import re
import zipfile
import zlib
from itertools import pairwise

import pytest
from playwright.sync_api import expect

from app.fragments.limits import MAX_FRAGMENTS
from tests.app_server import AppServer
from tests.e2e.chat_page import ChatPage
from tests.e2e.conftest import Expected
from tests.e2e.fragment_panel import FragmentPanel, cards
from tests.e2e.settings_page import SettingsPage
from tests.upstream import Script, Upstream

PAGE = """<!doctype html>
<title>Counter</title>
<style>h1 { color: rgb(0, 128, 0); }</style>
<h1>Counter</h1>
<button onclick="this.textContent = Number(this.textContent) + 1">0</button>
<p>The end.</p>
"""
ANSWER = (
    f'A page:\n\n```html title="counter.html"\n{PAGE}```\n\nand a helper:\n\n```python\ndef f(x):\n    return x\n```\n'
)
LONG = "```python\n" + "".join(f"line_{number} = {number}\n" for number in range(40)) + "```\n"
WRITING = re.compile("writing…")


@pytest.fixture
def complaints() -> list[str]:
    """What is drawn while it is written has its handlers, too, and they do not run yet."""
    return Expected("Executing inline event handler violates")


def answered(chat: ChatPage, upstream: Upstream, text: str = ANSWER, question: str = "Make it") -> None:
    upstream.script("scripted", Script(text=text))
    count = chat.answers.count()
    chat.ask(question)
    expect(chat.answers).to_have_count(count + 1)
    chat.wait_until_answered()


def test_a_named_block_is_a_card_that_opens_the_panel_while_it_is_written(
    chat: ChatPage, upstream: Upstream, panel: FragmentPanel
) -> None:
    upstream.script("scripted", Script(text=ANSWER, hold_after_chars=ANSWER.index("<button")))
    chat.ask("Make it")
    card = cards(chat.answer).first
    expect(card.get_by_test_id("fragment-open")).to_contain_text("counter.html")
    expect(card.get_by_test_id("fragment-open")).to_contain_text(WRITING)
    expect(panel.name).to_have_text("counter.html")
    expect(panel.document.get_by_role("heading")).to_have_text("Counter")
    expect(panel.document.get_by_role("heading")).to_have_css("color", "rgb(0, 128, 0)")
    expect(panel.document.get_by_role("button")).to_have_count(0)
    expect(panel.version).to_contain_text(WRITING)
    upstream.release("scripted")
    chat.wait_until_answered()
    button = panel.document.get_by_role("button")
    button.click()
    expect(button).to_have_text("1")
    expect(card.get_by_test_id("fragment-open")).to_contain_text("Page · version 1 · 6 lines")
    expect(panel.version).not_to_contain_text(WRITING)
    panel.view("code")
    assert panel.code.inner_text().replace("\n", "") == PAGE.replace("\n", "")


def test_a_fragment_opens_however_often_the_address_changes_meanwhile(
    chat: ChatPage, upstream: Upstream, panel: FragmentPanel
) -> None:
    for delay in (0.1, 0.2, 0.3):
        chat.open()
        upstream.script(
            "scripted", Script(text=ANSWER, hold_after_chars=ANSWER.index("<button"), first_delay_seconds=delay)
        )
        chat.ask("Make it")
        address = f"/c/{chat.conversation_id}"
        chat.page.evaluate(
            """async (address) => {
                const go = (path) => [...document.querySelectorAll("a")].find((a) => a.pathname === path)?.click();
                for (let turn = 0; turn < 12; turn += 1) {
                    go(turn % 2 ? address : "/settings");
                    await new Promise((done) => setTimeout(done, 60));
                }
            }""",
            address,
        )
        expect(panel.name).to_have_text("counter.html")
        upstream.release("scripted")
        chat.wait_until_answered()


def test_what_is_drawn_stays_until_the_next_is_there(chat: ChatPage, upstream: Upstream, panel: FragmentPanel) -> None:
    paragraphs = "".join(f"<p>Paragraph {number}</p>\n" for number in range(60))
    upstream.script(
        "scripted", Script(text=f"```html title=a.html\n<h1>Up</h1>\n{paragraphs}```", chars_per_second=400)
    )
    chat.ask("Write")
    expect(panel.document.get_by_role("heading")).to_be_visible()
    seen = chat.page.evaluate(
        """() => new Promise((done) => {
            const counts = [];
            const look = () => {
              const frames = [...document.querySelectorAll(".preview-frames iframe")];
              counts.push(frames.filter((frame) => getComputedStyle(frame).visibility === "visible").length);
              const isOver = document.querySelector('[data-role="assistant"]').dataset.status === "complete";
              if (isOver) done(counts); else requestAnimationFrame(look);
            };
            look();
        })"""
    )
    assert len(seen) > 20
    assert set(seen) == {1}
    expect(panel.document.get_by_text("Paragraph 59")).to_be_attached()


def test_a_long_nameless_block_becomes_one_and_folds(chat: ChatPage, upstream: Upstream, panel: FragmentPanel) -> None:
    answered(chat, upstream, LONG)
    card = cards(chat.answer)
    expect(card.get_by_test_id("fragment-open")).to_contain_text("Python")
    expect(panel.code).to_contain_text("line_39 = 39")
    body = card.locator(".code-body")
    folded = body.bounding_box()
    card.get_by_test_id("unfold-fragment").click()
    expect(card.get_by_test_id("unfold-fragment")).to_have_attribute("aria-expanded", "true")
    unfolded = body.bounding_box()
    assert folded
    assert unfolded
    assert unfolded["height"] > folded["height"] * 2
    card.get_by_test_id("unfold-fragment").click()
    expect(card.get_by_test_id("unfold-fragment")).to_have_attribute("aria-expanded", "false")


def test_nothing_jumps_when_a_block_becomes_one(chat: ChatPage, upstream: Upstream) -> None:
    upstream.script("scripted", Script(text=LONG, chars_per_second=200))
    chat.page.evaluate(
        """() => {
            window.heights = [];
            const look = () => {
              const block = document.querySelector("[data-testid=code-block]");
              if (block) window.heights.push(block.getBoundingClientRect().height);
              requestAnimationFrame(look);
            };
            look();
        }"""
    )
    chat.ask("Write")
    expect(cards(chat.answer)).to_have_count(1)
    chat.wait_until_answered()
    heights = chat.page.evaluate("window.heights")
    assert all(later >= before - 0.5 for before, later in pairwise(heights))


def test_any_other_block_becomes_one_by_a_click_while_it_is_written(
    chat: ChatPage, upstream: Upstream, panel: FragmentPanel
) -> None:
    text = "```bash\nls\nwhoami\n```\nDone."
    upstream.script("scripted", Script(text=text, hold_after_chars=text.index("whoami")))
    chat.ask("Script")
    block = chat.answer.get_by_test_id("code-block")
    expect(block).to_contain_text("ls")
    chat.answer.get_by_test_id("keep-fragment").click()
    expect(panel.name).to_have_text("Bash")
    expect(panel.code).to_have_text("ls")
    upstream.release("scripted")
    chat.wait_until_answered()
    expect(panel.code).to_contain_text("whoami")
    expect(cards(chat.answer)).to_have_count(1)
    chat.page.reload()
    expect(cards(chat.answer).get_by_test_id("fragment-open")).to_contain_text("Bash")


def test_the_text_of_the_message_stays_whole(chat: ChatPage, upstream: Upstream) -> None:
    answered(chat, upstream, LONG)
    chat.answer.get_by_test_id("copy-answer").click()
    assert chat.page.evaluate("navigator.clipboard.readText()") == LONG
    cards(chat.answer).get_by_test_id("copy-code").click()
    assert "line_39" in chat.page.evaluate("navigator.clipboard.readText()")


def test_the_same_name_is_the_next_version_and_changes_show_by_words(
    chat: ChatPage, upstream: Upstream, panel: FragmentPanel
) -> None:
    answered(chat, upstream)
    answered(chat, upstream, ANSWER.replace("The end.", "The very end.").replace("<title>", "<!-- new -->\n<title>"))
    expect(panel.version.locator("option")).to_have_count(2)
    expect(panel.version).to_have_value("2")
    expect(panel.document.get_by_text("The very end.")).to_be_visible()
    panel.view("changes")
    expect(panel.changes.locator("[data-kind=added]")).to_have_count(2)
    expect(panel.changes.locator("ins").filter(has_text="very")).to_be_visible()
    panel.root.get_by_role("button", name="Side by side").click()
    expect(panel.changes).to_have_attribute("data-split", "true")
    panel.root.get_by_role("button", name="Version before").click()
    expect(panel.version).to_have_value("1")
    expect(panel.root.get_by_test_id("compared-version")).to_have_value("2")
    cards(chat.answers.first).first.get_by_test_id("fragment-open").click()
    expect(panel.version).to_have_value("1")


def test_an_older_version_is_restored_as_a_new_one(chat: ChatPage, upstream: Upstream, panel: FragmentPanel) -> None:
    answered(chat, upstream)
    answered(chat, upstream, ANSWER.replace("The end.", "Changed."))
    expect(panel.version).to_have_value("2")
    panel.version.select_option("1")
    panel.root.get_by_test_id("restore-fragment").click()
    expect(panel.version).to_have_value("3")
    expect(panel.version.locator("option").last).to_have_text("Version 3 · yours")
    expect(panel.document.get_by_text("The end.")).to_be_visible()


@pytest.mark.parametrize(
    ("block", "seen"),
    [
        ("```svg title=a.svg\n<svg viewBox='0 0 9 9'><circle id='dot' r='4'/></svg>\n```", "#dot"),
        ("```markdown title=a.md\n# The plan\n\n- one\n```", "h1"),
        ("```mermaid title=a.mmd\ngraph LR\n  A --> B\n```", "svg"),
    ],
    ids=["svg", "markdown", "mermaid"],
)
def test_each_kind_is_seen_as_what_it_is(
    chat: ChatPage, upstream: Upstream, panel: FragmentPanel, block: str, seen: str
) -> None:
    answered(chat, upstream, block)
    place = panel.document if "a.svg" in block else panel.preview
    expect(place.locator(seen).first).to_be_attached()
    expect(panel.root.get_by_test_id("preview-cut-off")).to_have_count(0)


def test_of_a_drawing_that_is_cut_off_what_there_is_is_shown_and_said_to_be_not_all(
    chat: ChatPage, upstream: Upstream, panel: FragmentPanel
) -> None:
    answered(chat, upstream, "```svg title=a.svg\n<svg viewBox='0 0 9 9'><circle id='dot' r='4'/><path d='M 0")
    expect(panel.document.locator("#dot")).to_be_attached()
    expect(panel.root.get_by_test_id("preview-cut-off")).to_contain_text("The drawing is not whole")


def colour_at_the_end_of(panel: FragmentPanel) -> tuple[int, ...]:
    """The red, green and blue of a pixel near the lower right corner of the preview."""
    box = panel.preview.bounding_box()
    assert box
    x, y = box["x"] + box["width"] - 40, box["y"] + box["height"] - 40
    png = panel.page.screenshot(clip={"x": x, "y": y, "width": 1, "height": 1})
    start = png.index(b"IDAT")
    size = int.from_bytes(png[start - 4 : start])
    return tuple(zlib.decompressobj().decompress(png[start + 4 : start + 4 + size])[1:4])  # after the line's filter


@pytest.mark.parametrize(
    ("style", "colour"),
    [("body { background: rgb(0, 96, 128) }", (0, 96, 128)), ("", (255, 255, 255))],
    ids=["its own", "none"],
)
def test_a_page_has_its_own_colour_to_its_edges_and_else_that_of_paper(
    chat: ChatPage, upstream: Upstream, panel: FragmentPanel, style: str, colour: tuple[int, ...]
) -> None:
    chat.page.emulate_media(color_scheme="dark")
    answered(chat, upstream, f"```html title=short.html\n<style>{style}</style><p>Short.</p>\n```")
    expect(panel.document.get_by_text("Short.")).to_be_visible()
    panel.root.evaluate("node => Promise.all(node.getAnimations({ subtree: true }).map((each) => each.finished))")
    assert colour_at_the_end_of(panel) == colour


def test_data_is_a_table_that_sorts_or_a_tree(chat: ChatPage, upstream: Upstream, panel: FragmentPanel) -> None:
    answered(chat, upstream, "```csv title=a.csv\nname,size\nbrook,2\nriver,10\nspring,1\n```")
    panel.preview.get_by_role("button", name="size").click()
    expect(panel.preview.locator("tbody td:first-child")).to_have_text(["spring", "brook", "river"])
    panel.preview.get_by_role("button", name="size").click()
    expect(panel.preview.locator("tbody td:first-child")).to_have_text(["river", "brook", "spring"])
    answered(chat, upstream, '```json title=a.json\n{"river": {"length": 12, "dry": false}}\n```')
    expect(panel.preview.get_by_text("length")).to_be_visible()
    answered(chat, upstream, "```json title=bad.json\n{oops\n```")
    expect(panel.root.get_by_test_id("preview-trouble")).to_contain_text("no valid JSON")


def test_a_diagram_that_does_not_parse_says_so(chat: ChatPage, upstream: Upstream, panel: FragmentPanel) -> None:
    answered(chat, upstream, "```mermaid title=a.mmd\ngraph LR\n  A --> -->\n```")
    expect(panel.preview.get_by_test_id("undrawn")).to_be_visible()


def test_a_stopped_fragment_keeps_what_had_come_and_goes_on_in_the_same_version(
    chat: ChatPage, upstream: Upstream, panel: FragmentPanel
) -> None:
    upstream.script("scripted", Script(text=ANSWER, hold_after_chars=ANSWER.index("<button")))
    chat.ask("Make it")
    expect(panel.document.get_by_role("heading")).to_be_visible()
    chat.stop.click()
    chat.wait_until_answered("interrupted")
    expect(panel.root.get_by_text("This version was stopped; what had come is kept.")).to_be_visible()
    rest = ANSWER[ANSWER.index("<button") :]
    upstream.script("scripted", Script(text=rest))
    chat.page.get_by_test_id("continue").click()
    chat.wait_until_answered()
    expect(panel.document.get_by_text("The end.")).to_be_visible()
    expect(panel.version.locator("option")).to_have_count(1)


def test_the_code_is_wrapped_and_searched(chat: ChatPage, upstream: Upstream, panel: FragmentPanel) -> None:
    answered(chat, upstream, LONG)
    find = panel.root.get_by_test_id("fragment-find")
    find.fill("LINE_1")
    expect(panel.root.locator(".find-count")).to_have_text("1 of 11")
    find.press("Enter")
    expect(panel.root.locator(".find-count")).to_have_text("2 of 11")
    find.press("Shift+Enter")
    expect(panel.root.locator(".find-count")).to_have_text("1 of 11")
    find.fill("nowhere")
    expect(panel.root.locator(".find-count")).to_have_text("Nothing")
    panel.root.get_by_role("button", name="Wrap long lines").click()
    expect(panel.root.locator(".code-block")).to_have_attribute("data-wraps", "true")


def test_the_code_beside_the_chat_follows_its_end_until_the_reader_scrolls_up(
    chat: ChatPage, upstream: Upstream, panel: FragmentPanel
) -> None:
    code = "".join(f"line_{number} = {number}\n" for number in range(200))
    upstream.script("scripted", Script(text=f"```python\n{code}```\n", hold_after_chars=code.index("line_100")))
    chat.ask("Make it")
    expect(panel.code).to_contain_text("line_98")
    scroller = panel.root.locator(".fragment-scroll")
    from_end = "node => node.scrollHeight - node.scrollTop - node.clientHeight"
    chat.page.wait_for_function("node => node.scrollTop > 0", arg=scroller.element_handle())
    assert scroller.evaluate(from_end) < 3
    scroller.hover()
    chat.page.mouse.wheel(0, -400)
    chat.page.wait_for_function(f"node => ({from_end})(node) > 300", arg=scroller.element_handle())
    before = scroller.evaluate("node => node.scrollTop")
    upstream.release("scripted")
    chat.wait_until_answered()
    expect(panel.code).to_contain_text("line_199")
    assert abs(scroller.evaluate("node => node.scrollTop") - before) < 3


def test_all_of_it_is_downloaded(chat: ChatPage, upstream: Upstream, panel: FragmentPanel) -> None:
    answered(chat, upstream, ANSWER.replace("```python", "```python title=f.py"))
    with chat.page.expect_download() as one:
        panel.root.get_by_test_id("download-fragment").click()
    assert one.value.suggested_filename == "counter.html"
    assert one.value.path().read_text() == PAGE
    panel.root.get_by_test_id("list-fragments").click()
    expect(chat.page.get_by_test_id("fragment-line")).to_have_count(2)
    with chat.page.expect_download() as everything:
        panel.root.get_by_test_id("download-all").click()
    names = zipfile.ZipFile(io.BytesIO(everything.value.path().read_bytes())).namelist()
    assert sorted(names) == ["counter.html", "f.py"]


def test_the_keyboard_reaches_all_of_it(chat: ChatPage, upstream: Upstream, panel: FragmentPanel) -> None:
    answered(chat, upstream)
    panel.close()
    expect(panel.root).to_have_count(0)
    opener = cards(chat.answer).first.get_by_test_id("fragment-open")
    opener.focus()
    opener.press("Enter")
    expect(panel.root).to_be_focused()
    separator = panel.root.get_by_role("separator")
    before = int(separator.get_attribute("aria-valuenow") or 0)
    separator.press("ArrowLeft")
    expect(separator).to_have_attribute("aria-valuenow", str(before + 2))
    panel.root.get_by_test_id("view-preview").press("ArrowRight")
    expect(panel.root.get_by_test_id("view-code")).to_be_focused()
    expect(panel.code).to_be_visible()
    chat.page.keyboard.press("Escape")
    expect(panel.root).to_have_count(0)
    expect(opener).to_be_focused()
    chat.page.reload()
    opener.click()
    expect(separator).to_have_attribute("aria-valuenow", str(before + 2))


def test_the_reader_stays_where_they_are(chat: ChatPage, upstream: Upstream, panel: FragmentPanel) -> None:
    answered(chat, upstream, "\n\n".join(f"Paragraph {number}." for number in range(60)) + f"\n\n{LONG}")
    panel.close()
    paragraph = chat.answer.get_by_text("Paragraph 30.")
    paragraph.evaluate("(node) => node.scrollIntoView()")
    before = paragraph.bounding_box()
    chat.page.get_by_test_id("show-fragments").click()
    expect(panel.root).to_be_visible()
    after = paragraph.bounding_box()
    assert before
    assert after
    assert abs(before["y"] - after["y"]) < 2


def test_preferences_switch_them_off_and_closed(
    chat: ChatPage, upstream: Upstream, panel: FragmentPanel, server: AppServer
) -> None:
    settings = SettingsPage(chat.page, server.url)
    try:
        settings.prefer("opens_fragments", False)
        answered(chat, upstream)
        expect(cards(chat.answer)).to_have_count(1)
        expect(panel.root).to_have_count(0)
        settings.prefer("automatic_fragments", False)
        answered(chat, upstream)
        expect(chat.answer.get_by_test_id("code-block")).to_have_count(2)
        expect(cards(chat.answer)).to_have_count(0)
    finally:
        settings.prefer("opens_fragments", True)
        settings.prefer("automatic_fragments", True)


def test_on_a_phone_it_covers_the_page_and_back_closes_it(
    chat: ChatPage, upstream: Upstream, panel: FragmentPanel
) -> None:
    chat.page.set_viewport_size({"width": 390, "height": 800})
    answered(chat, upstream)
    expect(panel.root).to_have_count(0)
    cards(chat.answer).first.get_by_test_id("fragment-open").click()
    expect(panel.document.get_by_role("heading")).to_be_visible()
    box = panel.root.bounding_box()
    assert box
    assert (box["x"], box["width"]) == (0, 390)
    address = chat.page.url
    chat.page.go_back()
    expect(panel.root).to_have_count(0)
    assert chat.page.url == address
    expect(chat.answer_text).to_be_visible()


def test_what_cannot_be_kept_is_said(chat: ChatPage, upstream: Upstream, panel: FragmentPanel) -> None:
    most = "\n\n".join(f"```text title={number}.txt\n1\n```" for number in range(MAX_FRAGMENTS))
    answered(chat, upstream, most)
    panel.close()
    answered(chat, upstream, "```text\n2\n```")
    chat.answer.get_by_test_id("keep-fragment").click()
    expect(chat.page.get_by_test_id("notice")).to_contain_text("This conversation has 200 fragments")
    expect(panel.root).to_have_count(0)


def test_an_empty_chat_says_how_fragments_are_made(chat: ChatPage, upstream: Upstream, panel: FragmentPanel) -> None:
    answered(chat, upstream, "Just words.")
    chat.page.get_by_test_id("show-fragments").click()
    expect(panel.root).to_contain_text("no fragments yet")
