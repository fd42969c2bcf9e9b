"""Many rounds on one server and one tab, and how many were right."""

from dataclasses import dataclass, field
from pathlib import Path

from playwright.sync_api import Browser
from playwright.sync_api import Error as PlaywrightError

from tests.app_server import AppServer
from tests.cut_proxy import CutProxy
from tests.e2e.chat_page import ChatPage
from tests.e2e.conftest import upstream_settings
from tests.soak.rounds import Round
from tests.upstream import Upstream


@dataclass
class Result:
    seed: int
    rounds: int
    wrong: dict[int, str] = field(default_factory=dict[int, str])

    def __str__(self) -> str:
        lines = [f"round {number} of seed {self.seed}: {reason}" for number, reason in self.wrong.items()]
        return "\n".join([*lines, f"{self.rounds - len(self.wrong)} of {self.rounds} right (seed {self.seed})"])


def soak(browser: Browser, data_dir: Path, seed: int, rounds: int, first: int = 1) -> Result:
    """Play the rounds of a seed; what goes wrong in one is told in the result, and the next begins on a new page."""
    result = Result(seed, rounds)
    with (
        Upstream() as upstream,
        AppServer(data_dir, **upstream_settings(upstream)) as server,
        CutProxy(server.port) as network,
    ):
        context = browser.new_context()
        context.set_default_timeout(30_000)
        chat = _opened(ChatPage(context.new_page(), network.url))
        for number in range(first, first + rounds):
            try:
                happened = Round(f"{seed}.{number}", context, chat, upstream).play(network, server)
                print(f"round {number}: right ({', '.join(happened)})", flush=True)
            except (AssertionError, PlaywrightError) as error:
                result.wrong[number] = str(error)
                print(f"round {number}: WRONG: {error}", flush=True)
                network.mend()
                chat = _opened(ChatPage(context.new_page(), network.url))
        context.close()
    return result


def _opened(chat: ChatPage) -> ChatPage:
    chat.open()
    return chat
