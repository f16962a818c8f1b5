import pytest
from registry.app.run_surrender_registration import run_surrender_registration
from registry.domain.events import ComplianceCertificateIssued, SurrenderRegistered
from registry.domain.surrender import SurrenderStatus
from registry_fakes import reasons
from registry_messages import CEA, DEFICIT, SURPLUS
from surrender_steps import ACCOUNT, CLOCK, OFFSET, decide, submit, with_credits


@pytest.fixture
async def uow():
    """One application of each entity is confirmed, one of the second waits."""
    made = await with_credits()
    await submit(made, (DEFICIT, (CEA, 950), (OFFSET, 50)), (SURPLUS, (CEA, 10)), (SURPLUS, (CEA, 20)))
    numbers = sorted(made.applications.applications)
    assert await decide(made, *((number, True) for number in numbers[:2])) == ["", ""]
    return made


async def register(uow):
    registered = await run_surrender_registration(uow=uow, clock=CLOCK)
    return registered.application_count, registered.quantity_tco2e


async def test_confirmed_applications_are_retired_counted_and_certified(uow):
    assert await register(uow) == (2, 1_010)
    assert uow.ledger.held("R-SURRENDERED") == {(CEA, "surrendered"): 960, (OFFSET, "surrendered"): 50}
    assert uow.ledger.held(ACCOUNT) == {(CEA, "registered"): 50}
    assert [one.status for _, one in sorted(uow.applications.applications.items())] == [
        SurrenderStatus.REGISTERED,
        SurrenderStatus.REGISTERED,
        SurrenderStatus.SUBMITTED,
    ]
    facts = uow.told(SurrenderRegistered)
    assert [(fact.obligation.surrendered_tco2e, fact.obligation.offset_tco2e) for fact in facts] == [
        (950, 50),
        (10, 0),
    ]
    assert [fact.obligation.credit_code for fact in uow.told(ComplianceCertificateIssued)] == [DEFICIT]


async def test_what_is_registered_stays_counted_and_nothing_more_is_owed(uow):
    await register(uow)
    assert reasons(await submit(uow, (DEFICIT, (CEA, 1)))) == ["OBLIGATION_EXCEEDED"]


async def test_running_again_registers_nothing_more(uow):
    await register(uow)
    told, balances = list(uow.facts), dict(uow.ledger.balances)
    assert await register(uow) == (0, 0)
    assert (uow.facts, uow.ledger.balances) == (told, balances)
