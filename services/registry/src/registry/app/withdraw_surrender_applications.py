"""Take surrender applications back before the province decides; the units are free again."""

from collections.abc import Sequence
from dataclasses import dataclass

from ets_kernel.domain.clock import Clock
from ets_kernel.domain.errors import ApplicationNotFound, EtsError

from registry.app.ports import UnitOfWork
from registry.app.results import ItemOutcome
from registry.app.standings import give_back
from registry.domain.surrender import SurrenderApplication, withdraw


@dataclass(frozen=True, slots=True, kw_only=True)
class WithdrawSurrenderApplications:
    """Who takes back which application, in order."""

    withdrawals: tuple[tuple[str, str], ...]
    withdrawn_by: str


async def withdraw_surrender_applications(
    command: WithdrawSurrenderApplications, *, uow: UnitOfWork, clock: Clock
) -> Sequence[ItemOutcome]:
    """Withdraw each application once; the entity may, and so may the enterprise that helps it."""
    at = clock.now()
    known = dict(await uow.applications.lock({number for _, number in command.withdrawals}))
    withdrawn: dict[str, SurrenderApplication] = {}
    outcomes: list[ItemOutcome] = []
    for credit_code, application_no in command.withdrawals:
        application = known.get(application_no)
        if application is None:
            outcomes.append(
                ApplicationNotFound(f"there is no {application_no}", application_no=application_no)
            )
            continue
        decided = withdraw(application, credit_code=credit_code, by=command.withdrawn_by, at=at)
        if isinstance(decided, EtsError):
            outcomes.append(decided)
            continue
        known[application_no] = withdrawn[application_no] = decided
        outcomes.append(application_no)
    await give_back(list(withdrawn.values()), uow, at)
    await uow.applications.save(list(withdrawn.values()))
    return outcomes
