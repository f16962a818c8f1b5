"""Create offset credits from the hand-over rows that were accepted (step 7 of the procedure of 2021-10-23)."""

from dataclasses import dataclass
from datetime import date

from ets_kernel.domain.clock import Clock
from ets_kernel.domain.errors import EtsError

from registry.app.ports import UnitOfWork
from registry.domain.errors import CreditsCreatedAlready
from registry.domain.events import OffsetCreditsCreated
from registry.domain.movements import credit_creation


@dataclass(frozen=True, slots=True, kw_only=True)
class CreatedCredits:
    """Number of cancellations turned into credits, and their sum in tCO2e."""

    row_count: int
    quantity_tco2e: int


async def run_offset_credit_creation(business_date: date, *, uow: UnitOfWork, clock: Clock) -> CreatedCredits:
    """Create what was accepted up to a business date and has no credits yet; running again creates the rest."""
    at = clock.now()
    rows = await uow.handovers.uncredited(business_date)
    results = await uow.ledger.post([credit_creation(row) for row in rows], at=at)
    for row, result in zip(rows, results, strict=True):
        if isinstance(result, EtsError):
            # Rows are accepted only with serials of their own, so this is somebody's second attempt.
            raise CreditsCreatedAlready(
                f"credits of {row.cancellation_no} cannot be created: {result.message}",
                cancellation_no=row.cancellation_no,
                cause=result.reason,
            ) from result
        uow.record(OffsetCreditsCreated(row=row, at=at))
    await uow.handovers.add_credits(rows, at=at)
    return CreatedCredits(row_count=len(rows), quantity_tco2e=sum(row.quantity_tco2e for row in rows))
