"""Obligations: limit, registration, completion in time, state at a moment."""

from datetime import UTC, datetime, timedelta

import pytest
from ets_kernel.domain.ensure import BrokenClaim
from ets_kernel.domain.errors import PeriodUnknown
from ets_kernel.domain.ids import ProvinceCode, make_credit_code
from registry.domain.compliance_rules import rules_of
from registry.domain.obligation import ComplianceState, impose, offset_limit, register, state_at

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


def test_the_deadline_is_five_in_the_afternoon_of_the_last_day_in_beijing():
    assert owed().deadline_time == DEADLINE


def test_the_offset_limit_is_five_percent_rounded_down():
    assert [offset_limit(tonnes, RULES) for tonnes in (0, 19, 20, 999, 1_000)] == [0, 0, 1, 49, 50]


def test_a_period_without_rules_is_refused():
    with pytest.raises(PeriodUnknown):
        rules_of("2021")


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
