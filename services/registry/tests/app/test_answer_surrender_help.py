import pytest
from help_steps import HELPER, answer, offer
from registry.app.run_surrender_registration import run_surrender_registration
from registry.domain.events import ComplianceCertificateIssued, SurrenderRegistered
from registry.domain.surrender import SurrenderStatus
from registry_fakes import reasons
from registry_messages import CEA, DEFICIT, PERIOD, SURPLUS
from surrender_steps import CLOCK, application_no, decide, submit, with_credits

NUMBER = application_no(1)


@pytest.fixture
async def uow():
    made = await with_credits()
    assert await offer(made, (CEA, 600)) == NUMBER
    return made


async def test_consented_help_is_decided_and_registered_for_the_entity_from_the_helpers_account(uow):
    assert await decide(uow, (NUMBER, True)) == ["HELP_NOT_CONSENTED"]
    assert await answer(uow, NUMBER) == ""
    assert reasons(await submit(uow, (DEFICIT, (CEA, 401)))) == ["OBLIGATION_EXCEEDED"]
    assert reasons(await submit(uow, (DEFICIT, (CEA, 400)))) == [""]
    assert await decide(uow, (NUMBER, True), (application_no(2), True)) == ["", ""]
    await run_surrender_registration(uow=uow, clock=CLOCK)
    assert uow.ledger.held(HELPER) == {(CEA, "registered"): 400}
    assert uow.obligations.obligations[DEFICIT, PERIOD].surrendered_tco2e == 1_000
    assert uow.obligations.obligations[SURPLUS, PERIOD].surrendered_tco2e == 0
    assert [fact.application.helper_account_no for fact in uow.told(SurrenderRegistered)] == [HELPER, ""]
    assert [fact.obligation.credit_code for fact in uow.told(ComplianceCertificateIssued)] == [DEFICIT]


async def test_declined_and_refused_units_are_free_in_the_helpers_account(uow):
    assert await answer(uow, NUMBER, is_consented=False) == ""
    assert uow.ledger.held(HELPER) == {(CEA, "registered"): 1_000}
    second = await offer(uow, (CEA, 10))
    assert await answer(uow, second) == ""
    assert await decide(uow, (second, False), words="not this one") == [""]
    assert uow.ledger.held(HELPER) == {(CEA, "registered"): 1_000}
    refused = uow.applications.applications[second]
    assert (refused.status, refused.words) == (SurrenderStatus.REFUSED, "not this one")


async def test_refusals_come_in_their_order(uow):
    assert await answer(uow, "SA-none") == "APPLICATION_NOT_FOUND"
    assert await answer(uow, NUMBER, credit_code=SURPLUS) == "APPLICATION_NOT_FOUND"
    await submit(uow, (DEFICIT, (CEA, 401)))
    assert await answer(uow, application_no(2)) == "APPLICATION_NOT_FOUND"
    assert await answer(uow, NUMBER) == "OBLIGATION_EXCEEDED"
    assert await answer(uow, NUMBER, is_consented=False) == ""
    assert await answer(uow, NUMBER) == "APPLICATION_ALREADY_DECIDED"
