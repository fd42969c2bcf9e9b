"""Several answers to one question: the good one counts, and each can be reached."""

import pytest
from playwright.sync_api import Locator, expect

from tests.e2e.chat_page import ChatPage
from tests.upstream import Fault, FaultKind, Script, Upstream

GOOD = "The river is long."
PART = "The river is wide and"
NO_ACCESS = Fault(FaultKind.STATUS, status=401)


def fails_at_once(_: ChatPage) -> None:
    pass


def is_stopped(chat: ChatPage) -> None:
    expect(chat.stop).to_be_visible()
    chat.page.keyboard.press("Escape")


def is_stopped_after_text(chat: ChatPage) -> None:
    expect(chat.answer_text).to_have_text(PART)
    chat.stop.click()


LESSER = {
    "401": (Script(fault=NO_ACCESS), fails_at_once, "The new attempt failed: ", ""),
    "Esc at once": (Script(hold_after_chars=0), is_stopped, "The new attempt was stopped before its first word.", ""),
    "stop after text": (
        Script(text=PART + " deep.", hold_after_chars=len(PART)),
        is_stopped_after_text,
        "The new attempt was stopped. What came of it is version 2.",
        PART,
    ),
    "broken off": (
        Script(text=PART + " deep.", fault=Fault(FaultKind.DROP, after_chars=len(PART))),
        fails_at_once,
        "What came of it is version 2.",
        PART,
    ),
}


def version(chat: ChatPage, name: str) -> Locator:
    return chat.answer.get_by_role("button", name=f"{name} version")


def place(chat: ChatPage) -> Locator:
    return chat.answer.get_by_test_id("versions")


@pytest.mark.parametrize("how", LESSER)
def test_a_new_attempt_that_comes_to_less_leaves_the_good_answer_in_its_place(
    chat: ChatPage, upstream: Upstream, how: str
) -> None:
    script, act, sentence, rest = LESSER[how]
    upstream.script("scripted", Script(text=GOOD), script)
    chat.ask("How is the river?")
    chat.wait_until_answered()
    chat.answer.get_by_test_id("regenerate").click()
    act(chat)
    for is_reloaded in (False, True):
        if is_reloaded:
            chat.page.reload()
            chat.wait_until_ready()
        expect(chat.answer.get_by_test_id("attempt")).to_contain_text(sentence)
        expect(chat.answer_text).to_have_text(GOOD)
        expect(chat.answer).to_have_attribute("data-status", "complete")
        expect(place(chat)).to_have_text("1/2")
    expect(chat.messages).to_have_count(2)
    version(chat, "Next").click()
    expect(place(chat)).to_have_text("2/2")
    expect(chat.answer_text).to_have_text(rest) if rest else expect(chat.answer_text).to_have_count(0)
    version(chat, "Previous").click()
    expect(chat.answer_text).to_have_text(GOOD)
    upstream.script("scripted", Script(text="So it is."))
    chat.ask("Indeed?")
    expect(chat.answer_text).to_have_text("So it is.")
    assert [said["content"] for said in upstream.requests[-1].body["messages"]] == [
        "How is the river?",
        GOOD,
        "Indeed?",
    ]
    expect(chat.page.get_by_test_id("attempt")).to_have_count(0)


def test_who_goes_back_from_a_good_new_version_reads_of_no_failure(chat: ChatPage, upstream: Upstream) -> None:
    upstream.script("scripted", *(Script(text=text) for text in (GOOD, "It rises.", "It falls.")))
    chat.ask("How is the river?")
    chat.wait_until_answered()
    for count in (2, 3):
        chat.answer.get_by_test_id("regenerate").click()
        expect(place(chat)).to_have_text(f"{count}/{count}")
        chat.wait_until_answered()
    for is_reloaded in (False, True):
        if is_reloaded:
            chat.page.reload()
            chat.wait_until_ready()
        else:
            version(chat, "Previous").click()
        expect(place(chat)).to_have_text("2/3")
        expect(chat.answer_text).to_have_text("It rises.")
        expect(chat.page.get_by_test_id("attempt")).to_have_count(0)


def test_a_new_attempt_is_shown_while_it_is_written_and_tried_again_from_the_notice(
    chat: ChatPage, upstream: Upstream
) -> None:
    second = Script(text="Rather short.", hold_after_chars=6)
    upstream.script("scripted", Script(text=GOOD), Script(fault=NO_ACCESS), second)
    chat.ask("How is the river?")
    chat.wait_until_answered()
    chat.answer.get_by_test_id("regenerate").click()
    chat.answer.get_by_test_id("retry").click()
    expect(chat.answer_text).to_have_text("Rather")
    upstream.release("scripted")
    chat.wait_until_answered()
    expect(chat.answer_text).to_have_text("Rather short.")
    expect(place(chat)).to_have_text("3/3")
    expect(chat.answer.get_by_test_id("attempt")).to_have_count(0)


