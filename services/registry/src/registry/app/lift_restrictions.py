"""Lift restrictions of use."""

from collections.abc import Sequence
from dataclasses import dataclass

from ets_kernel.domain.clock import Clock
from ets_kernel.domain.errors import EtsError

from registry.app.ports import UnitOfWork
from registry.app.results import ItemOutcome
from registry.domain.accounts import AccountChange, AccountStep, refusal_of_province
from registry.domain.errors import RestrictionNotFound
from registry.domain.events import RestrictionLifted
from registry.domain.restrictions import (
    LiftingOrder,
    Restriction,
    account_no_of,
    lift,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class LiftRestrictions:
    """Orders in order, and who gives them; an empty province acts for the whole country."""

    orders: tuple[LiftingOrder, ...]
    province_code: str
    lifted_by: str


async def lift_restrictions(
    command: LiftRestrictions, *, uow: UnitOfWork, clock: Clock
) -> Sequence[ItemOutcome]:
    """Lift each restriction once; what other restrictions stop stays stopped. A province knows none of another's."""
    at = clock.now()
    account_nos = {account_no_of(order.restriction_no) for order in command.orders}
    accounts = dict(await uow.accounts.lock_known(account_nos))
    known = await uow.restrictions.of(account_nos)
    present = {one.restriction_no: one for restrictions in known.values() for one in restrictions}
    lifted: dict[str, Restriction] = {}
    steps: list[AccountStep] = []
    outcomes: list[ItemOutcome] = []
    for order in command.orders:
        restriction = present.get(order.restriction_no)
        account = accounts[restriction.account_no] if restriction is not None else None
        if restriction is None or account is None or refusal_of_province(account, command.province_code):
            outcomes.append(
                RestrictionNotFound(
                    f"there is no restriction {order.restriction_no}", restriction_no=order.restriction_no
                )
            )
            continue
        decided = lift(
            account,
            restriction,
            order,
            others=[one for one in present.values() if one.account_no == account.account_no],
            province_code=command.province_code,
            lifted_by=command.lifted_by,
            at=at,
        )
        if isinstance(decided, EtsError):
            outcomes.append(decided)
            continue
        account, restriction = decided
        accounts[account.account_no] = account
        present[restriction.restriction_no] = lifted[restriction.restriction_no] = restriction
        steps.append(
            AccountStep(
                account=account,
                change=AccountChange.RESTRICTION_LIFTED,
                document_no=restriction.restriction_no,
                changed_by=command.lifted_by,
            )
        )
        outcomes.append(restriction.restriction_no)
        uow.record(RestrictionLifted(restriction=restriction, account=account, at=at))
    await uow.restrictions.save(list(lifted.values()))
    await uow.accounts.save(steps, at=at)
    return outcomes
