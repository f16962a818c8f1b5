"""Units on their way to and from the venues, and the unit leg of trades settled there.

CCB-3  What is sent to a venue is in transit until trading answers, and arrives or comes back once.
CCB-4  A trade number is settled once.
"""

from dataclasses import dataclass
from enum import StrEnum

from ets_kernel.domain.errors import TradeSettledDifferently
from ets_kernel.domain.ids import AccountNo, CreditCode, MarketCode, ProductCode, TransferNo

from ccer_bridge.domain.errors import VenueTransferDiffers


class TransferState(StrEnum):
    """Where units sent to a venue are."""

    SENT = "sent"
    ACCEPTED = "accepted"
    REFUSED = "refused"


@dataclass(frozen=True, slots=True, kw_only=True)
class VenueTransfer:
    """Units sent from a general holding account to a venue, tCO2e."""

    transfer_no: TransferNo
    account_no: AccountNo
    credit_code: CreditCode
    venue: MarketCode
    product: ProductCode
    quantity_tco2e: int
    state: TransferState


@dataclass(frozen=True, slots=True, kw_only=True)
class TransferAnswer:
    """What trading said about a transfer."""

    transfer_no: str
    venue: str
    account_no: str
    product: str
    quantity_tco2e: int
    state: TransferState


@dataclass(frozen=True, slots=True, kw_only=True)
class ReturnedUnits:
    """Units that trading released to a general holding account, tCO2e."""

    withdrawal_no: str
    venue: str
    account_no: AccountNo
    product: ProductCode
    quantity_tco2e: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Settlement:
    """The unit leg of one trade, tCO2e."""

    trade_no: str
    seller_account_no: str
    buyer_account_no: str
    product: str
    quantity_tco2e: int


def transfer_no(request_id: str, index: int) -> TransferNo:
    """Name a transfer by the request and the position in it."""
    return TransferNo(f"TV-{request_id}-{index}")


def refusal_of_answer(transfer: VenueTransfer, answer: TransferAnswer) -> VenueTransferDiffers | None:
    """Tell why trading's answer does not fit the transfer: other content, or another answer before."""
    told = (answer.venue, answer.account_no, answer.product, answer.quantity_tco2e)
    known = (transfer.venue, transfer.account_no, transfer.product, transfer.quantity_tco2e)
    if told == known and transfer.state in (TransferState.SENT, answer.state):
        return None
    return VenueTransferDiffers(
        f"{transfer.transfer_no} is {transfer.state}, and the answer is {answer.state} with other content or too late",
        transfer_no=transfer.transfer_no,
        state=transfer.state,
    )


def refusal_of_repeat(known: Settlement, trade: Settlement) -> TradeSettledDifferently | None:
    """Tell why a trade number that was settled before cannot come with this content."""
    if known == trade:
        return None
    return TradeSettledDifferently(
        f"{trade.trade_no} was settled with other parties, product or quantity", trade_no=trade.trade_no
    )
