"""Second person: register cancellations (注销登记), out of the national total for good, or refuse them."""

from collections.abc import Sequence
from dataclasses import dataclass

from ets_kernel.domain.clock import Clock, business_date
from ets_kernel.domain.errors import EtsError

from registry.app.check_cancellation_applications import CancellationDecision
from registry.app.ports import UnitOfWork
from registry.app.postings import post_decided
from registry.app.results import ItemOutcome
from registry.domain.cancellation import (
    CancellationApplication,
    CancellationStatus,
    application_not_found,
    certificate_no,
    register,
)
from registry.domain.events import VoluntaryCancellationRegistered
from registry.domain.retirement_movements import cancelled, kept


@dataclass(frozen=True, slots=True, kw_only=True)
class RegisterCancellations:
    """Decisions of the second person in order."""

    decisions: tuple[CancellationDecision, ...]
    registered_by: str


async def register_cancellations(
    command: RegisterCancellations, *, uow: UnitOfWork, clock: Clock
) -> Sequence[ItemOutcome]:
    """Register or refuse each application once; certificates of a year are numbered without gaps."""
    at = clock.now()
    year = business_date(at).year
    # Names are locked before rows, as everywhere.
    last = await uow.cancellations.lock_last_certificate(year)
    known = dict(await uow.cancellations.lock({decision.application_no for decision in command.decisions}))
    changed: dict[str, CancellationApplication] = {}
    outcomes: list[ItemOutcome] = []
    for decision in command.decisions:
        application = known.get(decision.application_no)
        if application is None:
            outcomes.append(application_not_found(decision.application_no))
            continue
        decided = register(
            application,
            is_passed=decision.is_passed,
            note=decision.note,
            certificate_no=certificate_no(year, last + 1),
            by=command.registered_by,
            at=at,
        )
        if isinstance(decided, EtsError):
            outcomes.append(decided)
            continue
        last += decided.status is CancellationStatus.REGISTERED
        known[decision.application_no] = changed[decision.application_no] = decided
        outcomes.append(decided.certificate_no or decision.application_no)
    moves = [
        cancelled(item) if item.status is CancellationStatus.REGISTERED else kept(item)
        for item in changed.values()
    ]
    await post_decided(moves, "units of an application wait in pending cancellation", uow=uow, at=at)
    await uow.cancellations.save(list(changed.values()))
    for application in changed.values():
        if application.status is CancellationStatus.REGISTERED:
            uow.record(VoluntaryCancellationRegistered(application=application, at=at))
    return outcomes
