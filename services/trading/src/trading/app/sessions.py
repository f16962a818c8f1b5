"""The session in which a batch trades: its moment, and that nobody closes the day while the batch is decided."""

from dataclasses import dataclass
from datetime import date, datetime

from ets_kernel.domain.calendars import SessionCalendar
from ets_kernel.domain.clock import Clock, business_date

from trading.app.ports import UnitOfWork
from trading.domain.errors import OutsideTradingHours
from trading.domain.rules import ModeRules, check_hours


@dataclass(frozen=True, slots=True, kw_only=True)
class Session:
    """The day of a batch. A day that was closed before the batch came is over, whatever the clock said then."""

    now: datetime
    today: date
    calendar: SessionCalendar
    is_over: bool

    def trading_date(self, mode: ModeRules) -> date:
        """Give the trading date if the mode trades now; MARKET_CLOSED, OUTSIDE_TRADING_HOURS."""
        day = check_hours(mode, self.calendar, self.now)
        if self.is_over:
            raise OutsideTradingHours(
                f"{day} was closed a moment ago.", business_time=self.now.isoformat(), hours=mode.hours
            )
        return day


async def join_session(uow: UnitOfWork, *, clock: Clock, calendar: SessionCalendar) -> Session:
    """Keep the present day from being closed until the transaction ends, unless it is closed already."""
    now = clock.now()
    today = business_date(now)
    return Session(now=now, today=today, calendar=calendar, is_over=await uow.quotes.join_day(today))
