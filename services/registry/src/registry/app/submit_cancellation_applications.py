"""Apply to cancel units (自愿注销申请): they are set aside until the registration body decides."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from ets_kernel.domain.clock import Clock
from ets_kernel.domain.errors import EtsError
from ets_ledger.domain.values import Bucket

from registry.app.ports import UnitOfWork
from registry.app.results import ItemOutcome
from registry.domain.accounts import Account, AccountKind
from registry.domain.cancellation import CancellationApplication, CancellationForm, apply_to_cancel
from registry.domain.earmark import refusal_of_taking
from registry.domain.retirement_movements import pending_cancellation


@dataclass(frozen=True, slots=True, kw_only=True)
class SubmitCancellationApplications:
    """Forms in order; `is_staff`: of the registration body, who apply for accounts that have no other holder.

    `is_confirmed` where a second operator confirmed them.
    """

    forms: tuple[CancellationForm, ...]
    submitted_by: str
    is_staff: bool = False
    is_confirmed: bool = False


async def submit_cancellation_applications(
    command: SubmitCancellationApplications, *, uow: UnitOfWork, clock: Clock
) -> Sequence[ItemOutcome]:
    """Set aside what each form asks for, and keep which units that are."""
    at = clock.now()
    account_nos = {form.account_no for form in command.forms}
    accounts = await uow.accounts.lock(account_nos)
    ordinals = dict(await uow.cancellations.last_ordinals(account_nos))
    own = await _own_of_provinces(accounts, uow)
    decided: list[CancellationApplication | EtsError] = []
    for form in command.forms:
        ordinal = ordinals.get(form.account_no, 0) + 1
        outcome = apply_to_cancel(
            form,
            accounts=accounts,
            is_staff=command.is_staff,
            is_confirmed=command.is_confirmed,
            ordinal=ordinal,
            by=command.submitted_by,
            at=at,
        )
        if not isinstance(outcome, EtsError):
            outcome = own.refusal_of(outcome) or outcome
        decided.append(outcome)
        if not isinstance(outcome, EtsError):
            ordinals[form.account_no] = ordinal
    planned = [outcome for outcome in decided if isinstance(outcome, CancellationApplication)]
    results = await uow.ledger.post([pending_cancellation(application) for application in planned], at=at)
    outcomes: dict[str, ItemOutcome] = {}
    submitted: list[CancellationApplication] = []
    for application, result in zip(planned, results, strict=True):
        if isinstance(result, EtsError):
            outcomes[application.application_no] = result
            continue
        outcomes[application.application_no] = application.application_no
        submitted.append(replace(application, serials=result.serials))
    await uow.cancellations.add(submitted)
    return [
        outcome if isinstance(outcome, EtsError) else outcomes[outcome.application_no] for outcome in decided
    ]


@dataclass(frozen=True, slots=True, kw_only=True)
class _OwnOfProvinces:
    """What provinces' accounts hold free and for entities, by account and product; forms before are counted off."""

    held: dict[tuple[str, str], int]
    earmarked: Mapping[tuple[str, str], int]

    def refusal_of(self, application: CancellationApplication) -> EtsError | None:
        key = (application.account_no, application.product)
        held, quantity = self.held.get(key, 0), application.quantity_tco2e
        self.held[key] = held - quantity
        return refusal_of_taking(
            *key, Bucket.REGISTERED, quantity=quantity, held=held, earmarked=self.earmarked.get(key, 0)
        )


async def _own_of_provinces(accounts: Mapping[str, Account], uow: UnitOfWork) -> _OwnOfProvinces:
    provinces = {
        account.province_code: number
        for number, account in accounts.items()
        if account.kind is AccountKind.PROVINCIAL
    }
    earmarked = await uow.changes.earmarked(provinces.keys())
    return _OwnOfProvinces(
        held=dict(await uow.ledger.registered(list(provinces.values()))) if earmarked else {},
        earmarked={(provinces[code], product): quantity for (code, product), quantity in earmarked.items()},
    )
