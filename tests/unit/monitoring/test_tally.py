"""What many answers add up to is the same in whatever order they come, and close to what each of them was."""

import math
import statistics

from hypothesis import given
from hypothesis import strategies as st

from app.monitoring.tally import GROWTH, Tally

VALUES = st.floats(min_value=0, max_value=1e9, allow_nan=False)
NOTES = st.lists(st.tuples(st.sampled_from(["duration_ms", "cost_usd", "stalls"]), VALUES), max_size=40)
NAMES = st.lists(st.sampled_from(["answers", "end:failed", "mode:streamed"]), max_size=10)


def tally_of(notes: list[tuple[str, float]], names: list[str]) -> Tally:
    tally = Tally()
    for measure, value in notes:
        tally.note(measure, value)
    for name in names:
        tally.count(name)
    return tally


def assert_same(one: Tally, other: Tally) -> None:
    assert (one.counts, one.buckets) == (other.counts, other.buckets)
    assert one.sums.keys() == other.sums.keys()
    assert all(math.isclose(one.sums[name], other.sums[name], abs_tol=1e-3) for name in one.sums)


@given(st.lists(st.tuples(NOTES, NAMES), max_size=6), st.randoms())
def test_in_any_order_and_through_storage_the_parts_are_the_whole(parts, random) -> None:
    whole = tally_of([note for notes, _ in parts for note in notes], [name for _, names in parts for name in names])
    tallies = [Tally.from_json(tally_of(*part).to_json()) for part in parts]
    random.shuffle(tallies)
    assert_same(Tally.of(tallies), whole)


@given(st.lists(st.floats(min_value=0.01, max_value=1e7), min_size=1, max_size=200), st.floats(0.01, 1))
def test_a_percentile_is_right_to_within_half_a_bucket(values: list[float], share: float) -> None:
    exact = sorted(values)[max(1, math.ceil(share * len(values))) - 1]
    told = tally_of([("duration_ms", value) for value in values], []).quantile("duration_ms", share)
    assert told is not None
    assert 1 / math.sqrt(GROWTH) - 1e-9 <= told / exact <= math.sqrt(GROWTH) + 1e-9


def test_what_is_known_of_no_answer_is_unknown_and_not_nothing() -> None:
    tally = tally_of([("stalls", 0.0)], ["answers"])
    assert (tally.quantile("cost_usd", 0.5), tally.total("cost_usd"), tally.known("cost_usd")) == (None, None, 0)
    assert (tally.quantile("stalls", 0.5), tally.total("stalls"), tally.known("stalls")) == (0.0, 0.0, 1)


def test_a_median_of_many_is_their_middle() -> None:
    values = [float(number) for number in range(1, 1001)]
    told = tally_of([("duration_ms", value) for value in values], []).quantile("duration_ms", 0.5)
    assert told is not None
    assert abs(told - statistics.median(values)) < 40
