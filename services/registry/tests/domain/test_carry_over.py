from datetime import UTC, datetime, timedelta

import pytest
from ets_kernel.domain.errors import EtsError
from ets_kernel.domain.ids import CreditCode, ProvinceCode
from registry.domain.carry_over import (
    CarryOverStanding,
    CarryOverStatus,
    RunStatus,
    apply,
    decide_run,
    initiate_run,
    settle_application,
    withdraw,
)
from registry.domain.carry_over_notice import Notice, Sales, SurrenderStanding, find, notice_of
from registry.domain.carry_over_rules import APPLICATIONS_END, SURRENDERS
from registry.domain.compliance_rules import rules_of
from registry.domain.obligation import impose, register
from registry_messages import code

WHO = CreditCode(code(1))
AT = datetime(2026, 1, 20, 2, 0, tzinfo=UTC)
SPRING = datetime(2026, 3, 1, 2, 0, tzinfo=UTC)
SOLD = Sales(sold_tco2e=40_000)
OLD = "CEA-2023"


def found(*, sales=SOLD, declared=SOLD, holding=120_000, obligations=None):
    return find(
        credit_code=WHO,
        province_code=ProvinceCode("37"),
        base=10_000,
        sales=sales,
        declared=declared,
        holding_tco2e=holding,
        obligations=obligations or {},
        at=AT,
    )


def met(period, at):
    """An obligation of 10 t that was met at a moment; None is never."""
    owed = impose(
        credit_code=WHO,
        province_code=ProvinceCode("37"),
        obligation_tco2e=10,
        rules=rules_of(period),
        at=datetime(2024, 10, 20, tzinfo=UTC),
    )
    return owed if at is None else register(owed, surrendered_tco2e=10, offset_tco2e=0, at=at)


def standing(*, held=None, released=None, allowed=70_000, applied=0):
    notice = Notice(
        credit_code=WHO,
        province_code=ProvinceCode("37"),
        computed_tco2e=70_000,
        holding_tco2e=allowed,
        allowed_tco2e=allowed,
        applied_tco2e=applied,
        issued_time=AT,
    )
    return CarryOverStanding(
        notice=notice, held_tco2e=held or {OLD: 120_000}, released_tco2e=released or {}, next_ordinal=1
    )


def reason(outcome):
    return outcome.reason if isinstance(outcome, EtsError) else ""


def submitted(quantity=100):
    application, _ = apply([(OLD, quantity)], standing(), at=SPRING)
    return application


def test_vector_t11_allows_what_was_computed_and_not_what_is_held():
    finding = found()
    assert (finding.computed_tco2e, finding.holding_tco2e, finding.allowed_tco2e) == (70_000, 120_000, 70_000)
    assert notice_of(finding).notice_no == f"CON-{WHO}"


def test_no_more_is_allowed_than_was_held():
    assert found(holding=69_999).allowed_tco2e == 69_999


@pytest.mark.parametrize(
    ("declared", "expected"),
    [
        (None, "NET_SALES_NOT_DECLARED"),
        (Sales(sold_tco2e=40_001), "NET_SALES_DIFFER"),
        (Sales(sold_tco2e=40_001, bought_tco2e=1), "NET_SALES_DIFFER"),
        (SOLD, ""),
    ],
)
def test_a_notice_needs_the_same_sales_in_both_systems(declared, expected):
    assert found(declared=declared).reason == expected


@pytest.mark.parametrize(
    ("period", "at", "expected"),
    [
        ("2023", SURRENDERS["2023"] - timedelta(microseconds=1), SurrenderStanding.MET),
        ("2023", SURRENDERS["2023"], SurrenderStanding.MISSED),
        ("2024", SURRENDERS["2024"] - timedelta(microseconds=1), SurrenderStanding.MET),
        ("2024", SURRENDERS["2024"], SurrenderStanding.MISSED),
        ("2024", None, SurrenderStanding.MISSED),
    ],
)
def test_who_missed_a_surrender_gets_no_notice(period, at, expected):
    finding = found(obligations={period: met(period, at)})
    other = {"2023": "2024", "2024": "2023"}[period]
    assert finding.standings == {period: expected, other: SurrenderStanding.UNKNOWN}
    assert finding.reason == ("SURRENDER_MISSED" if expected is SurrenderStanding.MISSED else "")


def test_a_missed_surrender_is_told_before_the_sales():
    assert found(declared=None, obligations={"2023": met("2023", None)}).reason == "SURRENDER_MISSED"


