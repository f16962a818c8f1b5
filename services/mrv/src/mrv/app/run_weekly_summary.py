"""Publish the weekly summaries of a Friday (每周汇总), one per province."""

from dataclasses import dataclass
from datetime import date

from ets_kernel.domain.clock import Clock

from mrv.app.ports import UnitOfWork
from mrv.domain.events import WeeklySummaryPublished
from mrv.domain.weekly_summary import decided_before, require_summary_day, summarise


@dataclass(frozen=True, slots=True, kw_only=True)
class SummaryCounts:
    """How many summaries a Friday has, and how many rows in them."""

    summary_count: int
    row_count: int


async def run_weekly_summary(business_date: date, *, uow: UnitOfWork, clock: Clock) -> SummaryCounts:
    """Make and publish the summaries of a Friday once; a Friday that has them keeps them. NOT_A_FRIDAY, TOO_EARLY."""
    at = clock.now()
    require_summary_day(business_date, at)
    await uow.summaries.lock()
    present = await uow.summaries.counts(business_date)
    if present is not None:
        return SummaryCounts(summary_count=present[0], row_count=present[1])
    decided = await uow.summaries.unsummarised(decided_before(business_date))
    summaries = summarise(business_date, decided)
    await uow.summaries.add(summaries, at=at)
    for summary in summaries:
        uow.record(WeeklySummaryPublished(summary=summary, at=at))
    return SummaryCounts(summary_count=len(summaries), row_count=len(decided))
