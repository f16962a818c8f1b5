"""Second person: register forced surrenders (强制履约)."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from ets_kernel.domain.clock import Clock
from ets_kernel.domain.errors import EtsError
from ets_kernel.domain.ids import emitter_account, provincial_account

from registry.app.forced_standings import ForcedStanding, forced_standings
from registry.app.ports import UnitOfWork
from registry.app.postings import cause_of
from registry.app.results import ItemOutcome
from registry.domain.accounts import AddressedAccounts
from registry.domain.earmark import EarmarkChange, EarmarkKind, take
from registry.domain.events import (
    AllowancesEarmarked,
    ComplianceCertificateIssued,
    ForcedSurrenderRegistered,
)
from registry.domain.forced_surrender import ForcedSurrender, confirm_forced_surrender
from registry.domain.obligation import Obligation, register
from registry.domain.surrender_errors import ForcedSurrenderNotFound, ForcedSurrenderStale
from registry.domain.surrender_movements import forced


@dataclass(frozen=True, slots=True, kw_only=True)
class ConfirmForcedSurrenders:
    """Cases in order, and who confirms."""

    case_nos: tuple[str, ...]
    confirmed_by: str


async def confirm_forced_surrenders(
    command: ConfirmForcedSurrenders, *, uow: UnitOfWork, clock: Clock
) -> Sequence[ItemOutcome]:
    """Register each case whole or not at all: units, earmarks, obligations and certificates."""
    at = clock.now()
    cases = await uow.forced_surrenders.lock(set(command.case_nos))
    accounts = await uow.accounts.lock(
        {emitter_account(case.credit_code) for case in cases.values()}
        | {provincial_account(case.province_code) for case in cases.values()}
    )
    standings = await forced_standings({case.credit_code for case in cases.values()}, uow)
    registered: dict[str, ForcedSurrender] = {}
    outcomes: list[ItemOutcome] = []
    for case_no in command.case_nos:
        case = cases.get(case_no)
        if case is None:
            outcomes.append(ForcedSurrenderNotFound(f"there is no case {case_no}", case_no=case_no))
            continue
        decided = _decide(case, command.confirmed_by, standings[case.credit_code], accounts, at)
        if not isinstance(decided, EtsError) and case.credit_code in registered:
            decided = ForcedSurrenderStale(
                f"{registered[case.credit_code].case_no} came before {case_no}", case_no=case_no
            )
        if not isinstance(decided, EtsError):
            decided = cause_of(await uow.ledger.post(forced(decided), at=at)) or decided
        if isinstance(decided, EtsError):
            outcomes.append(decided)
            continue
        registered[case.credit_code] = decided
        outcomes.append(case_no)
    await _store(list(registered.values()), standings, uow, at)
    return outcomes


def _decide(
    case: ForcedSurrender,
    confirmed_by: str,
    standing: ForcedStanding,
    accounts: AddressedAccounts,
    at: datetime,
) -> ForcedSurrender | EtsError:
    """Refuse in this order: registered, person, stale, account."""
    decided = confirm_forced_surrender(
        case,
        outstanding_tco2e=standing.outstanding_tco2e,
        earmarked_tco2e=standing.earmarked_tco2e(case.province_code),
        by=confirmed_by,
        at=at,
    )
    if isinstance(decided, EtsError) or not decided.released:
        return decided
    account = accounts.found(emitter_account(case.credit_code))
    return account if isinstance(account, EtsError) else decided


async def _store(
    cases: Sequence[ForcedSurrender],
    standings: Mapping[str, ForcedStanding],
    uow: UnitOfWork,
    at: datetime,
) -> None:
    obligations: list[Obligation] = []
    changes: list[EarmarkChange] = []
    for case in cases:
        standing = standings[case.credit_code]
        changes += _taken(case, standing)
        for period, before in standing.obligations.items():
            quantity = sum(line.quantity_tco2e for line in case.surrendered if line.period == period)
            if not quantity:
                continue
            after = register(before, surrendered_tco2e=quantity, offset_tco2e=0, at=at)
            obligations.append(after)
            uow.record(ForcedSurrenderRegistered(case=case, obligation=after, at=at))
            if after.completed_time is not None:
                uow.record(ComplianceCertificateIssued(obligation=after, at=at))
    await uow.forced_surrenders.save(cases)
    await uow.earmarks.add(changes, at=at)
    for change in changes:
        uow.record(AllowancesEarmarked(change=change, at=at))
    await uow.obligations.save(obligations, at=at)


def _taken(case: ForcedSurrender, standing: ForcedStanding) -> list[EarmarkChange]:
    last = dict(standing.earmarks)
    changes: list[EarmarkChange] = []
    for line in case.lines:
        kind = EarmarkKind.SURRENDERED if line.period else EarmarkKind.RELEASED
        last[line.product] = take(last[line.product], line.quantity_tco2e, kind=kind, reference=case.case_no)
        changes.append(last[line.product])
    return changes
