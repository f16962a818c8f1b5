"""Apply for general holding accounts at a venue (step 1)."""

from collections.abc import Sequence
from dataclasses import dataclass

from ets_kernel.domain.clock import Clock
from ets_kernel.domain.errors import EtsError

from ccer_bridge.app.ports import UnitOfWork
from ccer_bridge.app.results import ItemOutcome
from ccer_bridge.domain.accounts import Account, AccountApplication, account_no_of, apply_for_account


@dataclass(frozen=True, slots=True, kw_only=True)
class ApplyForAccounts:
    """Applications, in order."""

    applications: tuple[AccountApplication, ...]


async def apply_for_accounts(
    command: ApplyForAccounts, *, uow: UnitOfWork, clock: Clock
) -> Sequence[ItemOutcome]:
    """Take each application that may be; one holder has one account."""
    numbers = {account_no_of(application.credit_code) for application in command.applications}
    known = dict(await uow.accounts.lock_to_apply(numbers))
    applied: list[Account] = []
    outcomes: list[ItemOutcome] = []
    for application in command.applications:
        account_no = account_no_of(application.credit_code)
        decided = apply_for_account(application, known=known.get(account_no))
        if isinstance(decided, EtsError):
            outcomes.append(decided)
            continue
        known[account_no] = decided
        applied.append(decided)
        outcomes.append(account_no)
    await uow.accounts.save(applied, at=clock.now())
    return outcomes
