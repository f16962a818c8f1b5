"""Withdraw applications to cancel units before they are decided: the units are free again."""

from collections.abc import Sequence
from dataclasses import dataclass

from ets_kernel.domain.clock import Clock
from ets_kernel.domain.errors import EtsError

from registry.app.ports import UnitOfWork
from registry.app.postings import post_decided
from registry.app.results import ItemOutcome
from registry.domain.cancellation import CancellationApplication, withdraw
from registry.domain.retirement_movements import kept


@dataclass(frozen=True, slots=True, kw_only=True)
class WithdrawCancellationApplications:
    """Applications in order, each with the holder who withdraws it."""

    withdrawals: tuple[tuple[str, str], ...]
    withdrawn_by: str


async def withdraw_cancellation_applications(
    command: WithdrawCancellationApplications, *, uow: UnitOfWork, clock: Clock
) -> Sequence[ItemOutcome]:
    """Take each application back that waits, and free its units."""
    at = clock.now()
    known = dict(await uow.cancellations.lock({number for number, _ in command.withdrawals}))
    accounts = await uow.accounts.among({application.account_no for application in known.values()})
    withdrawn: list[CancellationApplication] = []
    outcomes: list[ItemOutcome] = []
    for application_no, holder_no in command.withdrawals:
        application = known.get(application_no)
        decided = withdraw(
            application,
            application_no=application_no,
            account=accounts.get(application.account_no) if application is not None else None,
            holder_no=holder_no,
            by=command.withdrawn_by,
            at=at,
        )
        if isinstance(decided, EtsError):
            outcomes.append(decided)
            continue
        known[application_no] = decided
        withdrawn.append(decided)
        outcomes.append(application_no)
    await post_decided(
        [kept(application) for application in withdrawn],
        "units of an application wait in pending cancellation",
        uow=uow,
        at=at,
    )
    await uow.cancellations.save(withdrawn)
    return outcomes
