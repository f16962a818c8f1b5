"""Follow the restrictions of use that the registry tells of."""

from ets_kernel.domain.ids import AccountNo

from trading.app.ports import UnitOfWork


async def follow_restriction(holder_account_no: AccountNo, *, is_sale_stopped: bool, uow: UnitOfWork) -> None:
    """Let a holder offer nothing more, or again; orders that stand are its own to cancel and may be taken."""
    await uow.accounts.stop_sales(holder_account_no, is_stopped=is_sale_stopped)
