"""The two clocks of a running service: the machine's, and one that stands still until it is set."""

from datetime import UTC, datetime
from typing import Final

from sqlalchemy import text

from ets_kernel.domain.ensure import ensure
from ets_kernel.domain.errors import ClockBackwards
from ets_kernel.runtime.db import Database

_LOAD: Final = text("""
INSERT INTO kernel_service_clock AS clock (clock_id, business_time) VALUES (1, :start)
ON CONFLICT (clock_id) DO UPDATE SET business_time = clock.business_time RETURNING business_time
""")
_SET: Final = text("""
UPDATE kernel_service_clock SET business_time = greatest(business_time, :wanted) WHERE clock_id = 1
RETURNING business_time
""")


class SystemClock:
    """Business time is the machine's time."""

    __slots__ = ()

    def now(self) -> datetime:
        """Give the machine's time, in UTC."""
        return datetime.now(UTC)  # noqa: TID251 - the one place where the machine's clock is read


class SimulatedClock:
    """Business time is what somebody set last; it is kept in the database and survives a restart.

    Requests under way may read it while it is set: each sees the old or the new time.
    """

    def __init__(self, database: Database, *, start: datetime) -> None:
        ensure(start.tzinfo is not None, "a moment is aware of its zone")
        self._database = database
        self._now = start.astimezone(UTC)

    async def load(self) -> None:
        """Go on from the stored time; a clock that was never set begins at its start."""
        async with self._database.begin() as transaction:
            stored = await transaction.connection.execute(_LOAD, {"start": self._now})
            self._now = stored.scalar_one()

    def now(self) -> datetime:
        """Give the business time, in UTC."""
        return self._now

    async def set(self, at: datetime) -> datetime:
        """Move the clock forward and give its time; the present time again changes nothing.

        Raises CLOCK_BACKWARDS for an earlier time than the clock's.
        """
        ensure(at.tzinfo is not None, "a moment is aware of its zone")
        async with self._database.begin() as transaction:
            stored: datetime = (await transaction.connection.execute(_SET, {"wanted": at})).scalar_one()
        self._now = max(self._now, stored)
        if at < stored:
            raise ClockBackwards(
                "the clock only goes forward", business_time=stored.isoformat(), requested_time=at.isoformat()
            )
        return stored
