"""What is measured of an answer: each measure once, with its unit and its meaning.

The database, `/metrics`, the analytics page and its exports all take them from here.
"""

from dataclasses import dataclass
from enum import StrEnum


class Unit(StrEnum):
    """What a measure counts in."""

    MILLISECONDS = "ms"
    CHARACTERS = "characters"
    CHARACTERS_PER_SECOND = "characters/s"
    TOKENS = "tokens"
    TIMES = "times"
    BYTES = "bytes"
    DOLLARS = "USD"


@dataclass(frozen=True, slots=True)
class Measure:
    """One figure of an answer; `bounds` are the upper edges of its buckets in `/metrics`, in its own unit."""

    name: str
    unit: Unit
    title: str
    about: str
    bounds: tuple[float, ...] = ()


_WAITS_MS = (50, 100, 200, 350, 500, 750, 1_000, 1_500, 2_000, 3_000, 5_000, 10_000, 20_000, 60_000, 300_000)
_DELAYS_MS = (1, 2, 4, 8, 16, 33, 50, 75, 100, 150, 250, 500, 1_000, 5_000)

MEASURES = (
    Measure(
        "first_event_ms",
        Unit.MILLISECONDS,
        "First event",
        "From the start of the answer to the first thing that the provider sent.",
        _WAITS_MS,
    ),
    Measure(
        "first_character_ms",
        Unit.MILLISECONDS,
        "First character",
        "From the start of the answer to its first character; thinking and failed attempts count as waiting.",
        _WAITS_MS,
    ),
    Measure(
        "duration_ms",
        Unit.MILLISECONDS,
        "Duration",
        "From the start of the answer to its end, however it ended.",
        (500, 1_000, 2_000, 5_000, 10_000, 20_000, 30_000, 60_000, 120_000, 300_000, 600_000),
    ),
    Measure(
        "characters",
        Unit.CHARACTERS,
        "Length",
        "Characters that the model wrote, without what stood before a continuation.",
        (100, 300, 1_000, 3_000, 10_000, 30_000, 100_000, 300_000),
    ),
    Measure(
        "characters_per_second",
        Unit.CHARACTERS_PER_SECOND,
        "Speed",
        "Characters after the first piece, over the time from the first to the last; unknown for one in one piece.",
        (10, 25, 50, 100, 200, 300, 500, 750, 1_000, 2_000, 5_000),
    ),
    Measure(
        "longest_gap_ms",
        Unit.MILLISECONDS,
        "Longest gap",
        "The longest time without a new character of thinking or text, once there was one.",
        _WAITS_MS,
    ),
    Measure("stalls", Unit.TIMES, "Stalls", "Gaps of two seconds or more.", (0, 1, 2, 5, 10)),
    Measure("attempts", Unit.TIMES, "Attempts", "Requests made of providers for the answer.", (1, 2, 3, 5)),
    Measure(
        "server_delay_ms",
        Unit.MILLISECONDS,
        "Our delay",
        "From characters of the provider to the frame with them on its way to a page: 95th percentile of an answer.",
        _DELAYS_MS,
    ),
    Measure(
        "seen_delay_ms",
        Unit.MILLISECONDS,
        "Network and browser",
        "From a frame on its way to the page's word that it is painted: the 95th percentile of an answer in a page.",
        _DELAYS_MS,
    ),
    Measure(
        "frames",
        Unit.TIMES,
        "Frames",
        "Steps in which the answer was shown in a page.",
        (1, 3, 10, 30, 100, 300, 1_000, 3_000, 10_000),
    ),
    Measure(
        "sent_bytes",
        Unit.BYTES,
        "Sent",
        "What went out on a page's connection while the answer was shown in it, as the network saw it.",
        (1_000, 3_000, 10_000, 30_000, 100_000, 300_000, 1_000_000, 3_000_000),
    ),
    Measure(
        "longest_task_ms",
        Unit.MILLISECONDS,
        "Longest task",
        "The longest time that a page was busy with one thing while the answer was shown in it.",
        (50, 75, 100, 150, 250, 500, 1_000, 5_000),
    ),
    Measure(
        "long_tasks", Unit.TIMES, "Long tasks", "Times that a page was busy for more than 50 ms.", (0, 1, 2, 5, 10, 50)
    ),
    Measure(
        "hidden_ms",
        Unit.MILLISECONDS,
        "Hidden",
        "The time for which the page was hidden while the answer was written.",
        (0, 1_000, 10_000, 60_000, 600_000),
    ),
    Measure("reconnects", Unit.TIMES, "Reconnects", "Times that the page lost its connection meanwhile.", (0, 1, 2, 5)),
    Measure(
        "input_tokens",
        Unit.TOKENS,
        "Prompt tokens",
        "As the provider counts them.",
        (100, 1_000, 10_000, 100_000, 1_000_000),
    ),
    Measure(
        "output_tokens",
        Unit.TOKENS,
        "Answer tokens",
        "As the provider counts them; of a stopped answer an estimate.",
        (10, 100, 300, 1_000, 3_000, 10_000, 100_000),
    ),
    Measure("cost_usd", Unit.DOLLARS, "Cost", "By the table of prices; unknown without a price or without tokens."),
)
BY_NAME = {measure.name: measure for measure in MEASURES}
