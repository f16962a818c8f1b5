"""Another enterprise offers allowances for an entity's obligation; they are set aside until the entity answers."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from ets_kernel.domain.clock import Clock
from ets_kernel.domain.errors import EtsError

from registry.app.ports import UnitOfWork
from registry.app.results import ItemOutcome
from registry.app.standings import (
    held_by_account,
    obligation_not_found,
    refusal_of_account,
    set_aside,
    standings,
)
from registry.app.surrender_ports import EntityPeriod
from registry.domain.surrender import Standing, SurrenderApplication, SurrenderStatus
from registry.domain.surrender_help import Helper, answer, offer


@dataclass(frozen=True, slots=True, kw_only=True)
class HelpForm:
    """Who offers whom which allowances: product and tCO2e, in order."""

    helper: Helper
    credit_code: str
    period: str
    lines: tuple[tuple[str, int], ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class OfferSurrenderHelp:
    """Offers in order; `is_confirmed` where a second operator confirmed them."""

    forms: tuple[HelpForm, ...]
    is_confirmed: bool = False


async def offer_surrender_help(
    command: OfferSurrenderHelp, *, uow: UnitOfWork, clock: Clock
) -> Sequence[ItemOutcome]:
    """Decide each offer on what the helper holds and the entity owes; it counts once the entity consents.

    Who took the obligation over by a merger owes it and needs nobody's consent.
    """
    at = clock.now()
    account_nos = {form.helper.account_no for form in command.forms}
    accounts = await uow.accounts.lock(account_nos)
    keys: set[EntityPeriod] = {(form.credit_code, form.period) for form in command.forms}
    known = await standings(keys, uow)
    held = await held_by_account(account_nos, uow)
    offered: list[SurrenderApplication] = []
    outcomes: list[ItemOutcome] = []
    for form in command.forms:
        key: EntityPeriod = (form.credit_code, form.period)
        refusal = refusal_of_account(
            form.helper.account_no,
            accounts,
            holder_no=form.helper.credit_code,
            is_confirmed=command.is_confirmed,
        )
        if refusal is not None or key not in known:
            outcomes.append(refusal or obligation_not_found(key))
            continue
        of_helper = held.setdefault(form.helper.account_no, {})
        standing = replace(known[key], held_tco2e=of_helper, free_credits=())
        decided = offer(form.lines, form.helper, standing, at=at)
        if not isinstance(decided, EtsError) and standing.obligation.owed_by == form.helper.credit_code:
            decided = answer(
                decided,
                standing,
                credit_code=form.credit_code,
                is_consented=True,
                by=form.helper.credit_code,
                at=at,
            )
        if isinstance(decided, EtsError):
            outcomes.append(decided)
            continue
        for line in decided.lines:
            of_helper[line.product] -= line.quantity_tco2e
        known[key] = _after(known[key], decided)
        offered.append(decided)
        outcomes.append(decided.application_no)
    await set_aside(offered, uow, at)
    await uow.applications.add(offered)
    return outcomes


def _after(standing: Standing, decided: SurrenderApplication) -> Standing:
    counted = decided.quantity_tco2e if decided.status is SurrenderStatus.SUBMITTED else 0
    return replace(standing, pending_tco2e=standing.pending_tco2e + counted, next_ordinal=decided.ordinal + 1)
