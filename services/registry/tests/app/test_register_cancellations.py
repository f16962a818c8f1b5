from datetime import UTC, datetime

import pytest
from ets_kernel.domain.clock import FixedClock
from registry.domain.cancellation import CancellationStatus
from registry.domain.events import VoluntaryCancellationRegistered
from registry_fakes import market, reasons
from registry_messages import CEA
from retirement_steps import ACCOUNT, ask, asked_no, check, register


@pytest.fixture
async def uow():
    """Three applications of 30 t are checked."""
    made = await market(held_tco2e=100)
    await ask(made, 30, 30, 30)
    await check(made, *((asked_no(ordinal), True) for ordinal in (1, 2, 3)))
    return made


async def test_registered_units_are_cancelled_for_good_and_told(uow):
    assert await register(uow, (asked_no(1), True), (asked_no(3), True)) == [
        "VC-2021-000001",
        "VC-2021-000002",
    ]
    assert uow.ledger.held("R-CANCELLED") == {(CEA, "cancelled"): 60}
    assert uow.ledger.held(ACCOUNT) == {(CEA, "registered"): 10, (CEA, "pending_cancellation"): 30}
    told = uow.told(VoluntaryCancellationRegistered)
    assert [fact.application.certificate_no for fact in told] == ["VC-2021-000001", "VC-2021-000002"]
    application = uow.cancellations.applications[asked_no(1)]
    assert (application.status, application.decided_by) == (CancellationStatus.REGISTERED, "second")


async def test_the_very_units_that_waited_are_cancelled(uow):
    await register(uow, (asked_no(2), True))
    (block,) = uow.ledger.blocks[("R-CANCELLED", CEA, "cancelled")]
    assert (block.start, block.end) == uow.cancellations.applications[asked_no(2)].serials[0]


async def test_certificates_are_numbered_anew_each_year_without_gaps(uow):
    await register(uow, (asked_no(1), True))
    assert await register(uow, (asked_no(2), False), (asked_no(3), True)) == [asked_no(2), "VC-2021-000002"]
    await ask(uow, 10)
    await check(uow, (asked_no(4), True))
    # Already 2022 in Beijing.
    clock = FixedClock(datetime(2021, 12, 31, 16, 0, tzinfo=UTC))
    assert await register(uow, (asked_no(4), True), clock=clock) == ["VC-2022-000001"]


async def test_the_units_of_a_refused_application_are_free_again_and_nothing_is_told(uow):
    assert await register(uow, (asked_no(1), False)) == [asked_no(1)]
    assert uow.ledger.held(ACCOUNT) == {(CEA, "registered"): 40, (CEA, "pending_cancellation"): 60}
    assert uow.told(VoluntaryCancellationRegistered) == []


async def test_each_refusal_leaves_the_other_items_alone(uow):
    await ask(uow, 10)
    assert reasons(await register(uow, (asked_no(1), True), by="first")) == ["SAME_PERSON"]
    assert reasons(await register(uow, (asked_no(1), True), by="owner")) == ["SAME_PERSON"]
    assert reasons(await register(uow, ("VC-x", True), (asked_no(4), True), (asked_no(2), True))) == [
        "APPLICATION_NOT_FOUND",
        "CANCELLATION_NOT_CHECKED",
        "",
    ]


async def test_a_cancellation_is_registered_once(uow):
    outcomes = await register(uow, (asked_no(1), True), (asked_no(1), False))
    assert reasons(outcomes) == ["", "APPLICATION_ALREADY_DECIDED"]
    assert reasons(await register(uow, (asked_no(1), True))) == ["APPLICATION_ALREADY_DECIDED"]
    assert uow.ledger.held("R-CANCELLED") == {(CEA, "cancelled"): 30}
