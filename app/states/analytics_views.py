"""What the analytics page shows of an analysis, as lines, cards and points."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from app.monitoring.facts import EndedAnswer
from app.monitoring.measures import BY_NAME
from app.monitoring.periods import DAY, HOUR
from app.monitoring.prices import Price
from app.monitoring.report import Stretch, change
from app.monitoring.tally import Tally
from app.persistence.usage import FailureGroup
from app.services.analytics import Analysis, Health
from app.states.details import UNKNOWN, spoken

PHASES = {"waiting": "before the first word", "thinking": "while it thought", "writing": "while it wrote"}
STOPPERS = {
    "user": "Stopped by the reader",
    "shutdown": "Ended with the server",
    "server_stopped": "Cut off by a server that died",
    "lost": "Cut off by a server that died",
}
# What the charts show: name, measure, share below.
LINES = (
    ("waited", "first_character_ms", 0.5),
    ("waited_95", "first_character_ms", 0.95),
    ("speed", "characters_per_second", 0.5),
    ("speed_5", "characters_per_second", 0.05),
    ("gap", "longest_gap_ms", 0.5),
    ("gap_95", "longest_gap_ms", 0.95),
    ("delay", "server_delay_ms", 0.5),
    ("delay_95", "server_delay_ms", 0.95),
)
TOLD_BYTES = 64 * 2**20  # less that is unused is not worth a word
MODES = {"streamed": "Streaming", "simulated": "Simulated", "traditional": "Traditional", "fallback": "Fallback"}


@dataclass(frozen=True)
class CardView:
    """A figure of the whole stretch; `change` says how it was in the stretch before."""

    name: str
    value: str
    change: str
    about: str


@dataclass(frozen=True)
class ModelLine:
    """The answers of one model."""

    model: str
    answers: str
    failed: str
    waited: str
    waited_95: str
    speed: str
    cost: str


@dataclass(frozen=True)
class CountLine:
    """How often something was, and its share of all in percent."""

    name: str
    count: str
    percent: float


@dataclass(frozen=True)
class PriceLine:
    """What a million tokens of a model cost, in dollars; empty where nobody has said."""

    model: str
    input_usd: str
    output_usd: str


@dataclass(frozen=True)
class FailureLine:
    """Failures of one kind."""

    fingerprint: str
    name: str
    said: str
    count: str
    seen: str
    trend: str
    is_resolved: bool
    reopened: str
    address: str


@dataclass(frozen=True)
class AnswerLine:
    """One answer, and where its details are."""

    address: str
    model: str
    waited: str
    ended: str
    when: str


def cards(analysis: Analysis) -> Iterator[CardView]:
    """Give the figures of the whole stretch."""
    whole, before = analysis.report.whole, analysis.report.before
    answers, answers_before = whole.counts["answers"], before.counts["answers"]
    yield _card("Answers", f"{answers:,}", answers, answers_before, "Answers that ended in this time, however.")
    yield _card(
        "People", f"{analysis.people:,}", analysis.people, analysis.people_before,
        "Who did anything on these days, with whatever model.",
    )  # fmt: skip
    failed, failed_before = whole.counts["end:failed"], before.counts["end:failed"]
    share = f"{failed / answers:.1%}" if answers else UNKNOWN
    yield _card(
        "Failed",
        share,
        failed / answers if answers else None,
        failed_before / answers_before if answers_before else None,
        "Share of the answers that ended in a failure.",
    )
    for name, share_below, title in (
        ("first_character_ms", 0.5, "First character, p50"),
        ("first_character_ms", 0.95, "First character, p95"),
        ("characters_per_second", 0.5, "Characters/s, p50"),
        ("longest_gap_ms", 0.95, "Longest gap, p95"),
        ("server_delay_ms", 0.95, "Our delay, p95"),
    ):
        value = whole.quantile(name, share_below)
        said = f"{value:,.0f}" if value is not None and "/s" in title else _said(name, value)
        yield _card(title, said, value, before.quantile(name, share_below), BY_NAME[name].about)
    tokens = _sum(whole, ("input_tokens", "output_tokens"))
    yield _card(
        "Tokens", UNKNOWN if tokens is None else f"{tokens:,.0f}", tokens,
        _sum(before, ("input_tokens", "output_tokens")), "Of prompts and answers, where the provider tells them.",
    )  # fmt: skip
    cost, known = whole.total("cost_usd"), whole.known("cost_usd")
    about = f"Known of {known:,} of {answers:,} answers: the others have no price or no tokens."
    yield _card("Cost", _said("cost_usd", cost), cost, before.total("cost_usd"), about)


def _card(name: str, value: str, now: float | None, before: float | None, about: str) -> CardView:
    share = change(now, before)
    said = "" if share is None else "as before" if abs(share) < 0.005 else f"{share:+.0%} on the time before"
    return CardView(name, value, said, about)


def _sum(tally: Tally, names: tuple[str, ...]) -> float | None:
    known = [total for name in names if (total := tally.total(name)) is not None]
    return sum(known) if known else None


def _said(name: str, value: float | None) -> str:
    return UNKNOWN if value is None else spoken(BY_NAME[name], value)


def point(moment: datetime, tally: Tally, stretch: Stretch) -> dict[str, Any]:
    """Give the figures of one step for the charts and their table."""
    figures = {name: tally.quantile(measure, share) for name, measure, share in LINES}
    counts = {f"mode_{name}": tally.counts[f"mode:{name}"] for name in MODES}
    failed = tally.counts["end:failed"]
    return {
        "start": moment.isoformat(),
        "at": _label(moment, stretch.step),
        "answers": tally.counts["answers"] - failed,
        "failed": failed,
        **counts,
        **{name: None if one is None else round(one) for name, one in figures.items()},
    }


def _label(moment: datetime, step: timedelta) -> str:
    """Name a step in the server's time, but days as they are counted, in UTC."""
    if step >= DAY:
        return moment.astimezone(UTC).strftime("%d %b")
    return moment.astimezone().strftime("%H:%M" if step <= HOUR else "%d %b %H:%M")


