"""Hours, days and weeks in UTC: what usage is added up by."""

from datetime import UTC, datetime, timedelta
from enum import StrEnum

HOUR, DAY, WEEK = timedelta(hours=1), timedelta(days=1), timedelta(days=7)
_MONDAY = datetime(1970, 1, 5, tzinfo=UTC)


class Period(StrEnum):
    """A length of time; all begin at whole multiples of it since a Monday."""

    HOUR = "hour"
    DAY = "day"
    WEEK = "week"

    @property
    def length(self) -> timedelta:
        """Give how long one is."""
        return {Period.HOUR: HOUR, Period.DAY: DAY, Period.WEEK: WEEK}[self]

    def start_of(self, moment: datetime) -> datetime:
        """Give the start of the one that a moment is in, in UTC."""
        return floor(moment, self.length)


def floor(moment: datetime, unit: timedelta) -> datetime:
    """Give the last multiple of a unit that is not after a moment, in UTC."""
    moment = moment.astimezone(UTC)
    return moment - (moment - _MONDAY) % unit


def ceiling(moment: datetime, unit: timedelta) -> datetime:
    """Give the first multiple of a unit that is not before a moment, in UTC."""
    return -((_MONDAY - moment.astimezone(UTC)) // unit) * unit + _MONDAY
