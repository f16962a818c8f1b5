"""Reads of stored runs."""

from consistency_checker.app.ports import ReconciliationReads
from consistency_checker.domain.errors import ReconciliationNotFound
from consistency_checker.domain.reconciliation import Reconciliation


async def get_reconciliation(reconciliation_no: str, reads: ReconciliationReads) -> Reconciliation:
    """Give a run by its number, the latest for an empty one; RECONCILIATION_NOT_FOUND."""
    wanted = reconciliation_no or await reads.latest_no()
    reconciliation = await reads.get(wanted) if wanted else None
    if reconciliation is None:
        raise ReconciliationNotFound(
            f"There is no reconciliation {reconciliation_no or 'yet'}.", reconciliation_no=reconciliation_no
        )
    return reconciliation
