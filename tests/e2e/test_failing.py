"""What a user sees when a model fails: each step as it is taken, the text that was there, and a way on."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import BrowserContext, expect

from tests.app_server import AppServer
from tests.e2e.chat_page import ChatPage
from tests.e2e.conftest import upstream_settings
from tests.upstream import Fault, FaultKind, Script, Upstream

TEXT = (
    "The Loire rises in the Massif Central at 1,408 m. It runs north for 400 km, turns west at Orléans, and reaches "
    "the Atlantic at Saint-Nazaire."
)
CUT = 90
BUSY = Fault(FaultKind.STATUS, status=529, retry_after="20")


@pytest.fixture
def chat_with_fallback(context: BrowserContext, upstream: Upstream, tmp_path: Path) -> Iterator[ChatPage]:
    upstream.script("other", Script(text="The other answers."))
    settings = upstream_settings(upstream) | {"RIVULET_FALLBACK_MODEL": "openai/other"}
    with AppServer(tmp_path, **settings) as server:
        chat = ChatPage(context.new_page(), server.url)
        chat.open()
        yield chat
        chat.page.close()


def test_waiting_to_ask_again_is_counted_down_and_can_be_stopped(chat: ChatPage, upstream: Upstream) -> None:
    upstream.script("scripted", Script(fault=BUSY))
    chat.ask("Try.")
    expect(chat.answer.get_by_test_id("waiting")).to_contain_text("is overloaded, trying again in 19 s")
    expect(chat.answer.locator(".elapsed")).to_have_count(0)
    chat.stop.click()
    chat.wait_until_answered("interrupted")
    expect(chat.answer).to_contain_text("Stopped · before the first character")


def test_a_passing_trouble_is_gone_with_the_first_words(chat: ChatPage, upstream: Upstream) -> None:
    fault = Fault(FaultKind.STATUS, status=529)
    upstream.script("scripted", Script(fault=fault), Script(text=TEXT))
    chat.ask("Try.")
    expect(chat.answer.get_by_test_id("waiting")).to_contain_text("trying again in")
    chat.wait_until_answered()
    expect(chat.answer_text).to_have_text(TEXT)


def test_an_answer_that_cannot_be_streamed_comes_whole_and_says_so(chat: ChatPage, upstream: Upstream) -> None:
    upstream.script("scripted", Script(fault=Fault(FaultKind.STATUS, status=400)), Script(text=TEXT))
    chat.ask("Try.")
    chat.wait_until_answered()
    expect(chat.answer_text).to_have_text(TEXT)
    note = "Streaming failed, so this answer came in one piece."
    expect(chat.answer).to_contain_text(note)
    chat.page.reload()
    chat.wait_until_ready()
    expect(chat.answer).to_contain_text(note)


def test_another_model_steps_in_and_is_named(chat_with_fallback: ChatPage, upstream: Upstream) -> None:
    chat = chat_with_fallback
    upstream.script("scripted", Script(fault=Fault(FaultKind.STATUS, status=402)))
    upstream.script("other", Script(text="The other answers.", hold_after_chars=0))
    chat.ask("Try.")
    expect(chat.answer.get_by_test_id("waiting")).to_contain_text("is used up, asking for openai/other instead")
    upstream.release("other")
    chat.wait_until_answered()
    expect(chat.answer_text).to_have_text("The other answers.")
    expect(chat.answer).to_contain_text("Answered by openai/other, because openai/scripted failed.")


def test_a_broken_answer_keeps_its_text_and_goes_on_in_place(chat: ChatPage, upstream: Upstream) -> None:
    upstream.script("scripted", Script(text=TEXT, fault=Fault(FaultKind.DROP, after_chars=CUT)))
    chat.ask("Begin.")
    chat.wait_until_answered("failed")
    expect(chat.answer_text).to_have_text(TEXT[:CUT].strip())
    expect(chat.answer.get_by_test_id("message-error")).to_contain_text("broke off in the middle")
    expect(chat.answer.get_by_test_id("retry")).to_be_visible()
    upstream.script("scripted", Script(text=TEXT[CUT - 30 :]))
    chat.answer.get_by_test_id("continue").click()
    chat.wait_until_answered()
    expect(chat.answer_text).to_have_text(TEXT)
    expect(chat.answer.get_by_test_id("message-error")).to_have_count(0)
    expect(chat.messages).to_have_count(2)


def test_what_a_continuation_waits_for_is_said_under_the_text(chat: ChatPage, upstream: Upstream) -> None:
    broken = Script(text=TEXT, fault=Fault(FaultKind.DROP, after_chars=CUT))
    upstream.script("scripted", broken, Script(fault=BUSY))
    chat.ask("Begin.")
    chat.wait_until_answered("failed")
    chat.answer.get_by_test_id("continue").click()
    expect(chat.answer.get_by_test_id("waiting")).to_contain_text("is overloaded, trying again in")
    expect(chat.answer_text).to_have_text(TEXT[:CUT].strip())
    chat.stop.click()
    chat.wait_until_answered("interrupted")
    expect(chat.answer_text).to_have_text(TEXT[:CUT].strip())


def test_a_stopped_answer_goes_on_in_its_own_message_without_vanishing(chat: ChatPage, upstream: Upstream) -> None:
    upstream.script("scripted", Script(text=TEXT, hold_after_chars=CUT))
    chat.ask("Begin.")
    expect(chat.answer_text).to_have_text(TEXT[:CUT].strip())
    chat.stop.click()
    chat.wait_until_answered("interrupted")
    receipt = re.compile(r"Stopped · 90 characters · upstream closed in \d+ ms · about 23 tokens")
    expect(chat.answer).to_contain_text(receipt)
    message_id = chat.answer.get_attribute("data-message-id")
    upstream.script("scripted", Script(text=TEXT[CUT:], hold_after_chars=0))
    chat.answer.get_by_test_id("continue").click()
    expect(chat.answer).to_have_attribute("data-status", "streaming")
    expect(chat.answer_text).to_have_text(TEXT[:CUT].strip())
    upstream.release("scripted")
    chat.wait_until_answered()
    expect(chat.answer_text).to_have_text(TEXT)
    assert chat.answer.get_attribute("data-message-id") == message_id
    expect(chat.answer.get_by_test_id("continue")).to_have_count(0)
    chat.page.reload()
    chat.wait_until_ready()
    expect(chat.answer_text).to_have_text(TEXT)


def test_what_the_server_said_stands_folded_under_our_sentence(chat: ChatPage, upstream: Upstream) -> None:
    said = "Your plan has no access to this model"
    upstream.script("scripted", Script(fault=Fault(FaultKind.STATUS, status=403, message=f"{said}, key test-key")))
    chat.ask("Try.")
    chat.wait_until_answered("failed")
    for _ in range(2):
        details = chat.answer.get_by_test_id("error-details")
        expect(details.locator("p")).to_be_hidden()
        details.locator("summary").click()
        expect(details.locator("p")).to_have_text(f"{said}, key [key]")
        chat.page.reload()
        chat.wait_until_ready()
