"""Apply to cancel units (自愿注销申请): they are set aside until the registration body decides."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from ets_kernel.domain.clock import Clock
from ets_kernel.domain.errors import EtsError

from registry.app.ports import UnitOfWork
from registry.app.results import ItemOutcome
from registry.domain.cancellation import CancellationApplication, CancellationForm, apply_to_cancel
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
