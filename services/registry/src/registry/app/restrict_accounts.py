"""Restrict the use of accounts (限制使用)."""

from collections.abc import Sequence
from dataclasses import dataclass

from ets_kernel.domain.clock import Clock

from registry.app.ports import UnitOfWork
from registry.app.results import ItemOutcome
from registry.domain.accounts import AccountChange, AccountStep, not_open
from registry.domain.events import AccountRestricted
from registry.domain.restrictions import Restriction, RestrictionOrder, refusal_of_order, restrict


@dataclass(frozen=True, slots=True, kw_only=True)
class RestrictAccounts:
    """Orders in order, and who gives them; an empty province acts for the whole country."""

    orders: tuple[RestrictionOrder, ...]
    province_code: str
    imposed_by: str


async def restrict_accounts(
    command: RestrictAccounts, *, uow: UnitOfWork, clock: Clock
) -> Sequence[ItemOutcome]:
    """Impose each restriction that may be; an account may have several."""
    at = clock.now()
    account_nos = {order.account_no for order in command.orders}
    accounts = dict(await uow.accounts.lock_known(account_nos))
    known = await uow.restrictions.of(account_nos)
    ordinals = {account_no: len(restrictions) for account_no, restrictions in known.items()}
    imposed: list[Restriction] = []
    steps: list[AccountStep] = []
    outcomes: list[ItemOutcome] = []
    for order in command.orders:
        account = accounts.get(order.account_no)
        refusal = refusal_of_order(order.account_no, account, province_code=command.province_code)
        if refusal is not None or account is None:
            outcomes.append(refusal or not_open(order.account_no))
            continue
        account, restriction = restrict(
            account,
            order,
            last_ordinal=ordinals.get(order.account_no, 0),
            province_code=command.province_code,
            imposed_by=command.imposed_by,
            at=at,
        )
        accounts[order.account_no] = account
        ordinals[order.account_no] = restriction.ordinal
        imposed.append(restriction)
        steps.append(
            AccountStep(
                account=account,
                change=AccountChange.RESTRICTED,
                document_no=restriction.restriction_no,
                changed_by=command.imposed_by,
            )
        )
        outcomes.append(restriction.restriction_no)
        uow.record(AccountRestricted(restriction=restriction, account=account, at=at))
    await uow.restrictions.save(imposed)
    await uow.accounts.save(steps, at=at)
    return outcomes
