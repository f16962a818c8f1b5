import pytest
from ccer_bridge.app.cancel_for_offset import CancelForOffset, cancel_for_offset
from ccer_bridge.domain.cancellation import WantedCancellation
from ccer_bridge.domain.events import CancellationRegistered
from ccer_fakes import NOW
from ccer_messages import C_PLANT, PLANT, WIND, application_no
from handover_steps import with_application


@pytest.fixture
async def uow(clock):
    return await with_application(clock)


def wanted(quantity, **changes):
    values = {"credit_code": PLANT, "application_no": application_no(1), "product": WIND} | changes
    return WantedCancellation(quantity_tco2e=quantity, **values)


async def cancel(uow, clock, *items):
    outcomes = await cancel_for_offset(CancelForOffset(cancellations=items), uow=uow, clock=clock)
    return [outcome if isinstance(outcome, str) else outcome.reason for outcome in outcomes]


async def test_accepted_items_move_units_are_stored_and_told(uow, clock):
    assert await cancel(uow, clock, wanted(400), wanted(600)) == [
        f"CX-{application_no(1)}-1",
        f"CX-{application_no(1)}-2",
    ]
    assert uow.ledger.held(C_PLANT) == {}
    assert uow.ledger.held("C-CANCELLED") == {(WIND, "cancelled"): 1_000}
    assert [one.blocks_text for one in uow.cancellations.made] == ["1-400", "401-1000"]
    assert [fact.cancellation for fact in uow.told(CancellationRegistered)] == uow.cancellations.made
    assert uow.applications.confirmed[application_no(1)].cancelled_total_tco2e == 1_000


async def test_refused_items_change_nothing_and_the_others_go_on(uow, clock):
    outcomes = await cancel(uow, clock, wanted(1_001), wanted(10), wanted(1, product="nothing"))
    assert outcomes == [
        "CONFIRMED_QUANTITY_EXCEEDED",
        f"CX-{application_no(1)}-1",
        "PROJECT_NOT_IN_APPLICATION",
    ]
    assert uow.ledger.held(C_PLANT) == {(WIND, "registered"): 990}
    assert len(uow.facts) == 1


async def test_the_window_is_entered_before_anything_is_decided(uow, clock):
    await cancel(uow, clock, wanted(1_001))
    assert uow.cancellations.entered_at == [NOW]
