"""Counts and distributions of many answers, which can be added up in any order."""

import math
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

GROWTH = 1.08  # from one bucket to the next: a percentile is right to within 4 %
_LOG_GROWTH = math.log(GROWTH)
_SMALLEST = 1e-6  # below it everything is one bucket, as 0 is
NONE_BUCKET = -(10**6)


def bucket_of(value: float) -> int:
    """Give the number of the bucket that holds a value; neighbouring ones differ by `GROWTH`."""
    return NONE_BUCKET if value < _SMALLEST else math.floor(math.log(value) / _LOG_GROWTH)


def middle_of(bucket: int) -> float:
    """Give the value that stands for a bucket: its geometric middle."""
    return 0.0 if bucket == NONE_BUCKET else math.exp((bucket + 0.5) * _LOG_GROWTH)


@dataclass(slots=True)
class Tally:
    """What many answers have in common: `counts` by name, and for each measure its values in `buckets` and their sum.

    Adding is associative and commutative: what was added in whatever order, early or late, gives the same.
    """

    counts: Counter[str] = field(default_factory=Counter[str])
    buckets: dict[str, Counter[int]] = field(default_factory=dict[str, Counter[int]])
    sums: dict[str, float] = field(default_factory=dict[str, float])

    def count(self, name: str, times: int = 1) -> None:
        """Count something."""
        self.counts[name] += times

    def note(self, measure: str, value: float) -> None:
        """Take in a value of a measure."""
        self.buckets.setdefault(measure, Counter())[bucket_of(value)] += 1
        self.sums[measure] = self.sums.get(measure, 0.0) + value

    def add(self, other: "Tally") -> None:
        """Add another one."""
        self.counts.update(other.counts)
        for measure, buckets in other.buckets.items():
            self.buckets.setdefault(measure, Counter()).update(buckets)
        for measure, total in other.sums.items():
            self.sums[measure] = self.sums.get(measure, 0.0) + total

    def known(self, measure: str) -> int:
        """Count the answers of which a measure is known."""
        return self.buckets[measure].total() if measure in self.buckets else 0

    def total(self, measure: str) -> float | None:
        """Give the sum of a measure, or None where it is known of no answer."""
        return self.sums.get(measure)

    def quantile(self, measure: str, share: float) -> float | None:
        """Give the value below which so great a share of the answers is, from 0 to 1; None where none is known."""
        buckets = self.buckets.get(measure)
        if not buckets:
            return None
        rank = max(1, math.ceil(share * sum(buckets.values())))
        for bucket in sorted(buckets):
            rank -= buckets[bucket]
            if rank <= 0:
                return middle_of(bucket)
        raise AssertionError("a rank is at most the number of values")

    def starting_with(self, prefix: str) -> dict[str, int]:
        """Give the counts whose names begin so, by the rest of the name."""
        return {name.removeprefix(prefix): count for name, count in self.counts.items() if name.startswith(prefix)}

    def to_json(self) -> dict[str, Any]:
        """Give it as JSON values."""
        return {
            "counts": dict(self.counts),
            "buckets": {
                measure: {str(bucket): count for bucket, count in one.items()} for measure, one in self.buckets.items()
            },
            "sums": dict(self.sums),
        }

    @classmethod
    def from_json(cls, stored: Mapping[str, Any]) -> "Tally":
        """Read what `to_json` gave."""
        buckets = {
            measure: Counter({int(bucket): count for bucket, count in one.items()})
            for measure, one in stored.get("buckets", {}).items()
        }
        return cls(Counter(stored.get("counts", {})), buckets, dict(stored.get("sums", {})))

    @classmethod
    def of(cls, tallies: Iterable["Tally"]) -> "Tally":
        """Add many up."""
        whole = cls()
        for tally in tallies:
            whole.add(tally)
        return whole
