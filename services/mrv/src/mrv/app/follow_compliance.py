"""Follow what the registry registers towards an entity's obligation, and what the obligation is."""

from ets_kernel.domain.clock import Clock

from mrv.app.ports import UnitOfWork
from mrv.domain.compliance import ComplianceStatus


async def follow_compliance(status: ComplianceStatus, *, uow: UnitOfWork, clock: Clock) -> None:
    """Keep the status after those before it, so that an overview can be read as of any moment."""
    await uow.obligations.add_status(status, at=clock.now())
