"""Remember the accounts of which the registries tell."""

from trading.app.ports import UnitOfWork
from trading.domain.accounts import HolderAccount


async def know_holder_account(holder: HolderAccount, *, uow: UnitOfWork) -> None:
    """Remember that a holder has an account in a registry."""
    await uow.accounts.add_holders([holder])
