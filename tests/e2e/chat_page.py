"""The chat page as a user handles it."""

from urllib.parse import urlsplit

from playwright.sync_api import Locator, Page, expect


class ChatPage:
    def __init__(self, page: Page, url: str) -> None:
        self.page = page
        self.url = url
        self.composer = page.get_by_test_id("composer")
        self.stop = page.get_by_test_id("stop")
        self.pause = page.get_by_test_id("pause")
        self.messages = page.get_by_test_id("message")
        self.answers = page.locator('[data-testid="message"][data-role="assistant"]')
        self.answer = self.answers.last
        self.answer_text = self.answer.get_by_test_id("message-text")
        self._answer_before = ""  # the last one when something was asked

    def open(self, path: str = "/") -> None:
        self._answer_before = ""
        self.page.goto(self.url + path)
        self.wait_until_ready()

    def wait_until_ready(self) -> None:
        self.page.get_by_test_id("app-ready").wait_for(state="attached")
        expect(self.page.get_by_test_id("model-picker")).not_to_have_value("")

    def start_new(self) -> None:
        """Go to a new chat from the address of the one that is shown, which a chat has after its first words."""
        if self.messages.count():
            self.wait_for_address()
        self.page.get_by_test_id("new-chat").click()
        self.page.wait_for_url("**/")
        expect(self.messages).to_have_count(0)

    def ask(self, text: str) -> None:
        self._answer_before = self.answers.evaluate_all("list => list.at(-1)?.dataset.messageId ?? ''")
        self.composer.fill(text)
        self.composer.press("Enter")

    def choose_model(self, key: str) -> None:
        self.page.get_by_test_id("model-picker").select_option(key)

    def wait_until_answered(self, status: str = "complete", seconds: float = 60) -> Locator:
        """Wait for the end of an answer to what was asked, after that of the one before; a new chat has its address."""
        if self._answer_before:
            expect(self.answer).not_to_have_attribute("data-message-id", self._answer_before, timeout=seconds * 1000)
            self._answer_before = ""
        expect(self.answer).to_have_attribute("data-status", status, timeout=seconds * 1000)
        if urlsplit(self.page.url).path == "/":
            self.wait_for_address()
        return self.answer

    def wait_for_address(self) -> None:
        self.page.wait_for_url("**/c/*")

    @property
    def conversation_id(self) -> str:
        self.wait_for_address()
        return self.page.url.rsplit("/", 1)[1]
