"""What the analytics page tells, against an upstream whose answers are known."""

import csv
import io
import re
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest
from playwright.sync_api import BrowserContext, Locator, Page, expect

from tests.app_server import AppServer
from tests.cut_proxy import CutProxy
from tests.e2e.chat_page import ChatPage
from tests.e2e.conftest import upstream_settings
from tests.upstream import Fault, FaultKind, Script, Upstream

TEXT = "Water finds its way. " * 30


@pytest.fixture(scope="module")
def server(upstream: Upstream, tmp_path_factory: pytest.TempPathFactory) -> Iterator[AppServer]:
    """A server whose answers are counted for this file alone."""
    with AppServer(tmp_path_factory.mktemp("analytics"), **upstream_settings(upstream)) as running:
        yield running


def open_analytics(page: Page, server: AppServer) -> None:
    page.goto(server.url + "/analytics")
    expect(page.get_by_test_id("health")).to_contain_text("answers are saved")


def card(page: Page, name: str) -> Locator:
    return page.get_by_test_id("cards").locator("div").filter(has=page.locator(f"dt:text-is('{name}')")).locator("dd")


def answer(chat: ChatPage, upstream: Upstream, script: Script, status: str = "complete") -> None:
    upstream.script("scripted", script)
    count = chat.answers.count()
    chat.ask("Go.")
    expect(chat.answers).to_have_count(count + 1)
    chat.wait_until_answered(status)


def test_it_is_honest_when_empty_and_then_tells_what_happened(
    chat: ChatPage, page: Page, server: AppServer, upstream: Upstream
) -> None:
    open_analytics(page, server)
    expect(page.get_by_test_id("analytics-empty")).to_be_visible()
    chat.open()
    for _ in range(2):
        answer(chat, upstream, Script(text=TEXT, chars_per_second=1_000, first_delay_seconds=0.5))
    upstream.script("scripted", Script(text=TEXT, hold_after_chars=200))
    chat.ask("Go.")
    expect(chat.answer_text).to_contain_text("Water")
    chat.stop.click()
    chat.wait_until_answered("interrupted")
    chat.answer.get_by_test_id("continue").wait_for()
    answer(chat, upstream, Script(fault=Fault(FaultKind.STATUS, status=401, message="no such key")), "failed")
    address = page.url
    open_analytics(page, server)
    expect(card(page, "Answers").first).to_have_text("4")
    expect(card(page, "People").first).to_have_text("1")
    expect(card(page, "Failed").first).to_have_text("25.0%")
    expect(card(page, "Cost").first).to_have_text("unknown")
    expect(card(page, "First character, p95").first).to_have_text(re.compile(r"^([5-9]\d\d ms|\d+\.\d s)$"))
    expect(page.get_by_test_id("analytics-note")).to_contain_text("Few answers (4)")
    expect(page.get_by_test_id("models").locator("tbody tr")).to_have_count(1)
    expect(page.get_by_test_id("models")).to_contain_text("openai/scripted")
    expect(page.get_by_test_id("modes")).to_contain_text("Streaming4")
    expect(page.get_by_test_id("interruptions")).to_contain_text("Stopped by the reader, while it wrote1")
    expect(page.get_by_test_id("health")).to_contain_text("1 of 4 answers failed in the last 15 minutes")
    failure = page.get_by_test_id("failure")
    expect(failure).to_contain_text("Authentication (openai, openai/scripted) × 1")
    failure.get_by_test_id("resolve").click()
    expect(failure).to_have_attribute("data-resolved", "true")
    expect(page.get_by_test_id("slowest").locator("tbody tr")).to_have_count(3)
    expect(page.get_by_test_id("newest").locator("tbody tr")).to_have_count(4)
    expect(page.get_by_test_id("newest").locator("tbody tr").first).to_contain_text("authentication")
    expect(failure).to_contain_text("1 in this time, 0 in the time before")
    page.get_by_test_id("slowest").get_by_role("link").first.click()
    page.wait_for_url(address + "?details=*")
    expect(page.get_by_test_id("details")).to_contain_text("until the first character was seen")
    page.keyboard.press("Escape")
    page.wait_for_url(address)
    expect(page.get_by_test_id("details")).to_be_hidden()


def test_a_step_is_looked_at_by_itself_down_to_the_answers_of_a_minute(page: Page, server: AppServer) -> None:
    open_analytics(page, server)
    page.get_by_test_id("range-year").click()
    steps = page.get_by_test_id("steps")
    steps.locator("summary").click()
    for shown in (52, 28, 6, 12, 5):
        expect(steps.locator("tbody tr")).to_have_count(shown)
        used = steps.locator("tbody tr").filter(has=page.locator("td:first-of-type:not(:text-is('0'))"))
        used.first.get_by_test_id("look-closer").click()
    expect(page.get_by_test_id("closer")).to_contain_text(re.compile(r"\d\d:\d\d to \d\d:\d\d"))
    with page.expect_download() as downloading:
        page.get_by_test_id("export-answers").click()
    rows = list(csv.DictReader(io.StringIO(downloading.value.path().read_text())))
    expect(page.get_by_test_id("newest").locator("tbody tr")).to_have_count(len(rows))
    assert rows
    for shown in (5, 12, 6, 28, 52):
        page.get_by_test_id("step-back").click()
        expect(steps.locator("tbody tr")).to_have_count(shown)
    expect(page.get_by_test_id("closer")).to_have_count(0)


