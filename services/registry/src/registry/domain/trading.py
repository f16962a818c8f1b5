"""Units on their way to and from trading, and the unit leg of settled trades.

Source: 碳排放权交易管理办法(试行), 令第19号, 2020-12-31, article 23: the registry follows the results that
the exchange gives.
Source: 全国碳排放权交易管理办法(试行)(征求意见稿), 2020, article 21: deal by deal, each in full (逐笔全额).

REG-9   What is sent to trading is in transit until trading answers, and arrives or comes back once.
REG-10  A trade number is settled once.
"""

from dataclasses import dataclass
from enum import StrEnum

from ets_kernel.domain.errors import TradeSettledDifferently
from ets_kernel.domain.ids import AccountNo, ProductCode, TransferNo

from registry.domain.errors import TransferDiffers


class TransferState(StrEnum):
    """Where units sent to trading are."""

    SENT = "sent"
    ACCEPTED = "accepted"
    REFUSED = "refused"


@dataclass(frozen=True, slots=True, kw_only=True)
class TradingTransfer:
    """Units sent from a registration account to trading, tCO2e."""

    transfer_no: TransferNo
    ordinal: int
    account_no: AccountNo
    product: ProductCode
    quantity_tco2e: int
    state: TransferState


@dataclass(frozen=True, slots=True, kw_only=True)
class ReturnedUnits:
    """Units that trading released to a registration account, tCO2e."""

    withdrawal_no: str
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


def transfer_no(account_no: AccountNo, ordinal: int) -> TransferNo:
    """Name a transfer by its account and its number there, from 1."""
    return TransferNo(f"RT-{account_no}-{ordinal}")


def refusal_of_answer(
    transfer: TradingTransfer, *, account_no: str, product: str, quantity_tco2e: int, state: TransferState
) -> TransferDiffers | None:
    """Tell why trading's answer does not fit the transfer: other content, or another answer before."""
    told = (account_no, product, quantity_tco2e)
    known = (transfer.account_no, transfer.product, transfer.quantity_tco2e)
    if told == known and transfer.state in (TransferState.SENT, state):
        return None
    return TransferDiffers(
        f"{transfer.transfer_no} is {transfer.state}, and the answer is {state} with other content or too late",
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
