"""Nothing that a model writes runs, calls elsewhere, or stands in the way of the page."""

import re

from playwright.sync_api import BrowserContext, Page, expect

from tests.app_server import AppServer
from tests.e2e.chat_page import ChatPage
from tests.e2e.hostile_texts import HOSTILE, diagrams
from tests.upstream import Script, Upstream

NAMES = "[id=root], [id=composer-form], [name=composer], [data-testid=app-ready], [data-testid=message]"
PART = 20
MERMAIDS_OWN = re.compile(r"Error: <\w+> attribute \w+: Expected")  # it has drawn what cannot be drawn


def draw_all(page: Page) -> int:
    """Look at each diagram, which is drawn when it is seen, until it is there or says why not; give how many are."""
    page.mouse.move(640, 300)
    page.mouse.wheel(0, -100)  # what is drawn at the end must not carry the reader back to it
    blocks = page.locator(".diagram")
    assert blocks.count() == len(diagrams())
    for at in range(blocks.count()):
        blocks.nth(at).scroll_into_view_if_needed()
        expect(blocks.nth(at).locator("svg[id^=mermaid], .undrawn").first).to_be_attached()
    return page.locator("svg[id^=mermaid]").count()


def test_hostile_texts_do_nothing(
    context: BrowserContext, server: AppServer, upstream: Upstream, complaints: list[str]
) -> None:
    assert len(HOSTILE) >= 100
    page = context.new_page()
    requested: list[str] = []
    context.on("request", lambda request: requested.append(request.url))
    chat = ChatPage(page, server.url)
    chat.open()
    for at in range(0, len(HOSTILE), PART):
        text = "\n\n".join(f"Text {at + number}.\n\n{part}" for number, part in enumerate(HOSTILE[at : at + PART]))
        upstream.script("scripted", Script(text=f"{text}\n\nThe end {at}.", chunk_chars=40, chars_per_second=6_000))
        chat.ask(f"Attack {at}.")
        expect(chat.answers).to_have_count(at // PART + 1)
        chat.wait_until_answered()
        expect(chat.answer_text).to_contain_text(f"The end {at}.")
    drawn = draw_all(page)
    assert drawn >= 12, "too few diagrams were drawn to tell that they do no harm"
    live = page.locator('[data-testid="message-text"]')
    for forbidden in (
        "script",
        "iframe",
        "form",
        "object",
        "embed",
        "video",
        "audio",
        "link",
        "meta",
        "base",
        "style:not(svg style)",
    ):
        assert live.locator(forbidden).count() == 0, forbidden
    assert live.locator(NAMES).count() == 0
    assert live.locator("foreignObject, svg image, svg a").count() == 0
    assert live.locator("[onerror], [onclick], [onload], [onfocus], [ontoggle], [onmouseover]").count() == 0
    page.reload()
    chat.wait_until_ready()
    expect(chat.answer_text).to_contain_text("The end")
    skip = page.get_by_role("button", name="Go to the composer")
    skip.focus()
    skip.press("Enter")
    expect(chat.composer).to_be_focused()
    assert page.evaluate("window.stolen") is None
    assert [
        url
        for url in requested
        if "127.0.0.1" not in url and "localhost" not in url and not url.startswith(("data:", "blob:"))
    ] == []
    assert len(context.pages) == 1
    complaints[:] = [said for said in complaints if not MERMAIDS_OWN.match(said)]


def test_a_footnote_jumps_within_its_own_message(chat: ChatPage, upstream: Upstream) -> None:
    filling = "\n\n".join(f"Paragraph {number}." for number in range(60))
    for note in ("First note.", "Second note."):
        upstream.script("scripted", Script(text=f"Text[^1].\n\n{filling}\n\n[^1]: {note}"))
        chat.ask("A note, please.")
        expect(chat.answer_text).to_contain_text(note)
        chat.wait_until_answered()
    marks = chat.page.locator("a[data-footnote-ref]")
    assert len({marks.nth(at).get_attribute("href") for at in range(2)}) == 2
    marks.last.click()
    expect(chat.answers.last.locator("[data-footnotes] li")).to_be_in_viewport()
    assert len(chat.page.context.pages) == 1
