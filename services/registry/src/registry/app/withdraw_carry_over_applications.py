"""Withdraw carry-over applications before their batch is processed: the units are free again."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from ets_kernel.domain.clock import Clock
from ets_kernel.domain.errors import EtsError

from registry.app.ports import UnitOfWork
from registry.app.postings import post_decided
from registry.app.results import ItemOutcome
from registry.domain.carry_over import CarryOverApplication, withdraw
from registry.domain.retirement_movements import released


@dataclass(frozen=True, slots=True, kw_only=True)
class WithdrawCarryOverApplications:
    """Applications in order, each with the entity that withdraws it."""

    withdrawals: tuple[tuple[str, str], ...]


async def withdraw_carry_over_applications(
    command: WithdrawCarryOverApplications, *, uow: UnitOfWork, clock: Clock
) -> Sequence[ItemOutcome]:
    """Take each application back that waits; its units and its share of the notice are free again."""
    at = clock.now()
    notices = dict(await uow.carry_overs.notices({credit_code for _, credit_code in command.withdrawals}))
    known = dict(await uow.carry_overs.lock({number for number, _ in command.withdrawals}))
    withdrawn: list[CarryOverApplication] = []
    outcomes: list[ItemOutcome] = []
    for application_no, credit_code in command.withdrawals:
        decided = withdraw(
            known.get(application_no), application_no=application_no, credit_code=credit_code, at=at
        )
        if isinstance(decided, EtsError):
            outcomes.append(decided)
            continue
        known[application_no] = decided
        notice = notices[credit_code]
        notices[credit_code] = replace(notice, applied_tco2e=notice.applied_tco2e - decided.quantity_tco2e)
        withdrawn.append(decided)
        outcomes.append(application_no)
    moves = [move for application in withdrawn for move in released(application)]
    await post_decided(moves, "units of an application wait in pending carry-over", uow=uow, at=at)
    await uow.carry_overs.save(withdrawn)
    changed = {application.credit_code for application in withdrawn}
    await uow.carry_overs.save_notices([notices[code] for code in sorted(changed)])
    return outcomes
