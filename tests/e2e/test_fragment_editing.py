"""What a reader does to fragments: writes versions and names, which every tab shows and a reload keeps."""

import pytest
from playwright.sync_api import BrowserContext, expect

from tests.e2e.chat_page import ChatPage
from tests.e2e.conftest import Expected
from tests.e2e.fragment_panel import FragmentPanel, cards
from tests.e2e.test_fragments import ANSWER, answered
from tests.upstream import Script, Upstream


@pytest.fixture
def complaints() -> list[str]:
    """What is drawn while it is written has its handlers, too, and they do not run yet."""
    return Expected("Executing inline event handler violates")


def in_another_tab(chat: ChatPage, context: BrowserContext) -> FragmentPanel:
    """Open the first fragment of the conversation in another tab."""
    page = context.new_page()
    page.goto(chat.page.url)
    cards(page.locator("body")).first.get_by_test_id("fragment-open").click()
    return FragmentPanel(page)


def test_an_edit_is_a_version_of_the_users_and_the_model_sees_it(
    chat: ChatPage, upstream: Upstream, panel: FragmentPanel
) -> None:
    answered(chat, upstream)
    panel.edit("<h1>Mine</h1>")
    panel.save()
    expect(panel.version).to_have_value("2")
    expect(panel.document.get_by_role("heading")).to_have_text("Mine")
    answered(chat, upstream, "Nice.", "And now?")
    *_, last = upstream.requests[-1].body["messages"]
    assert "<h1>Mine</h1>" in last["content"]
    assert last["content"].endswith("And now?")
    chat.page.reload()
    chat.wait_until_ready()
    chat.page.get_by_test_id("show-fragments").click()
    chat.page.get_by_test_id("fragment-line").click()
    expect(panel.document.get_by_role("heading")).to_have_text("Mine")


def test_what_is_being_edited_stays_whatever_an_answer_makes(
    chat: ChatPage, upstream: Upstream, panel: FragmentPanel
) -> None:
    answered(chat, upstream)
    panel.edit("<h1>Half done")
    answered(chat, upstream, ANSWER.replace("counter.html", "other.html"))
    answered(chat, upstream, ANSWER.replace("The end.", "Changed."))
    expect(panel.version.locator("option")).to_have_count(2)
    expect(panel.editor).to_contain_text("<h1>Half done")
    panel.save()
    expect(panel.trouble).to_contain_text("newer version")
    panel.version.select_option("2")
    panel.version.select_option("1")
    expect(panel.editor).to_contain_text("<h1>Half done")


def test_of_two_tabs_that_edit_the_second_is_told(
    chat: ChatPage, upstream: Upstream, panel: FragmentPanel, context: BrowserContext
) -> None:
    answered(chat, upstream)
    other = in_another_tab(chat, context)
    panel.edit("<h1>First</h1>")
    other.edit("<h1>Second</h1>")
    panel.save()
    expect(panel.version).to_have_value("2")
    other.save()
    expect(other.trouble).to_contain_text("newer version")
    expect(other.editor).to_contain_text("Second")
    other.version.select_option("2")
    expect(other.document.get_by_role("heading")).to_have_text("First")
    other.version.select_option("1")
    expect(other.editor).to_contain_text("Second")
    other.save()
    expect(other.version).to_have_value("3")
    expect(other.document.get_by_role("heading")).to_have_text("Second")
    expect(other.trouble).to_have_count(0)
    expect(panel.version).to_have_value("3")


def test_what_is_changed_by_hand_shows_in_other_tabs(
    chat: ChatPage, upstream: Upstream, panel: FragmentPanel, context: BrowserContext
) -> None:
    answered(chat, upstream)
    other = in_another_tab(chat, context)
    panel.edit("<h1>Mine</h1>")
    panel.save()
    expect(other.version).to_have_value("2")
    expect(other.document.get_by_role("heading")).to_have_text("Mine")
    panel.version.select_option("1")
    panel.root.get_by_test_id("restore-fragment").click()
    expect(other.version).to_have_value("3")
    expect(other.document.get_by_role("heading")).to_have_text("Counter")
    panel.rename("better.html")
    expect(other.name).to_have_text("better.html")
    other.root.get_by_test_id("list-fragments").click()
    expect(other.page.get_by_test_id("fragment-line")).to_contain_text("better.html")
    panel.rename("best.html")
    expect(other.page.get_by_test_id("fragment-line")).to_contain_text("best.html")


