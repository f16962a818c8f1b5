from obligation_steps import initiate, proposal
from registry.domain.obligation_change import ObligationChangeStatus
from registry_fakes import market, reasons
from registry_messages import DEFICIT, PERIOD, code


async def test_a_proposal_changes_nothing_yet():
    uow = await market()
    numbers = await initiate(uow, proposal(900), proposal(800))
    assert numbers == [f"OC-{PERIOD}-{DEFICIT}-1", f"OC-{PERIOD}-{DEFICIT}-2"]
    change = uow.obligation_changes.changes[numbers[1]]
    assert (change.from_tco2e, change.to_tco2e, change.initiated_by) == (1_000, 800, "first")
    assert change.status is ObligationChangeStatus.INITIATED
    assert uow.obligations.obligations[DEFICIT, PERIOD].obligation_tco2e == 1_000
    assert uow.facts == []
    assert await initiate(uow, proposal(700)) == [f"OC-{PERIOD}-{DEFICIT}-3"]


async def test_refusals_leave_the_other_items_alone():
    uow = await market()
    outcomes = await initiate(
        uow, proposal(900, code(9)), proposal(900, period="2021"), proposal(1_000), proposal(0)
    )
    assert reasons(outcomes) == ["OBLIGATION_NOT_FOUND", "OBLIGATION_NOT_FOUND", "OBLIGATION_UNCHANGED", ""]
