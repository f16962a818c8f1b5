"""Listed orders (挂牌) and proposals of block deals (大宗).

TRD-7  What an open order or proposal may still cost is frozen: units of a seller, cash of a buyer's order.
TRD-8  Orders and proposals live for their trading date; the close ends what is left of them.
"""

from dataclasses import dataclass, replace
from datetime import date, datetime
from enum import StrEnum
from typing import Self

from ets_kernel.domain.ensure import ensure
from ets_kernel.domain.ids import AccountNo, MarketCode, OrderId, ProductCode

from trading.domain.errors import OrderNotOpen, OrderQuantityExceeded, ProposalNotOpen
from trading.domain.sheet import Cause, Sheet


class Side(StrEnum):
    """Direction."""

    BUY = "BUY"
    SELL = "SELL"


class OrderStatus(StrEnum):
    """Where an order stands."""

    OPEN = "OPEN"  # 已申报
    PARTLY_FILLED = "PARTLY_FILLED"  # 部分成交
    FILLED = "FILLED"  # 已成交
    CANCELLED = "CANCELLED"  # 已撤单
    EXPIRED = "EXPIRED"  # 系统撤单


OPEN_STATUSES = frozenset((OrderStatus.OPEN, OrderStatus.PARTLY_FILLED))


class ProposalStatus(StrEnum):
    """Where a proposal stands."""

    OPEN = "OPEN"
    ACCEPTED = "ACCEPTED"
    EXPIRED = "EXPIRED"


@dataclass(frozen=True, slots=True, kw_only=True)
class Order:
    """A listed order; price in fen per tCO2e, quantities in tCO2e."""

    order_no: OrderId
    market: MarketCode
    trading_date: date
    account_no: AccountNo
    product: ProductCode
    side: Side
    price_fen_per_tco2e: int
    quantity_tco2e: int
    filled_tco2e: int = 0
    status: OrderStatus = OrderStatus.OPEN
    placed_time: datetime

    def __post_init__(self) -> None:
        ensure(self.price_fen_per_tco2e > 0, "A price is above zero")
        ensure(0 <= self.filled_tco2e <= self.quantity_tco2e, "An order is filled up to its quantity")
        is_filled = self.filled_tco2e == self.quantity_tco2e
        ensure(is_filled == (self.status is OrderStatus.FILLED), "A filled order says so")

    @property
    def left_tco2e(self) -> int:
        """Give what is not yet filled."""
        return self.quantity_tco2e - self.filled_tco2e

    def require_open(self, today: date) -> None:
        """Refuse to go on with an order that is not open today: ORDER_NOT_OPEN."""
        if self.status not in OPEN_STATUSES or self.trading_date != today:
            raise OrderNotOpen(
                f"The order {self.order_no} of {self.trading_date} is {self.status}.",
                order_no=self.order_no,
                status=self.status,
                trading_date=self.trading_date,
            )

    def filled(self, quantity_tco2e: int) -> Self:
        """Give the order after a deal; ORDER_QUANTITY_EXCEEDED."""
        if quantity_tco2e > self.left_tco2e:
            raise OrderQuantityExceeded(
                f"The order {self.order_no} has {self.left_tco2e} tCO2e left, not {quantity_tco2e}.",
                order_no=self.order_no,
                requested_tco2e=quantity_tco2e,
                left_tco2e=self.left_tco2e,
            )
        is_filled = quantity_tco2e == self.left_tco2e
        return replace(
            self,
            filled_tco2e=self.filled_tco2e + quantity_tco2e,
            status=OrderStatus.FILLED if is_filled else OrderStatus.PARTLY_FILLED,
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Proposal:
    """A block deal that a seller offers to a named buyer; price in fen per tCO2e, quantity in tCO2e."""

    proposal_no: str
    market: MarketCode
    trading_date: date
    seller_account_no: AccountNo
    buyer_account_no: AccountNo
    product: ProductCode
    price_fen_per_tco2e: int
    quantity_tco2e: int
    status: ProposalStatus = ProposalStatus.OPEN

    def require_open(self, today: date) -> None:
        """Refuse to go on with a proposal that is not open today: PROPOSAL_NOT_OPEN."""
        if self.status is not ProposalStatus.OPEN or self.trading_date != today:
            raise ProposalNotOpen(
                f"The proposal {self.proposal_no} of {self.trading_date} is {self.status}.",
                proposal_no=self.proposal_no,
                status=self.status,
                trading_date=self.trading_date,
            )


def place(sheet: Sheet, order: Order) -> None:
    """Hold what a new order may cost; INSUFFICIENT_CASH, BOUGHT_TODAY, INSUFFICIENT_POSITION."""
    if order.side is Side.BUY:
        cost = order.price_fen_per_tco2e * order.quantity_tco2e
        sheet.freeze_cash(Cause.ORDER_PLACED, order.order_no, order.account_no, cost)
    else:
        sheet.freeze_units(
            Cause.ORDER_PLACED, order.order_no, order.account_no, order.product, order.quantity_tco2e
        )


def end_order(sheet: Sheet, order: Order, status: OrderStatus) -> Order:
    """Give free what is left of an open order and end it."""
    ensure(order.status in OPEN_STATUSES, "Only an open order is ended")
    if order.side is Side.BUY:
        left = order.price_fen_per_tco2e * order.left_tco2e
        sheet.free_cash(Cause.ORDER_ENDED, order.order_no, order.account_no, left)
    else:
        sheet.free_units(Cause.ORDER_ENDED, order.order_no, order.account_no, order.product, order.left_tco2e)
    return replace(order, status=status)


def propose(sheet: Sheet, proposal: Proposal) -> None:
    """Hold the units of a new proposal; BOUGHT_TODAY, INSUFFICIENT_POSITION."""
    sheet.freeze_units(
        Cause.DEAL_PROPOSED,
        proposal.proposal_no,
        proposal.seller_account_no,
        proposal.product,
        proposal.quantity_tco2e,
    )


def end_proposal(sheet: Sheet, proposal: Proposal) -> Proposal:
    """Give free the units of an open proposal and end it."""
    ensure(proposal.status is ProposalStatus.OPEN, "Only an open proposal is ended")
    sheet.free_units(
        Cause.DEAL_ENDED,
        proposal.proposal_no,
        proposal.seller_account_no,
        proposal.product,
        proposal.quantity_tco2e,
    )
    return replace(proposal, status=ProposalStatus.EXPIRED)
