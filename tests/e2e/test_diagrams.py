"""Mermaid diagrams: their code while it is written, then the drawing in its place, or the reason why there is none."""

import pytest
from playwright.sync_api import Locator, expect

from tests.e2e.chat_page import ChatPage
from tests.upstream import Script, Upstream

CODE = "flowchart TD\n  A[Spring] --> B{Is it warm?}\n  B -->|yes| C[Melt]\n  C --> D[River]"
VALID = f"Here:\n\n```mermaid\n{CODE}\n```\n\nAfter it."
IN_A_LIST = '1. First:\n\n   ```mermaid\n   block-beta\n     a["Data: x < y"] b\n   ```\n\n2. Second.'
WATCH = """() => {
  window.seen = [];
  const look = () => {
    const text = [...document.querySelectorAll('[data-testid="message-text"]')].at(-1);
    const code = text.querySelector('[data-testid="code-block"]');
    const isDrawn = text.querySelector('[data-streamdown="mermaid"] svg') !== null;
    const isCode = code !== null && code.checkVisibility({ visibilityProperty: true });
    window.seen.push([text.offsetHeight, isDrawn, isCode]);
    requestAnimationFrame(look);
  };
  look();
}"""
NOTE = "```mermaid\nsequenceDiagram\n  A->>B: x\n  Note over A: y\n```"
OURS = [
    [".node text, .node tspan", "fill", "--foreground"],
    [".node rect", "fill", "--muted"],
    [".node rect", "stroke", "--control-border"],
]
OURS_OF_A_NOTE = [[".noteText, .noteText tspan", "fill", "--foreground"], [".note", "fill", "--accent"]]
COLOURS = """(svg, ours) => {
  const context = document.createElement("canvas").getContext("2d", { willReadFrequently: true });
  const rgb = (colour) => {
    context.fillStyle = colour;
    context.fillRect(0, 0, 1, 1);
    return [...context.getImageData(0, 0, 1, 1).data].join();
  };
  const page = getComputedStyle(document.documentElement);
  const is = ([selector, property, variable]) =>
    rgb(getComputedStyle(svg.querySelector(selector))[property]) === rgb(page.getPropertyValue(variable));
  return ours.filter((one) => !is(one));
}"""


def drawing(chat: ChatPage) -> Locator:
    return chat.answer_text.locator("[data-streamdown=mermaid] svg[id^=mermaid]")


def headers(chat: ChatPage) -> list[str]:
    """What stands in the headers that can be seen."""
    every = chat.answer_text.locator(".code-header, [data-streamdown=mermaid-block] > :first-child")
    return [header.inner_text() for header in every.all() if header.is_visible()]


def test_a_diagram_takes_the_place_of_its_code_in_one_step(chat: ChatPage, upstream: Upstream) -> None:
    upstream.script("scripted", Script(text=VALID, hold_after_chars=VALID.index("C[Melt]")))
    chat.ask("Draw.")
    expect(chat.answer.get_by_test_id("code-block")).to_contain_text("B -->|yes|")
    assert headers(chat) == ["mermaid"]
    chat.page.evaluate(WATCH)
    upstream.release("scripted")
    chat.wait_until_answered()
    expect(drawing(chat)).to_be_visible()
    expect(chat.answer.get_by_test_id("code-block")).to_be_hidden()
    assert headers(chat) == ["mermaid"]
    seen = chat.page.evaluate("window.seen")
    heights = [height for height, *_ in seen]
    assert heights == sorted(heights)
    assert all(is_code for _, is_drawn, is_code in seen if not is_drawn)
    assert len({height for height, is_drawn, _ in seen if is_drawn}) == 1


def test_a_diagram_within_a_list_is_drawn(chat: ChatPage, upstream: Upstream) -> None:
    upstream.script("scripted", Script(text=IN_A_LIST))
    chat.ask("Draw.")
    chat.wait_until_answered()
    expect(drawing(chat)).to_be_visible()
    expect(drawing(chat)).to_contain_text("Data: x < y")
    expect(chat.answer.get_by_test_id("code-block")).to_be_hidden()
    assert headers(chat) == ["mermaid"]


@pytest.mark.parametrize(
    ("code", "reason"),
    [
        ("flowchart TD\n  A[Spring --> B{Is it\n  C --> ", "Mermaid does not understand line 2 of it."),
        ('pie title X\n  "a" : b', "Mermaid does not understand line 2 of it."),
        (
            "%% a comment\nsequenceDiagram\n  Alice->>Bob Hello\n",
            "Mermaid does not understand its text.",  # which it counts without the comment
        ),
        ("rivers\n  a --> b", "its first line names no kind of diagram that Mermaid knows."),
    ],
    ids=["flowchart", "pie", "comment", "unknown"],
)
def test_a_broken_diagram_shows_its_code_and_the_reason(
    chat: ChatPage, upstream: Upstream, code: str, reason: str
) -> None:
    upstream.script("scripted", Script(text=f"Here:\n\n```mermaid\n{code}\n```\n\nAfter it."))
    chat.ask("Draw.")
    chat.wait_until_answered()
    expect(chat.answer.get_by_test_id("undrawn")).to_have_text(f"This diagram could not be drawn: {reason}")
    expect(chat.answer.get_by_test_id("undrawn")).to_be_visible()
    expect(chat.answer.get_by_test_id("code-block")).to_be_visible()
    expect(chat.answer.get_by_test_id("code-block")).to_contain_text(code.splitlines()[-1].strip())
    assert headers(chat) == ["mermaid"]


