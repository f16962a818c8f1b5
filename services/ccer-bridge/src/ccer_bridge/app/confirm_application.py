"""A province confirmed an application to offset: its entity may cancel under it."""

from ccer_bridge.app.ports import UnitOfWork
from ccer_bridge.domain.applications import ConfirmedApplication
from ccer_bridge.domain.errors import ConfirmationDiffers


async def confirm_application(application: ConfirmedApplication, *, uow: UnitOfWork) -> None:
    """Store a confirmation once."""
    number = application.application_no
    known = (await uow.applications.lock({number})).get(number)
    if known is None:
        await uow.applications.add(application)
    elif not known.is_confirmed_alike(application):
        raise ConfirmationDiffers(f"{number} was confirmed with other content", application_no=number)
