"""`make bench`: how an answer streams in a real browser, beside a bare page in the same run.

Text is stamped where the upstream writes it to its socket, and counted once, when the frame that shows it has been
painted. Machines differ and are shared: what can be compared is the ratio to the floor, which was measured beside it.
"""

import asyncio
import os
import socket
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from playwright.sync_api import Browser, Page, sync_playwright

from tests.app_server import AppServer, free_port
from tests.browser import launch
from tests.cut_proxy import CutProxy
from tests.e2e.chat_page import ChatPage
from tests.e2e.conftest import upstream_settings
from tests.e2e.fragment_panel import FragmentPanel
from tests.performance import marked, measuring, million
from tests.performance.page_clients import PageClient
from tests.upstream import Script, Upstream
from tests.upstream.server import RequestRecord

WATCH = """(selector) => {
  window.seen = []; window.long = []; window.keys = [];
  new PerformanceObserver((list) => window.long.push(...list.getEntries().map((entry) => entry.duration)))
    .observe({ entryTypes: ["longtask"] });
  new PerformanceObserver((list) => window.keys.push(
    ...list.getEntries().filter((entry) => entry.name === "keydown").map((entry) => entry.duration)))
    .observe({ type: "event", durationThreshold: 16 });
  const { port1, port2 } = new MessageChannel();
  let last = -1, waiting = [];
  port1.onmessage = () => {  // the frame has been painted
    const now = performance.timeOrigin + performance.now();
    window.seen.push(...waiting.map((mark) => [mark, now]));
    waiting = [];
  };
  const look = () => {
    const text = [...document.querySelectorAll(selector)].at(-1)?.textContent.slice(-600) ?? "";
    const mark = Math.max(-1, ...Array.from(text.matchAll(/w(\\d{5})/g), ([, number]) => Number(number)));
    if (mark > last) { waiting.push(last = mark); port2.postMessage(0); }
    requestAnimationFrame(look);
  };
  look();
}"""
TEXT = '[data-role="assistant"] [data-testid="message-text"]'
IS_ANSWERED = 'document.querySelector(\'[data-role="assistant"][data-status="complete"]\') !== null'
ASK_BY_KEY = """(selector) => {
  document.querySelector(selector).addEventListener("keydown", (event) => {
    if (event.key === "Enter") window.askedAt = performance.timeOrigin + event.timeStamp;
  }, { capture: true });
}"""
WEIGHT = """() => performance.getEntriesByType("resource")
  .filter(({ name }) => /\\.js(\\?|$)/.test(name) && !/_worker/.test(name))
  .reduce((sum, { transferSize }) => sum + transferSize, 0)"""


@dataclass(frozen=True)
class Case:
    """An answer and its pace, in pieces of so many characters."""

    name: str
    text: str
    chars_per_second: int
    chunk_chars: int = 4


CASES = (
    Case("prose", marked.prose(2_000), 200),
    Case("markdown", marked.markdown(10_000), 1_000),
    Case("one code block", marked.code(20_000), 2_000),
)
FIRST = Case("first character", marked.prose(400), 1_000, chunk_chars=8)  # a whole mark is in the first piece
CLIENTS = (1, 10, 50, 200)
CLIENT_TEXT = "".join(f"w{number} " for number in range(220))


@dataclass(frozen=True)
class Figures:
    """What one answer cost: milliseconds from the upstream's socket to the glass, and the rest."""

    delays_ms: Sequence[float]
    cpu_seconds: float
    long_tasks_ms: Sequence[float] = ()
    keys_ms: Sequence[float] = ()


class Subject:
    """A page to be measured: the port and process of its server, where its text stands, how one sees that it is ready,
    and how it is opened; that gives a function that asks.
    """

    def __init__(
        self,
        name: str,
        server: tuple[int, int],
        selector: str,
        ready: str,
        open_page: Callable[[Page, str], Callable[[], None]],
    ) -> None:
        self.name, (self.port, self.pid) = name, server
        self.selector, self.ready, self.open_page = selector, ready, open_page

    def url(self, port: int | None = None) -> str:
        return f"http://localhost:{port or self.port}"


def open_floor(page: Page, url: str) -> Callable[[], None]:
    page.goto(url)
    page.wait_for_selector("#out[data-ready]", state="attached")
    return lambda: page.evaluate("window.askedAt = performance.timeOrigin + performance.now(); window.ask()")


