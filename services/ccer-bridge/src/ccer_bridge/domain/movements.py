"""Movements of CCER, in the ledger's words: who gives what to whom, under which number."""

from ets_kernel.domain.ids import AccountNo, ProductCode
from ets_ledger.domain.commands import Issue, Transfer
from ets_ledger.domain.values import Bucket, Place

from ccer_bridge.domain.cancellation import CANCELLED, Cancellation
from ccer_bridge.domain.projects import Issuance
from ccer_bridge.domain.transfers import ReturnedUnits, Settlement, TransferState, VenueTransfer


def issue(issuance: Issuance) -> Issue:
    """Bring the reductions of a monitoring period into being."""
    number = (
        f"issue/{issuance.project_no}/{issuance.reduction_year}/{issuance.period_start}/{issuance.period_end}"
    )
    return Issue(
        transfer_id=number,
        kind="issue",
        product=issuance.product,
        quantity=issuance.quantity_tco2e,
        destination=Place(issuance.account_no, Bucket.REGISTERED),
        origin=issuance.origin,
        flow_id=number,
    )


def transfer_to_venue(transfer: VenueTransfer) -> Transfer:
    """Send units on their way to a venue."""
    return Transfer(
        transfer_id=transfer.transfer_no,
        kind="transfer_to_venue",
        product=transfer.product,
        quantity=transfer.quantity_tco2e,
        source=Place(transfer.account_no, Bucket.REGISTERED),
        destination=Place(transfer.account_no, Bucket.IN_TRANSIT),
        flow_id=transfer.transfer_no,
    )


def arrival(transfer: VenueTransfer, answer: TransferState) -> Transfer:
    """Let units on their way arrive at the venue, or come back."""
    bucket = Bucket.TRADING if answer is TransferState.ACCEPTED else Bucket.REGISTERED
    return Transfer(
        transfer_id=f"{transfer.transfer_no}/{answer}",
        kind=f"transfer_to_venue_{answer}",
        product=transfer.product,
        quantity=transfer.quantity_tco2e,
        source=Place(transfer.account_no, Bucket.IN_TRANSIT),
        destination=Place(transfer.account_no, bucket),
        flow_id=transfer.transfer_no,
    )


def return_from_venue(returned: ReturnedUnits) -> Transfer:
    """Make units free again that trading released."""
    return Transfer(
        transfer_id=f"return/{returned.withdrawal_no}",
        kind="return_from_venue",
        product=returned.product,
        quantity=returned.quantity_tco2e,
        source=Place(returned.account_no, Bucket.TRADING),
        destination=Place(returned.account_no, Bucket.REGISTERED),
        flow_id=returned.withdrawal_no,
    )


def settlement(trade: Settlement) -> Transfer:
    """Move the units of a trade from the seller's holding at the venues to the buyer's."""
    return Transfer(
        transfer_id=f"trade/{trade.trade_no}",
        kind="settlement",
        product=ProductCode(trade.product),
        quantity=trade.quantity_tco2e,
        source=Place(AccountNo(trade.seller_account_no), Bucket.TRADING),
        destination=Place(AccountNo(trade.buyer_account_no), Bucket.TRADING),
        flow_id=trade.trade_no,
    )


def cancel(cancellation: Cancellation) -> Transfer:
    """Retire units from the general holding account, lowest serials first."""
    return Transfer(
        transfer_id=cancellation.cancellation_no,
        kind="cancel",
        product=cancellation.product,
        quantity=cancellation.quantity_tco2e,
        source=Place(cancellation.account_no, Bucket.REGISTERED),
        destination=CANCELLED,
        flow_id=cancellation.application_no,
    )
