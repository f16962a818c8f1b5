"""What entities have left of obligation, limit and holding, and the units of their applications: shared steps."""

from collections.abc import Sequence
from datetime import datetime

from ets_kernel.domain.errors import EtsError
from ets_kernel.domain.ids import CreditCode, emitter_account

from registry.app.ports import UnitOfWork
from registry.app.postings import post_decided
from registry.app.surrender_ports import EntityPeriod
from registry.domain.accounts import AccountUse, AddressedAccounts, refusal_of_use
from registry.domain.errors import ObligationNotFound
from registry.domain.movements import given_back, pending
from registry.domain.operators import refusal_of_command
from registry.domain.surrender import Standing, SurrenderApplication


async def standings(
    keys: set[EntityPeriod], uow: UnitOfWork, *, has_borrowed: bool = False
) -> dict[EntityPeriod, Standing]:
    """Give the standing of entities that have an obligation, with what they hold themselves.

    Their accounts are locked by the caller. What they borrowed is read only where something `has_borrowed`.
    """
    obligations = await uow.obligations.get(keys)
    pending_tco2e = await uow.applications.pending(keys)
    ordinals = await uow.applications.last_ordinals(keys)
    credit_codes = {credit_code for credit_code, _ in obligations}
    free = await uow.applications.free_credits(credit_codes)
    held = await held_by_account({emitter_account(CreditCode(code)) for code in credit_codes}, uow)
    borrowed = await uow.applications.borrowed(keys) if has_borrowed else {}
    return {
        key: Standing(
            obligation=obligation,
            pending_tco2e=pending_tco2e.get(key, (0, 0))[0],
            pending_offset_tco2e=pending_tco2e.get(key, (0, 0))[1],
            held_tco2e=held.get(emitter_account(CreditCode(key[0])), {}),
            free_credits=tuple(free.get(key[0], ())),
            next_ordinal=ordinals.get(key, 0) + 1,
            borrowed_tco2e=borrowed.get(key, 0),
        )
        for key, obligation in obligations.items()
    }


async def held_by_account(account_nos: set[str], uow: UnitOfWork) -> dict[str, dict[str, int]]:
    """Give what accounts hold free in the registry, by account and product."""
    held: dict[str, dict[str, int]] = {}
    for (account_no, product), quantity in (await uow.ledger.registered(account_nos)).items():
        held.setdefault(account_no, {})[product] = quantity
    return held


def refusal_of_account(
    account_no: str, accounts: AddressedAccounts, *, holder_no: str, is_confirmed: bool
) -> EtsError | None:
    """Tell why a holder can surrender nothing from an account: not open or not its own, not confirmed, restricted."""
    account = accounts.found(account_no, holder_no=holder_no)
    if isinstance(account, EtsError):
        return account
    return refusal_of_command(account, is_confirmed=is_confirmed) or refusal_of_use(
        account, AccountUse.SURRENDER
    )


def obligation_not_found(key: EntityPeriod) -> ObligationNotFound:
    """Say that an entity owes nothing for a period."""
    return ObligationNotFound(f"{key[0]} has no obligation for {key[1]}", credit_code=key[0], period=key[1])


async def set_aside(applications: Sequence[SurrenderApplication], uow: UnitOfWork, at: datetime) -> None:
    """Set the units of applications aside; the accounts are locked, so there are as many as was decided on."""
    moves = [move for application in applications for move in pending(application)]
    await post_decided(moves, "accounts hold what was decided on their holdings", uow=uow, at=at)


async def give_back(applications: Sequence[SurrenderApplication], uow: UnitOfWork, at: datetime) -> None:
    """Make the units of applications free again that wait in pending surrender."""
    moves = [move for application in applications for move in given_back(application)]
    await post_decided(moves, "units of an application wait in pending surrender", uow=uow, at=at)
