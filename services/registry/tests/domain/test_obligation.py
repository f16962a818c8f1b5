"""Obligations: limit, registration, completion in time, state at a moment."""

from datetime import UTC, datetime, timedelta

import pytest
from ets_kernel.domain.ensure import BrokenClaim
from ets_kernel.domain.ids import ProvinceCode, make_credit_code
from hypothesis import given
from hypothesis import strategies as st
from registry.domain.compliance_rules import Sector, rules_of
from registry.domain.obligation import (
    ComplianceState,
    changed,
    deduct,
    impose,
    offset_limit,
    parts_of,
    register,
    state_at,
)

RULES = rules_of("2019-2020")
NOTICED = datetime(2021, 10, 20, tzinfo=UTC)
DEADLINE = datetime(2021, 12, 31, 9, 0, tzinfo=UTC)
SECOND = timedelta(seconds=1)


def owed(tonnes=1_000):
    return impose(
        credit_code=make_credit_code("91370000000000001"),
        province_code=ProvinceCode("37"),
        obligation_tco2e=tonnes,
        rules=RULES,
        at=NOTICED,
    )


def test_the_offset_limit_is_five_percent_rounded_down():
    assert [offset_limit(tonnes, RULES) for tonnes in (0, 19, 20, 999, 1_000)] == [0, 0, 1, 49, 50]


def test_registering_counts_allowances_and_ccer_and_completes_once():
    partly = register(owed(), surrendered_tco2e=900, offset_tco2e=50, at=NOTICED)
    assert (partly.met_tco2e, partly.completed_time, partly.certificate_no) == (950, None, "")
    fully = register(partly, surrendered_tco2e=50, offset_tco2e=0, at=NOTICED + SECOND)
    assert fully.completed_time == NOTICED + SECOND
    assert fully.certificate_no == f"CC-2019-2020-{fully.credit_code}"


def test_more_than_is_owed_or_more_ccer_than_the_limit_is_our_own_mistake():
    with pytest.raises(BrokenClaim):
        register(owed(), surrendered_tco2e=1_001, offset_tco2e=0, at=NOTICED)
    with pytest.raises(BrokenClaim):
        register(owed(), surrendered_tco2e=0, offset_tco2e=51, at=NOTICED)


def test_an_obligation_of_nothing_is_met_at_once():
    assert state_at(owed(0), NOTICED) is ComplianceState.COMPLETED_ON_TIME


@pytest.mark.parametrize(
    ("surrendered", "at", "state"),
    [
        (0, DEADLINE - SECOND, ComplianceState.OPEN),
        (1, DEADLINE - SECOND, ComplianceState.PARTIAL),
        (999, DEADLINE, ComplianceState.OVERDUE),
        (1_000, DEADLINE - SECOND, ComplianceState.COMPLETED_ON_TIME),
        (1_000, DEADLINE, ComplianceState.COMPLETED_LATE),
    ],
)
def test_the_state_turns_at_the_deadline_itself(surrendered, at, state):
    after = register(owed(), surrendered_tco2e=surrendered, offset_tco2e=0, at=at)
    assert state_at(after, at) is state


def surrendered(obligation, allowances, ccer=0, *, at=NOTICED):
    return register(obligation, surrendered_tco2e=allowances, offset_tco2e=ccer, at=at)


def lowered(obligation, tonnes, *, at=NOTICED + SECOND):
    return changed(obligation, obligation_tco2e=tonnes, rules=RULES, at=at)


def test_a_lowered_obligation_lets_ccer_above_its_limit_stop_counting():
    after = lowered(surrendered(owed(), 900, 50), 960)
    assert (after.offset_limit_tco2e, after.counted_offset_tco2e, after.excess_offset_tco2e) == (48, 48, 2)
    assert (after.met_tco2e, after.unmet_tco2e, after.completed_time) == (948, 12, None)
    replaced = surrendered(after, 12, at=NOTICED + 2 * SECOND)
    assert (replaced.met_tco2e, replaced.completed_time) == (960, NOTICED + 2 * SECOND)


def test_ccer_count_again_when_the_limit_rises_again():
    down = lowered(surrendered(owed(), 900, 50), 960)
    assert lowered(down, 1_000).excess_offset_tco2e == 0


def test_what_was_covered_beyond_a_lowered_obligation_is_a_surplus():
    after = lowered(surrendered(owed(), 900), 800)
    assert (after.met_tco2e, after.surplus_tco2e, after.unmet_tco2e) == (800, 100, 0)
    assert after.completed_time == NOTICED + SECOND
    with pytest.raises(BrokenClaim):
        surrendered(after, 1)


