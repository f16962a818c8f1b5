"""Voluntary cancellation (自愿注销) under confirmed applications (step 5)."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from ets_kernel.domain.clock import Clock
from ets_kernel.domain.ensure import ensure
from ets_kernel.domain.errors import EtsError
from ets_ledger.domain.entries import Entry

from ccer_bridge.app.ports import UnitOfWork
from ccer_bridge.app.results import ItemOutcome
from ccer_bridge.domain.accounts import account_no_of
from ccer_bridge.domain.cancellation import Cancellation, CancellationDesk, WantedCancellation
from ccer_bridge.domain.events import CancellationRegistered
from ccer_bridge.domain.movements import cancel
from ccer_bridge.domain.projects import ccer_of


@dataclass(frozen=True, slots=True, kw_only=True)
class CancelForOffset:
    """Cancellations, in order."""

    cancellations: tuple[WantedCancellation, ...]


async def cancel_for_offset(
    command: CancelForOffset, *, uow: UnitOfWork, clock: Clock
) -> Sequence[ItemOutcome]:
    """Cancel each item that may be, for good, and tell the province."""
    # The clock is read after the hand-over is kept waiting: so no cancellation falls behind the one it belongs to.
    await uow.cancellations.enter_window()
    at = clock.now()
    applications = await uow.applications.lock({wanted.application_no for wanted in command.cancellations})
    account_nos = {account_no_of(wanted.credit_code) for wanted in command.cancellations}
    accounts = await uow.accounts.lock(account_nos)
    desk = CancellationDesk(
        applications=applications,
        accounts=accounts,
        projects=await uow.projects.among(_project_nos(command.cancellations)),
        registered_tco2e=await uow.ledger.registered(account_nos),
        at=at,
    )
    decided = [desk.judge(wanted) for wanted in command.cancellations]
    planned = [cancellation for cancellation in decided if isinstance(cancellation, Cancellation)]
    entries = await uow.ledger.post([cancel(cancellation) for cancellation in planned], at=at)
    made = [_with_blocks(cancellation, entry) for cancellation, entry in zip(planned, entries, strict=True)]
    await uow.cancellations.add(made)
    touched = {cancellation.application_no for cancellation in made}
    await uow.applications.save([desk.applications[number] for number in sorted(touched)])
    for cancellation in made:
        uow.record(CancellationRegistered(cancellation=cancellation, at=at))
    return [outcome if isinstance(outcome, EtsError) else outcome.cancellation_no for outcome in decided]


def _project_nos(cancellations: Sequence[WantedCancellation]) -> set[str]:
    products = (ccer_of(wanted.product) for wanted in cancellations)
    return {product.project_no for product in products if product is not None and product.project_no}


def _with_blocks(cancellation: Cancellation, entry: Entry | EtsError) -> Cancellation:
    ensure(isinstance(entry, Entry), "what a locked account holds can be cancelled")
    return replace(cancellation, blocks=entry.serials) if isinstance(entry, Entry) else cancellation