def test_the_answers_of_one_model_are_looked_at_by_themselves(
    page: Page, server: AppServer, upstream: Upstream
) -> None:
    upstream.script("through-api", Script(text=TEXT))
    sent = httpx.post(
        f"{server.url}/api/v1/messages", json={"text": "Go.", "model": "openai/through-api"}, trust_env=False
    )
    assert sent.status_code == 201
    open_analytics(page, server)
    expect(page.get_by_test_id("models").locator("tbody tr")).to_have_count(2)
    every = int(card(page, "Answers").first.inner_text())
    page.get_by_test_id("model-shown").select_option("openai/through-api")
    expect(card(page, "Answers").first).to_have_text("1")
    expect(page.get_by_test_id("newest").locator("tbody tr")).to_have_count(1)
    expect(page.get_by_test_id("models").locator("tbody tr")).to_have_count(2)
    with page.expect_download() as downloading:
        page.get_by_test_id("export-answers").click()
    rows = list(csv.DictReader(io.StringIO(downloading.value.path().read_text())))
    assert [row["model"] for row in rows] == ["through-api"]
    page.get_by_test_id("model-shown").select_option("")
    expect(card(page, "Answers").first).to_have_text(str(every))


def test_every_range_and_table_counts_the_same(page: Page, server: AppServer, tmp_path: Path) -> None:
    open_analytics(page, server)
    count = card(page, "Answers").first.inner_text()
    for name in ("hour", "day", "week", "month", "quarter", "year"):
        page.get_by_test_id(f"range-{name}").click()
        expect(page.get_by_test_id(f"range-{name}")).to_have_attribute("aria-pressed", "true")
        expect(card(page, "Answers").first).to_have_text(count)
        with page.expect_download() as downloading:
            page.get_by_test_id("export-steps").click()
        rows = list(csv.DictReader(io.StringIO(downloading.value.path().read_text())))
        assert sum(int(row["answers"]) for row in rows) == int(count), name
    with page.expect_download() as downloading:
        page.get_by_test_id("export-answers").click()
    rows = list(csv.DictReader(io.StringIO(downloading.value.path().read_text())))
    assert len(rows) == int(count)
    assert {row["status"] for row in rows} == {"complete", "interrupted", "failed"}
    assert all(float(row["characters"]) == len(TEXT) for row in rows if row["status"] == "complete")


def test_what_answers_cost_is_known_once_somebody_says_so(page: Page, server: AppServer, upstream: Upstream) -> None:
    open_analytics(page, server)
    price = page.get_by_test_id("price").filter(has_text="openai/scripted")
    price.get_by_label("Prompt").fill("a lot")
    price.get_by_label("Answer").fill("2")
    price.get_by_test_id("save-price").click()
    expect(page.get_by_test_id("prices").get_by_role("alert")).to_contain_text("A price is a number of dollars")
    price.get_by_label("Prompt").fill("1000")
    price.get_by_label("Answer").fill("2000")
    price.get_by_test_id("save-price").click()
    expect(page.get_by_role("alert")).to_have_count(0)
    upstream.script("scripted", Script(input_tokens=1_000, output_tokens=1_000))
    sent = httpx.post(f"{server.url}/api/v1/messages", json={"text": "Go."}, trust_env=False)
    assert sent.status_code == 201
    page.get_by_test_id("range-hour").click()
    expect(card(page, "Cost").first).to_have_text("$3.00")
    expect(price.get_by_label("Answer")).to_have_value("2000")


def test_the_page_follows_what_happens_without_a_reload(page: Page, server: AppServer, upstream: Upstream) -> None:
    open_analytics(page, server)
    count = int(card(page, "Answers").first.inner_text())
    upstream.script("scripted", Script(text=TEXT, hold_after_chars=20))
    sent = httpx.post(f"{server.url}/api/v1/messages", json={"text": "Go."}, trust_env=False)
    assert sent.status_code == 201
    expect(page.get_by_test_id("health")).to_contain_text("1 answers being written")
    upstream.release("scripted")
    expect(page.get_by_test_id("health")).to_contain_text("0 answers being written")
    expect(card(page, "Answers").first).to_have_text(str(count + 1))


