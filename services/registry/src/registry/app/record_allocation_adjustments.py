"""Record what provinces decided to have deducted from allocations."""

from collections.abc import Sequence
from dataclasses import dataclass

from ets_kernel.domain.clock import Clock
from ets_kernel.domain.errors import EtsError
from ets_kernel.domain.ids import emitter_account

from registry.app.ports import UnitOfWork
from registry.app.results import ItemOutcome
from registry.domain.accounts import AddressedAccounts, refusal_of_province
from registry.domain.adjustment import (
    AdjustmentChange,
    AdjustmentKind,
    Decision,
    parse_decision,
    record,
    refusal_of_decision,
)
from registry.domain.events import AllocationAdjustmentChanged


@dataclass(frozen=True, slots=True, kw_only=True)
class DecisionForm:
    """A decision as it was sent."""

    credit_code: str
    from_period: str
    kind: AdjustmentKind
    change_tco2e: int
    document_no: str


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordAllocationAdjustments:
    """Decisions in order, of which province, and who records them."""

    province_code: str
    decisions: tuple[DecisionForm, ...]
    recorded_by: str


async def record_allocation_adjustments(
    command: RecordAllocationAdjustments, *, uow: UnitOfWork, clock: Clock
) -> Sequence[ItemOutcome]:
    """Record decisions one by one; a refused one changes nothing.

    In this order: CREDIT_CODE_INVALID, PERIOD_UNKNOWN, ACCOUNT_NOT_FOUND, ACCOUNT_CLOSED, PROVINCE_MISMATCH,
    ADJUSTMENT_EXCEEDED.
    """
    at = clock.now()
    decisions = [_parsed(form) for form in command.decisions]
    credit_codes = {decision.credit_code for decision in decisions if isinstance(decision, Decision)}
    # The account's lock is that of what is to be deducted from its holder.
    accounts = await uow.accounts.lock({emitter_account(code) for code in credit_codes})
    remainders = await uow.adjustments.remainders(credit_codes)
    changes: list[AdjustmentChange] = []
    outcomes: list[ItemOutcome] = []
    for decision in decisions:
        if isinstance(decision, EtsError):
            outcomes.append(decision)
            continue
        refusal = _refusal_of_holder(decision, accounts, command.province_code) or refusal_of_decision(
            decision, remainders
        )
        if refusal is not None:
            outcomes.append(refusal)
            continue
        change = record(decision, remainders)
        changes.append(change)
        outcomes.append(f"{change.credit_code}/{change.from_period}/{change.ordinal}")
        uow.record(AllocationAdjustmentChanged(change=change, at=at))
    await uow.adjustments.add(changes, by=command.recorded_by, at=at)
    return outcomes


def _parsed(form: DecisionForm) -> Decision | EtsError:
    try:
        return parse_decision(
            credit_code=form.credit_code,
            from_period=form.from_period,
            kind=form.kind,
            change_tco2e=form.change_tco2e,
            reference=form.document_no,
        )
    except EtsError as refusal:
        return refusal


def _refusal_of_holder(
    decision: Decision, accounts: AddressedAccounts, province_code: str
) -> EtsError | None:
    account = accounts.found(emitter_account(decision.credit_code))
    if isinstance(account, EtsError):
        return account
    return refusal_of_province(account, province_code)
