"""TRD-1 to TRD-3: hours, limits, sizes, on both sides of every boundary."""

from datetime import UTC, date, datetime, time
from decimal import ROUND_HALF_UP, Decimal

import pytest
from ets_kernel.domain.calendars import load_session_calendar
from ets_kernel.domain.clock import ZONE, business_time
from ets_kernel.domain.ensure import BrokenClaim
from ets_kernel.domain.errors import CalendarYearUnknown, ProductInvalid
from ets_kernel.domain.products import ProductKind
from hypothesis import given
from hypothesis import strategies as st
from trading.domain.errors import (
    MarketClosed,
    MarketUnknown,
    OutsideTradingHours,
    PriceOutsideLimit,
    QuantityOutsideLimit,
)
from trading.domain.rules import (
    Hours,
    UnitLeg,
    check_hours,
    check_price,
    check_product,
    check_quantity,
    rules_of,
)
from trading.domain.trading_rules_2021 import NATIONAL_RULES
from trading.domain.venue_rules import VENUES, make_markets

CALENDAR = load_session_calendar()
MONDAY = date(2021, 11, 1)
MARKETS = make_markets()


def test_there_are_the_national_market_and_nine_venues():
    assert list(MARKETS) == ["CEA", "BJ", "TJ", "SH", "GZ", "SZ", "HB", "CQ", "SC", "FJ"]
    assert {rules.unit_leg for rules in MARKETS.values()} == set(UnitLeg)
    assert all(MARKETS[venue].product_kind is ProductKind.CCER for venue in VENUES)
    assert len(VENUES) == 9


def test_an_unknown_market_is_refused():
    with pytest.raises(MarketUnknown):
        rules_of(MARKETS, "XX")


@pytest.mark.parametrize(
    ("clock", "is_listed", "is_block"),
    [
        (time(9, 29, 59), False, False),
        (time(9, 30), True, False),
        (time(11, 29, 59), True, False),
        (time(11, 30), False, False),
        (time(12, 59, 59), False, False),
        (time(13, 0), True, True),
        (time(14, 59, 59, 999_999), True, True),
        (time(15, 0), False, False),
    ],
)
def test_allowances_trade_in_these_hours(clock, is_listed, is_block):
    at = datetime.combine(MONDAY, clock, tzinfo=ZONE)
    for mode, is_open in ((NATIONAL_RULES.listed, is_listed), (NATIONAL_RULES.block, is_block)):
        if is_open:
            assert check_hours(mode, CALENDAR, at) == MONDAY
        else:
            with pytest.raises(OutsideTradingHours):
                check_hours(mode, CALENDAR, at)


@pytest.mark.parametrize(
    ("clock", "is_open"),
    [(time(9, 29, 59), False), (time(9, 30), True), (time(11, 29, 59), True), (time(11, 30), False)],
)
def test_venues_have_block_deals_in_the_morning_too(clock, is_open):
    assert MARKETS["BJ"].block.hours.admit(datetime.combine(MONDAY, clock, tzinfo=ZONE)) is is_open


@pytest.mark.parametrize("day", [date(2021, 10, 31), date(2021, 10, 1), date(2021, 9, 26)])
def test_weekends_holidays_and_make_up_days_are_closed(day):
    with pytest.raises(MarketClosed):
        check_hours(NATIONAL_RULES.listed, CALENDAR, business_time(day, 10))


def test_the_day_is_the_business_day_also_when_utc_has_another():
    early = datetime(
        2021, 10, 31, 23, 0, tzinfo=UTC
    )  # Monday 07:00 in Shanghai: a session day, before its hours.
    with pytest.raises(OutsideTradingHours):
        check_hours(NATIONAL_RULES.listed, CALENDAR, early)


def test_a_year_without_calendar_refuses():
    with pytest.raises(CalendarYearUnknown):
        check_hours(NATIONAL_RULES.listed, CALENDAR, business_time(date(2031, 1, 6), 10))


def test_hours_that_overlap_are_no_hours():
    with pytest.raises(BrokenClaim):
        Hours(spans=((time(9, 30), time(11, 30)), (time(11, 0), time(12, 0))))


# The published opening price of 16 July 2021 and the close of 26 October 2021, with bounds rounded half-up.
@pytest.mark.parametrize(
    ("close", "mode", "lowest", "highest"),
    [
        (4800, NATIONAL_RULES.listed, 4320, 5280),
        (4265, NATIONAL_RULES.listed, 3839, 4692),
        (4265, NATIONAL_RULES.block, 2986, 5545),
        (1, NATIONAL_RULES.listed, 1, 1),
    ],
)
def test_prices_lie_within_the_rounded_bounds(close, mode, lowest, highest):
    for price in (lowest, highest):
        check_price(mode, previous_close_fen=close, price_fen=price)
    for price in (lowest - 1, highest + 1):
        with pytest.raises(PriceOutsideLimit) as refusal:
            check_price(mode, previous_close_fen=close, price_fen=price)
    assert refusal.value.metadata["highest_fen_per_tco2e"] == str(highest)


@given(st.integers(min_value=1, max_value=1_000_000), st.integers(min_value=1, max_value=2_000_000))
def test_a_price_is_admitted_exactly_within_the_bounds_rounded_half_up(close, price):
    lowest, highest = (
        int((close * Decimal(share)).quantize(Decimal(1), rounding=ROUND_HALF_UP)) for share in ("0.9", "1.1")
    )
    is_admitted = True
    try:
        check_price(NATIONAL_RULES.listed, previous_close_fen=close, price_fen=price)
    except PriceOutsideLimit:
        is_admitted = False
    assert is_admitted == (lowest <= price <= highest)


@pytest.mark.parametrize(
    ("mode", "quantity", "is_admitted"),
    [
        (NATIONAL_RULES.listed, 0, False),
        (NATIONAL_RULES.listed, 1, True),
        (NATIONAL_RULES.listed, 99_999, True),
        (NATIONAL_RULES.listed, 100_000, False),
        (NATIONAL_RULES.block, 99_999, False),
        (NATIONAL_RULES.block, 100_000, True),
        (NATIONAL_RULES.block, 10**12, True),
        (MARKETS["SH"].block, 1, True),
        (make_markets(venue_block_quantity_min_tco2e=10)["SH"].block, 9, False),
    ],
)
def test_sizes_by_mode(mode, quantity, is_admitted):
    if is_admitted:
        check_quantity(mode, quantity)
    else:
        with pytest.raises(QuantityOutsideLimit):
            check_quantity(mode, quantity)


@pytest.mark.parametrize(
    ("market", "product", "is_traded"),
    [
        ("CEA", "CEA-2019-2020", True),
        ("CEA", "CCER-WIND01-2016", False),
        ("BJ", "CCER-WIND01-2016", True),
        ("BJ", "OFFSET-WIND01-2016", False),
        ("BJ", "CEA-2019-2020", False),
        ("CEA", "CEA-1999", False),
    ],
)
def test_markets_trade_their_own_products(market, product, is_traded):
    if is_traded:
        assert check_product(MARKETS[market], product) == product
    else:
        with pytest.raises(ProductInvalid):
            check_product(MARKETS[market], product)
