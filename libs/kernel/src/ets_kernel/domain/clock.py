"""Time is a port: whoever needs it takes a Clock.

CLK-1  Every moment is an aware UTC datetime; every date is a business date, in Asia/Shanghai.
CLK-2  A span of time includes its start and excludes its end.
"""

from datetime import UTC, date, datetime, time, timedelta, timezone
from typing import Final, Protocol

from ets_kernel.domain.ensure import ensure

# A constant offset, so the domain reads no zone files: China has had no summer time since 1991.
ZONE_NAME: Final = "Asia/Shanghai"
ZONE: Final = timezone(timedelta(hours=8), ZONE_NAME)


class Clock(Protocol):
    """Whoever knows what time it is in the business."""

    def now(self) -> datetime:
        """Give the present moment as an aware UTC datetime."""
        ...


class FixedClock:
    """A clock that stands still until it is set."""

    __slots__ = ("_at",)

    def __init__(self, at: datetime) -> None:
        self._at = _utc(at)

    def now(self) -> datetime:
        """Give the moment at which the clock stands."""
        return self._at

    def set(self, at: datetime) -> None:
        """Put the clock at another moment, earlier or later."""
        self._at = _utc(at)


def business_date(at: datetime) -> date:
    """Give the date in Asia/Shanghai at an aware moment."""
    ensure(at.tzinfo is not None, "A moment is aware of its zone")
    return at.astimezone(ZONE).date()


def business_time(day: date, hour: int, minute: int = 0) -> datetime:
    """Give the UTC moment of an hour and minute in Asia/Shanghai on a business date."""
    return datetime.combine(day, time(hour, minute), tzinfo=ZONE).astimezone(UTC)


def _utc(at: datetime) -> datetime:
    ensure(at.tzinfo is not None, "A moment is aware of its zone")
    return at.astimezone(UTC)