def test_a_raised_obligation_opens_completion_again_and_takes_the_certificate():
    complete = surrendered(owed(), 1_000)
    after = lowered(complete, 1_200)
    assert (after.completed_time, after.certificate_no) == (None, "")
    assert after.notice_no == f"{complete.notice_no}-2"
    again = surrendered(after, 200, at=DEADLINE)
    assert again.certificate_no == f"{complete.certificate_no}-2"
    assert state_at(again, DEADLINE) is ComplianceState.COMPLETED_LATE


def test_a_change_that_leaves_it_met_keeps_the_time_and_renews_the_certificate():
    complete = surrendered(owed(), 1_000)
    after = lowered(complete, 900, at=DEADLINE)
    assert after.completed_time == complete.completed_time
    assert (after.certificate_ordinal, after.notice_ordinal) == (2, 2)


def test_a_deducted_quantity_is_owed_no_more_and_completes_nothing():
    after = deduct(surrendered(owed(), 900), 60)
    assert (after.unmet_tco2e, after.completed_time) == (40, None)
    with pytest.raises(BrokenClaim):
        deduct(after, 41)


RULES_2024 = rules_of("2024")


def of_2024(sector, tonnes):
    return impose(
        credit_code=make_credit_code("91370000000000001"),
        province_code=ProvinceCode("37"),
        obligation_tco2e=tonnes,
        rules=RULES_2024,
        at=NOTICED,
        sector=sector,
    )


def moved(obligation, sector, change):
    tonnes = obligation.obligation_tco2e + change
    return changed(obligation, obligation_tco2e=tonnes, rules=RULES_2024, at=NOTICED, sector=sector)


def limits(obligation):
    return [
        (part.sector, part.obligation_tco2e, part.offset_limit_tco2e)
        for part in parts_of(obligation, RULES_2024)
    ]


def test_power_and_industry_of_2024_have_each_its_own_limit_whichever_came_first():
    """REG-68."""
    power_first = moved(of_2024(Sector.POWER, 1_000), Sector.STEEL, 500)
    steel_first = moved(of_2024(Sector.STEEL, 500), Sector.POWER, 1_000)
    for owed in (power_first, steel_first):
        assert (owed.obligation_tco2e, owed.offset_limit_tco2e) == (1_500, 50)
        assert limits(owed) == [(Sector.POWER, 1_000, 50), (Sector.STEEL, 500, 0)]


def test_the_limit_follows_the_sector_that_changes_up_and_down():
    owed = moved(of_2024(Sector.POWER, 1_000), Sector.STEEL, 500)
    assert moved(owed, Sector.STEEL, 300).offset_limit_tco2e == 50
    assert moved(owed, Sector.STEEL, -500).beside == ()
    assert moved(owed, Sector.POWER, 200).offset_limit_tco2e == 60
    assert moved(owed, Sector.POWER, -1_000).offset_limit_tco2e == 0


def test_ccer_of_the_power_part_stop_counting_when_that_part_is_lowered():
    owed = moved(of_2024(Sector.POWER, 1_000), Sector.STEEL, 500)
    used = register(owed, surrendered_tco2e=1_450, offset_tco2e=50, at=NOTICED)
    down = moved(used, Sector.POWER, -200)
    assert (down.offset_limit_tco2e, down.excess_offset_tco2e) == (40, 10)
    assert moved(used, Sector.STEEL, -200).excess_offset_tco2e == 0


def test_each_sector_is_rounded_down_by_itself():
    rules = rules_of("2025")
    owed = impose(
        credit_code=make_credit_code("91370000000000001"),
        province_code=ProvinceCode("37"),
        obligation_tco2e=39,
        rules=rules,
        at=NOTICED,
        sector=Sector.CEMENT,
    )
    both = changed(owed, obligation_tco2e=78, rules=rules, at=NOTICED, sector=Sector.ALUMINIUM)
    assert (owed.offset_limit_tco2e, both.offset_limit_tco2e) == (1, 2)


@given(
    first=st.sampled_from(Sector),
    changes=st.lists(st.tuples(st.sampled_from(Sector), st.integers(-2_000, 2_000)), max_size=8),
)
def test_after_any_changes_the_sectors_share_what_is_owed_and_the_limit_is_theirs(first, changes):
    owed = of_2024(first, 1_000)
    for sector, wanted in changes:
        before = owed.quantities_tco2e
        change = max(wanted, -owed.obligation_tco2e)
        owed = moved(owed, sector, change)
        assert sum(owed.quantities_tco2e.values()) == sum(before.values()) + change
        assert min(owed.quantities_tco2e.values()) >= 0
        assert owed.offset_limit_tco2e == owed.quantities_tco2e.get(Sector.POWER, 0) * 5 // 100
        if change >= -before.get(sector, 0):
            assert owed.quantities_tco2e.get(sector, 0) == before.get(sector, 0) + change
