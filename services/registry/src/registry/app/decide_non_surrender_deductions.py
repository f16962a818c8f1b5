"""The province decides to take what was not surrendered from the next allocation."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from ets_kernel.domain.clock import Clock
from ets_kernel.domain.errors import EtsError
from ets_kernel.domain.ids import CreditCode, emitter_account

from registry.app.ports import UnitOfWork
from registry.app.results import ItemOutcome
from registry.app.standings import obligation_not_found, standings
from registry.app.surrender_ports import EntityPeriod
from registry.domain.adjustment import AdjustmentChange, record, refusal_of_decision
from registry.domain.deduction import decide_deduction
from registry.domain.events import AllocationAdjustmentChanged
from registry.domain.obligation import Obligation, deduct


@dataclass(frozen=True, slots=True, kw_only=True)
class NonSurrender:
    """What of an obligation is to be deducted, below zero no more, tCO2e, and the province's document."""

    credit_code: str
    period: str
    quantity_tco2e: int
    document_no: str


@dataclass(frozen=True, slots=True, kw_only=True)
class DecideNonSurrenderDeductions:
    """Decisions of one province in order."""

    province_code: str
    decided_by: str
    decisions: tuple[NonSurrender, ...]


async def decide_non_surrender_deductions(
    command: DecideNonSurrenderDeductions, *, uow: UnitOfWork, clock: Clock
) -> Sequence[ItemOutcome]:
    """Note each deduction for the next allocation, and settle the obligation by it."""
    at = clock.now()
    credit_codes = {one.credit_code for one in command.decisions}
    await uow.accounts.lock({emitter_account(CreditCode(code)) for code in credit_codes})
    known = await standings({(one.credit_code, one.period) for one in command.decisions}, uow)
    remainders = await uow.adjustments.remainders(credit_codes)
    settled: dict[EntityPeriod, Obligation] = {}
    changes: list[AdjustmentChange] = []
    outcomes: list[ItemOutcome] = []
    for one in command.decisions:
        key = (one.credit_code, one.period)
        if key not in known:
            outcomes.append(obligation_not_found(key))
            continue
        standing = known[key]
        decided = decide_deduction(
            standing.obligation,
            province_code=command.province_code,
            quantity_tco2e=one.quantity_tco2e,
            pending_tco2e=standing.pending_tco2e,
            document_no=one.document_no,
            at=at,
        )
        if isinstance(decided, EtsError):
            outcomes.append(decided)
            continue
        if refusal := refusal_of_decision(decided, remainders):
            outcomes.append(refusal)
            continue
        change = record(decided, remainders)
        settled[key] = deduct(standing.obligation, one.quantity_tco2e)
        known[key] = replace(standing, obligation=settled[key])
        changes.append(change)
        outcomes.append(f"{one.credit_code}/{change.from_period}/{change.ordinal}")
    await uow.adjustments.add(changes, by=command.decided_by, at=at)
    await uow.obligations.save(list(settled.values()), at=at)
    for change in changes:
        uow.record(AllocationAdjustmentChanged(change=change, at=at))
    return outcomes
