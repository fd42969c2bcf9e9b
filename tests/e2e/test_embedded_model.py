"""No key, no network: the model inside answers."""

from pathlib import Path

from playwright.sync_api import Page, expect

from tests.app_server import AppServer
from tests.e2e.chat_page import ChatPage


def test_the_embedded_model_answers_a_question(page: Page, tmp_path: Path) -> None:
    with AppServer(tmp_path) as server:
        chat = ChatPage(page, server.url)
        chat.open()
        expect(page.get_by_test_id("model-picker")).to_contain_text("SmolLM2 135M, on this computer")
        chat.ask("What is the capital of France? Answer in one sentence.")
        expect(chat.answer.get_by_test_id("waiting")).to_be_visible()
        chat.wait_until_answered(seconds=120)
        expect(chat.answer_text).to_contain_text("Paris")
