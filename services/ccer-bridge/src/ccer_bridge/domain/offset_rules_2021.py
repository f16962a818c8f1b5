"""Rules for offsetting with CCER in the first compliance cycle: days and hours, each written once.

Source of everything here: 《关于做好全国碳排放权交易市场第一个履约周期碳排放配额清缴工作的通知》, 2021-10-23, annex 1.
"""

from collections.abc import Iterator
from datetime import date, datetime, timedelta
from typing import Final

from ets_kernel.domain.clock import business_time
from ets_kernel.domain.errors import TooEarly

from ccer_bridge.domain.errors import CancellationWindowClosed, OutsideHandoverWindow

# Source: annex 1, step 5: cancelled before 15 December 2021, 17:00.
CANCELLATION_LAST_DATE: Final = date(2021, 12, 15)
CANCELLATION_LAST_HOUR: Final = 17
CANCELLATION_DEADLINE_TIME: Final = business_time(CANCELLATION_LAST_DATE, CANCELLATION_LAST_HOUR)

# Source: annex 1, step 6: daily from 26 October to 15 December 2021, sent after 17:00: 51 days.
HANDOVER_FIRST_DATE: Final = date(2021, 10, 26)
HANDOVER_LAST_DATE: Final = date(2021, 12, 15)
HANDOVER_HOUR: Final = 17


def refusal_of_cancellation_time(at: datetime) -> CancellationWindowClosed | None:
    """Tell why nothing can be cancelled at a moment; the deadline itself is too late."""
    if at < CANCELLATION_DEADLINE_TIME:
        return None
    return CancellationWindowClosed(
        "CCER were cancelled for the first cycle until 15 December 2021, 17:00",
        deadline_time=CANCELLATION_DEADLINE_TIME.isoformat(),
        business_time=at.isoformat(),
    )


def handover_cut_off(business_date: date) -> datetime:
    """Give the moment before which a cancellation belongs to the hand-over of a date."""
    return business_time(business_date, HANDOVER_HOUR)


def refusal_of_handover(business_date: date, at: datetime) -> OutsideHandoverWindow | TooEarly | None:
    """Tell why the hand-over of a date cannot run at a moment."""
    if not HANDOVER_FIRST_DATE <= business_date <= HANDOVER_LAST_DATE:
        return OutsideHandoverWindow(
            f"{business_date} has no hand-over",
            business_date=business_date,
            first_date=HANDOVER_FIRST_DATE,
            last_date=HANDOVER_LAST_DATE,
        )
    earliest = handover_cut_off(business_date)
    if at < earliest:
        return TooEarly(
            f"the hand-over of {business_date} runs from 17:00",
            earliest_time=earliest.isoformat(),
            business_time=at.isoformat(),
        )
    return None


def handover_dates(after: date | None, until: date) -> Iterator[date]:
    """Give the dates of the window behind the last one run, up to and with `until`."""
    day = HANDOVER_FIRST_DATE if after is None else after + timedelta(days=1)
    while day <= until:
        yield day
        day += timedelta(days=1)
