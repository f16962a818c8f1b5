"""Submit surrender applications (履约申请): the units are set aside until the province decides."""

from collections.abc import Sequence
from dataclasses import dataclass

from ets_kernel.domain.clock import Clock
from ets_kernel.domain.errors import EtsError
from ets_kernel.domain.ids import CreditCode, emitter_account

from registry.app.ports import UnitOfWork
from registry.app.results import ItemOutcome
from registry.app.standings import obligation_not_found, refusal_of_account, set_aside, standings
from registry.domain.surrender import SurrenderApplication, is_borrowed, submit


@dataclass(frozen=True, slots=True, kw_only=True)
class SurrenderForm:
    """What an entity applies to surrender: product and tCO2e, in order."""

    credit_code: str
    period: str
    lines: tuple[tuple[str, int], ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class SubmitSurrenderApplications:
    """Forms in order; `is_confirmed` where a second operator confirmed them."""

    forms: tuple[SurrenderForm, ...]
    is_confirmed: bool = False


async def submit_surrender_applications(
    command: SubmitSurrenderApplications, *, uow: UnitOfWork, clock: Clock
) -> Sequence[ItemOutcome]:
    """Decide each form on what the ones before it left of obligation, limit and holding."""
    at = clock.now()
    account_nos = {emitter_account(CreditCode(form.credit_code)) for form in command.forms}
    accounts = await uow.accounts.lock(account_nos)
    known = await standings(
        {(form.credit_code, form.period) for form in command.forms},
        uow,
        has_borrowed=any(is_borrowed(product) for form in command.forms for product, _ in form.lines),
    )
    submitted: list[SurrenderApplication] = []
    outcomes: list[ItemOutcome] = []
    for form in command.forms:
        key = (form.credit_code, form.period)
        account_no = emitter_account(CreditCode(form.credit_code))
        refusal = refusal_of_account(
            account_no, accounts, holder_no=form.credit_code, is_confirmed=command.is_confirmed
        )
        if refusal is not None or key not in known:
            outcomes.append(refusal or obligation_not_found(key))
            continue
        decided = submit(form.lines, known[key], at=at)
        if isinstance(decided, EtsError):
            outcomes.append(decided)
            continue
        application, known[key] = decided
        submitted.append(application)
        outcomes.append(application.application_no)
    await set_aside(submitted, uow, at)
    await uow.applications.add(submitted)
    return outcomes
