from datetime import UTC, date, datetime, timedelta

import pytest
from ets_kernel.domain.calendars import load_work_calendar
from registry.domain.carry_over_rules import (
    APPLICATIONS_END,
    BATCHES,
    FIRST_TRADING_DATE,
    HOLDING_TIME,
    LAST_TRADING_DATE,
    LATE_BATCH_NO,
    NEW_PRODUCT,
    NOTICES_START,
    OLD_PRODUCTS,
    SURRENDERS,
    base_tco2e,
    batch_no_at,
    closed_batches,
    computed_quantity,
    is_noticed_in_time,
    net_sales,
    new_units_due,
    recovery_due,
)
from registry.domain.compliance_rules import Sector

BASES = {Sector.POWER: 10_000, Sector.STEEL: 100_000, Sector.CEMENT: 20_000, Sector.ALUMINIUM: 0}
INSTANT = timedelta(microseconds=1)


def test_vector_t11_gives_the_published_figure():
    """NS = 40,000 t and H = 120,000 t give T = 70,000 t."""
    assert computed_quantity(10_000, net_sales(40_000, 0)) == 70_000


@pytest.mark.parametrize(
    ("sold", "bought", "expected"), [(40_000, 10_000, 30_000), (5, 5, 0), (1, 2, 0), (0, 0, 0)]
)
def test_who_bought_more_than_it_sold_has_no_net_sales(sold, bought, expected):
    assert net_sales(sold, bought) == expected


@pytest.mark.parametrize(("sales", "expected"), [(0, 10_000), (1, 10_001), (2, 10_003), (3, 10_004)])
def test_the_quantity_is_rounded_down(sales, expected):
    assert computed_quantity(10_000, sales) == expected


def test_the_base_is_that_of_the_sector_and_ten_thousand_for_several_sectors():
    assert base_tco2e({Sector.STEEL}, BASES) == 100_000
    assert base_tco2e({Sector.ALUMINIUM}, BASES) == 0
    assert base_tco2e({Sector.STEEL, Sector.CEMENT}, BASES) == 10_000
    assert base_tco2e({Sector.POWER, Sector.STEEL, Sector.CEMENT}, BASES) == 10_000


def test_five_vintages_go_into_one():
    assert OLD_PRODUCTS == ("CEA-2019-2020", "CEA-2021", "CEA-2022", "CEA-2023", "CEA-2024")
    assert NEW_PRODUCT == "CEA-2025"


def test_moments_are_those_of_the_rule_in_beijing():
    assert (date(2024, 1, 1), date(2025, 12, 31)) == (FIRST_TRADING_DATE, LAST_TRADING_DATE)
    assert datetime(2025, 12, 31, 16, 0, tzinfo=UTC) == NOTICES_START
    assert datetime(2025, 12, 31, 15, 59, tzinfo=UTC) == HOLDING_TIME
    assert {
        "2023": datetime(2024, 12, 31, 16, 0, tzinfo=UTC),
        "2024": datetime(2025, 12, 31, 16, 0, tzinfo=UTC),
    } == SURRENDERS


def test_a_batch_takes_what_is_submitted_before_it_closes():
    first, second = (batch.closes_time for batch in BATCHES)
    assert first == datetime(2026, 3, 20, 16, 0, tzinfo=UTC)
    assert second == APPLICATIONS_END == datetime(2026, 6, 10, 16, 0, tzinfo=UTC)
    assert batch_no_at(first - INSTANT) == 1
    assert batch_no_at(first) == 2
    assert batch_no_at(second - INSTANT) == 2
    assert batch_no_at(second) == LATE_BATCH_NO


def test_a_batch_is_processed_once_it_is_closed():
    first, second = (batch.closes_time for batch in BATCHES)
    assert closed_batches(first - INSTANT) == frozenset()
    assert closed_batches(first) == {1}
    assert closed_batches(second - INSTANT) == {1}
    assert closed_batches(second) == {1, 2, LATE_BATCH_NO}


def test_a_notice_is_in_time_until_the_end_of_january():
    assert is_noticed_in_time(datetime(2026, 1, 31, 15, 59, tzinfo=UTC))
    assert not is_noticed_in_time(datetime(2026, 1, 31, 16, 0, tzinfo=UTC))


def test_the_batches_are_due_by_their_dates_and_the_late_one_has_none():
    assert recovery_due(1) == date(2026, 3, 27)
    assert recovery_due(2) == date(2026, 6, 26)
    assert recovery_due(LATE_BATCH_NO) is None


def test_new_units_are_due_five_work_days_after_the_old_ones_were_taken():
    # 2026-04-04 to 04-06 is 清明节.
    assert new_units_due(date(2026, 4, 2), load_work_calendar()) == date(2026, 4, 10)
