"""The province confirms or refuses surrender applications."""

from collections.abc import Sequence
from dataclasses import dataclass

from ets_kernel.domain.clock import Clock
from ets_kernel.domain.ensure import ensure
from ets_kernel.domain.errors import ApplicationNotFound, EtsError

from registry.app.ports import UnitOfWork
from registry.app.results import ItemOutcome
from registry.domain.movements import given_back
from registry.domain.surrender import SurrenderApplication, SurrenderStatus, decide


@dataclass(frozen=True, slots=True, kw_only=True)
class DecideSurrenderApplications:
    """Decisions of one province in order: application and whether it is confirmed."""

    province_code: str
    decided_by: str
    decisions: tuple[tuple[str, bool], ...]


async def decide_surrender_applications(
    command: DecideSurrenderApplications, *, uow: UnitOfWork, clock: Clock
) -> Sequence[ItemOutcome]:
    """Record each decision once; the units of a refused application are free again."""
    at = clock.now()
    known = dict(await uow.applications.lock({application_no for application_no, _ in command.decisions}))
    changed: dict[str, SurrenderApplication] = {}
    outcomes: list[ItemOutcome] = []
    for application_no, is_confirmed in command.decisions:
        application = known.get(application_no)
        if application is None:
            outcomes.append(
                ApplicationNotFound(f"there is no {application_no}", application_no=application_no)
            )
            continue
        decided = decide(
            application,
            province_code=command.province_code,
            is_confirmed=is_confirmed,
            decided_by=command.decided_by,
            at=at,
        )
        if isinstance(decided, EtsError):
            outcomes.append(decided)
            continue
        known[application_no] = changed[application_no] = decided
        outcomes.append(application_no)
    moves = [
        move
        for application in changed.values()
        if application.status is SurrenderStatus.REFUSED
        for move in given_back(application)
    ]
    results = await uow.ledger.post(moves, at=at)
    ensure(
        not any(isinstance(result, EtsError) for result in results),
        "units of an application wait in pending surrender",
    )
    await uow.applications.save(list(changed.values()))
    return outcomes
