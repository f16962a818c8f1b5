"""Forced surrender: own vintage first, what is left for other periods, the rest released, the shortfall shown."""

from datetime import UTC, datetime

import pytest
from ets_kernel.domain.errors import EtsError
from ets_kernel.domain.ids import ProvinceCode, make_credit_code
from hypothesis import given
from hypothesis import strategies as st
from registry.domain.compliance_rules import rules_of
from registry.domain.forced_surrender import allot, confirm_forced_surrender, propose_forced_surrender

CODE = make_credit_code("91370000000000001")
NOW = datetime(2023, 12, 1, tzinfo=UTC)


def lines(outstanding, earmarked):
    found, shortfalls = allot(outstanding, earmarked, at=NOW)
    return [(line.period, line.product, line.quantity_tco2e) for line in found], list(shortfalls)


def test_what_is_left_is_released_as_in_the_plans_example():
    assert lines({"2023": 1_000_000}, {"CEA-2023": 1_200_000}) == (
        [("2023", "CEA-2023", 1_000_000), ("", "CEA-2023", 200_000)],
        [],
    )


def test_what_is_missing_is_shown_as_in_the_plans_example():
    assert lines({"2023": 1_000_000}, {"CEA-2023": 800_000}) == (
        [("2023", "CEA-2023", 800_000)],
        [("2023", 200_000)],
    )


def test_each_years_own_come_first_and_the_remainder_serves_the_other_year():
    assert lines({"2021": 100, "2022": 100}, {"CEA-2021": 130, "CEA-2022": 80}) == (
        [
            ("2021", "CEA-2021", 100),
            ("2022", "CEA-2022", 80),
            ("2022", "CEA-2021", 20),
            ("", "CEA-2021", 10),
        ],
        [],
    )
    assert lines({"2021": 100, "2022": 10}, {"CEA-2021": 30, "CEA-2022": 50}) == (
        [("2021", "CEA-2021", 30), ("2022", "CEA-2022", 10), ("2021", "CEA-2022", 40)],
        [("2021", 30)],
    )


def test_a_vintage_that_a_period_does_not_admit_is_released():
    assert lines({"2021": 100}, {"CEA-2023": 100}) == ([("", "CEA-2023", 100)], [("2021", 100)])


@given(
    outstanding=st.dictionaries(st.sampled_from(["2021", "2022", "2023"]), st.integers(0, 50)),
    earmarked=st.dictionaries(st.sampled_from(["CEA-2021", "CEA-2022", "CEA-2023"]), st.integers(0, 50)),
)
def test_every_unit_goes_one_way_and_no_obligation_is_exceeded(outstanding, earmarked):
    found, shortfalls = allot(outstanding, earmarked, at=NOW)
    for product, quantity in earmarked.items():
        assert sum(line.quantity_tco2e for line in found if line.product == product) == quantity
    for period, owed in outstanding.items():
        used = sum(line.quantity_tco2e for line in found if line.period == period)
        assert used + dict(shortfalls).get(period, 0) == owed
        if owed > used:
            released = {line.product for line in found if not line.period}
            assert not any(f"CEA-{vintage}" in released for vintage in rules_of(period).usable_vintages)


def proposed(outstanding, earmarked):
    return propose_forced_surrender(
        credit_code=CODE,
        province_code=ProvinceCode("37"),
        outstanding_tco2e=outstanding,
        earmarked_tco2e=earmarked,
        document_no="LETTER-1",
        ordinal=1,
        by="first",
        at=NOW,
    )


def test_without_units_there_is_no_case():
    assert proposed({"2021": 1}, {"CEA-2021": 0}).reason == "NOTHING_EARMARKED"


@pytest.mark.parametrize(
    ("by", "outstanding", "is_again", "refusal"),
    [
        ("second", 100, False, ""),
        ("second", 99, False, "FORCED_SURRENDER_STALE"),
        # Where more apply: registered, then person, then stale.
        ("first", 99, False, "SAME_PERSON"),
        ("first", 99, True, "FORCED_SURRENDER_ALREADY_REGISTERED"),
    ],
)
def test_each_refusal_stands_in_its_order(by, outstanding, is_again, refusal):
    held = {"CEA-2021": 120}
    case = proposed({"2021": 100}, held)
    if is_again:
        case = confirm_forced_surrender(
            case, outstanding_tco2e={"2021": 100}, earmarked_tco2e=held, by="second", at=NOW
        )
    decided = confirm_forced_surrender(
        case, outstanding_tco2e={"2021": outstanding}, earmarked_tco2e=held, by=by, at=NOW
    )
    assert (decided.reason if isinstance(decided, EtsError) else "") == refusal
