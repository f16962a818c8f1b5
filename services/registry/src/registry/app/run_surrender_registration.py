"""Register confirmed surrenders (清缴登记, 抵销登记) and certify what is met in full."""

from dataclasses import dataclass, replace

from ets_kernel.domain.clock import Clock

from registry.app.ports import UnitOfWork
from registry.app.postings import post_decided
from registry.domain.events import ComplianceCertificateIssued, SurrenderRegistered
from registry.domain.movements import surrendered
from registry.domain.obligation import Obligation, register
from registry.domain.surrender import SurrenderApplication, SurrenderStatus


@dataclass(frozen=True, slots=True, kw_only=True)
class RegisteredSurrenders:
    """Number of applications registered, and their sum in tCO2e."""

    application_count: int
    quantity_tco2e: int


async def run_surrender_registration(*, uow: UnitOfWork, clock: Clock) -> RegisteredSurrenders:
    """Register all confirmed applications; running again registers what was confirmed since."""
    at = clock.now()
    confirmed = await uow.applications.lock_with_status(SurrenderStatus.CONFIRMED)
    known = dict(
        await uow.obligations.get(
            {(application.credit_code, application.period) for application in confirmed}
        )
    )
    moves = [move for application in confirmed for move in surrendered(application)]
    await post_decided(moves, "units of an application wait in pending surrender", uow=uow, at=at)
    registered: list[SurrenderApplication] = []
    changed: dict[tuple[str, str], Obligation] = {}
    for application in confirmed:
        key = (application.credit_code, application.period)
        before = known[key]
        after = register(
            before,
            surrendered_tco2e=application.quantity_tco2e - application.offset_tco2e,
            offset_tco2e=application.offset_tco2e,
            at=at,
        )
        known[key] = changed[key] = after
        registered.append(replace(application, status=SurrenderStatus.REGISTERED, registered_time=at))
        uow.record(SurrenderRegistered(application=registered[-1], obligation=after, at=at))
        if before.completed_time is None and after.completed_time is not None:
            uow.record(ComplianceCertificateIssued(obligation=after, at=at))
    await uow.applications.save(registered)
    await uow.obligations.save(list(changed.values()), at=at)
    return RegisteredSurrenders(
        application_count=len(registered),
        quantity_tco2e=sum(application.quantity_tco2e for application in registered),
    )
