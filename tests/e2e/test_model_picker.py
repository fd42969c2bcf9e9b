"""The picker always names the model that answers."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from tests.app_server import AppServer
from tests.e2e.chat_page import ChatPage
from tests.e2e.conftest import upstream_settings
from tests.upstream import Script, Upstream

NAMES = ("aaa-first", "scripted", "zzz-last")


@pytest.fixture
def chat(page: Page, upstream: Upstream, tmp_path: Path) -> Iterator[ChatPage]:
    """A page of a server whose three models are listed when it starts."""
    for name in NAMES:
        upstream.script(name, Script(text="Yes."))
    with AppServer(tmp_path, **upstream_settings(upstream)) as server:
        shown = ChatPage(page, server.url)
        shown.open()
        yield shown


def asked_model(upstream: Upstream) -> str:
    return [record.body["model"] for record in upstream.requests if record.body][-1]


def expect_asked(chat: ChatPage, upstream: Upstream, text: str, model: str) -> None:
    """Send, and find the one name in the request and in the picker, before and after a reload."""
    chat.ask(text)
    expect(chat.messages.get_by_text(text)).to_be_visible()
    chat.wait_until_answered()
    assert asked_model(upstream) == model
    expect(chat.page.get_by_test_id("model-picker")).to_have_value(f"openai/{model}")
    chat.page.reload()
    chat.wait_until_ready()
    expect(chat.page.get_by_test_id("model-picker")).to_have_value(f"openai/{model}")


def test_the_picker_names_who_answers_through_sending_reloading_and_other_chats(
    chat: ChatPage, upstream: Upstream
) -> None:
    picker = chat.page.get_by_test_id("model-picker")
    expect_asked(chat, upstream, "Untouched?", "scripted")
    untouched = chat.page.url
    chat.start_new()
    chat.choose_model("openai/zzz-last")
    expect(picker).to_have_value("openai/zzz-last")
    chat.composer.evaluate("field => field.form.reset()")  # a select of this form would go to its first option
    expect(picker).to_have_value("openai/zzz-last")
    expect_asked(chat, upstream, "Picked?", "zzz-last")
    expect_asked(chat, upstream, "And then?", "zzz-last")
    chat.page.get_by_test_id("conversation").filter(has_text="Untouched?").first.click()
    chat.page.wait_for_url(untouched)
    expect(picker).to_have_value("openai/scripted")
    chat.page.go_back()
    expect(picker).to_have_value("openai/zzz-last")
    chat.page.get_by_test_id("new-chat").click()
    expect(picker).to_have_value("openai/scripted")


def test_a_model_that_is_not_listed_is_asked_by_its_name(chat: ChatPage, upstream: Upstream) -> None:
    upstream.script("scripted", Script(text="Listed."))
    picker = chat.page.get_by_test_id("model-picker")
    picker.select_option(label="Another model…")
    expect(picker).to_have_value("openai/scripted")
    name = chat.page.get_by_role("textbox", name="Name of the model")
    expect(name).to_be_focused()
    name.fill("never/heard-of")
    name.press("Escape")
    expect(name).to_have_count(0)
    expect(picker).to_be_focused()
    expect(picker).to_have_value("openai/scripted")
    for typed, key in (("never/heard-of", "openai/never/heard-of"), ("openai/unlisted", "openai/unlisted")):
        picker.select_option(label="Another model…")
        name.fill(typed)
        name.press("Enter")
        expect(picker).to_have_value(key)
    expect(chat.messages).to_have_count(0)
    upstream.script("unlisted", Script(text="I am not on the list."))
    expect_asked(chat, upstream, "Who are you?", "unlisted")
