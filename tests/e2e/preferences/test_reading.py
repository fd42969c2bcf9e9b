"""Whole answers, and answers that are shown at the reader's pace."""

from itertools import pairwise

import pytest
from playwright.sync_api import expect

from tests.app_server import AppServer
from tests.e2e import stored
from tests.e2e.chat_page import ChatPage
from tests.e2e.settings_page import SettingsPage
from tests.upstream import Fault, FaultKind, Script, Upstream

TEXT = "A river begins as a trickle of melted snow. It ends as wide as a lake. " * 10
# Every length of the shown text, as the browser saw it grow.
WATCH = """() => {
  window.lengths = [0];
  const look = () => {
    const shown = [...document.querySelectorAll('[data-testid="message-text"]')].pop();
    const length = shown ? shown.textContent.length : 0;
    if (length !== window.lengths[window.lengths.length - 1]) window.lengths.push(length);
    requestAnimationFrame(look);
  };
  look();
}"""


def test_a_whole_answer_is_awaited_in_words_and_comes_at_once(
    chat: ChatPage, settings: SettingsPage, upstream: Upstream
) -> None:
    settings.prefer("mode", "traditional")
    upstream.script("scripted", Script(text=TEXT, hold_after_chars=0))
    chat.ask("All of it.")
    expect(chat.answer.get_by_test_id("waiting")).to_contain_text("Waiting for the whole answer")
    expect(chat.answer.locator(".elapsed")).to_be_visible()
    chat.page.evaluate(WATCH)
    upstream.release("scripted")
    chat.wait_until_answered()
    expect(chat.answer_text).to_have_text(TEXT.strip())
    # The question, nothing, and the whole: there was no part in between.
    assert chat.page.evaluate("window.lengths")[-2] <= len("All of it.")
    assert not upstream.requests[-1].body.get("stream")


def test_a_whole_answer_can_be_stopped_while_it_is_awaited(
    chat: ChatPage, settings: SettingsPage, upstream: Upstream
) -> None:
    settings.prefer("mode", "traditional")
    upstream.script("scripted", Script(text=TEXT, hold_after_chars=0))
    chat.ask("All of it.")
    expect(chat.answer.get_by_test_id("waiting")).to_contain_text("Waiting for the whole answer")
    chat.stop.click()
    chat.wait_until_answered("interrupted")
    expect(chat.answer).to_contain_text("Stopped · before the first character · upstream closed in")
    upstream.wait_until(lambda: upstream.questions[-1].closed_by_client_at is not None)


def test_a_whole_answer_that_fails_is_one_sentence(chat: ChatPage, settings: SettingsPage, upstream: Upstream) -> None:
    settings.prefer("mode", "traditional")
    upstream.script("scripted", Script(fault=Fault(FaultKind.STATUS, status=402)))
    chat.ask("All of it.")
    chat.wait_until_answered("failed")
    expect(chat.answer.get_by_test_id("message-error")).to_contain_text("is used up")


@pytest.mark.parametrize("pace", ["natural", "typewriter", "by_sentence"])
def test_a_burst_is_shown_at_the_preferred_pace(
    chat: ChatPage, settings: SettingsPage, upstream: Upstream, pace: str
) -> None:
    settings.prefer("mode", "streaming")
    settings.prefer("pace", pace)
    chat.page.evaluate(WATCH)
    upstream.script("scripted", Script(text=TEXT, hold_after_chars=4))
    chat.ask("Slowly, please.")
    expect(chat.answer_text).to_be_visible()
    chat.wait_for_address()  # where the page follows anew
    upstream.release("scripted")
    chat.wait_until_answered()
    expect(chat.answer_text).to_have_text(TEXT.strip())
    lengths = chat.page.evaluate("window.lengths")
    if pace == "by_sentence":
        sentence_ends = {at + 1 for at, char in enumerate(TEXT) if char == "."}
        assert {length for length in lengths if length > len("Slowly, please.")} <= sentence_ends
    if pace == "typewriter":  # a natural pace is too quick to be told from a burst by a busy browser
        steps = [after - before for before, after in pairwise(lengths[1:])]
        assert max(steps) < len(TEXT) / 3
        assert len(steps) > 5


def test_stop_shows_at_once_what_a_typewriter_has_not_yet_typed(
    chat: ChatPage, settings: SettingsPage, server: AppServer, upstream: Upstream
) -> None:
    settings.prefer("mode", "streaming")
    settings.prefer("pace", "typewriter")
    long = TEXT * 20
    upstream.script("scripted", Script(text=long))
    chat.ask("All at once, slowly.")
    expect(chat.answer_text).to_be_visible()
    stored.wait_until_ended(server)
    chat.page.evaluate(WATCH)
    chat.stop.click()
    chat.wait_until_answered()
    expect(chat.answer_text).to_have_text(long.strip())
    assert max(after - before for before, after in pairwise(chat.page.evaluate("window.lengths")[1:])) > 1000


def test_a_stop_keeps_what_a_typewriter_has_shown_and_tells_how_much_more_had_come(
    chat: ChatPage, settings: SettingsPage, upstream: Upstream, server: AppServer
) -> None:
    settings.prefer("mode", "streaming")
    settings.prefer("pace", "typewriter")
    settings.prefer("characters_per_second", "5")
    upstream.script("scripted", Script(text=TEXT * 5, hold_after_chars=len(TEXT) * 4))
    chat.ask("Slowly, please.")
    expect(chat.answer_text).to_be_visible()
    stored.wait_for(server, TEXT * 4)
    expect(chat.page.get_by_test_id("fast-forward")).to_be_visible()
    chat.stop.click()
    chat.wait_until_answered("interrupted")
    assert len(chat.answer_text.inner_text()) < len(TEXT)
    expect(chat.answer).to_contain_text("more characters had come.")
    expect(chat.answer).to_contain_text(f"Stopped · {len(TEXT) * 4:,} characters")
    chat.answer.get_by_test_id("show-rest").click()
    expect(chat.answer_text).to_have_text((TEXT * 4).strip())
    expect(chat.answer.get_by_test_id("show-rest")).to_have_count(0)


def test_a_typewriter_far_behind_can_be_sent_ahead(chat: ChatPage, settings: SettingsPage, upstream: Upstream) -> None:
    settings.prefer("mode", "streaming")
    settings.prefer("pace", "typewriter")
    settings.prefer("characters_per_second", "60")
    upstream.script("scripted", Script(text=TEXT * 5, hold_after_chars=len(TEXT) * 4))
    chat.ask("Faster, please.")
    forward = chat.page.get_by_role("button", name="Show all that has come")
    expect(forward).to_be_visible()
    chat.page.keyboard.press("Alt+KeyP")
    expect(forward).to_have_count(0)
    chat.page.keyboard.press("Alt+KeyP")
    forward.click()
    expect(chat.answer_text).to_have_text((TEXT * 4).strip())
    expect(forward).to_have_count(0)
    expect(chat.answer).to_have_attribute("data-status", "streaming")
    upstream.release("scripted")
    chat.wait_until_answered()
    expect(chat.answer_text).to_have_text((TEXT * 5).strip())
