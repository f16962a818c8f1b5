"""Movements of units that leave their vintage for good, in the ledger's words: cancellation and carry-over."""

from collections.abc import Iterator

from ets_kernel.domain.ids import emitter_account
from ets_ledger.domain.commands import Command, Issue, Transfer
from ets_ledger.domain.values import Bucket, Place

from registry.domain.accounts import CANCELLED, CARRIED_OVER
from registry.domain.cancellation import CancellationApplication
from registry.domain.carry_over import CarryOverApplication
from registry.domain.carry_over_rules import NEW_PRODUCT


def pending_cancellation(application: CancellationApplication) -> Transfer:
    """Set the units of an application aside."""
    return _cancellation_move(application, "pending", Bucket.REGISTERED, Bucket.PENDING_CANCELLATION)


def kept(application: CancellationApplication) -> Transfer:
    """Make the units of a refused or withdrawn application free again."""
    return _cancellation_move(application, application.status, Bucket.PENDING_CANCELLATION, Bucket.REGISTERED)


def cancelled(application: CancellationApplication) -> Transfer:
    """Cancel the units of a registered application."""
    return Transfer(
        transfer_id=f"{application.application_no}/registered",
        kind="cancellation",
        product=application.product,
        quantity=application.quantity_tco2e,
        source=Place(application.account_no, Bucket.PENDING_CANCELLATION),
        destination=CANCELLED,
        serials=application.serials,
        flow_id=application.application_no,
    )


def pending_carry_over(application: CarryOverApplication) -> Iterator[Transfer]:
    """Freeze the units of an application."""
    return _carry_over_moves(application, "pending", Bucket.REGISTERED, Bucket.PENDING_CARRY_OVER)


def released(application: CarryOverApplication) -> Iterator[Transfer]:
    """Make the units of a withdrawn application free again."""
    return _carry_over_moves(application, "withdrawn", Bucket.PENDING_CARRY_OVER, Bucket.REGISTERED)


def carried_over(application: CarryOverApplication) -> Iterator[Command]:
    """Give the old units up and issue as many of 2025, whose origin is the application; a run is one group."""
    holder = emitter_account(application.credit_code)
    number = application.application_no
    for line_no, (product, quantity) in enumerate(application.lines, start=1):
        yield Transfer(
            transfer_id=f"{number}/{line_no}/recovered",
            kind="carry_over",
            product=product,
            quantity=quantity,
            source=Place(holder, Bucket.PENDING_CARRY_OVER),
            destination=CARRIED_OVER,
            group=application.run_no,
            flow_id=number,
        )
    yield Issue(
        transfer_id=f"{number}/issued",
        kind="carry_over_issue",
        product=NEW_PRODUCT,
        quantity=application.quantity_tco2e,
        destination=Place(holder, Bucket.REGISTERED),
        origin=number,
        group=application.run_no,
        flow_id=number,
    )


def _cancellation_move(
    application: CancellationApplication, step: str, source: Bucket, destination: Bucket
) -> Transfer:
    return Transfer(
        transfer_id=f"{application.application_no}/{step}",
        kind=f"cancellation_{step}",
        product=application.product,
        quantity=application.quantity_tco2e,
        source=Place(application.account_no, source),
        destination=Place(application.account_no, destination),
        serials=application.serials,
        flow_id=application.application_no,
    )


def _carry_over_moves(
    application: CarryOverApplication, step: str, source: Bucket, destination: Bucket
) -> Iterator[Transfer]:
    holder = emitter_account(application.credit_code)
    for line_no, (product, quantity) in enumerate(application.lines, start=1):
        yield Transfer(
            transfer_id=f"{application.application_no}/{line_no}/{step}",
            kind=f"carry_over_{step}",
            product=product,
            quantity=quantity,
            source=Place(holder, source),
            destination=Place(holder, destination),
            flow_id=application.application_no,
        )
