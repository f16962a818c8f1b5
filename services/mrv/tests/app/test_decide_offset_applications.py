"""Confirming or refusing applications: once, by their own province, and never with a failed check."""

import pytest
from ets_kernel.testing.clock import START
from mrv.domain.events import OffsetApplicationDecided
from mrv.domain.offset_application import ApplicationStatus, CheckCode
from mrv_fakes import FakeOffsets, FakeUnitOfWork
from mrv_steps import NEXT_NUMBER, NUMBER, decide, form, kept, obliged, submit


@pytest.fixture
async def uow(clock) -> FakeUnitOfWork:
    """One application that passes every check, and one with another name than the roster's."""
    made = FakeUnitOfWork()
    obliged(made)
    assert await submit(made, clock, form(400), form(100, entity_name="two")) == [NUMBER, NEXT_NUMBER]
    made.facts.clear()
    return made


async def test_a_confirmed_application_keeps_its_five_checks_and_is_told(uow, clock):
    clock.advance(days=1)
    assert await decide(uow, clock, (NUMBER, True)) == [NUMBER]
    application = uow.offsets.stored[NUMBER]
    assert (application.status, application.confirmed_tco2e) == (ApplicationStatus.CONFIRMED, 400)
    assert (application.decided_by, application.decided_time) == ("official", clock.now())
    assert [(check.check, check.is_passed) for check in application.checks] == [
        (code, True) for code in CheckCode
    ]
    assert uow.facts == [OffsetApplicationDecided(application=application, at=clock.now())]


async def test_a_refused_application_keeps_its_reason_and_is_told(uow, clock):
    assert await decide(uow, clock, (NEXT_NUMBER, False), text="another name") == [NEXT_NUMBER]
    application = uow.offsets.stored[NEXT_NUMBER]
    assert (application.status, application.refusal_text) == (ApplicationStatus.REFUSED, "another name")
    assert [check.check for check in application.checks if not check.is_passed] == [CheckCode.NAME_MATCHES]
    assert uow.facts == [OffsetApplicationDecided(application=application, at=START)]


ORDER = [
    ((f"{NUMBER}9", False), "32", "", "APPLICATION_NOT_FOUND"),
    ((NUMBER, False), "32", "", "PROVINCE_MISMATCH"),
    ((NUMBER, False), "37", "", "APPLICATION_ALREADY_DECIDED"),
    ((NEXT_NUMBER, False), "37", "", "MALFORMED_REQUEST"),
    ((NEXT_NUMBER, True), "37", "", "OFFSET_CHECKS_FAILED"),
]


@pytest.mark.parametrize(("decision", "province_code", "text", "expected"), ORDER)
async def test_refusals_of_a_decision_come_in_their_order_and_change_nothing(
    uow, clock, decision, province_code, text, expected
):
    await decide(uow, clock, (NUMBER, True))
    before = kept(uow)
    assert await decide(uow, clock, decision, province_code=province_code, text=text) == [expected]
    assert kept(uow) == before


async def test_checks_are_made_on_what_is_known_at_the_decision(uow, clock):
    uow.offsets.known_projects["WIND1"] = True
    assert await decide(uow, clock, (NUMBER, True)) == ["OFFSET_CHECKS_FAILED"]
    uow.offsets.known_projects["WIND1"] = False
    account = uow.offsets.known_accounts.pop("C")
    assert await decide(uow, clock, (NUMBER, True)) == ["OFFSET_CHECKS_FAILED"]
    uow.offsets.known_accounts["C"] = account
    assert await decide(uow, clock, (NUMBER, True)) == [NUMBER]


async def test_decisions_of_one_batch_are_made_in_order_and_told(uow, clock):
    outcomes = await decide(
        uow, clock, (NEXT_NUMBER, True), (NEXT_NUMBER, False), (NUMBER, True), (NUMBER, True), ("x", True)
    )
    assert outcomes == [
        "OFFSET_CHECKS_FAILED",
        NEXT_NUMBER,
        NUMBER,
        "APPLICATION_ALREADY_DECIDED",
        "APPLICATION_NOT_FOUND",
    ]
    assert [(fact.application.application_no, fact.application.status) for fact in uow.facts] == [
        (NEXT_NUMBER, ApplicationStatus.REFUSED),
        (NUMBER, ApplicationStatus.CONFIRMED),
    ]


@pytest.mark.parametrize("is_confirmed", [True, False])
async def test_an_application_is_decided_once(uow, clock, is_confirmed):
    await decide(uow, clock, (NUMBER, True))
    before = kept(uow)
    assert await decide(uow, clock, (NUMBER, is_confirmed)) == ["APPLICATION_ALREADY_DECIDED"]
    assert kept(uow) == before


class Crowded(FakeOffsets):
    """Another entity's form arrives between the look at the applications and their lock."""

    def __init__(self, arriving):
        super().__init__()
        self._arriving = arriving

    async def lock(self, application_nos):
        self.stored |= self._arriving
        return await super().lock(application_nos)


async def test_an_application_that_arrives_meanwhile_is_not_there_yet(uow, clock):
    uow.offsets = Crowded(uow.offsets.stored)
    assert await decide(uow, clock, (NUMBER, True)) == ["APPLICATION_NOT_FOUND"]
    assert uow.offsets.stored[NUMBER].status is ApplicationStatus.SUBMITTED
