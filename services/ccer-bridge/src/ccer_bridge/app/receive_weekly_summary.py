"""A province's weekly summary (每周汇总) came."""

from ccer_bridge.app.ports import UnitOfWork
from ccer_bridge.domain.applications import WeeklySummary
from ccer_bridge.domain.errors import WeeklySummaryDiffers


async def receive_weekly_summary(summary: WeeklySummary, *, uow: UnitOfWork) -> None:
    """Store a summary as it was received, once per province and date."""
    known = await uow.applications.summary(summary.province_code, summary.business_date)
    if known is None:
        await uow.applications.add_summary(summary)
    elif known != summary:
        raise WeeklySummaryDiffers(
            f"the summary of {summary.province_code} for {summary.business_date} came with other content",
            province_code=summary.province_code,
            business_date=summary.business_date,
        )
