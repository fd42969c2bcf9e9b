"""`make bench`: how an answer streams in a real browser, on this machine, now.

The loopback upstream sends at a known pace, so it is known when each character was sent; the page notes at each
animation frame how many characters it shows. Figures are for comparison within one run; machines differ and are shared.
"""

import statistics
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from playwright.sync_api import Browser, Page, sync_playwright

from tests.app_server import AppServer
from tests.browser import launch
from tests.e2e.chat_page import ChatPage
from tests.e2e.conftest import upstream_settings
from tests.e2e.test_streaming import CODE, MIXED
from tests.upstream import Script, Upstream

WATCH = """() => {
  window.shown = []; window.long = [];
  new PerformanceObserver((list) => window.long.push(...list.getEntries().map((entry) => entry.duration)))
    .observe({ entryTypes: ["longtask"] });
  const look = () => {
    const text = [...document.querySelectorAll('[data-role="assistant"] [data-testid="message-text"]')].at(-1);
    window.shown.push([Date.now(), text ? text.textContent.length : 0]);
    requestAnimationFrame(look);
  };
  look();
}"""


@dataclass(frozen=True)
class Case:
    """An answer and its pace; only plain text shows as many characters as were sent, and so tells its delay."""

    name: str
    text: str
    chars_per_second: int
    is_plain: bool = False


CASES = (
    Case("plain text", "abcdefgh " * 800, 300, is_plain=True),
    Case("plain text, fast", "abcdefgh " * 2200, 1000, is_plain=True),
    Case("mixed markdown", MIXED, 1000),
    Case("one code block", f"```python\n{CODE}\n```", 2000),
)


def main() -> None:
    with Upstream() as upstream, tempfile.TemporaryDirectory() as folder, sync_playwright() as playwright:
        browser = launch(playwright)
        with AppServer(Path(folder), **upstream_settings(upstream)) as server:
            report(browser, server, upstream)
        browser.close()


def report(browser: Browser, server: AppServer, upstream: Upstream) -> None:
    print(f"{'':18}{'chars':>7}{'/s':>6}{'delay p50/p95 ms':>18}{'bytes/char':>12}{'tasks > 50 ms':>15}")
    for case in CASES:
        print(row(case, measured(browser, server, upstream, case)), flush=True)
    stops = [one_stop_ms(browser.new_page(), server, upstream) for _ in range(5)]
    page_ms, upstream_ms = (statistics.median(times) for times in zip(*stops, strict=True))
    print(f"\nStop, from the click (medians of 5): page {page_ms:.0f} ms, upstream connection {upstream_ms:.0f} ms")


def measured(browser: Browser, server: AppServer, upstream: Upstream, case: Case) -> dict[str, Any]:
    page = browser.new_page()
    received = [0]
    page.on("websocket", lambda socket: socket.on("framereceived", lambda data: received.append(len(data))))
    upstream.script("scripted", Script(text=case.text, chars_per_second=case.chars_per_second))
    chat = ChatPage(page, server.url)
    chat.open()
    page.evaluate(WATCH)
    before = sum(received)
    chat.ask("Go.")
    chat.wait_until_answered(seconds=180)
    result = {
        "shown": page.evaluate("window.shown"),
        "long": page.evaluate("window.long"),
        "bytes": sum(received) - before,
        "first_byte_ms": wall_ms(upstream.requests[-1].first_byte_at or 0),
    }
    page.close()
    return result


def row(case: Case, result: dict[str, Any]) -> str:
    delays = delays_ms(case, result) if case.is_plain else []
    delay = f"{percentile(delays, 50):.0f} / {percentile(delays, 95):.0f}" if delays else "–"
    per_char = result["bytes"] / len(case.text)
    longest = f"{len(result['long'])} (max {max(result['long'], default=0):.0f})"
    return f"{case.name:18}{len(case.text):7}{case.chars_per_second:6}{delay:>18}{per_char:12.1f}{longest:>15}"


def delays_ms(case: Case, result: dict[str, Any]) -> list[float]:
    """For each frame with new characters: how long ago the newest of them was sent."""
    delays: list[float] = []
    last = 0
    for shown_ms, chars in result["shown"]:
        if last < chars < len(case.text) - 1:
            delays.append(shown_ms - (result["first_byte_ms"] + chars * 1000 / case.chars_per_second))
        last = max(last, chars)
    return delays


def one_stop_ms(page: Page, server: AppServer, upstream: Upstream) -> tuple[float, float]:
    """Measure one stop: until the page shows it, and until the upstream saw its connection close."""
    upstream.script("scripted", Script(text=MIXED, chars_per_second=1000))
    chat = ChatPage(page, server.url)
    chat.open()
    chat.ask("Go.")
    page.wait_for_function("document.querySelector('.markdown h2') !== null")
    took_ms, clicked_ms = page.evaluate(
        """() => new Promise((done) => {
          const begun = performance.now();
          const look = () => document.querySelector('[data-status="interrupted"]')
            ? done([performance.now() - begun, performance.timeOrigin + begun]) : requestAnimationFrame(look);
          document.querySelector('[data-testid="stop"]').click();
          look();
        })"""
    )
    upstream.wait_until(lambda: upstream.requests[-1].closed_by_client_at is not None)
    page.close()
    return took_ms, wall_ms(upstream.requests[-1].closed_by_client_at or 0) - clicked_ms


def percentile(values: list[float], percent: int) -> float:
    return statistics.quantiles(values, n=100)[percent - 1]


def wall_ms(monotonic_seconds: float) -> float:
    """Turn the upstream's monotonic time into the browser's wall clock, which is the same machine's."""
    return (time.time() - time.monotonic() + monotonic_seconds) * 1000


if __name__ == "__main__":
    main()
