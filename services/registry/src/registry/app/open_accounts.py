"""Open the authorities' own registration accounts; every other holder applies (`apply_for_accounts`)."""

from collections.abc import Sequence
from dataclasses import dataclass

from ets_kernel.domain.clock import Clock
from ets_kernel.domain.errors import EtsError

from registry.app.ports import UnitOfWork
from registry.app.results import ItemOutcome
from registry.domain.accounts import (
    AccountChange,
    AccountOpening,
    AccountStep,
    account_no_of,
    open_account,
)
from registry.domain.events import AccountOpened


@dataclass(frozen=True, slots=True, kw_only=True)
class OpenAccounts:
    """Accounts to open, in order, and who opens them."""

    openings: tuple[AccountOpening, ...]
    opened_by: str


async def open_accounts(command: OpenAccounts, *, uow: UnitOfWork, clock: Clock) -> Sequence[ItemOutcome]:
    """Open each account that may be; an authority has one."""
    at = clock.now()
    await uow.accounts.hold_openings()
    known = set(await uow.accounts.among(_numbers(command.openings)))
    steps: list[AccountStep] = []
    outcomes: list[ItemOutcome] = []
    for opening in command.openings:
        decided = open_account(opening, is_open=_number(opening) in known, at=at)
        if isinstance(decided, EtsError):
            outcomes.append(decided)
            continue
        known.add(decided.account_no)
        steps.append(
            AccountStep(
                account=decided, change=AccountChange.OPENED, document_no="", changed_by=command.opened_by
            )
        )
        outcomes.append(decided.account_no)
        uow.record(AccountOpened(account=decided, at=at))
    await uow.accounts.save(steps, at=at)
    return outcomes


def _numbers(openings: Sequence[AccountOpening]) -> set[str]:
    return {number for opening in openings if (number := _number(opening))}


def _number(opening: AccountOpening) -> str:
    try:
        return account_no_of(opening)
    except EtsError:
        return ""
