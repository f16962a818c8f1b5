"""The facts that trading tells others."""

from dataclasses import dataclass

from trading.domain.movements import TransferIn, UnitWithdrawal
from trading.domain.quotes import DailyQuote
from trading.domain.trades import Trade


@dataclass(frozen=True, slots=True, kw_only=True)
class TransferInAccepted:
    """Units that a registry sent are in a position."""

    transfer: TransferIn


@dataclass(frozen=True, slots=True, kw_only=True)
class TransferInRefused:
    """Units that a registry sent have no trading account to go to."""

    transfer: TransferIn
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class WithdrawalRequested:
    """A holder takes units out of trading."""

    withdrawal: UnitWithdrawal


@dataclass(frozen=True, slots=True, kw_only=True)
class TradeAgreed:
    """A trade was agreed."""

    trade: Trade


@dataclass(frozen=True, slots=True, kw_only=True)
class TradeSettled:
    """Units and cash of a trade have moved."""

    trade: Trade


@dataclass(frozen=True, slots=True, kw_only=True)
class TradeFailed:
    """A trade could not be settled; nothing moved."""

    trade: Trade
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class DailyQuotePublished:
    """The day of a product is closed."""

    quote: DailyQuote


Fact = (
    TransferInAccepted
    | TransferInRefused
    | WithdrawalRequested
    | TradeAgreed
    | TradeSettled
    | TradeFailed
    | DailyQuotePublished
)
