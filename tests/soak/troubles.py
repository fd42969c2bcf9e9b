"""What can happen to a tab while an answer streams into it."""

import random
from collections.abc import Callable

from playwright.sync_api import BrowserContext

from tests.app_server import AppServer
from tests.cut_proxy import CutProxy
from tests.e2e.chat_page import ChatPage

KILL_SHARE = 0.1


class Troubles:
    """Troubles of one tab, their moments and lengths taken from `dice`."""

    def __init__(
        self, dice: random.Random, context: BrowserContext, chat: ChatPage, network: CutProxy, server: AppServer
    ) -> None:
        self._dice = dice
        self._context = context
        self._chat = chat
        self._network = network
        self._server = server
        self.happened: list[str] = []

    @property
    def killed(self) -> bool:
        return "kill" in self.happened

    def happen(self) -> None:
        """Let a cut and up to three other troubles happen, perhaps a kill as well, in any order."""
        usual = (self.cut, self.reload, self.second_tab, self.switch, self.freeze)
        chosen: list[Callable[[], None]] = self._dice.choices(usual, k=self._dice.randint(0, 3))
        chosen.insert(self._dice.randint(0, len(chosen)), self.cut)
        if self._dice.random() < KILL_SHARE:
            chosen.insert(self._dice.randint(0, len(chosen)), self.kill)
        for trouble in chosen:
            self._wait(0.4)
            self.happened.append(trouble.__name__)
            trouble()

    def cut(self) -> None:
        self._network.cut_for(self._dice.uniform(0.05, 1.5))

    def reload(self) -> None:
        self._network.mend()
        self._chat.page.reload()

    def second_tab(self) -> None:
        self._network.mend()
        other = self._context.new_page()
        other.goto(self._chat.page.url)
        self._wait(0.3)
        other.close()

    def switch(self) -> None:
        self._chat.page.get_by_test_id("new-chat").click()
        self._wait(0.3)
        self._chat.page.go_back()

    def freeze(self) -> None:
        browser = self._context.new_cdp_session(self._chat.page)
        browser.send("Page.setWebLifecycleState", {"state": "frozen"})
        self._wait(0.8)
        browser.send("Page.setWebLifecycleState", {"state": "active"})
        browser.detach()

    def kill(self) -> None:
        self._server.kill()
        self._server.start()

    def _wait(self, most_seconds: float) -> None:
        self._chat.page.wait_for_timeout(self._dice.uniform(0, most_seconds) * 1000)
