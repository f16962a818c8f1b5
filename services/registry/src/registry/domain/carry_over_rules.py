"""Carry-over (结转) of the vintages 2019-2020 to 2024 into 2025: how much, of what, when, and who may not.

Source: 2023、2024年度全国碳排放权交易发电行业配额总量和分配方案, 国环规气候〔2024〕1号, 2024-10-15, annex 5
(2019—2024年度碳排放配额结转方案), for all figures and dates below unless a line says otherwise.
Source: 2024、2025年度全国碳排放权交易市场钢铁、水泥、铝冶炼行业配额总量和分配方案, 国环规气候〔2025〕2号, 2025-11-16,
with its 编制说明 (the same rules for steel, cement and aluminium; an entity in two or more sectors has one base of
10,000 t).

Ours: an entity whose surrender of a year is not known here is not stopped by it; a surrender is judged by what is owed
when the notices are made, so one that was raised after its last day and not covered before is missed; units on their
way to trading count as held, for they belong to the entity; an application of units that a court released later has no
last day.
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from types import MappingProxyType
from typing import Final

from ets_kernel.domain.calendars import WorkCalendar
from ets_kernel.domain.clock import business_date, business_time
from ets_kernel.domain.products import allowance_product
from ets_kernel.domain.quantities import floor_tonnes
from ets_ledger.domain.values import Bucket

from registry.domain.compliance_rules import Sector

OLD_PRODUCTS: Final = tuple(
    allowance_product(vintage) for vintage in ("2019-2020", "2021", "2022", "2023", "2024")
)
NEW_PRODUCT: Final = allowance_product("2025")

# B, tCO2e. The final text of 国环规气候〔2025〕2号 was not seen: its draft has 10,000 t for every sector, a summary of
# the final plan says 100,000 t for steel, cement and aluminium. So the base is a setting by sector, 10,000 t unless
# told.
BASE_TCO2E: Final = 10_000
# R.
SALES_FACTOR: Final = Decimal("1.5")

# Net sales are those of the trading dates from the first to the last, both included.
FIRST_TRADING_DATE: Final = date(2024, 1, 1)
LAST_TRADING_DATE: Final = date(2025, 12, 31)

# H is what was held at this moment. A moment includes what happened at that very instant, as in every read.
HOLDING_TIME: Final = business_time(date(2025, 12, 31), 23, 59)
# 登记可用量, 交易可用量, 司法冻结量; what waits in an application for surrender or cancellation does not count.
HELD_BUCKETS: Final = frozenset(
    {Bucket.REGISTERED, Bucket.TRADING, Bucket.IN_TRANSIT, Bucket.JUDICIALLY_FROZEN}
)

# Missed is a surrender of the period that was not met in full before this moment (2024-12-31, 2025-12-31 included).
SURRENDERS: Final[Mapping[str, datetime]] = MappingProxyType(
    {
        "2023": business_time(date(2025, 1, 1), 0),
        "2024": business_time(date(2026, 1, 1), 0),
    }
)

# The year must be over before sales and holdings are known; the notice is due by the second date.
NOTICES_START: Final = business_time(date(2026, 1, 1), 0)
NOTICES_DUE: Final = date(2026, 1, 31)

# New units are issued within this many work days after the old ones were recovered. Here both is one transaction.
NEW_UNITS_WORK_DAYS: Final = 5


@dataclass(frozen=True, slots=True, kw_only=True)
class Batch:
    """Applications that are processed together: those submitted before `closes_time` and after the batch before."""

    batch_no: int
    # The first moment that is too late.
    closes_time: datetime
    # The last date on which the old units are recovered.
    recovery_due: date


BATCHES: Final = (
    Batch(batch_no=1, closes_time=business_time(date(2026, 3, 21), 0), recovery_due=date(2026, 3, 27)),
    Batch(batch_no=2, closes_time=business_time(date(2026, 6, 11), 0), recovery_due=date(2026, 6, 26)),
)
# Where the last batch is closed, only units may be applied for that a court released since then (解除司法冻结后).
LATE_BATCH_NO: Final = 3
APPLICATIONS_END: Final = BATCHES[-1].closes_time


def base_tco2e(sectors: Collection[Sector], bases: Mapping[Sector, int]) -> int:
    """Give B in tCO2e; an entity of several sectors has 10,000 t in all."""
    if len(sectors) == 1:
        return bases[next(iter(sectors))]
    return BASE_TCO2E


def net_sales(sold_tco2e: int, bought_tco2e: int) -> int:
    """Give NS in tCO2e: sold less bought, and nothing when more was bought."""
    return max(0, sold_tco2e - bought_tco2e)


def computed_quantity(base: int, net_sales_tco2e: int) -> int:
    """Give T = B + NS × R in tCO2e, rounded down."""
    return floor_tonnes(base + net_sales_tco2e * SALES_FACTOR)


def batch_no_at(at: datetime) -> int:
    """Give the batch that an application of a moment belongs to."""
    for batch in BATCHES:
        if at < batch.closes_time:
            return batch.batch_no
    return LATE_BATCH_NO


def closed_batches(until: datetime) -> frozenset[int]:
    """Give the batches that take no more applications at a moment; the late one is closed every time."""
    closed = {batch.batch_no for batch in BATCHES if batch.closes_time <= until}
    return frozenset(closed | {LATE_BATCH_NO}) if until >= APPLICATIONS_END else frozenset(closed)


def recovery_due(batch_no: int) -> date | None:
    """Give the last date on which the old units of a batch are recovered; the late one has none."""
    return next((batch.recovery_due for batch in BATCHES if batch.batch_no == batch_no), None)


def new_units_due(recovered: date, calendar: WorkCalendar) -> date:
    """Give the last date on which the new units may be issued."""
    return calendar.add_work_days(recovered, NEW_UNITS_WORK_DAYS)


def is_noticed_in_time(at: datetime) -> bool:
    """Tell whether a notice that is issued at a moment is in time."""
    return business_date(at) <= NOTICES_DUE
