"""A round: one question, troubles while its answer streams, and what must be true afterwards."""

import random
import sqlite3
import time
from contextlib import closing
from dataclasses import dataclass

from playwright.sync_api import BrowserContext, expect

from tests.app_server import AppServer
from tests.cut_proxy import CutProxy
from tests.e2e.chat_page import ChatPage
from tests.soak.troubles import Troubles
from tests.upstream import Script, Upstream

WORDS = (
    "river",
    "snow",
    "melted",
    "lake",
    "wide",
    "trickle",
    "begins",
    "ends",
    "valley",
    "stone",
    "deep",
    "ever",
    "of",
)
SETTLE_SECONDS = 60
STORED = """
    SELECT answer.content, answer.streaming_status, answer.conversation_id
    FROM message AS answer JOIN message AS question ON question.id = answer.parent_id
    WHERE question.content = ?
"""


@dataclass(frozen=True)
class StoredAnswer:
    text: str
    status: str
    conversation_id: str


class Round:
    """One round, made entirely of its seed."""

    def __init__(self, seed: str, context: BrowserContext, chat: ChatPage, upstream: Upstream) -> None:
        self._dice = random.Random(seed)
        self._context = context
        self._chat = chat
        self._upstream = upstream
        self.question = f"Round {seed}?"
        self.text = " ".join(self._dice.choices(WORDS, k=self._dice.randint(60, 800)))

    def play(self, network: CutProxy, server: AppServer) -> list[str]:
        """Ask, let troubles happen, and check; gives their names. Raises what was wrong."""
        pace = self._dice.uniform(500, 3000)
        self._upstream.script("scripted", Script(text=self.text, chars_per_second=pace))
        if self._dice.random() < 0.5:
            self._chat.start_new()
        messages = self._chat.messages.count()
        self._chat.ask(self.question)
        troubles = Troubles(self._dice, self._context, self._chat, network, server)
        troubles.happen()
        network.mend()
        self._check(self._settled(server), messages, killed=troubles.killed)
        return troubles.happened

    def _settled(self, server: AppServer) -> StoredAnswer:
        """Wait for the end of the answer, as a user would: a text that is in the field again is sent again."""
        deadline = time.monotonic() + SETTLE_SECONDS
        while time.monotonic() < deadline:
            stored = self._stored(server)
            if stored and stored.status not in ("pending", "streaming"):
                return stored
            if not stored and self._chat.composer.input_value() == self.question:
                self._chat.composer.press("Enter")
            self._chat.page.wait_for_timeout(50)
        raise AssertionError(f"no end within {SETTLE_SECONDS} s: {self._stored(server)}")

    def _stored(self, server: AppServer) -> StoredAnswer | None:
        with closing(sqlite3.connect(server.data_dir / "rivulet.db")) as database:
            rows = database.execute(STORED, (self.question,)).fetchall()
        assert len(rows) <= 1, f"{len(rows)} answers to one question"
        return StoredAnswer(*rows[0]) if rows else None

    def _check(self, stored: StoredAnswer, messages_before: int, *, killed: bool) -> None:
        if stored.status == "complete":
            assert stored.text == self.text, "stored text is not what was sent"
        else:
            assert killed, f"{stored.status} though nothing was killed"
            assert stored.status == "interrupted", stored.status
            assert self.text.startswith(stored.text), "stored text is no beginning of what was sent"
        path = f"/c/{stored.conversation_id}"
        if not self._chat.page.url.endswith(path):
            self._chat.open(path)
        self._chat.wait_until_answered(stored.status, seconds=30)
        expect(self._chat.messages).to_have_count(messages_before + 2)
        if stored.text:
            expect(self._chat.answer_text).to_have_text(stored.text, timeout=10_000)
        expect(self._chat.page.get_by_test_id("connection")).to_have_count(0)
        expect(self._chat.page.get_by_test_id("notice")).to_have_count(0)
        expect(self._chat.composer).to_have_value("")