def test_a_name_is_edited(chat: ChatPage, upstream: Upstream, panel: FragmentPanel) -> None:
    answered(chat, upstream)
    panel.rename("better.html")
    expect(panel.name).to_have_text("better.html")
    chat.page.reload()
    expect(cards(chat.answer).get_by_test_id("fragment-open")).to_contain_text("better.html")


def test_cards_have_another_name_at_once_also_in_other_tabs(
    chat: ChatPage, upstream: Upstream, panel: FragmentPanel, context: BrowserContext
) -> None:
    answered(chat, upstream)
    answered(chat, upstream, ANSWER.replace("The end.", "Changed."))
    other = in_another_tab(chat, context)
    panel.rename("better.html")
    for tab in (panel, other):
        shown = cards(tab.page.locator("body")).get_by_test_id("fragment-open")
        expect(shown).to_have_count(2)
        expect(shown.first).to_contain_text("better.html")
        expect(shown.last).to_contain_text("better.html")


def test_the_card_of_an_answer_that_is_written_has_another_name_at_once(
    chat: ChatPage, upstream: Upstream, panel: FragmentPanel, context: BrowserContext
) -> None:
    upstream.script("scripted", Script(text=ANSWER, hold_after_chars=ANSWER.index("<button")))
    chat.ask("Make it")
    expect(panel.name).to_have_text("counter.html")
    panel.rename("better.html")
    expect(cards(chat.answer).get_by_test_id("fragment-open")).to_contain_text("better.html")
    chat.wait_for_address()
    other = in_another_tab(chat, context)
    expect(cards(other.page.locator("body")).get_by_test_id("fragment-open")).to_contain_text("better.html")
    upstream.release("scripted")
    chat.wait_until_answered()
    expect(cards(chat.answer).get_by_test_id("fragment-open")).to_contain_text("better.html")


def test_who_has_edited_a_name_is_back_at_it(chat: ChatPage, upstream: Upstream, panel: FragmentPanel) -> None:
    answered(chat, upstream)
    panel.rename("better.html")
    expect(panel.name).to_have_text("better.html")
    expect(panel.name).to_be_focused()
    panel.name.press("Enter")
    panel.name_field.fill("worse.html")
    panel.name_field.press("Escape")
    expect(panel.name).to_have_text("better.html")
    expect(panel.name).to_be_focused()
    panel.name.press("Enter")
    chat.composer.click()
    expect(panel.name).to_have_text("better.html")
    expect(chat.composer).to_be_focused()


def test_what_is_being_edited_survives_a_reload_until_it_is_saved_or_dropped(
    chat: ChatPage, upstream: Upstream, panel: FragmentPanel
) -> None:
    answered(chat, upstream)
    panel.edit("<h1>Half done")
    chat.page.reload()
    expect(panel.editor).to_contain_text("<h1>Half done")
    panel.save()
    expect(panel.document.get_by_role("heading")).to_have_text("Half done")
    panel.edit("<h1>Dropped")
    panel.root.get_by_role("button", name="Cancel").click()
    chat.page.reload()
    expect(panel.document.get_by_role("heading")).to_have_text("Half done")
    expect(panel.editor).to_have_count(0)
    panel.root.get_by_test_id("edit-fragment").click()
    expect(panel.editor).to_contain_text("Half done")
    panel.version.select_option("1")
    expect(panel.document.get_by_role("heading")).to_have_text("Counter")
    expect(panel.root.get_by_test_id("edit-fragment")).to_have_count(0)


def test_the_version_that_is_being_edited_is_the_same_after_a_reload(
    chat: ChatPage, upstream: Upstream, panel: FragmentPanel
) -> None:
    answered(chat, upstream)
    panel.edit("<h1>Half done")
    answered(chat, upstream, ANSWER.replace("The end.", "Changed."))
    panel.version.select_option("2")
    expect(panel.document.get_by_text("Changed.")).to_be_visible()
    chat.page.reload()
    expect(panel.document.get_by_text("Changed.")).to_be_visible()
    panel.version.select_option("1")
    expect(panel.editor).to_contain_text("<h1>Half done")