def open_rivulet(page: Page, url: str) -> Callable[[], None]:
    chat = ChatPage(page, url)
    chat.open()
    page.wait_for_load_state("networkidle")  # nobody types sooner
    page.evaluate(ASK_BY_KEY, "#composer")
    return lambda: chat.ask("Go.")


def main() -> None:
    with Upstream() as upstream, tempfile.TemporaryDirectory() as folder, sync_playwright() as playwright:
        upstream.script("scripted", Script())
        browser = launch(playwright)
        with AppServer(Path(folder), **upstream_settings(upstream)) as server, floor(upstream) as bare:
            subjects = (
                Subject("floor", bare, "#out", "#out[data-ready]", open_floor),
                Subject("Rivulet", (server.port, server.pid), TEXT, "[data-testid=app-ready]", open_rivulet),
            )
            report(browser, subjects, upstream)
            report_stops(browser, server, upstream)
            report_fragment(browser, server, upstream)
            report_clients(server, upstream)
        browser.close()
        with ThreadPoolExecutor(1) as thread:  # Playwright's loop runs in this one
            thread.submit(asyncio.run, measuring.measure()).result()
            thread.submit(asyncio.run, million.measure()).result()


@contextmanager
def floor(upstream: Upstream) -> Iterator[tuple[int, int]]:
    port = free_port()
    command = [sys.executable, "-m", "tests.performance.floor", str(port), upstream.openai_url]
    with subprocess.Popen(command, start_new_session=True) as process:
        try:
            wait_for_port(port)
            yield port, process.pid
        finally:
            process.terminate()


def wait_for_port(port: int, seconds: float = 30) -> None:
    deadline = time.monotonic() + seconds
    while True:
        try:
            socket.create_connection(("127.0.0.1", port)).close()
        except OSError:
            assert time.monotonic() < deadline, "the bare page does not start"
            time.sleep(0.05)
        else:
            return


def report(browser: Browser, subjects: Sequence[Subject], upstream: Upstream) -> None:
    print(f"{'':34}" + "".join(f"{subject.name:>16}" for subject in subjects) + f"{'ratio':>8}")
    for case in CASES:
        found = [measured(browser, subject, upstream, case) for subject in subjects]
        what = f"{case.name}, {case.chars_per_second:,}/s"
        line(f"{what}: ms p50", [percentile(one.delays_ms, 50) for one in found])
        line(f"{what}: ms p95", [percentile(one.delays_ms, 95) for one in found])
        line(f"{what}: bytes a character", [bytes_a_char(browser, one, upstream, case) for one in subjects])
        line(f"{what}: server s / 10k", [one.cpu_seconds * 10_000 / len(case.text) for one in found])
        own = found[-1]
        print(
            f"    tasks over 50 ms: {len(own.long_tasks_ms)}, at most {max(own.long_tasks_ms, default=0):.0f} ms; ",
            end="",
        )
        print(f"a key is shown after at most {max(own.keys_ms, default=16):.0f} ms", flush=True)
    line("8 tabs, prose: ms p95", [percentile(in_tabs(browser, one, upstream, 8), 95) for one in subjects])
    firsts = [[first_ms(browser, subject, upstream) for _ in range(9)] for subject in subjects]
    line("first character: ms median of 9", [statistics.median(times) for times in firsts])
    loads = [loaded(browser, subject) for subject in subjects]
    line("JavaScript: KB", [kilobytes for kilobytes, _ in loads])
    line("ready: ms median of 5", [ready_ms for _, ready_ms in loads])


def line(name: str, values: Sequence[float]) -> None:
    ratio = f"{values[1] / values[0]:8.1f}" if values[0] else f"{'–':>8}"
    print(f"{name:34}" + "".join(f"{value:16.1f}" for value in values) + ratio, flush=True)


def measured(browser: Browser, subject: Subject, upstream: Upstream, case: Case) -> Figures:
    page, record, cpu_seconds = answered(browser, subject, upstream, case, types=subject.name != "floor")
    figures = Figures(
        delays_ms(case, record, page.evaluate("window.seen")),
        cpu_seconds,
        page.evaluate("window.long"),
        page.evaluate("window.keys"),
    )
    page.close()
    return figures