def test_an_application_adds_up_its_products_and_leaves_less_of_notice_and_holding():
    application, left = apply(
        [(OLD, 10), ("CEA-2021", 5), (OLD, 20)], standing(held={OLD: 30, "CEA-2021": 6}), at=SPRING
    )
    assert application.application_no == f"COA-{WHO}-1"
    assert application.lines == ((OLD, 30), ("CEA-2021", 5))
    assert (application.batch_no, application.status) == (1, CarryOverStatus.SUBMITTED)
    assert (left.notice.applied_tco2e, left.next_ordinal) == (35, 2)
    assert left.held_tco2e == {OLD: 0, "CEA-2021": 1}


@pytest.mark.parametrize(
    ("lines", "at", "expected"),
    [
        ([("CEA-2025", 1)], SPRING, "PRODUCT_NOT_CARRIED_OVER"),
        ([("BORROWED-2023", 1)], SPRING, "PRODUCT_NOT_CARRIED_OVER"),
        ([("OFFSET-WIND1-2015", 1)], SPRING, "PRODUCT_NOT_CARRIED_OVER"),
        ([(OLD, 70_000)], SPRING, ""),
        ([(OLD, 70_001)], SPRING, "CARRY_OVER_LIMIT_EXCEEDED"),
        ([("CEA-2021", 1)], SPRING, "INSUFFICIENT_HOLDING"),
        ([(OLD, 1)], APPLICATIONS_END - timedelta(microseconds=1), ""),
        ([(OLD, 1)], APPLICATIONS_END, "CARRY_OVER_CLOSED"),
        ([(OLD, 70_001), ("CEA-2025", 1)], APPLICATIONS_END, "PRODUCT_NOT_CARRIED_OVER"),
        ([(OLD, 70_001)], APPLICATIONS_END, "CARRY_OVER_CLOSED"),
    ],
)
def test_refusals_in_their_order(lines, at, expected):
    assert reason(apply(lines, standing(), at=at)) == expected


def test_what_was_applied_for_before_counts_towards_the_notice():
    assert reason(apply([(OLD, 2)], standing(applied=69_998), at=SPRING)) == ""
    assert reason(apply([(OLD, 2)], standing(applied=69_999), at=SPRING)) == "CARRY_OVER_LIMIT_EXCEEDED"


def test_units_that_a_court_released_later_are_applied_for_later_and_no_others():
    application, left = apply([(OLD, 60)], standing(released={OLD: 100}), at=APPLICATIONS_END)
    assert application.batch_no == 3
    assert reason(apply([(OLD, 41)], left, at=APPLICATIONS_END)) == "CARRY_OVER_CLOSED"
    assert reason(apply([(OLD, 40)], left, at=APPLICATIONS_END)) == ""


def test_only_the_entity_itself_withdraws_and_only_before_processing():
    application = submitted()
    number = application.application_no
    assert reason(withdraw(None, application_no=number, credit_code=WHO, at=AT)) == "APPLICATION_NOT_FOUND"
    other = withdraw(application, application_no=number, credit_code=code(2), at=AT)
    assert reason(other) == "APPLICATION_NOT_FOUND"
    _, (processed,) = initiate_run([application], batch_no=1, ordinal=1, by="first", at=AT)
    late = withdraw(processed, application_no=number, credit_code=WHO, at=AT)
    assert reason(late) == "APPLICATION_ALREADY_DECIDED"
    withdrawn = withdraw(application, application_no=number, credit_code=WHO, at=AT)
    assert (withdrawn.status, withdrawn.withdrawn_time) == (CarryOverStatus.WITHDRAWN, AT)


def test_a_run_counts_its_applications_and_is_decided_once_by_a_second_person():
    run, (processed,) = initiate_run([submitted(100)], batch_no=1, ordinal=2, by="first", at=AT)
    assert (run.run_no, run.application_count, run.quantity_tco2e) == ("COR-1-2", 1, 100)
    assert (processed.status, processed.run_no) == (CarryOverStatus.PROCESSING, "COR-1-2")
    assert reason(decide_run(run, is_confirmed=True, by="first", at=AT)) == "SAME_PERSON"
    confirmed = decide_run(run, is_confirmed=True, by="second", at=AT)
    assert confirmed.status is RunStatus.CONFIRMED
    again = decide_run(confirmed, is_confirmed=False, by="third", at=AT)
    assert reason(again) == "CARRY_OVER_RUN_DECIDED"
    assert settle_application(processed, is_confirmed=True, at=AT).registered_time == AT


def test_the_applications_of_a_run_that_is_turned_down_wait_again():
    run, (processed,) = initiate_run([submitted()], batch_no=1, ordinal=1, by="first", at=AT)
    assert decide_run(run, is_confirmed=False, by="second", at=AT).status is RunStatus.REFUSED
    waiting = settle_application(processed, is_confirmed=False, at=AT)
    assert (waiting.status, waiting.run_no) == (CarryOverStatus.SUBMITTED, "")
