from datetime import timedelta

import pytest
from ets_kernel.domain.clock import FixedClock
from registry.app.run_surrender_registration import run_surrender_registration
from registry.app.submit_surrender_applications import (
    SubmitSurrenderApplications,
    SurrenderForm,
    submit_surrender_applications,
)
from registry.domain.accounts import AccountStatus, AccountUse
from registry.domain.compliance_rules import rules_of
from registry.domain.obligation import ComplianceState, state_at
from registry.domain.surrender import SurrenderStatus
from registry_fakes import NOW, emitter, reasons
from registry_messages import CEA, DEFICIT, PERIOD, SURPLUS, code
from surrender_steps import ACCOUNT, CLOCK, OFFSET, application_no, decide, submit, with_credits


@pytest.fixture
async def uow():
    return await with_credits()


async def test_the_units_of_an_application_are_set_aside_with_their_serials(uow):
    told = list(uow.facts)
    assert await submit(uow, (DEFICIT, (CEA, 950), (OFFSET, 35))) == [application_no(1)]
    assert uow.ledger.held(ACCOUNT) == {
        (CEA, "registered"): 50,
        (CEA, "pending_surrender"): 950,
        (OFFSET, "registered"): 15,
        (OFFSET, "pending_surrender"): 35,
    }
    application = uow.applications.applications[application_no(1)]
    assert (application.status, application.submitted_time) == (SurrenderStatus.SUBMITTED, CLOCK.now())
    assert [tuple(use.serials) for use in application.lines[1].uses] == [(1, 30), (31, 35)]
    assert uow.facts == told


async def test_a_batch_is_decided_on_what_the_items_before_left(uow):
    outcomes = await submit(
        uow,
        (DEFICIT, (OFFSET, 35)),
        (DEFICIT, (OFFSET, 16)),
        (DEFICIT, (CEA, 960)),
        (DEFICIT, (CEA, 950), (OFFSET, 15)),
        (DEFICIT, (CEA, 1)),
        (SURPLUS, (CEA, 1_000)),
        (code(9), (CEA, 1)),
    )
    assert reasons(outcomes) == [
        "",
        "OFFSET_LIMIT_EXCEEDED",
        "",
        "OBLIGATION_EXCEEDED",
        "",
        "",
        "ACCOUNT_NOT_FOUND",
    ]
    assert outcomes[2] == application_no(2)
    assert len(uow.applications.applications) == 4


async def test_what_is_not_held_and_what_exceeds_a_limit_is_refused_at_its_boundary(uow):
    outcomes = await submit(
        uow,
        (SURPLUS, (CEA, 1_001)),
        (SURPLUS, (OFFSET, 1)),
        (DEFICIT, (OFFSET, 51)),
        (DEFICIT, (OFFSET, 50)),
        (SURPLUS, (CEA, 1_000)),
    )
    assert reasons(outcomes) == [
        "OBLIGATION_EXCEEDED",
        "INSUFFICIENT_HOLDING",
        "OFFSET_LIMIT_EXCEEDED",
        "",
        "",
    ]


async def test_who_missed_the_deadline_goes_on_surrendering_and_completes_late(uow):
    late = FixedClock(rules_of(PERIOD).deadline_time + timedelta(days=30))
    form = SurrenderForm(credit_code=DEFICIT, period=PERIOD, lines=((CEA, 950), (OFFSET, 50)))
    command = SubmitSurrenderApplications(forms=(form,))
    (number,) = await submit_surrender_applications(command, uow=uow, clock=late)
    assert number == application_no(1)
    assert await decide(uow, (number, True)) == [""]
    await run_surrender_registration(uow=uow, clock=late)
    owed = uow.obligations.obligations[DEFICIT, PERIOD]
    assert state_at(owed, late.now()) is ComplianceState.COMPLETED_LATE


async def test_another_period_has_no_obligation(uow):
    assert reasons(await submit(uow, (DEFICIT, (CEA, 1)), period="2021")) == ["OBLIGATION_NOT_FOUND"]
    assert uow.applications.applications == {}


async def test_the_same_form_in_another_request_is_another_application(uow):
    await submit(uow, (DEFICIT, (CEA, 10)))
    assert await submit(uow, (DEFICIT, (CEA, 10))) == [application_no(2)]
    assert uow.ledger.held(ACCOUNT)[CEA, "pending_surrender"] == 20


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"status": AccountStatus.CLOSED, "closed_time": NOW}, "ACCOUNT_CLOSED"),
        ({"is_confirmation_needed": True}, "CONFIRMATION_NEEDED"),
        ({"restricted_uses": frozenset({AccountUse.SURRENDER})}, "ACCOUNT_RESTRICTED"),
        ({"restricted_uses": frozenset({AccountUse.TRANSFER_TO_TRADING})}, ""),
    ],
)
async def test_an_account_that_is_closed_or_restricted_or_needs_a_second_person(uow, changes, reason):
    await uow.accounts.add([emitter(1, **changes)])
    assert reasons(await submit(uow, (DEFICIT, (CEA, 1)))) == [reason]
