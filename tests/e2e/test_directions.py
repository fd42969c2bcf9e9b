"""Each part of an answer stands on the side where its own words begin."""

import pytest
from playwright.sync_api import expect

from tests.e2e.chat_page import ChatPage
from tests.upstream import Script, Upstream

ARABIC = "هذه كلمات عربية"
ENGLISH = "These are English words"
PARTS = {
    "ul": "- {0}\n- {0}\n",
    "ol": "1. {0}\n2. {0}\n",
    "blockquote": "> {0}\n",
    "table": "| {0} | 2 |\n| --- | --- |\n| {0} | 4 |\n",
}


@pytest.mark.parametrize(
    ("before", "words", "direction"),
    [(ENGLISH, ARABIC, "rtl"), (ARABIC, ENGLISH, "ltr"), (ARABIC, ARABIC, "rtl")],
    ids=["Arabic in English", "English in Arabic", "Arabic"],
)
def test_lists_quotes_and_tables_have_the_direction_of_their_words(
    chat: ChatPage, upstream: Upstream, before: str, words: str, direction: str
) -> None:
    text = "\n".join([before, "", *(part.format(words) + "\n---\n" for part in PARTS.values())])
    upstream.script("scripted", Script(text=text))
    chat.ask("Show me.")
    chat.wait_until_answered()
    for name in PARTS:
        expect(chat.answer_text.locator(name)).to_have_css("direction", direction)


def test_formulas_and_diagrams_are_read_from_the_left_among_words_from_the_right(
    chat: ChatPage, upstream: Upstream
) -> None:
    text = f"{ARABIC} $x^2 + y = a/b$\n\n$$\\frac13$$\n\n```mermaid\ngraph LR\nA --> B\n```\n"
    upstream.script("scripted", Script(text=text))
    chat.ask("Show me.")
    chat.wait_until_answered()
    formulas = chat.answer_text.locator(".katex")
    expect(formulas).to_have_count(2)
    for part in (formulas.first, formulas.last, chat.answer_text.locator(".diagram")):
        expect(part).to_have_css("direction", "ltr")
