"""A clock that tests move by hand."""

from datetime import UTC, datetime, timedelta
from typing import Final

from ets_kernel.domain.clock import FixedClock

# The first morning of the first cycle's CCER window, 10:00 in Shanghai.
START: Final = datetime(2021, 10, 26, 2, 0, tzinfo=UTC)


class HandClock(FixedClock):
    """Stands still until a test sets it or moves it on."""

    __slots__ = ()

    def __init__(self, at: datetime = START) -> None:
        super().__init__(at)

    def advance(self, *, days: int = 0, hours: int = 0, minutes: int = 0, seconds: int = 0) -> datetime:
        """Move the clock on and give its new time."""
        self.set(self.now() + timedelta(days=days, hours=hours, minutes=minutes, seconds=seconds))
        return self.now()
