"""Second person: carry change registrations out, each whole or not at all."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from ets_kernel.domain.clock import Clock
from ets_kernel.domain.errors import EtsError
from ets_kernel.domain.periods import PERIODS
from ets_ledger.domain.entries import Entry

from registry.app.change_steps import (
    Locked,
    as_proposed,
    change_not_found,
    lock_holdings,
    lock_named,
    settled,
    standing_of,
)
from registry.app.corrected_records import correct_records, obligations_of
from registry.app.ports import UnitOfWork
from registry.app.postings import cause_of
from registry.app.results import ItemOutcome
from registry.domain.accounts import AddressedAccounts
from registry.domain.carry_over_notice import CarryOverSuccession, Notice, hand_over
from registry.domain.change import (
    ChangeKind,
    ChangeRegistration,
    ChangeStatus,
    Succession,
    refusal_of_confirmation,
)
from registry.domain.change_movements import change_commands, freezes_after, holding_changes
from registry.domain.change_rules import record_changes
from registry.domain.events import HoldingsChanged


@dataclass(frozen=True, slots=True, kw_only=True)
class ConfirmChanges:
    """Registrations to carry out in order, and who confirms."""

    registration_nos: tuple[str, ...]
    confirmed_by: str


async def confirm_changes(command: ConfirmChanges, *, uow: UnitOfWork, clock: Clock) -> Sequence[ItemOutcome]:
    """Carry out each registration that a second person may; a refused one stays as it is and moves nothing."""
    at = clock.now()
    await uow.changes.hold()
    known = dict(await uow.changes.among(set(command.registration_nos)))
    if any(change.kind is ChangeKind.MERGER for change in known.values()):
        # No notice of carry-over is issued while what is left of one goes over.
        await uow.carry_overs.hold_notices()
    proposals = [as_proposed(change) for change in known.values()]
    locked = await lock_named(proposals, uow=uow)
    # Obligations are locked before balances, as every use case does.
    if owed := await _owed(known.values(), locked.accounts, uow=uow) | obligations_of(
        locked.records.values()
    ):
        await uow.obligations.get(owed)
    await lock_holdings(proposals, locked, uow=uow, at=at)
    outcomes: list[ItemOutcome] = []
    for number in command.registration_nos:
        change = known.get(number)
        if change is None:
            outcomes.append(change_not_found(number))
            continue
        refusal = refusal_of_confirmation(change, command.confirmed_by)
        done = refusal or await _carry_out(change, command.confirmed_by, locked, uow=uow, at=at)
        if isinstance(done, EtsError):
            outcomes.append(done)
            continue
        known[number] = done
        outcomes.append(number)
    return outcomes


async def _carry_out(
    change: ChangeRegistration,
    confirmed_by: str,
    locked: Locked,
    *,
    uow: UnitOfWork,
    at: datetime,
) -> ChangeRegistration | EtsError:
    proposed = as_proposed(change)
    standing = await standing_of([proposed], locked, uow=uow)
    steps = settled(proposed, standing, at=at)
    if isinstance(steps, EtsError):
        return steps
    successions = await _successions(change, locked.accounts, uow=uow)
    carried, notices = await _carry_over(change, locked.accounts, uow=uow)
    commands = change_commands(change.registration_no, change.kind, steps)
    results = await uow.ledger.post(commands, at=at)
    refusal = cause_of(results)
    if refusal is not None:
        return refusal

    # From here on the registration is carried out.
    entries = [result for result in results if isinstance(result, Entry)]
    confirmed = replace(
        change,
        status=ChangeStatus.CONFIRMED,
        lines=tuple(step.line for step in steps),
        successions=tuple(successions),
        confirmed_by=confirmed_by,
        confirmed_time=at,
    )
    await uow.changes.save([confirmed])
    await uow.changes.put_freezes(freezes_after(confirmed, entries, standing.freezes, at=at), at=at)
    await correct_records(confirmed, record_changes(steps), standing.of_records, uow=uow, at=at)
    if carried is not None:
        await uow.carry_overs.add_succession(confirmed.registration_no, carried)
        await uow.carry_overs.save_notices(notices)
    _tell(confirmed, entries, carried, uow, at)
    return confirmed


async def _successions(
    change: ChangeRegistration, accounts: AddressedAccounts, *, uow: UnitOfWork
) -> list[Succession]:
    """Give what the absorbed entity owes, met or not: the survivor owes what is raised later, too."""
    if not (owed := await _owed([change], accounts, uow=uow)):
        return []
    return [
        Succession(
            credit_code=obligation.credit_code,
            period=obligation.period,
            successor_credit_code=accounts[change.survivor_account_no].credit_code,
            outstanding_tco2e=obligation.unmet_tco2e,
        )
        for _, obligation in sorted((await uow.obligations.get(owed)).items())
    ]


async def _carry_over(
    change: ChangeRegistration, accounts: AddressedAccounts, *, uow: UnitOfWork
) -> tuple[CarryOverSuccession | None, Sequence[Notice]]:
    """Give what the absorbed entity may still apply to carry over, which goes over, and the notices after it."""
    if change.kind is not ChangeKind.MERGER:
        return None, ()
    absorbed = accounts[change.account_no].credit_code
    survivor = accounts[change.survivor_account_no].credit_code
    notices = await uow.carry_overs.notices({absorbed, survivor})
    return hand_over(absorbed, survivor, notices, await uow.carry_overs.rights())


async def _owed(
    changes: Iterable[ChangeRegistration], accounts: AddressedAccounts, *, uow: UnitOfWork
) -> set[tuple[str, str]]:
    """Name the obligations of entities that mergers absorb, their own and those they took over before."""
    keys: set[tuple[str, str]] = set()
    for change in changes:
        absorbed = accounts.get(change.account_no)
        if change.kind is ChangeKind.MERGER and absorbed is not None:
            keys |= {(absorbed.credit_code, period) for period in PERIODS}
            taken_over = await uow.changes.successions_to(absorbed.credit_code)
            keys |= {(one.credit_code, one.period) for one in taken_over}
    return keys


def _tell(
    change: ChangeRegistration,
    entries: Sequence[Entry],
    carried: CarryOverSuccession | None,
    uow: UnitOfWork,
    at: datetime,
) -> None:
    changes = holding_changes(entries)
    # Both sides of a merger are told, even when nothing was held.
    merged = {change.account_no, change.survivor_account_no} if change.survivor_account_no else set()
    for account_no in sorted(changes.keys() | merged):
        uow.record(
            HoldingsChanged(
                account_no=account_no,
                change=change,
                changes=changes.get(account_no, {}),
                at=at,
                carry_over_tco2e=carried.quantity_tco2e
                if carried is not None and account_no in merged
                else 0,
            )
        )
