"""The province confirms or refuses surrender applications."""

from collections.abc import Sequence
from dataclasses import dataclass

from ets_kernel.domain.clock import Clock
from ets_kernel.domain.errors import ApplicationNotFound, EtsError

from registry.app.ports import UnitOfWork
from registry.app.results import ItemOutcome
from registry.app.standings import give_back
from registry.domain.surrender import SurrenderApplication, SurrenderStatus, decide


@dataclass(frozen=True, slots=True, kw_only=True)
class DecideSurrenderApplications:
    """Decisions of one province in order: application, whether it is confirmed, and in which words."""

    province_code: str
    decided_by: str
    decisions: tuple[tuple[str, bool, str], ...]


async def decide_surrender_applications(
    command: DecideSurrenderApplications, *, uow: UnitOfWork, clock: Clock
) -> Sequence[ItemOutcome]:
    """Record each decision once; the units of a refused application are free again."""
    at = clock.now()
    known = dict(await uow.applications.lock({application_no for application_no, _, _ in command.decisions}))
    changed: dict[str, SurrenderApplication] = {}
    outcomes: list[ItemOutcome] = []
    for application_no, is_confirmed, words in command.decisions:
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
            words=words,
        )
        if isinstance(decided, EtsError):
            outcomes.append(decided)
            continue
        known[application_no] = changed[application_no] = decided
        outcomes.append(application_no)
    refused = [one for one in changed.values() if one.status is SurrenderStatus.REFUSED]
    await give_back(refused, uow, at)
    await uow.applications.save(list(changed.values()))
    return outcomes
