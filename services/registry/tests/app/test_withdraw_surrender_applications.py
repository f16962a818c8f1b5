import pytest
from registry.app.withdraw_surrender_applications import (
    WithdrawSurrenderApplications,
    withdraw_surrender_applications,
)
from registry.domain.surrender import SurrenderStatus
from registry_fakes import reasons
from registry_messages import CEA, DEFICIT, SURPLUS
from surrender_steps import ACCOUNT, CLOCK, OFFSET, application_no, decide, submit, with_credits

NUMBER = application_no(1)


@pytest.fixture
async def uow():
    made = await with_credits()
    await submit(made, (DEFICIT, (CEA, 900), (OFFSET, 50)))
    return made


async def withdraw(uow, *withdrawals):
    command = WithdrawSurrenderApplications(withdrawals=withdrawals, withdrawn_by="operator")
    return reasons(await withdraw_surrender_applications(command, uow=uow, clock=CLOCK))


async def test_the_units_of_a_withdrawn_application_are_free_and_can_be_applied_for_again(uow):
    assert await withdraw(uow, (DEFICIT, NUMBER)) == [""]
    assert uow.ledger.held(ACCOUNT) == {(CEA, "registered"): 1_000, (OFFSET, "registered"): 50}
    withdrawn = uow.applications.applications[NUMBER]
    assert (withdrawn.status, withdrawn.closed_by) == (SurrenderStatus.WITHDRAWN, "operator")
    assert reasons(await submit(uow, (DEFICIT, (CEA, 950), (OFFSET, 50)))) == [""]
    assert uow.facts == [fact for fact in uow.facts if "Surrender" not in type(fact).__name__]


async def test_each_refusal_leaves_the_other_items_alone(uow):
    assert await withdraw(
        uow, (DEFICIT, "SA-none"), (SURPLUS, NUMBER), (DEFICIT, NUMBER), (DEFICIT, NUMBER)
    ) == ["APPLICATION_NOT_FOUND", "APPLICATION_NOT_FOUND", "", "APPLICATION_ALREADY_DECIDED"]


async def test_what_the_province_decided_stays_and_a_withdrawn_one_is_not_decided(uow):
    await submit(uow, (DEFICIT, (CEA, 10)))
    assert await decide(uow, (NUMBER, True)) == [""]
    assert await withdraw(uow, (DEFICIT, NUMBER), (DEFICIT, application_no(2))) == [
        "APPLICATION_ALREADY_DECIDED",
        "",
    ]
    assert await decide(uow, (application_no(2), True)) == ["APPLICATION_ALREADY_DECIDED"]
