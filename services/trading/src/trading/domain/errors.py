"""Every refusal of trading and settlement.

* Invalid
  x MarketUnknown: MARKET_UNKNOWN
* NotFound
  x TradingAccountNotFound: TRADING_ACCOUNT_NOT_FOUND
  x HolderAccountUnknown: HOLDER_ACCOUNT_UNKNOWN
  x CashWithdrawalNotFound: CASH_WITHDRAWAL_NOT_FOUND
  x UnitWithdrawalNotFound: UNIT_WITHDRAWAL_NOT_FOUND
  x OrderNotFound: ORDER_NOT_FOUND
  x ProposalNotFound: PROPOSAL_NOT_FOUND
* Conflict
  x TradingAccountOpenAlready: TRADING_ACCOUNT_OPEN_ALREADY
  x BankReferenceReused: BANK_REFERENCE_REUSED
  x CashWithdrawalAlreadyConfirmed: CASH_WITHDRAWAL_ALREADY_CONFIRMED
  x TransferInDiffers: TRANSFER_IN_DIFFERS
  x UnitWithdrawalDiffers: UNIT_WITHDRAWAL_DIFFERS
* Refused, in the order in which an order is judged
  x MarketClosed: MARKET_CLOSED
  x OutsideTradingHours: OUTSIDE_TRADING_HOURS
  x SaleStopped: SALE_STOPPED
  x ReferencePriceMissing: REFERENCE_PRICE_MISSING
  x PriceOutsideLimit: PRICE_OUTSIDE_LIMIT
  x QuantityOutsideLimit: QUANTITY_OUTSIDE_LIMIT
  x OrderNotOpen: ORDER_NOT_OPEN
  x ProposalNotOpen: PROPOSAL_NOT_OPEN
  x OwnOrder: OWN_ORDER
  x OrderQuantityExceeded: ORDER_QUANTITY_EXCEEDED
  x NotAmongBestPrices: NOT_AMONG_BEST_PRICES
  x BoughtToday: BOUGHT_TODAY
  x InsufficientPosition: INSUFFICIENT_POSITION
  x InsufficientCash: INSUFFICIENT_CASH
  x ReferencePriceFixed: REFERENCE_PRICE_FIXED
  x MarketNotYetClosed: MARKET_NOT_YET_CLOSED

Shared with other services, and so in the kernel: CREDIT_CODE_INVALID, PRODUCT_INVALID, ENTITY_MISMATCH, TOO_EARLY.
"""

from ets_kernel.domain.errors import Conflict, Invalid, NotFound, Refused


class MarketUnknown(Invalid):
    """No market has this code. Metadata: market, allowed."""

    reason = "MARKET_UNKNOWN"


class TradingAccountNotFound(NotFound):
    """No such trading account. Metadata: account_no."""

    reason = "TRADING_ACCOUNT_NOT_FOUND"


class HolderAccountUnknown(NotFound):
    """The registry of the market's units told of no such account of this holder. Metadata: holder_account_no."""

    reason = "HOLDER_ACCOUNT_UNKNOWN"


class CashWithdrawalNotFound(NotFound):
    """No such cash withdrawal. Metadata: cash_withdrawal_no."""

    reason = "CASH_WITHDRAWAL_NOT_FOUND"


class UnitWithdrawalNotFound(NotFound):
    """A registry returned units for a withdrawal that was never made. Metadata: withdrawal_no."""

    reason = "UNIT_WITHDRAWAL_NOT_FOUND"


class OrderNotFound(NotFound):
    """No such listed order. Metadata: order_no."""

    reason = "ORDER_NOT_FOUND"


class ProposalNotFound(NotFound):
    """No such block deal proposal. Metadata: proposal_no."""

    reason = "PROPOSAL_NOT_FOUND"


class TradingAccountOpenAlready(Conflict):
    """The holder has an account on this market. Metadata: account_no."""

    reason = "TRADING_ACCOUNT_OPEN_ALREADY"


class BankReferenceReused(Conflict):
    """A deposit with this reference was booked. Metadata: bank_reference."""

    reason = "BANK_REFERENCE_REUSED"


class CashWithdrawalAlreadyConfirmed(Conflict):
    """The bank has confirmed this cash withdrawal before. Metadata: cash_withdrawal_no, status."""

    reason = "CASH_WITHDRAWAL_ALREADY_CONFIRMED"


class TransferInDiffers(Conflict):
    """A transfer number came back with other content. Metadata: transfer_no."""

    reason = "TRANSFER_IN_DIFFERS"


class UnitWithdrawalDiffers(Conflict):
    """A registry returned something else than was withdrawn. Metadata: withdrawal_no."""

    reason = "UNIT_WITHDRAWAL_DIFFERS"


class MarketClosed(Refused):
    """The date is no session day. Metadata: business_date."""

    reason = "MARKET_CLOSED"


class OutsideTradingHours(Refused):
    """The session day has hours, and this is none of them. Metadata: business_time, hours."""

    reason = "OUTSIDE_TRADING_HOURS"


class SaleStopped(Refused):
    """A restriction in the registry stops the holder from selling. Metadata: holder_account_no."""

    reason = "SALE_STOPPED"


class ReferencePriceMissing(Refused):
    """The product has neither a close nor a reference price on this market. Metadata: market, product."""

    reason = "REFERENCE_PRICE_MISSING"


class PriceOutsideLimit(Refused):
    """The price lies outside the day's limits. Metadata: price, lowest and highest price, all in fen per tCO2e."""

    reason = "PRICE_OUTSIDE_LIMIT"


class QuantityOutsideLimit(Refused):
    """The quantity is not one of this mode of trading. Metadata: quantity_tco2e, allowed."""

    reason = "QUANTITY_OUTSIDE_LIMIT"


class OrderNotOpen(Refused):
    """The order is filled, cancelled or of an earlier day. Metadata: order_no, status."""

    reason = "ORDER_NOT_OPEN"


class ProposalNotOpen(Refused):
    """The proposal is accepted or of an earlier day. Metadata: proposal_no, status."""

    reason = "PROPOSAL_NOT_OPEN"


class OwnOrder(Refused):
    """Nobody trades with himself. Metadata: account_no."""

    reason = "OWN_ORDER"


class OrderQuantityExceeded(Refused):
    """The order has less left. Metadata: requested_tco2e, left_tco2e."""

    reason = "ORDER_QUANTITY_EXCEEDED"


class NotAmongBestPrices(Refused):
    """Better prices are to be taken first. Metadata: price and the worst takeable price, in fen per tCO2e."""

    reason = "NOT_AMONG_BEST_PRICES"


class BoughtToday(Refused):
    """The units are there, but some were bought in this session (T+1). Metadata in tCO2e."""

    reason = "BOUGHT_TODAY"


class InsufficientPosition(Refused):
    """The position has fewer available units. Metadata: requested_tco2e, available_tco2e."""

    reason = "INSUFFICIENT_POSITION"


class InsufficientCash(Refused):
    """The account has less available cash. Metadata: requested_fen, available_fen."""

    reason = "INSUFFICIENT_CASH"


class ReferencePriceFixed(Refused):
    """The product has a close on this market, and that is its base price from then on. Metadata: market, product."""

    reason = "REFERENCE_PRICE_FIXED"


class MarketNotYetClosed(Refused):
    """Settlement comes after the close. Metadata: trading_date."""

    reason = "MARKET_NOT_YET_CLOSED"
