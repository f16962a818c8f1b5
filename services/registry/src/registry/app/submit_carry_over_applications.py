"""Apply to carry units over (结转申请): they are frozen until their batch is processed."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from ets_kernel.domain.clock import Clock
from ets_kernel.domain.errors import EtsError
from ets_kernel.domain.ids import CreditCode, emitter_account

from registry.app.ports import UnitOfWork
from registry.app.postings import post_decided
from registry.app.results import ItemOutcome
from registry.domain.accounts import AccountUse, AddressedAccounts, refusal_of_use
from registry.domain.carry_over import CarryOverApplication, CarryOverStanding, apply
from registry.domain.carry_over_rules import APPLICATIONS_END
from registry.domain.operators import refusal_of_command
from registry.domain.retirement_errors import CarryOverNoticeNotFound
from registry.domain.retirement_movements import pending_carry_over


@dataclass(frozen=True, slots=True, kw_only=True)
class CarryOverForm:
    """What an entity applies to carry over: product and tCO2e, in order."""

    credit_code: str
    lines: tuple[tuple[str, int], ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class SubmitCarryOverApplications:
    """Forms in order; `is_confirmed` where a second operator confirmed them."""

    forms: tuple[CarryOverForm, ...]
    is_confirmed: bool = False


async def submit_carry_over_applications(
    command: SubmitCarryOverApplications, *, uow: UnitOfWork, clock: Clock
) -> Sequence[ItemOutcome]:
    """Decide each form on what the ones before it left of notice and holding, and freeze its units."""
    at = clock.now()
    credit_codes = {form.credit_code for form in command.forms}
    account_nos = {emitter_account(CreditCode(code)) for code in credit_codes}
    accounts = await uow.accounts.lock(account_nos)
    standings = await _standings(credit_codes, uow)
    submitted: list[CarryOverApplication] = []
    outcomes: list[ItemOutcome] = []
    for form in command.forms:
        refusal = _refusal(form.credit_code, accounts, standings, is_confirmed=command.is_confirmed)
        if refusal is not None:
            outcomes.append(refusal)
            continue
        decided = apply(form.lines, standings[form.credit_code], at=at)
        if isinstance(decided, EtsError):
            outcomes.append(decided)
            continue
        application, standings[form.credit_code] = decided
        submitted.append(application)
        outcomes.append(application.application_no)
    moves = [move for application in submitted for move in pending_carry_over(application)]
    await post_decided(
        moves, "accounts are locked, so what was decided on their holdings is carried out", uow=uow, at=at
    )
    await uow.carry_overs.add(submitted)
    changed = {application.credit_code for application in submitted}
    await uow.carry_overs.save_notices([standings[code].notice for code in sorted(changed)])
    return outcomes


async def _standings(credit_codes: set[str], uow: UnitOfWork) -> dict[str, CarryOverStanding]:
    notices = await uow.carry_overs.notices(credit_codes)
    ordinals = await uow.carry_overs.last_ordinals(notices.keys())
    numbers = {code: emitter_account(CreditCode(code)) for code in notices}
    held = _by_account(await uow.ledger.registered(list(numbers.values())))
    freed = await uow.carry_overs.released(list(numbers.values()), since=APPLICATIONS_END)
    released = _by_account(freed)
    late = await uow.carry_overs.applied_late(notices.keys())
    return {
        code: CarryOverStanding(
            notice=notice,
            held_tco2e=held.get(numbers[code], {}),
            released_tco2e={
                product: quantity - late.get((code, product), 0)
                for product, quantity in released.get(numbers[code], {}).items()
            },
            next_ordinal=ordinals.get(code, 0) + 1,
        )
        for code, notice in notices.items()
    }


def _by_account(quantities: Mapping[tuple[str, str], int]) -> dict[str, dict[str, int]]:
    found: dict[str, dict[str, int]] = {}
    for (account_no, product), quantity in quantities.items():
        found.setdefault(account_no, {})[product] = quantity
    return found


def _refusal(
    credit_code: str,
    accounts: AddressedAccounts,
    standings: Mapping[str, CarryOverStanding],
    *,
    is_confirmed: bool,
) -> EtsError | None:
    account = accounts.found(emitter_account(CreditCode(credit_code)))
    if isinstance(account, EtsError):
        return account
    refusal = refusal_of_command(account, is_confirmed=is_confirmed) or refusal_of_use(
        account, AccountUse.CARRY_OVER
    )
    if refusal is not None:
        return refusal
    if credit_code not in standings:
        return CarryOverNoticeNotFound(f"{credit_code} has no carry-over notice", credit_code=credit_code)
    return None
