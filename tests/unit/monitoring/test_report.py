"""What a report adds up, whatever it is made of: hours, days or weeks."""

from datetime import UTC, datetime, timedelta
from itertools import pairwise

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from app.monitoring.periods import DAY, HOUR, WEEK, Period, ceiling, floor
from app.monitoring.report import LAST, Part, Stretch, between, last, one_step, report_on, within
from app.monitoring.tally import Tally

NOW = datetime(2026, 11, 26, 18, 31, 7, tzinfo=UTC)  # a Thursday
MINUTES = st.integers(0, 2 * 365 * 24 * 60).map(lambda number: timedelta(minutes=number))
MOMENTS = MINUTES.map(lambda ago: datetime(2026, 12, 20, tzinfo=UTC) - ago)
DATES = MOMENTS.map(lambda moment: floor(moment, DAY))


def one(moment: datetime, period: Period, model: str = "m") -> Part:
    tally = Tally()
    tally.count("answers")
    return Part(period.start_of(moment), "p", model, tally)


def parts_of(moments: list[datetime], stretch: Stretch) -> list[Part]:
    """Give what the database would of these answers."""
    return [
        one(moment, period)
        for period, start, end in stretch.pieces
        for moment in moments
        if start <= period.start_of(moment) < end
    ]


@given(MOMENTS, st.sampled_from([HOUR, DAY, WEEK, 4 * WEEK]))
def test_a_floor_and_a_ceiling_are_the_multiples_around(moment: datetime, unit: timedelta) -> None:
    below, above = floor(moment, unit), ceiling(moment, unit)
    assert below <= moment <= above
    assert above - below == (unit if below < moment else timedelta(0))
    assert floor(above, unit) == ceiling(above, unit) == above


def test_weeks_begin_on_a_monday_at_midnight_utc() -> None:
    assert Period.WEEK.start_of(NOW) == datetime(2026, 11, 23, tzinfo=UTC)
    assert Period.DAY.start_of(NOW) == datetime(2026, 11, 26, tzinfo=UTC)
    west = NOW.astimezone(datetime.fromisoformat("2026-01-01T00:00-08:00").tzinfo)
    assert Period.DAY.start_of(west) == datetime(2026, 11, 26, tzinfo=UTC)


@given(st.lists(MOMENTS, max_size=30), DATES, DATES)
def test_each_answer_of_some_days_is_counted_once_in_its_own_step(
    moments: list[datetime], first: datetime, until: datetime
) -> None:
    assume(first <= until)
    stretch = between(first, until)
    inside = [moment for moment in moments if stretch.start <= moment < stretch.end]
    report = report_on(stretch, parts_of(moments, stretch), parts_of(moments, stretch.before))
    assert report.whole.counts["answers"] == len(inside)
    assert report.before.counts["answers"] == sum(stretch.before.start <= one < first for one in moments)
    ends = [*stretch.steps[1:], stretch.end]
    for (start, tally), end in zip(report.steps, ends, strict=True):
        assert tally.counts["answers"] == sum(start <= moment < end for moment in inside)


@pytest.mark.parametrize("name", LAST)
def test_every_named_stretch_ends_with_now_in_whole_steps(name: str) -> None:
    stretch = last(name, NOW)
    assert stretch.end - stretch.step <= NOW < stretch.end
    assert (stretch.end - stretch.start) % stretch.step == timedelta(0)
    assert len(stretch.steps) == (stretch.end - stretch.start) // stretch.step
    assert (stretch.start, *stretch.steps[1:]) == tuple(
        stretch.start + number * stretch.step for number in range(len(stretch.steps))
    )


def test_a_year_is_read_in_few_pieces() -> None:
    assert [period for period, *_ in last("year", NOW).pieces] == [Period.WEEK]
    around = between(datetime(2026, 1, 1, tzinfo=UTC), datetime(2026, 11, 26, tzinfo=UTC)).pieces
    assert [period for period, *_ in around] == [Period.DAY, Period.WEEK, Period.DAY]
    assert all(before[2] == after[1] for before, after in pairwise(around))


def test_a_step_has_steps_of_its_own_down_to_minutes() -> None:
    stretch = last("year", NOW)
    lengths = [stretch.step]
    while stretch.step > timedelta(minutes=1):
        stretch = one_step(max(start for start in stretch.steps if start <= NOW), stretch)
        assert stretch.start <= NOW < stretch.end
        lengths.append(stretch.step)
    assert lengths == [WEEK, 6 * HOUR, HOUR, timedelta(minutes=5), timedelta(minutes=1)]
    with pytest.raises(ValueError, match="no such step"):
        one_step(NOW, last("year", NOW))


def test_a_report_on_one_model_names_the_others() -> None:
    stretch = last("day", NOW)
    parts = [one(NOW, Period.HOUR), one(NOW, Period.HOUR), one(NOW, Period.HOUR, "other")]
    report = report_on(stretch, parts, parts, "p/other")
    assert (report.whole.counts["answers"], report.before.counts["answers"]) == (1, 1)
    assert [(name, tally.counts["answers"]) for name, tally in report.models] == [("p/m", 2), ("p/other", 1)]


def test_days_in_the_wrong_order_or_too_many_are_none() -> None:
    for first, until in ((NOW, NOW - DAY), (NOW - 4000 * DAY, NOW)):
        with pytest.raises(ValueError, match="before the end"):
            between(first, until)


@given(MOMENTS, st.integers(1, 3660 * 24 * 60), st.integers(0, 59))
def test_a_stretch_between_two_moments_has_whole_periods_and_both_moments(
    start: datetime, minutes: int, seconds: int
) -> None:
    start += timedelta(seconds=seconds)
    end = start + timedelta(minutes=minutes)
    stretch = within(start, end)
    unit = DAY if stretch.step >= DAY else HOUR if stretch.step >= HOUR else timedelta(minutes=1)
    assert start - unit < stretch.start <= start
    assert end <= stretch.end < end + unit
    for period, first, last_one in stretch.pieces if stretch.step >= HOUR else ():
        assert (period.start_of(first), period.start_of(last_one)) == (first, last_one)
