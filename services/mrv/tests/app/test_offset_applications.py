"""Submit, decide, receipts, summaries and hand-overs as use cases, on fakes."""

from datetime import date

import pytest
from ets_kernel.domain.errors import ApplicationNotFound, EntityMismatch
from ets_kernel.testing.clock import HandClock
from mrv.app.decide_offset_applications import (
    DecideOffsetApplications,
    OffsetDecision,
    decide_offset_applications,
)
from mrv.app.run_weekly_summary import run_weekly_summary
from mrv.app.submit_offset_applications import SubmitOffsetApplications, submit_offset_applications
from mrv.app.take_receipt import take_receipt
from mrv.domain.events import OffsetApplicationDecided, OffsetApplicationSubmitted, WeeklySummaryPublished
from mrv.domain.handover import Receipt
from mrv.domain.offset_application import ApplicationStatus, CcerAccount, OffsetForm, OffsetLine
from mrv.domain.roster import Entity
from mrv_fakes import FakeUnitOfWork
from mrv_messages import FIRST, SECOND

PERIOD = "2019-2020"
NUMBER = f"OA-{PERIOD}-{FIRST}-1"


@pytest.fixture
def clock():
    return HandClock()


@pytest.fixture
def uow():
    made = FakeUnitOfWork()
    made.roster.entities[FIRST, PERIOD] = Entity(
        credit_code=FIRST, name="one", province_code="37", period=PERIOD
    )
    made.oblige(FIRST, 10_000)
    made.offsets.known_projects = {"WIND1": False}
    made.offsets.known_accounts = {"C": CcerAccount(account_no="C", credit_code=FIRST, is_open=True)}
    return made


def form(quantity: int, **changes) -> OffsetForm:
    values = {
        "credit_code": FIRST,
        "entity_name": "one",
        "province_code": "37",
        "period": PERIOD,
        "obligation_tco2e": 10_000,
        "ccer_account_no": "C",
        "lines": (OffsetLine(project_no="WIND1", reduction_year=2015, quantity_tco2e=quantity),),
    }
    return OffsetForm(**(values | changes))


async def submit(uow, clock, *forms):
    outcomes = await submit_offset_applications(SubmitOffsetApplications(forms=forms), uow=uow, clock=clock)
    return [getattr(outcome, "reason", outcome) for outcome in outcomes]


async def decide(uow, clock, *decisions):
    command = DecideOffsetApplications(
        province_code="37",
        decided_by="official",
        decisions=tuple(
            OffsetDecision(application_no=number, is_confirmed=is_confirmed, refusal_text="no")
            for number, is_confirmed in decisions
        ),
    )
    outcomes = await decide_offset_applications(command, uow=uow, clock=clock)
    return [getattr(outcome, "reason", outcome) for outcome in outcomes]


async def test_forms_of_one_batch_share_the_limit(uow, clock):
    outcomes = await submit(uow, clock, form(400), form(101), form(100), form(1))
    assert outcomes == [NUMBER, "OFFSET_LIMIT_EXCEEDED", f"OA-{PERIOD}-{FIRST}-2", "OFFSET_LIMIT_EXCEEDED"]
    told = [fact.application.application_no for fact in uow.told(OffsetApplicationSubmitted)]
    assert told == [NUMBER, f"OA-{PERIOD}-{FIRST}-2"] == list(uow.offsets.stored)


async def test_a_wrong_credit_code_and_a_period_without_plan_come_first(uow, clock):
    clock.advance(days=60)
    outcomes = await submit(uow, clock, form(1, credit_code="X"), form(1, period="2021"), form(1))
    assert outcomes == ["CREDIT_CODE_INVALID", "PERIOD_UNKNOWN", "APPLICATION_WINDOW_CLOSED"]
    assert (uow.facts, uow.offsets.stored) == ([], {})


async def test_decisions_of_one_batch_are_made_in_order_and_told(uow, clock):
    await submit(uow, clock, form(400), form(100, entity_name="two"))
    second = f"OA-{PERIOD}-{FIRST}-2"
    outcomes = await decide(
        uow, clock, (second, True), (second, False), (NUMBER, True), (NUMBER, True), ("x", True)
    )
    assert outcomes == [
        "OFFSET_CHECKS_FAILED",
        second,
        NUMBER,
        "APPLICATION_ALREADY_DECIDED",
        "APPLICATION_NOT_FOUND",
    ]
    told = [
        (fact.application.application_no, fact.application.status)
        for fact in uow.told(OffsetApplicationDecided)
    ]
    assert told == [(second, ApplicationStatus.REFUSED), (NUMBER, ApplicationStatus.CONFIRMED)]
    assert uow.offsets.stored[NUMBER].decided_by == "official"


def receipt(number: int, quantity: int, **changes) -> Receipt:
    values = {
        "cancellation_no": f"CX-{number}",
        "application_no": NUMBER,
        "credit_code": FIRST,
        "province_code": "37",
        "project_no": "WIND1",
        "reduction_year": 2015,
        "quantity_tco2e": quantity,
    }
    return Receipt(**(values | changes))


async def test_a_receipt_counts_once(uow, clock):
    await submit(uow, clock, form(400))
    await decide(uow, clock, (NUMBER, True))
    for made in (receipt(1, 100), receipt(1, 100), receipt(2, 300)):
        await take_receipt(made, uow=uow, clock=clock)
    stored = uow.offsets.stored[NUMBER]
    assert (stored.cancelled_tco2e, stored.status) == (400, ApplicationStatus.CANCELLED)


async def test_a_receipt_is_of_a_known_application_of_the_same_entity(uow, clock):
    with pytest.raises(ApplicationNotFound):
        await take_receipt(receipt(1, 1), uow=uow, clock=clock)
    await submit(uow, clock, form(400))
    with pytest.raises(EntityMismatch):
        await take_receipt(receipt(1, 1, credit_code=SECOND), uow=uow, clock=clock)


async def test_a_summary_of_each_province_is_told_once(uow, clock):
    await submit(uow, clock, form(400))
    await decide(uow, clock, (NUMBER, True))
    clock.advance(days=3)
    friday = date(2021, 10, 29)
    first = await run_weekly_summary(friday, uow=uow, clock=clock)
    assert (first.summary_count, first.row_count) == (32, 1)
    assert await run_weekly_summary(friday, uow=uow, clock=clock) == first
    told = uow.told(WeeklySummaryPublished)
    assert len(told) == 32
    assert [fact.summary.confirmed_tco2e for fact in told if fact.summary.rows] == [400]
