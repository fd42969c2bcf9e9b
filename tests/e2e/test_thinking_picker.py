"""How much is thought is chosen beside the model, and belongs to the conversation."""

from playwright.sync_api import expect

from tests.e2e.chat_page import ChatPage
from tests.upstream import Script, Upstream


def effort_of(upstream: Upstream, question: str) -> str | None:
    [body] = [
        record.body
        for record in upstream.requests
        if record.body and record.body["messages"][-1]["content"] == question
    ]
    return body.get("reasoning_effort")


def ask(chat: ChatPage, text: str, count: int) -> None:
    chat.ask(text)
    expect(chat.answers).to_have_count(count)
    chat.wait_until_answered()


def test_a_conversation_keeps_its_thinking_through_sending_reloading_and_other_chats(
    chat: ChatPage, upstream: Upstream
) -> None:
    upstream.script("scripted", Script(text="Yes."))
    picker = chat.page.get_by_role("combobox", name="Thinking")
    expect(picker).to_have_value("")
    picker.select_option("long")
    ask(chat, "Deeply?", 1)
    assert effort_of(upstream, "Deeply?") == "high"
    expect(picker).to_have_value("long")  # a form that is reset would show its first option
    deep = chat.page.url
    chat.page.reload()
    chat.wait_until_ready()
    expect(picker).to_have_value("long")
    chat.page.get_by_test_id("new-chat").click()
    expect(picker).to_have_value("")
    ask(chat, "Plainly?", 1)
    assert effort_of(upstream, "Plainly?") is None
    chat.page.goto(deep)
    chat.wait_until_ready()
    expect(picker).to_have_value("long")
    picker.select_option("off")
    ask(chat, "Quickly?", 2)
    assert effort_of(upstream, "Quickly?") is None
    chat.page.get_by_test_id("regenerate").last.click()
    chat.wait_until_answered()
    expect(picker).to_have_value("off")


def test_a_model_that_cannot_think_has_no_such_choice(chat: ChatPage) -> None:
    picker = chat.page.get_by_test_id("thinking-picker")
    expect(picker).to_be_visible()
    chat.page.get_by_test_id("model-picker").select_option(label="Another model…")
    chat.page.get_by_role("textbox", name="Name of the model").fill("local/smollm2-135m-instruct")
    chat.page.get_by_role("textbox", name="Name of the model").press("Enter")
    expect(picker).to_have_count(0)