@pytest.mark.parametrize("query", ["range=century", "first=2026-02-02&until=2026-01-01", "first=x&until=y"])
def test_a_range_that_is_none_is_refused_in_words(server: AppServer, query: str) -> None:
    refused = httpx.get(f"{server.url}/api/v1/analytics/steps.csv?{query}", trust_env=False)
    assert refused.status_code == 422
    assert refused.json()["error"]["message"]


def test_what_was_sent_to_a_page_is_what_the_network_saw(
    context: BrowserContext, server: AppServer, upstream: Upstream
) -> None:
    def told() -> float:
        metrics = httpx.get(server.url + "/metrics", trust_env=False).text
        return sum(float(value) for value in re.findall(r"^rivulet_answer_sent_bytes_sum\{.*\} (.*)$", metrics, re.M))

    with CutProxy(server.port) as proxy:
        page = context.new_page()
        chat = ChatPage(page, f"http://localhost:{proxy.port}")
        chat.open()
        answer(chat, upstream, Script(text=TEXT))
        page.wait_for_timeout(1_500)  # what comes late for a first answer has come
        told_before, seen_before = told(), proxy.bytes_to_client
        answer(chat, upstream, Script(text=TEXT * 20, chars_per_second=4_000))
        server.wait_until(lambda: told() > told_before)
        seen = proxy.bytes_to_client - seen_before
        assert 0.7 * seen < told() - told_before <= seen
        page.close()


def test_figures_of_a_lost_server_are_said_to_be_of_before(context: BrowserContext, server: AppServer) -> None:
    with CutProxy(server.port) as network:
        page = context.new_page()
        page.goto(network.url + "/analytics")
        expect(page.get_by_test_id("health")).to_contain_text("answers are saved")
        network.cut()
        said = page.get_by_test_id("connection")
        expect(said).to_contain_text("Connection lost, reconnecting", timeout=30_000)
        expect(said).to_contain_text("These figures are from before.")
        network.mend()
        expect(said).to_have_count(0, timeout=30_000)
        page.close()


def test_two_tabs_a_reload_and_a_killed_server_count_an_answer_once(
    context: BrowserContext, upstream: Upstream, tmp_path: Path
) -> None:
    def counted(text: str, name: str) -> float:
        return sum(float(value) for value in re.findall(rf"^{name}{{.*}} (.*)$", text, re.MULTILINE))

    upstream.script("scripted", Script(text=TEXT, hold_after_chars=200))
    with AppServer(tmp_path, **upstream_settings(upstream)) as server:
        chat, other = ChatPage(context.new_page(), server.url), ChatPage(context.new_page(), server.url)
        chat.open()
        chat.ask("Go.")
        other.open(f"/c/{chat.conversation_id}")
        expect(other.answer_text).to_contain_text("Water")
        chat.page.reload()
        expect(chat.answer_text).to_contain_text("Water")
        upstream.release("scripted")
        for tab in (chat, other):
            tab.wait_until_answered()
        metrics = httpx.get(server.url + "/metrics", trust_env=False).text
        assert counted(metrics, "rivulet_answers_total") == 1
        assert counted(metrics, "rivulet_answer_frames_count") == 2  # as often as it was read to its end
        upstream.script("scripted", Script(text=TEXT, hold_after_chars=200))
        chat.ask("Go on.")
        expect(chat.answers).to_have_count(2)
        expect(chat.answers.last).to_contain_text("Water")
        server.kill()
        server.start()
        chat.wait_until_answered("interrupted")
        chat.page.goto(server.url + "/analytics")
        expect(card(chat.page, "Answers").first).to_have_text("2")
        expect(chat.page.get_by_test_id("interruptions")).to_contain_text("Cut off by a server that died")
        for tab in (chat, other):
            tab.page.close()


def test_the_days_that_are_shown_stand_in_their_fields(page: Page, server: AppServer) -> None:
    open_analytics(page, server)
    days = {"first": page.locator("input[name=first]"), "until": page.locator("input[name=until]")}
    for name, day in (("first", "2026-01-02"), ("until", "2026-01-05")):
        days[name].fill(day)
    page.get_by_role("button", name="Show", exact=True).click()
    expect(page.get_by_test_id("range-day")).to_have_attribute("aria-pressed", "false")
    page.reload()
    expect(page.get_by_test_id("health")).to_contain_text("answers are saved")
    expect(days["first"]).to_have_value("2026-01-02")
    expect(days["until"]).to_have_value("2026-01-05")
    page.get_by_test_id("range-day").click()
    expect(days["first"]).to_have_value("")
    for name, day in (("first", "2026-01-05"), ("until", "2026-01-02")):
        days[name].fill(day)
    page.get_by_role("button", name="Show", exact=True).click()
    expect(page.get_by_role("alert")).to_contain_text("Choose two days")
    expect(page.get_by_test_id("range-day")).to_have_attribute("aria-pressed", "true")
