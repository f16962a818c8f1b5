"""Issue reductions of monitoring periods to the owners' accounts."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from ets_kernel.domain.clock import Clock
from ets_kernel.domain.ensure import ensure
from ets_kernel.domain.errors import EtsError
from ets_ledger.domain.entries import Entry

from ccer_bridge.app.ports import UnitOfWork
from ccer_bridge.app.results import ItemOutcome
from ccer_bridge.domain.accounts import account_no_of
from ccer_bridge.domain.events import ReductionsIssued
from ccer_bridge.domain.movements import issue
from ccer_bridge.domain.projects import Issuance, WantedIssue, plan_issue


@dataclass(frozen=True, slots=True, kw_only=True)
class IssueReductions:
    """Reductions to issue, in order."""

    issues: tuple[WantedIssue, ...]


async def issue_reductions(
    command: IssueReductions, *, uow: UnitOfWork, clock: Clock
) -> Sequence[ItemOutcome]:
    """Issue each of them once, as one block of serials."""
    at = clock.now()
    project_nos = {wanted.project_no for wanted in command.issues}
    projects = await uow.projects.lock(project_nos)
    accounts = await uow.accounts.among(
        {account_no_of(project.owner_credit_code) for project in projects.values()}
    )
    issued = set(await uow.projects.issued(project_nos))
    decided: list[Issuance | EtsError] = []
    for wanted in command.issues:
        project = projects.get(wanted.project_no)
        outcome = plan_issue(
            wanted,
            project=project,
            account=accounts.get(account_no_of(project.owner_credit_code)) if project else None,
            is_issued=wanted.key in issued,
            at=at,
        )
        decided.append(outcome)
        if isinstance(outcome, Issuance):
            issued.add(wanted.key)
    planned = [issuance for issuance in decided if isinstance(issuance, Issuance)]
    entries = await uow.ledger.post([issue(issuance) for issuance in planned], at=at)
    done = iter([_with_serials(issuance, entry) for issuance, entry in zip(planned, entries, strict=True)])
    outcomes = [next(done) if isinstance(outcome, Issuance) else outcome for outcome in decided]
    made = [issuance for issuance in outcomes if isinstance(issuance, Issuance)]
    await uow.projects.add_issued(made, at=at)
    for issuance in made:
        uow.record(ReductionsIssued(issuance=issuance, at=at))
    return [outcome.reference if isinstance(outcome, Issuance) else outcome for outcome in outcomes]


def _with_serials(issuance: Issuance, entry: Entry | EtsError) -> Issuance:
    ensure(isinstance(entry, Entry), "reductions that were not issued before can be issued")
    return replace(issuance, serials=entry.serials[0]) if isinstance(entry, Entry) else issuance
