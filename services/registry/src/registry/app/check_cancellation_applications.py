"""First person: check applications to cancel units, or refuse them."""

from collections.abc import Sequence
from dataclasses import dataclass

from ets_kernel.domain.clock import Clock
from ets_kernel.domain.errors import EtsError

from registry.app.ports import UnitOfWork
from registry.app.postings import post_decided
from registry.app.results import ItemOutcome
from registry.domain.cancellation import (
    CancellationApplication,
    CancellationStatus,
    application_not_found,
    check,
)
from registry.domain.retirement_movements import kept


@dataclass(frozen=True, slots=True, kw_only=True)
class CancellationDecision:
    """What one person decides about one application, and why."""

    application_no: str
    is_passed: bool
    note: str


@dataclass(frozen=True, slots=True, kw_only=True)
class CheckCancellationApplications:
    """Decisions of the first person in order."""

    decisions: tuple[CancellationDecision, ...]
    checked_by: str


async def check_cancellation_applications(
    command: CheckCancellationApplications, *, uow: UnitOfWork, clock: Clock
) -> Sequence[ItemOutcome]:
    """Record each decision once; the units of a refused application are free again."""
    at = clock.now()
    known = dict(await uow.cancellations.lock({decision.application_no for decision in command.decisions}))
    changed: dict[str, CancellationApplication] = {}
    outcomes: list[ItemOutcome] = []
    for decision in command.decisions:
        application = known.get(decision.application_no)
        if application is None:
            outcomes.append(application_not_found(decision.application_no))
            continue
        decided = check(
            application, is_passed=decision.is_passed, note=decision.note, by=command.checked_by, at=at
        )
        if isinstance(decided, EtsError):
            outcomes.append(decided)
            continue
        known[decision.application_no] = changed[decision.application_no] = decided
        outcomes.append(decision.application_no)
    refused = [item for item in changed.values() if item.status is CancellationStatus.REFUSED]
    await post_decided(
        [kept(application) for application in refused],
        "units of an application wait in pending cancellation",
        uow=uow,
        at=at,
    )
    await uow.cancellations.save(list(changed.values()))
    return outcomes