def test_an_attempt_is_tried_again_by_a_click_in_the_moment_of_its_failure(chat: ChatPage, upstream: Upstream) -> None:
    upstream.script("scripted", Script(text=GOOD), Script(fault=NO_ACCESS), Script(text="Rather short."))
    chat.ask("How is the river?")
    chat.wait_until_answered()
    chat.page.evaluate("""() => new MutationObserver((_, watching) => {
      const retry = document.querySelector("[data-status=failed] [data-testid=retry]");
      if (!retry) return;
      watching.disconnect();
      retry.click();
    }).observe(document.body, { attributes: true, childList: true, subtree: true })""")
    chat.answer.get_by_test_id("regenerate").click()
    expect(chat.answer_text).to_have_text("Rather short.")
    expect(place(chat)).to_have_text("3/3")
    expect(chat.answer.get_by_test_id("attempt")).to_have_count(0)


def test_versions_are_walked_by_keyboard_and_the_keyboard_stays(chat: ChatPage, upstream: Upstream) -> None:
    upstream.script("scripted", *(Script(text=text) for text in ("First.", "Second.", "Third.")))
    chat.ask("Which?")
    for text in ("First.", "Second."):
        expect(chat.answer_text).to_have_text(text)
        chat.wait_until_answered()
        chat.answer.get_by_test_id("regenerate").click()
    expect(chat.answer_text).to_have_text("Third.")
    chat.wait_until_answered()
    back = version(chat, "Previous")
    back.focus()
    for at, text in ((2, "Second."), (1, "First."), (1, "First.")):
        chat.page.keyboard.press("Enter")
        expect(place(chat)).to_have_text(f"{at}/3")
        expect(chat.answer_text).to_have_text(text)
        expect(back).to_be_focused()
    expect(back).to_have_attribute("aria-disabled", "true")
    chat.page.keyboard.press("Tab")
    expect(version(chat, "Next")).to_be_focused()


def test_a_version_brings_back_what_was_said_after_it(chat: ChatPage, upstream: Upstream) -> None:
    upstream.script("scripted", *(Script(text=text) for text in ("First.", "Second.", "After the second.")))
    chat.ask("Which?")
    expect(chat.answer_text).to_have_text("First.")
    chat.wait_until_answered()
    chat.answer.get_by_test_id("regenerate").click()
    expect(chat.answer_text).to_have_text("Second.")
    chat.wait_until_answered()
    chat.ask("And then?")
    expect(chat.messages).to_have_count(4)
    chat.wait_until_answered()
    chat.answers.first.get_by_test_id("previous-version").click()
    expect(chat.messages).to_have_count(2)
    expect(chat.answer_text).to_have_text("First.")
    chat.answer.get_by_test_id("next-version").click()
    expect(chat.answer_text).to_have_text("After the second.")


def test_another_version_is_not_shown_while_an_answer_is_written_and_the_page_says_why(
    chat: ChatPage, upstream: Upstream
) -> None:
    upstream.script("scripted", Script(text=GOOD), Script(text="It rises."), Script(text=GOOD, hold_after_chars=3))
    chat.ask("How is the river?")
    chat.wait_until_answered()
    chat.answer.get_by_test_id("regenerate").click()
    expect(chat.answer_text).to_have_text("It rises.")
    chat.wait_until_answered()
    chat.ask("And now?")
    expect(chat.answers).to_have_count(2)
    chat.answers.first.get_by_role("button", name="Previous version").click()
    expect(chat.page.get_by_test_id("notice")).to_contain_text("being written")
    upstream.release("scripted")
    chat.wait_until_answered()


def test_who_walks_between_versions_above_stays_with_them(chat: ChatPage, upstream: Upstream) -> None:
    upstream.script("scripted", *(Script(text=text) for text in ("It falls.", "It rises.", "Long. " * 900, "Short.")))
    chat.ask("How is the river?")
    chat.wait_until_answered()
    chat.answer.get_by_test_id("regenerate").click()
    expect(chat.answer_text).to_have_text("It rises.")
    for question in ("And now?", "And then?"):
        chat.wait_until_answered()
        chat.ask(question)
    chat.wait_until_answered()
    previous = chat.answers.first.get_by_role("button", name="Previous version")
    previous.scroll_into_view_if_needed()
    previous.click()
    expect(chat.answers).to_have_count(1)
    following = chat.answers.first.get_by_role("button", name="Next version")
    following.click()
    expect(chat.answers).to_have_count(3)
    chat.page.wait_for_timeout(500)  # in which the view would follow
    expect(following).to_be_in_viewport()


def test_the_keyboard_is_in_the_field_after_stop_of_a_new_attempt(chat: ChatPage, upstream: Upstream) -> None:
    upstream.script("scripted", Script(text=GOOD))
    chat.ask("How is the river?")
    for _ in range(4):
        chat.wait_until_answered()
        upstream.script("scripted", Script(text=GOOD, hold_after_chars=5))
        chat.answer.get_by_test_id("regenerate").click()
        expect(chat.answer).to_have_attribute("data-status", "streaming")
        chat.stop.press("Enter")
        expect(chat.stop).to_have_count(0)
        expect(chat.composer).to_be_focused()
