"""A province files mergers and splits (合并, 分立) that it has reviewed, for the registration body to register."""

from collections.abc import Sequence
from dataclasses import dataclass

from ets_kernel.domain.clock import Clock
from ets_kernel.domain.errors import EtsError

from registry.app.change_steps import lock_holdings, lock_named, tried
from registry.app.ports import UnitOfWork
from registry.app.results import ItemOutcome
from registry.domain.accounts import AddressedAccounts, refusal_of_province
from registry.domain.change import ChangeRegistration, ProposedChange, register_change


@dataclass(frozen=True, slots=True, kw_only=True)
class FileChanges:
    """Mergers and splits of one province, in order, and who filed them."""

    province_code: str
    changes: tuple[ProposedChange, ...]
    filed_by: str


async def file_changes(command: FileChanges, *, uow: UnitOfWork, clock: Clock) -> Sequence[ItemOutcome]:
    """File each change of an account of the province that could be carried out now.

    The lines of a merger are settled when it is carried out: until then the account's holdings may change.
    """
    at = clock.now()
    await uow.changes.hold()
    locked = await lock_named(command.changes, uow=uow)
    ordinal = await uow.changes.last_ordinal()
    filed: list[ChangeRegistration] = []
    outcomes: list[ItemOutcome] = []
    settled = await lock_holdings(command.changes, locked, uow=uow, at=at)
    for proposed, wanted in zip(command.changes, settled, strict=True):
        refusal = _refusal_of_province(proposed, locked.accounts, command.province_code)
        if refusal is not None:
            outcomes.append(refusal)
            continue
        steps = await tried(f"CR-{ordinal + 1:06d}", proposed.kind, wanted, uow=uow, at=at)
        if isinstance(steps, EtsError):
            outcomes.append(steps)
            continue
        ordinal += 1
        lines = [step.line for step in steps] if proposed.lines else []
        change = register_change(
            proposed, lines, locked.accounts, ordinal=ordinal, by=command.filed_by, at=at
        )
        filed.append(change)
        outcomes.append(change.registration_no)
    await uow.changes.add(filed)
    return outcomes


def _refusal_of_province(
    proposed: ProposedChange, accounts: AddressedAccounts, province_code: str
) -> EtsError | None:
    account = accounts.found(proposed.account_no)
    if isinstance(account, EtsError):
        return account
    return refusal_of_province(account, province_code)
