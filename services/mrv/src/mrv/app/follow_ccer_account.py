"""Follow the reviews of a general holding account."""

from mrv.app.ports import UnitOfWork
from mrv.domain.offset_application import CcerAccount


async def follow_ccer_account(account: CcerAccount, *, uow: UnitOfWork) -> None:
    """Remember the account as it is after a review."""
    await uow.offsets.put_account(account)
