"""Receipts of cancellations: each counted once, up to what the province confirmed (MRV-11)."""

import pytest
from ets_kernel.domain.errors import ApplicationNotFound, EntityMismatch
from ets_kernel.testing.clock import HandClock
from mrv.app.take_receipt import take_receipt
from mrv.domain.errors import ReceiptAboveConfirmed
from mrv.domain.handover import Receipt
from mrv.domain.offset_application import ApplicationStatus
from mrv_fakes import FakeUnitOfWork
from mrv_messages import FIRST, SECOND
from mrv_steps import NEXT_NUMBER, NUMBER, confirmed, kept


@pytest.fixture
async def uow() -> FakeUnitOfWork:
    """400 t confirmed under the first application, 100 t only applied for under the second."""
    return await confirmed(HandClock())


def receipt(ordinal: int, quantity: int, **changes) -> Receipt:
    values = {
        "cancellation_no": f"CX-{ordinal}",
        "application_no": NUMBER,
        "credit_code": FIRST,
        "province_code": "37",
        "project_no": "WIND1",
        "reduction_year": 2015,
        "quantity_tco2e": quantity,
    }
    return Receipt(**(values | changes))


async def take(uow, *receipts: Receipt):
    for taken in receipts:
        await take_receipt(taken, uow=uow, clock=HandClock())
    application = uow.offsets.stored[NUMBER]
    return application.cancelled_tco2e, application.status


async def test_receipts_add_up_and_the_whole_quantity_completes_the_application(uow):
    assert await take(uow, receipt(1, 399)) == (399, ApplicationStatus.CONFIRMED)
    assert await take(uow, receipt(2, 1)) == (400, ApplicationStatus.CANCELLED)
    assert uow.offsets.receipts == {"CX-1": receipt(1, 399), "CX-2": receipt(2, 1)}
    assert uow.facts == []


@pytest.mark.parametrize(
    ("wrong", "refusal"),
    [
        ({"application_no": f"{NUMBER}9", "credit_code": SECOND}, ApplicationNotFound),
        ({"credit_code": SECOND, "quantity_tco2e": 401}, EntityMismatch),
    ],
)
async def test_a_receipt_is_of_a_known_application_of_the_same_entity(uow, wrong, refusal):
    before = kept(uow)
    with pytest.raises(refusal):
        await take(uow, receipt(1, 400, **wrong))
    assert kept(uow) == before


@pytest.mark.parametrize(
    "wrong", [{"quantity_tco2e": 401}, {"application_no": NEXT_NUMBER, "quantity_tco2e": 1}]
)
async def test_no_more_is_counted_than_was_confirmed(uow, wrong):
    with pytest.raises(ReceiptAboveConfirmed):
        await take(uow, receipt(1, 1, **wrong))
    assert uow.offsets.stored[NUMBER].cancelled_tco2e == 0


async def test_a_receipt_counts_once(uow):
    assert await take(uow, receipt(1, 100), receipt(1, 100)) == (100, ApplicationStatus.CONFIRMED)
    before = kept(uow)
    await take(uow, receipt(1, 100))
    assert kept(uow) == before