def said_stretch(stretch: Stretch) -> str:
    """Say from when to when."""
    if stretch.end - stretch.start >= DAY:
        last_day = stretch.end.astimezone(UTC) - timedelta(seconds=1)
        first, until = (moment.strftime("%d %b %Y") for moment in (stretch.start.astimezone(UTC), last_day))
        return first if first == until else f"{first} to {until}"
    start, end = stretch.start.astimezone(), stretch.end.astimezone()
    return f"{start:%d %b %Y %H:%M} to {end:%H:%M}"


def said_health(health: Health, *, is_saved: bool) -> tuple[str, str]:
    """Say how answers and storage do."""
    recent = (
        "What has happened cannot be read just now."
        if health.recent_answers is None
        else f"{health.recent_failures:,} of {health.recent_answers:,} answers failed in the last 15 minutes"
    )
    free = f"{_size(health.free_disk_bytes)} of disk free" if health.free_disk_bytes is not None else ""
    size = f"{_size(health.database_bytes)} of data" if health.database_bytes is not None else ""
    unused = health.spare_bytes or 0
    spare = f"{_size(unused)} of it unused" if unused >= TOLD_BYTES else ""
    saved = "answers are saved" if is_saved else "answers cannot be saved"
    return recent, ", ".join(filter(None, (saved, size, spare, free)))


def _size(count: int) -> str:
    return f"{count / 2**30:,.1f} GB" if count >= 2**30 else f"{count / 2**20:,.1f} MB"


def model_line(model: str, tally: Tally) -> ModelLine:
    """Sum up the answers of a model."""
    answers, failed = tally.counts["answers"], tally.counts["end:failed"]
    return ModelLine(
        model,
        f"{answers:,}",
        f"{failed:,}",
        _said("first_character_ms", tally.quantile("first_character_ms", 0.5)),
        _said("first_character_ms", tally.quantile("first_character_ms", 0.95)),
        _said("characters_per_second", tally.quantile("characters_per_second", 0.5)),
        _said("cost_usd", tally.total("cost_usd")),
    )


def interruptions(whole: Tally) -> list[CountLine]:
    """Say by whom and in which phase answers were interrupted."""
    return _counts(whole, "interrupted:", _stop_name)


def modes(whole: Tally) -> list[CountLine]:
    """Say how answers came."""
    return _counts(whole, "mode:", lambda name: MODES.get(name, name))


def uses(counts: Mapping[str, int]) -> list[CountLine]:
    """Say what people did beside asking."""
    return [
        CountLine(name.replace("_", " ").capitalize(), f"{count:,}", 0)
        for name, count in sorted(counts.items(), key=lambda item: (-item[1], item[0]))
        if ":" not in name and name != "answers"
    ]


def _counts(whole: Tally, prefix: str, name_of: Callable[[str], str]) -> list[CountLine]:
    counts: dict[str, int] = {}
    for name, count in whole.starting_with(prefix).items():
        counts[name_of(name)] = counts.get(name_of(name), 0) + count
    total = sum(counts.values())
    ordered = sorted(counts.items(), key=lambda item: (-item[1], item[0]))
    return [CountLine(name, f"{count:,}", round(count * 100 / total, 1)) for name, count in ordered]


def _stop_name(name: str) -> str:
    by, _, phase = name.partition(":")
    return f"{STOPPERS.get(by, by)}, {PHASES.get(phase, phase)}"


def price_line(model: str, price: Price | None) -> PriceLine:
    """Say what a model costs."""
    return PriceLine(model, f"{price.input_usd:g}" if price else "", f"{price.output_usd:g}" if price else "")


def failure_lines(analysis: Analysis) -> list[FailureLine]:
    """Say what failed, and whether it fails more often than in the time before."""
    report = analysis.report
    now = {name: tally.starting_with("failure:") for name, tally in report.models}
    before = {name: tally.starting_with("failure:") for name, tally in report.models_before}
    return [
        _failure_line(
            group, now.get(group.model, {}).get(group.kind, 0), before.get(group.model, {}).get(group.kind, 0)
        )
        for group in analysis.failures
    ]


def _failure_line(group: FailureGroup, now: int, before: int) -> FailureLine:
    where = f"{group.place}, {group.model}" if group.model else group.place
    return FailureLine(
        group.fingerprint,
        f"{group.kind.replace('_', ' ').capitalize()} ({where})",
        group.said,
        f"{group.count:,}",
        f"first {_when(group.first_at)}, last {_when(group.last_at)}",
        f"{now:,} in this time, {before:,} in the time before" if group.model else "",
        group.resolved_at is not None,
        f"came again {group.reopened:,} times" if group.reopened else "",
        _address(group.conversation_id, group.message_id) if group.conversation_id and group.message_id else "",
    )


def answer_line(answer: EndedAnswer) -> AnswerLine:
    """Sum up one answer."""
    facts = answer.facts
    ended = {"failed": facts.failure.replace("_", " "), "interrupted": "interrupted"}.get(facts.status.value, "")
    return AnswerLine(
        _address(answer.run.conversation_id, answer.run.message_id),
        f"{facts.provider}/{facts.model}",
        _said("first_character_ms", facts.measures.get("first_character_ms")),
        ended or "complete",
        _when(answer.run.ended_at),
    )


def _address(conversation_id: str, message_id: str) -> str:
    return f"/c/{conversation_id}?details={message_id}"


def _when(moment: datetime) -> str:
    return moment.astimezone().strftime("%d %b %H:%M:%S")