def answered(
    browser: Browser, subject: Subject, upstream: Upstream, case: Case, port: int | None = None, *, types: bool = False
) -> tuple[Page, RequestRecord, float]:
    page = browser.new_page()
    upstream.script("scripted", scripted(case))
    ask = subject.open_page(page, subject.url(port))
    page.evaluate(WATCH, subject.selector)
    count, cpu_before = len(upstream.requests), cpu_seconds_of(subject.pid)
    ask()
    upstream.wait_until(lambda: any(one.body for one in upstream.requests[count:]))
    record = next(one for one in upstream.requests[count:] if one.body)
    if types:
        page.locator("#composer").press_sequentially("so it is", delay=150)
    upstream.wait_until(lambda: record.finished_at is not None, 120)
    page.wait_for_function("(mark) => (window.seen.at(-1)?.[0] ?? -1) >= mark", arg=max(marked.ends(case.text)))
    return page, record, cpu_seconds_of(subject.pid) - cpu_before


def scripted(case: Case) -> Script:
    return Script(text=case.text, chars_per_second=case.chars_per_second, chunk_chars=case.chunk_chars)


def delays_ms(case: Case, record: RequestRecord, seen: Sequence[tuple[int, float]]) -> list[float]:
    """Give, for each mark, the time from the write of its last character to the paint of the frame that shows it."""
    delays: list[float] = []
    sent, shown = iter(record.sent), iter(seen)
    (sent_at, chars), (shown_mark, shown_at) = next(sent), next(shown)
    for number, end in sorted(marked.ends(case.text).items()):
        while chars < end:
            sent_at, chars = next(sent)
        while shown_mark < number:
            shown_mark, shown_at = next(shown)
        delays.append(shown_at - wall_ms(sent_at))
    return delays


def in_tabs(browser: Browser, subject: Subject, upstream: Upstream, count: int) -> list[float]:
    """Follow one answer in several tabs at once; the floor has an answer a tab, for it knows no other."""
    case = Case("tabs", marked.prose(1_000), 200)
    upstream.script("scripted", Script(text=case.text, chars_per_second=case.chars_per_second, chunk_chars=4))
    pages = [browser.new_page() for _ in range(count)]
    before = len(upstream.requests)
    if subject.name == "floor":
        asks = [subject.open_page(page, subject.url()) for page in pages]
        for page in pages:
            page.evaluate(WATCH, subject.selector)
        for ask in asks:
            ask()
    else:
        first = ChatPage(pages[0], subject.url())
        first.open()
        upstream.script("scripted", Script(text=case.text, chars_per_second=200, chunk_chars=4, hold_after_chars=0))
        first.ask("Go.")
        for page in pages[1:]:
            ChatPage(page, subject.url()).open(f"/c/{first.conversation_id}")
            page.wait_for_load_state("networkidle")
        for page in pages:
            page.evaluate(WATCH, subject.selector)
        upstream.release("scripted")
    for page in pages:
        last = max(marked.ends(case.text))
        page.wait_for_function("(mark) => (window.seen.at(-1)?.[0] ?? -1) >= mark", arg=last, timeout=60_000)
    records = [one for one in upstream.requests[before:] if one.body]
    delays: list[float] = []
    for number, page in enumerate(pages):
        record = records[min(number, len(records) - 1)]
        delays += delays_ms(case, record, page.evaluate("window.seen"))
        page.close()
    return delays


def first_ms(browser: Browser, subject: Subject, upstream: Upstream) -> float:
    """Ask a model that answers at once, and wait for the first word on the glass."""
    page, _, _ = answered(browser, subject, upstream, FIRST)
    asked_at, seen = page.evaluate("[window.askedAt, window.seen[0][1]]")
    page.close()
    return seen - asked_at


def bytes_a_char(browser: Browser, subject: Subject, upstream: Upstream, case: Case) -> float:
    """Count what goes to the browser while an answer streams, as the network sees it."""
    with CutProxy(subject.port) as proxy:
        page = browser.new_page()
        ask = subject.open_page(page, subject.url(proxy.port))
        page.evaluate(WATCH, subject.selector)
        for text in (case.text[:400], case.text):  # with the first come scripts and fonts
            upstream.script("scripted", Script(text=text, chars_per_second=case.chars_per_second, chunk_chars=4))
            before = proxy.bytes_to_client
            ask()
            last = max(marked.ends(text))
            page.wait_for_function("(mark) => (window.seen.at(-1)?.[0] ?? -1) >= mark", arg=last, timeout=120_000)
            page.wait_for_timeout(500)
        count = proxy.bytes_to_client - before
        page.close()
    return count / len(case.text)


