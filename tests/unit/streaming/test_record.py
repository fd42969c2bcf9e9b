"""What is noted of an answer while it is made stays small, however long that takes."""

from itertools import pairwise

from app.streaming.events import Text, unnumbered
from app.streaming.record import TIMELINE_POINTS, RunRecord
from app.streaming.stitching import Prefix


def test_the_timeline_of_a_long_answer_is_bounded_and_tells_of_all_of_it() -> None:
    seconds, chars = 0.0, 0
    record = RunRecord("r", "p/m", Prefix(), lambda: seconds)
    for _ in range(20_000):
        record.note(Text(*unnumbered, 0, "ab"))
        seconds, chars = seconds + 0.05, chars + 2
    points = record.close(characters=chars)["timeline"]
    assert TIMELINE_POINTS / 3 < len(points) <= TIMELINE_POINTS + 1
    assert points[0] == [0, 2]
    assert points[-1] == [1_000_000, chars]
    gaps = [later - earlier for (earlier, _), (later, _) in pairwise(points[:-1])]
    assert max(gaps) <= 4 * min(gaps)
    assert all(written == 2 + ms // 50 * 2 for ms, written in points[:-1])


def test_the_timeline_of_a_continuation_begins_with_what_stood_before() -> None:
    seconds = 0.0
    record = RunRecord("r", "p/m", Prefix("before"), lambda: seconds)
    seconds = 2.0
    record.note(Text(*unnumbered, 6, "ab"))
    assert record.close(characters=8)["timeline"] == [[0, 6], [2000, 8], [2000, 8]]
