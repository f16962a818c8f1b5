"""Take the receipt of a cancellation for the province (step five)."""

from ets_kernel.domain.clock import Clock
from ets_kernel.domain.errors import ApplicationNotFound, EntityMismatch

from mrv.app.ports import UnitOfWork
from mrv.domain.handover import Receipt
from mrv.domain.offset_application import cancel


async def take_receipt(receipt: Receipt, *, uow: UnitOfWork, clock: Clock) -> None:
    """Count a cancellation once under its application; the whole quantity completes the application.

    APPLICATION_NOT_FOUND, ENTITY_MISMATCH, RECEIPT_ABOVE_CONFIRMED.
    """
    at = clock.now()
    number = receipt.application_no
    application = (await uow.offsets.lock({number})).get(number)
    if application is None:
        raise ApplicationNotFound(f"there is no {number}", application_no=number)
    if application.form.credit_code != receipt.credit_code:
        raise EntityMismatch(
            f"{number} is not of {receipt.credit_code}",
            application_no=number,
            credit_code=receipt.credit_code,
        )
    if await uow.offsets.add_receipt(receipt, at=at):
        await uow.offsets.save([cancel(application, receipt.quantity_tco2e)], at=at)