def loaded(browser: Browser, subject: Subject) -> tuple[float, float]:
    """Load the page as on a first visit: its scripts in KB as sent, with what shows text, and the time until it can be
    used (median).
    """
    times: list[float] = []
    kilobytes = 0.0
    for _ in range(5):
        context = browser.new_context()
        page = context.new_page()
        begun = time.monotonic()
        page.goto(subject.url())
        page.wait_for_selector(subject.ready, state="attached")
        times.append((time.monotonic() - begun) * 1000)
        page.wait_for_load_state("networkidle")
        kilobytes = page.evaluate(WEIGHT) / 1000
        context.close()
    return kilobytes, statistics.median(times)


def report_stops(browser: Browser, server: AppServer, upstream: Upstream) -> None:
    stops = [one_stop_ms(browser.new_page(), server, upstream) for _ in range(5)]
    page_ms, upstream_ms = (statistics.median(times) for times in zip(*stops, strict=True))
    print(f"\nStop, from the click (medians of 5): page {page_ms:.0f} ms, upstream connection {upstream_ms:.0f} ms")


def one_stop_ms(page: Page, server: AppServer, upstream: Upstream) -> tuple[float, float]:
    """Measure one stop: until the page shows it, and until the upstream saw its connection close."""
    upstream.script("scripted", Script(text=marked.markdown(20_000), chars_per_second=1000))
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
    upstream.wait_until(lambda: upstream.questions[-1].closed_by_client_at is not None)
    page.close()
    return took_ms, wall_ms(upstream.questions[-1].closed_by_client_at or 0) - clicked_ms


def report_fragment(browser: Browser, server: AppServer, upstream: Upstream) -> None:
    """Write a page of 50,000 characters with the panel open, and count the tasks of the transcript's frame."""
    for view in ("preview", "code"):
        upstream.script("scripted", Script(text=marked.page(50_000), chars_per_second=2_000, chunk_chars=4))
        page = browser.new_page(viewport={"width": 1280, "height": 800})
        chat = ChatPage(page, server.url)
        chat.open()
        page.wait_for_load_state("networkidle")
        page.evaluate(WATCH, TEXT)
        chat.ask("Go.")
        panel = FragmentPanel(page)
        panel.name.wait_for()
        panel.view(view)
        # Playwright's own waiting looks at every element of the page, in tasks of a quarter of a second.
        page.wait_for_function(IS_ANSWERED, polling=500, timeout=120_000)
        page.wait_for_timeout(1000)
        tasks = page.evaluate("window.long")
        print(f"A page of 50,000 characters, 2,000/s, its {view} beside it: {len(tasks)} tasks over 50 ms", end="")
        print(f", at most {max(tasks, default=0):.0f} ms", flush=True)
        page.close()


def report_clients(server: AppServer, upstream: Upstream) -> None:
    print(f"\n{'page clients, 50/s each':34}{'first p50':>12}{'p95':>8}{'late p50':>12}{'p95':>8}{'payload/char':>14}")
    for count in CLIENTS:
        # In a thread of its own: Playwright's loop runs in this one.
        with ThreadPoolExecutor(1) as thread:
            print(thread.submit(asyncio.run, clients_line(server, upstream, count)).result(), flush=True)


async def clients_line(server: AppServer, upstream: Upstream, count: int) -> str:
    upstream.script("scripted", Script(text=CLIENT_TEXT, chars_per_second=50, chunk_chars=4))
    clients, start = [PageClient(server.port) for _ in range(count)], asyncio.Barrier(count)
    before = len(upstream.requests)
    await asyncio.gather(*(client.run(f"Question {number}", start) for number, client in enumerate(clients)))
    records = {one.body["messages"][-1]["content"]: one for one in upstream.requests[before:] if one.body}
    firsts = [(client.first_at - client.asked_at) * 1000 for client in clients]
    late: list[float] = []
    for number, client in enumerate(clients):
        late += client.delays_ms(CLIENT_TEXT, records[f"Question {number}"].sent)
    payload = sum(client.payload_bytes for client in clients) / count / len(CLIENT_TEXT)
    figures = f"{percentile(firsts, 50):12.0f}{percentile(firsts, 95):8.0f}{percentile(late, 50):12.0f}"
    return f"{count:>34}{figures}{percentile(late, 95):8.0f}{payload:14.0f}"


def cpu_seconds_of(pid: int) -> float:
    """Read what a process has used (Linux)."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def percentile(values: Sequence[float], percent: int) -> float:
    return statistics.quantiles(values, n=100)[percent - 1] if len(values) > 1 else values[0]


def wall_ms(monotonic_seconds: float) -> float:
    """Turn the upstream's monotonic time into the browser's wall clock, which is the same machine's."""
    return (time.time() - time.monotonic() + monotonic_seconds) * 1000


if __name__ == "__main__":
    main()
