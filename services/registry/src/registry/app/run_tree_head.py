"""Sign the head of the journal for a business date."""

from datetime import date

from ets_kernel.domain.clock import Clock
from ets_kernel.domain.sealing import Signer
from ets_ledger.domain.journal import TreeHead

from registry.app.ports import UnitOfWork


async def run_tree_head(
    business_date: date, *, uow: UnitOfWork, signer: Signer, clock: Clock
) -> tuple[TreeHead, bytes]:
    """Sign once per date; a repeat gives the first head. With it, the hash of the last batch under it."""
    return await uow.ledger.sign_head(business_date, signer=signer, at=clock.now())