def test_a_diagram_has_the_colours_of_the_page_also_when_the_theme_changes(chat: ChatPage, upstream: Upstream) -> None:
    upstream.script("scripted", Script(text=f"{VALID}\n\n{NOTE}"))
    chat.ask("Draw.")
    chat.wait_until_answered()
    expect(drawing(chat)).to_have_count(2)
    assert_colours(chat)
    light = [one.get_attribute("id") or "" for one in drawing(chat).all()]
    chat.page.emulate_media(color_scheme="dark")
    for one, id_before in zip(drawing(chat).all(), light, strict=True):
        expect(one).not_to_have_attribute("id", id_before)
    assert_colours(chat)


def assert_colours(chat: ChatPage) -> None:
    chart, note = drawing(chat).all()
    assert chart.evaluate(COLOURS, OURS) == []
    assert note.evaluate(COLOURS, OURS_OF_A_NOTE) == []


def drawn(chat: ChatPage, upstream: Upstream, code: str = CODE) -> Locator:
    """Have it drawn; give the controls of it."""
    upstream.script("scripted", Script(text=f"```mermaid\n{code}\n```\n\n```python\nx = 1\n```\n"))
    chat.composer.fill("Draw.")
    chat.page.get_by_test_id("send").click()
    chat.wait_until_answered()
    expect(drawing(chat)).to_be_visible()
    expect(chat.answer_text.locator(".diagram > .code-frame")).to_be_hidden()
    return chat.answer_text.locator(".diagram-keep button, [data-streamdown=mermaid-block-actions] button")


def test_every_button_of_a_diagram_can_be_tapped(phone: ChatPage, upstream: Upstream) -> None:
    buttons = drawn(phone, upstream)
    expect(buttons).to_have_count(4)
    for button in buttons.all():
        button.tap(trial=True)


PLACES = """header => {
  const top = header.getBoundingClientRect().top;
  const middle = (part) => {
    const { left, right, y, height } = part.getBoundingClientRect();
    return [left, right, y + height / 2 - top];
  };
  const block = header.closest(".diagram") ?? header;
  return [...block.querySelectorAll("span[class*=lowercase], .code-language, button")]
    .filter((part) => !part.closest(".diagram > .code-frame"))
    .map(middle)
    .sort(([one], [other]) => one - other);
}"""


def test_the_header_of_a_diagram_is_in_line_with_that_of_code(chat: ChatPage, upstream: Upstream) -> None:
    drawn(chat, upstream)
    diagram, code = (
        chat.answer_text.locator(header).evaluate(PLACES)
        for header in (
            "[data-streamdown=mermaid-block] > :first-child",
            ".code-frame > :not(.diagram *) > .code-header",
        )
    )
    (label, _, height), keep, *others = diagram
    assert (label, height) == (code[0][0], code[0][2])
    assert others == code[1:]
    assert keep == [others[0][0] - 30, others[0][1] - 30, height]


STILL = """() => {
  const drawing = document.querySelector("[data-streamdown=mermaid-fullscreen] svg[id^=mermaid]");
  const { width } = drawing?.getBoundingClientRect() ?? {};
  const isStill = width !== undefined && width === window.widthBefore;
  window.widthBefore = width;
  return isStill && document.getAnimations().every(({ playState }) => playState !== "running");
}"""


def test_a_wide_diagram_fills_the_screen_from_side_to_side(chat: ChatPage, upstream: Upstream) -> None:
    links = " --> ".join(f"N{number}[Node number {number}]" for number in range(15))
    drawn(chat, upstream, f"graph LR\n  {links}").last.click()
    large = chat.page.locator("[data-streamdown=mermaid-fullscreen] svg[id^=mermaid]")
    chat.page.wait_for_function(STILL)
    expect(large).to_be_in_viewport(ratio=0.99)
    box = large.bounding_box()
    assert box is not None
    assert 1200 < box["width"] <= 1280


def test_a_diagram_on_the_whole_screen_has_the_keyboard(chat: ChatPage, upstream: Upstream) -> None:
    opener = drawn(chat, upstream).last
    opener.press("Enter")
    screen = chat.page.get_by_role("dialog", name="Diagram", exact=True)
    expect(screen).to_be_visible()
    is_inside = "() => document.activeElement.closest('[data-streamdown=mermaid-fullscreen]') !== null"
    chat.page.wait_for_function(is_inside)
    for _ in range(6):
        chat.page.keyboard.press("Tab")
        assert chat.page.evaluate("document.activeElement === document.body") or chat.page.evaluate(is_inside)
    chat.page.keyboard.press("Escape")
    expect(chat.page.locator("[data-streamdown=mermaid-fullscreen]")).to_have_count(0)
    expect(opener).to_be_focused()
    opener.press("Enter")
    screen.get_by_role("button", name="Exit fullscreen").click()
    expect(screen).to_be_hidden()
    expect(opener).to_be_focused()
