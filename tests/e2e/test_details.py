"""How an answer came, told truly: against an upstream whose pace, pauses and faults are known."""

import re

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.e2e.chat_page import ChatPage
from tests.upstream import Fault, FaultKind, Script, Upstream

SENTENCE = "Water finds its way down the hill, and so does this answer. "


class Details:
    """The dialog about one answer."""

    def __init__(self, page: Page) -> None:
        self.root = page.get_by_test_id("details")
        self.replay = self.root.get_by_test_id("replay")
        self.moment = self.root.get_by_test_id("replay-moment")
        self.text = self.root.get_by_test_id("replay-text")

    def figure(self, name: str) -> Locator:
        return self.root.locator("dl > div").filter(has=self.root.page.locator(f"dt:text-is('{name}')")).locator("dd")

    def part_ms(self) -> dict[str, float]:
        lines = self.root.get_by_test_id("wait-parts").locator("li").all()
        return {line.locator("span").first.inner_text(): ms(line.locator(".wait-value").inner_text()) for line in lines}


def ms(text: str) -> float:
    number, unit = re.search(r"([\d,.]+) (ms|s)\b", text).groups()  # pyright: ignore[reportOptionalMemberAccess]
    return float(number.replace(",", "")) * (1000 if unit == "s" else 1)


@pytest.fixture
def details(page: Page) -> Details:
    return Details(page)


def ask(chat: ChatPage, upstream: Upstream, script: Script, status: str = "complete") -> None:
    upstream.script("scripted", script)
    chat.ask("Go.")
    chat.wait_until_answered(status)
    chat.answer.get_by_test_id("show-details").click()


def test_they_do_not_stay_open_over_another_chat(chat: ChatPage, upstream: Upstream, details: Details) -> None:
    ask(chat, upstream, Script(text="The first."))
    expect(details.root).to_be_visible()
    chat.page.go_back()
    expect(chat.messages).to_have_count(0)
    expect(details.root).to_be_hidden()


def test_the_figures_are_those_of_the_upstream(chat: ChatPage, upstream: Upstream, details: Details) -> None:
    text = SENTENCE * 20
    ask(chat, upstream, Script(text=text, first_delay_seconds=0.8, chars_per_second=600, input_tokens=31))
    expect(details.root).to_contain_text("openai/scripted, as it was written")
    waited = ms(details.figure("First character").inner_text())
    took = ms(details.figure("Duration").inner_text())
    assert waited >= 800
    assert took >= waited + len(text) / 600 * 1000 - 100
    speed = int(details.figure("Speed").inner_text().removesuffix(" characters/s"))
    assert 0.9 * len(text) / (took - waited) * 1000 < speed < 700
    expect(details.figure("Length")).to_have_text(f"{len(text):,} characters")
    expect(details.figure("Prompt tokens")).to_have_text("31 tokens")
    expect(details.figure("Cost")).to_have_text("unknown")
    parts = details.part_ms()
    assert parts["The model's server"] >= 750
    told = ms(details.root.get_by_role("heading", name=re.compile("Why was this slow")).inner_text())
    assert abs(sum(parts.values()) - told) <= 101  # the sum is told to a tenth of a second
    expect(details.root.get_by_test_id("attempts").locator("li")).to_have_text(
        re.compile(r"openai/scripted: answered, \d+\.\d s\.")
    )


def test_what_failed_before_is_told_and_counted_as_waiting(
    chat: ChatPage, upstream: Upstream, details: Details
) -> None:
    upstream.script("scripted", Script(fault=Fault(FaultKind.STATUS, status=529)))
    count = len(upstream.requests)
    chat.ask("Go.")
    upstream.wait_until(lambda: any(one.body and one.finished_at for one in upstream.requests[count:]))
    upstream.script("scripted", Script(text=SENTENCE))
    chat.wait_until_answered()
    chat.answer.get_by_test_id("show-details").click()
    lines = details.root.get_by_test_id("attempts").locator("li")
    expect(lines.first).to_have_text(re.compile(r"failed after .* \(overloaded\), asked again after a pause of"))
    expect(lines.last).to_have_text(re.compile("answered"))
    assert details.part_ms()["Requests that failed, and the pauses after them"] >= 900
    expect(details.figure("Stalls")).to_have_text("0")


def test_an_answer_is_played_as_it_came(chat: ChatPage, upstream: Upstream, details: Details) -> None:
    text = SENTENCE * 10 + "🌊" + SENTENCE * 10
    ask(chat, upstream, Script(text=text, chars_per_second=800))
    expect(details.text).to_have_attribute("data-characters", str(len(text)))
    assert details.text.inner_text().strip() == text.strip()
    details.moment.fill("0")
    expect(details.text).to_have_attribute("data-characters", re.compile(r"^\d{1,2}$"))
    half = float(details.moment.get_attribute("max") or 0) / 2
    details.moment.fill(str(round(half)))
    shown = int(details.text.get_attribute("data-characters") or 0)
    assert 0.2 * len(text) < shown < 0.8 * len(text)
    assert details.text.inner_text().strip() == text[:shown].strip()
    details.root.get_by_test_id("replay-speed").select_option("16")
    details.root.get_by_test_id("replay-play").click()
    expect(details.text).to_have_attribute("data-characters", str(len(text)))
    expect(details.root.get_by_role("button", name="Play")).to_be_visible()


def test_a_gap_is_marked_in_the_curve(chat: ChatPage, upstream: Upstream, details: Details, page: Page) -> None:
    upstream.script("scripted", Script(text=SENTENCE * 8, hold_after_chars=200))
    chat.ask("Go.")
    expect(chat.answer_text).to_contain_text("Water")
    page.wait_for_timeout(2_200)  # what the test is about
    upstream.release("scripted")
    chat.wait_until_answered()
    chat.answer.get_by_test_id("show-details").click()
    expect(details.replay.get_by_role("img")).to_have_attribute("data-gaps", "1")
    assert ms(details.figure("Longest gap").inner_text()) >= 2_000
    expect(details.figure("Stalls")).to_have_text("1")


def test_a_stopped_answer_says_about_how_many_tokens(chat: ChatPage, upstream: Upstream, details: Details) -> None:
    upstream.script("scripted", Script(text=SENTENCE * 8, hold_after_chars=200))
    chat.ask("Go.")
    expect(chat.answer_text).to_contain_text("Water")
    chat.stop.click()
    chat.wait_until_answered("interrupted")
    chat.answer.get_by_test_id("show-details").click()
    expect(details.figure("Answer tokens")).to_have_text(re.compile(r"^about \d+ tokens$"))
    details.root.get_by_role("button", name="Close the details").click()
    expect(details.root).to_be_hidden()
    expect(chat.answer.get_by_test_id("show-details")).to_be_focused()
