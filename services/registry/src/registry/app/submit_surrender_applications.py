"""Submit surrender applications (履约申请): the units are set aside until the province decides."""

from collections.abc import Sequence
from dataclasses import dataclass

from ets_kernel.domain.clock import Clock
from ets_kernel.domain.ensure import ensure
from ets_kernel.domain.errors import AccountNotFound, EtsError
from ets_kernel.domain.ids import CreditCode, emitter_account

from registry.app.ports import EntityPeriod, UnitOfWork
from registry.app.results import ItemOutcome
from registry.domain.errors import ObligationNotFound
from registry.domain.movements import pending
from registry.domain.surrender import Standing, SurrenderApplication, submit


@dataclass(frozen=True, slots=True, kw_only=True)
class SurrenderForm:
    """What an entity applies to surrender: product and tCO2e, in order."""

    credit_code: str
    period: str
    lines: tuple[tuple[str, int], ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class SubmitSurrenderApplications:
    """Forms in order."""

    forms: tuple[SurrenderForm, ...]


async def submit_surrender_applications(
    command: SubmitSurrenderApplications, *, uow: UnitOfWork, clock: Clock
) -> Sequence[ItemOutcome]:
    """Decide each form on what the ones before it left of obligation, limit and holding."""
    at = clock.now()
    account_nos = {emitter_account(CreditCode(form.credit_code)) for form in command.forms}
    open_nos = frozenset(await uow.accounts.lock(account_nos))
    standings = await _standings({(form.credit_code, form.period) for form in command.forms}, uow)
    submitted: list[SurrenderApplication] = []
    outcomes: list[ItemOutcome] = []
    for form in command.forms:
        key = (form.credit_code, form.period)
        refusal = _refusal(form, open_nos, standings)
        if refusal is not None:
            outcomes.append(refusal)
            continue
        decided = submit(form.lines, standings[key], at=at)
        if isinstance(decided, EtsError):
            outcomes.append(decided)
            continue
        application, standings[key] = decided
        submitted.append(application)
        outcomes.append(application.application_no)
    moves = [move for application in submitted for move in pending(application)]
    results = await uow.ledger.post(moves, at=at)
    ensure(
        not any(isinstance(result, EtsError) for result in results),
        "accounts are locked, so what was decided on their holdings is carried out",
    )
    await uow.applications.add(submitted)
    return outcomes


async def _standings(keys: set[EntityPeriod], uow: UnitOfWork) -> dict[EntityPeriod, Standing]:
    obligations = await uow.obligations.get(keys)
    pending_tco2e = await uow.applications.pending(keys)
    ordinals = await uow.applications.last_ordinals(keys)
    credit_codes = {credit_code for credit_code, _ in obligations}
    free = await uow.applications.free_credits(credit_codes)
    held: dict[str, dict[str, int]] = {}
    registered = await uow.ledger.registered({emitter_account(CreditCode(code)) for code in credit_codes})
    for (account_no, product), quantity in registered.items():
        held.setdefault(account_no, {})[product] = quantity
    return {
        key: Standing(
            obligation=obligation,
            pending_tco2e=pending_tco2e.get(key, (0, 0))[0],
            pending_offset_tco2e=pending_tco2e.get(key, (0, 0))[1],
            held_tco2e=held.get(emitter_account(CreditCode(key[0])), {}),
            free_credits=tuple(free.get(key[0], ())),
            next_ordinal=ordinals.get(key, 0) + 1,
        )
        for key, obligation in obligations.items()
    }


def _refusal(
    form: SurrenderForm, open_nos: frozenset[str], standings: dict[EntityPeriod, Standing]
) -> EtsError | None:
    account_no = emitter_account(CreditCode(form.credit_code))
    if account_no not in open_nos:
        return AccountNotFound(f"{account_no} is not open", account_no=account_no)
    if (form.credit_code, form.period) not in standings:
        return ObligationNotFound(
            f"{form.credit_code} has no obligation for {form.period}",
            credit_code=form.credit_code,
            period=form.period,
        )
    return None
