"""Rules of every period: deadline, target, vintages, CCER, as the notices say."""

from datetime import UTC, date, datetime, timedelta

import pytest
from ets_kernel.domain.clock import ZONE
from ets_kernel.domain.errors import PeriodUnknown
from ets_kernel.domain.periods import PERIODS
from ets_kernel.domain.products import parse_product
from registry.domain.compliance_rules import ARREARS_START, OLD_CCER_END, RULES, Sector, rules_of

SECOND = timedelta(seconds=1)
VINTAGES = ("2019-2020", "2021", "2022", "2023", "2024", "2025")


def beijing(year, month, day, hour=0):
    return datetime(year, month, day, hour, tzinfo=ZONE)


@pytest.mark.parametrize(
    ("period", "deadline", "target"),
    [
        ("2019-2020", beijing(2021, 12, 31, 17), beijing(2021, 12, 15, 17)),
        ("2021", beijing(2024, 1, 1), beijing(2023, 11, 16)),
        ("2022", beijing(2024, 1, 1), beijing(2023, 11, 16)),
        ("2023", beijing(2025, 1, 1), None),
        ("2024", beijing(2026, 1, 1), None),
        ("2025", beijing(2027, 1, 1), None),
    ],
)
def test_the_deadline_is_the_first_moment_that_is_too_late(period, deadline, target):
    assert (RULES[period].deadline_time, RULES[period].target_time) == (deadline, target)
    assert RULES[period].deadline_time.tzinfo is UTC


@pytest.mark.parametrize(
    ("period", "usable"),
    [
        ("2019-2020", "100000"),
        ("2021", "111000"),
        ("2022", "111000"),
        ("2023", "111100"),
        ("2024", "111110"),
        ("2025", "000001"),
    ],
)
def test_own_and_earlier_vintages_serve_and_2025_begins_anew(period, usable):
    rules = rules_of(period)
    at = rules.deadline_time - SECOND
    found = [rules.is_usable(parse_product(f"CEA-{vintage}"), at=at) for vintage in VINTAGES]
    assert found == [digit == "1" for digit in usable]


def test_any_vintage_clears_arrears_of_2019_to_2024_from_the_day_of_the_rule_on():
    assert beijing(2026, 9, 1) == ARREARS_START
    product = parse_product("CEA-2025")
    for period in VINTAGES[:-1]:
        rules = rules_of(period)
        assert not rules.is_usable(product, at=ARREARS_START - SECOND)
        assert rules.is_usable(product, at=ARREARS_START)
    assert not rules_of("2025").is_usable(parse_product("CEA-2024"), at=beijing(2027, 6, 1))


@pytest.mark.parametrize("period", VINTAGES)
def test_borrowed_allowances_of_2023_serve_2021_and_2022_and_only_their_borrower(period):
    rules = rules_of(period)
    product = parse_product("BORROWED-2023")
    assert rules.is_usable(product, at=ARREARS_START) is (period in {"2021", "2022"})
    assert not rules.is_usable(product, at=ARREARS_START, is_own=False)
    assert not rules.is_usable(parse_product("BORROWED-2022"), at=ARREARS_START)


def test_offset_credits_serve_only_oneself_and_ccer_nobody():
    rules = rules_of("2021")
    at = rules.deadline_time
    offset = parse_product("OFFSET-WIND1-2015")
    assert rules.is_usable(offset, at=at)
    assert not rules.is_usable(offset, at=at, is_own=False)
    assert not rules.is_usable(parse_product("CCER-WIND1-2015"), at=at)


def test_industry_offsets_nothing_for_2024_and_five_percent_for_2025():
    industry = [Sector.STEEL, Sector.CEMENT, Sector.ALUMINIUM]
    assert [rules_of("2024").offset_percent(sector) for sector in [Sector.POWER, *industry]] == [5, 0, 0, 0]
    assert [rules_of("2025").offset_percent(sector) for sector in industry] == [5, 5, 5]


@pytest.mark.parametrize(
    ("period", "registered", "is_eligible"),
    [
        ("2023", None, True),
        ("2023", date(2016, 5, 1), True),
        ("2024", None, False),
        ("2024", date(2024, 1, 22), False),
        ("2024", date(2024, 1, 23), True),
        ("2025", date(2024, 1, 22), False),
        ("2025", date(2024, 1, 23), True),
    ],
)
def test_ccer_must_be_registered_after_the_market_started_where_the_period_says_so(
    period, registered, is_eligible
):
    registered_time = beijing(registered.year, registered.month, registered.day) if registered else None
    at = OLD_CCER_END - SECOND
    assert rules_of(period).is_offset_eligible(registered_time, at=at) is is_eligible


@pytest.mark.parametrize("period", VINTAGES)
def test_older_ccer_offset_nothing_from_2025_on_for_whichever_period(period):
    assert beijing(2025, 1, 1) == OLD_CCER_END
    rules = rules_of(period)
    assert not rules.is_offset_eligible(None, at=OLD_CCER_END)
    assert not rules.is_offset_eligible(beijing(2016, 5, 1), at=OLD_CCER_END)
    assert rules.is_offset_eligible(beijing(2024, 1, 23), at=OLD_CCER_END)


def test_every_period_has_rules_and_no_other():
    assert list(RULES) == list(PERIODS)
    with pytest.raises(PeriodUnknown):
        rules_of("2018")
