import pytest
from obligation_steps import confirm, initiate, proposal
from registry.app.run_surrender_registration import run_surrender_registration
from registry.domain.events import (
    ComplianceCertificateIssued,
    ComplianceCertificateWithdrawn,
    ComplianceNoticeIssued,
    ObligationChanged,
    SurrenderApplicationReturned,
)
from registry.domain.surrender import SurrenderStatus
from registry_fakes import reasons
from registry_messages import CEA, DEFICIT, PERIOD, SURPLUS
from surrender_steps import ACCOUNT, CLOCK, OFFSET, application_no, decide, submit, with_credits


@pytest.fixture
async def uow():
    return await with_credits()


def owed(uow, credit_code=DEFICIT):
    return uow.obligations.obligations[credit_code, PERIOD]


async def change(uow, tonnes, credit_code=DEFICIT):
    assert reasons(await confirm(uow, *await initiate(uow, proposal(tonnes, credit_code)))) == [""]


async def surrender(uow, *lines):
    """Surrender up to registration."""
    [number] = await submit(uow, (DEFICIT, *lines))
    assert await decide(uow, (number, True)) == [""]
    await run_surrender_registration(uow=uow, clock=CLOCK)


async def test_a_change_is_noticed_anew_with_its_limit(uow):
    await change(uow, 900)
    assert (owed(uow).obligation_tco2e, owed(uow).offset_limit_tco2e) == (900, 45)
    assert [fact.obligation.notice_no for fact in uow.told(ComplianceNoticeIssued)] == [
        f"CN-{PERIOD}-{DEFICIT}-2"
    ]
    assert [fact.change.confirmed_by for fact in uow.told(ObligationChanged)] == ["second"]


async def test_applications_that_no_longer_fit_go_back_the_last_one_first_confirmed_ones_too(uow):
    await submit(uow, (DEFICIT, (CEA, 500)), (DEFICIT, (CEA, 300)), (DEFICIT, (CEA, 200)))
    assert await decide(uow, (application_no(3), True)) == [""]
    await change(uow, 850)
    assert [uow.applications.applications[application_no(number)].status for number in (1, 2, 3)] == [
        SurrenderStatus.SUBMITTED,
        SurrenderStatus.SUBMITTED,
        SurrenderStatus.RETURNED,
    ]
    assert uow.ledger.held(ACCOUNT)[CEA, "registered"] == 200
    told = uow.told(SurrenderApplicationReturned)
    assert [fact.application.closed_by for fact in told] == [f"OC-{PERIOD}-{DEFICIT}-1"]
    assert reasons(await submit(uow, (DEFICIT, (CEA, 51)), (DEFICIT, (CEA, 50)))) == [
        "OBLIGATION_EXCEEDED",
        "",
    ]


async def test_registered_ccer_above_the_new_limit_must_be_replaced_by_allowances(uow):
    await surrender(uow, (CEA, 900), (OFFSET, 50))
    await change(uow, 960)
    assert (owed(uow).excess_offset_tco2e, owed(uow).unmet_tco2e) == (2, 12)
    assert reasons(await submit(uow, (DEFICIT, (OFFSET, 1)))) == ["OFFSET_LIMIT_EXCEEDED"]
    await surrender(uow, (CEA, 12))
    assert owed(uow).completed_time == CLOCK.now()
    assert uow.ledger.held("R-SURRENDERED")[OFFSET, "surrendered"] == 50


async def test_a_raised_obligation_withdraws_the_certificate_until_it_is_met_again(uow):
    await surrender(uow, (CEA, 950), (OFFSET, 50))
    await change(uow, 1_020)
    assert [fact.obligation.certificate_no for fact in uow.told(ComplianceCertificateWithdrawn)] == [
        f"CC-{PERIOD}-{DEFICIT}"
    ]
    assert owed(uow).completed_time is None
    await surrender(uow, (CEA, 20))
    assert [fact.obligation.certificate_no for fact in uow.told(ComplianceCertificateIssued)] == [
        f"CC-{PERIOD}-{DEFICIT}",
        f"CC-{PERIOD}-{DEFICIT}-2",
    ]


async def test_a_lowered_obligation_may_be_met_at_once(uow):
    await surrender(uow, (CEA, 900))
    await change(uow, 900)
    assert (owed(uow).completed_time, owed(uow).surplus_tco2e) == (CLOCK.now(), 0)
    assert len(uow.told(ComplianceCertificateIssued)) == 1
    assert uow.told(ComplianceCertificateWithdrawn) == []


async def test_refusals_leave_the_other_items_alone_and_a_second_change_of_a_batch_is_stale(uow):
    first, second = await initiate(uow, proposal(900), proposal(800))
    [other] = await initiate(uow, proposal(500, SURPLUS))
    assert reasons(await confirm(uow, first, by="first")) == ["SAME_PERSON"]
    assert reasons(await confirm(uow, "OC-none", first, second, other)) == [
        "OBLIGATION_CHANGE_NOT_FOUND",
        "",
        "OBLIGATION_CHANGE_STALE",
        "",
    ]
    assert reasons(await confirm(uow, first, second)) == [
        "OBLIGATION_CHANGE_ALREADY_CONFIRMED",
        "OBLIGATION_CHANGE_STALE",
    ]
    assert (owed(uow).obligation_tco2e, owed(uow, SURPLUS).obligation_tco2e) == (900, 500)
