"""What the use cases need, in their own words; `adapters/` gives it to them."""

from collections.abc import Collection, Mapping, Sequence
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from datetime import date
from typing import Protocol

from ets_kernel.domain.errors import EtsError
from ets_kernel.domain.ids import AccountNo, MarketCode, OrderId, TradeId, TransferNo

from trading.domain.accounts import HolderAccount, TradingAccount
from trading.domain.events import Fact
from trading.domain.movements import BankDeposit, CashWithdrawal, TransferIn, UnitWithdrawal
from trading.domain.numbering import Numbering
from trading.domain.orders import Order, Proposal
from trading.domain.price_levels import LevelKey, PriceLevels
from trading.domain.quotes import DailyQuote, ProductOnMarket
from trading.domain.sheet import PositionKey, Sheet
from trading.domain.trades import Trade

Outcome = str | EtsError
"""What became of one item of a batch: the number of what it made or changed, or why it changed nothing."""


class Accounts(Protocol):
    """Holder accounts and trading accounts."""

    async def add_holders(self, holders: Sequence[HolderAccount]) -> None:
        """Remember holder accounts; known ones stay as they are."""
        ...

    async def stop_sales(self, account_no: AccountNo, *, is_stopped: bool) -> None:
        """Keep of a known holder account whether it sells; an unknown one is passed over."""
        ...

    async def holders(self, account_nos: Collection[AccountNo]) -> dict[AccountNo, HolderAccount]:
        """Give the known ones of these holder accounts."""
        ...

    async def opened(self, account_nos: Collection[AccountNo]) -> set[AccountNo]:
        """Tell which of these trading accounts exist; nobody else opens any until the transaction ends."""
        ...

    async def add(self, accounts: Sequence[TradingAccount]) -> None:
        """Open trading accounts without cash."""
        ...


class Sheets(Protocol):
    """Cash and units."""

    async def load(self, accounts: Collection[AccountNo], positions: Collection[PositionKey] = ()) -> Sheet:
        """Lock accounts in number order, those of the positions too, and read them and the positions."""
        ...

    async def save(self, sheet: Sheet) -> None:
        """Write what moved, with its journal."""
        ...

    async def unreleased(self, before: date) -> set[PositionKey]:
        """Name the positions with units bought before a date that were not yet freed."""
        ...


class Numbers(Protocol):
    """Ordinals of series."""

    async def lock(self, series: Collection[str]) -> Numbering:
        """Lock series in name order, beginning new ones, and give their last ordinals."""
        ...

    async def save(self, numbering: Numbering) -> None:
        """Write the last ordinals."""
        ...


class Movements(Protocol):
    """What comes in and goes out."""

    async def known_references(self, bank_references: Collection[str]) -> set[str]:
        """Tell which of these bank references were booked; nobody else books any until the transaction ends."""
        ...

    async def add_deposits(self, deposits: Sequence[BankDeposit]) -> None:
        """Keep deposits."""
        ...

    async def lock_cash_withdrawals(self, numbers: Collection[str]) -> dict[str, CashWithdrawal]:
        """Lock and read cash withdrawals."""
        ...

    async def save_cash_withdrawals(self, withdrawals: Sequence[CashWithdrawal]) -> None:
        """Write new cash withdrawals and new states of known ones."""
        ...

    async def transfer_in(self, market: MarketCode, transfer_no: TransferNo) -> TransferIn | None:
        """Give a transfer in by its number."""
        ...

    async def add_transfer_in(self, transfer: TransferIn) -> None:
        """Keep a transfer in."""
        ...

    async def lock_unit_withdrawals(self, numbers: Collection[str]) -> dict[str, UnitWithdrawal]:
        """Lock and read withdrawals of units."""
        ...

    async def save_unit_withdrawals(self, withdrawals: Sequence[UnitWithdrawal]) -> None:
        """Write new withdrawals of units and new states of known ones."""
        ...


class Orders(Protocol):
    """Listed orders and proposals of block deals."""

    async def lock(self, order_nos: Collection[OrderId]) -> dict[OrderId, Order]:
        """Lock and read orders."""
        ...

    async def lock_open(self, up_to: date) -> list[Order]:
        """Lock and read the open orders of all dates up to one, in number order."""
        ...

    async def levels(self, keys: Collection[LevelKey], trading_date: date) -> PriceLevels:
        """Count the open orders per price of some lists."""
        ...

    async def save(self, orders: Sequence[Order]) -> None:
        """Write new orders and new states of known ones."""
        ...

    async def lock_proposals(self, proposal_nos: Collection[str]) -> dict[str, Proposal]:
        """Lock and read proposals."""
        ...

    async def lock_open_proposals(self, up_to: date) -> list[Proposal]:
        """Lock and read the open proposals of all dates up to one, in number order."""
        ...

    async def save_proposals(self, proposals: Sequence[Proposal]) -> None:
        """Write new proposals and new states of known ones."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class SettlementBatch:
    """Trades of one market and date, settled with one call. A batch never changes: its id names its content."""

    batch_id: str
    market: MarketCode
    trading_date: date
    trades: tuple[Trade, ...]


class Trades(Protocol):
    """Trades and their settlement batches."""

    async def add(self, trades: Sequence[Trade]) -> None:
        """Keep new trades."""
        ...

    async def of_date(self, trading_date: date) -> list[Trade]:
        """Give the trades of a date, in number order."""
        ...

    async def lock_agreed(self, up_to: date) -> list[Trade]:
        """Lock and read the agreed trades of all dates up to one, in number order."""
        ...

    async def put_in_batches(self, batches: Sequence[SettlementBatch]) -> None:
        """Write that the trades of batches are being settled, each in its batch."""
        ...

    async def unanswered_batches(self, up_to: date) -> list[SettlementBatch]:
        """Give the batches of all dates up to one that have trades without an answer, in order of date and market."""
        ...

    async def lock_settling(self, trade_nos: Collection[TradeId]) -> dict[TradeId, Trade]:
        """Lock and read those of these trades that are still being settled."""
        ...

    async def save_results(self, trades: Sequence[Trade], reasons: Mapping[TradeId, str]) -> None:
        """Write trades that are settled, and those that failed with the reason why."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class DayClosed:
    """What the close of a date did."""

    trading_date: date
    expired_count: int


class Quotes(Protocol):
    """Reference prices, daily quotes and closed days."""

    async def closed_products(self, keys: Collection[ProductOnMarket]) -> set[ProductOnMarket]:
        """Tell which of these products have a close."""
        ...

    async def set_references(self, prices: Mapping[ProductOnMarket, int]) -> None:
        """Write reference prices in fen per tCO2e."""
        ...

    async def base_prices(
        self, before: date, keys: Collection[ProductOnMarket] | None = None
    ) -> dict[ProductOnMarket, int]:
        """Give the last close before a date, else the reference price, of these products or of all."""
        ...

    async def add(self, quotes: Sequence[DailyQuote]) -> None:
        """Keep the quotes of a day."""
        ...

    async def of_date(self, trading_date: date) -> list[DailyQuote]:
        """Give the quotes of a date by market and product."""
        ...

    async def join_day(self, trading_date: date) -> bool:
        """Tell whether a date is closed; if not, nobody closes any until the transaction ends."""
        ...

    async def closed_day(self, trading_date: date) -> DayClosed | None:
        """Give what the close of a date did, if it was closed; locks the close of days against others."""
        ...

    async def unclosed_dates(self, up_to: date) -> list[date]:
        """Give the dates up to one with orders, proposals or trades that were not closed, in order."""
        ...

    async def add_closed_day(self, day: DayClosed) -> None:
        """Keep that a day was closed."""
        ...


class UnitOfWork(Protocol):
    """One transaction."""

    accounts: Accounts
    sheets: Sheets
    numbers: Numbers
    movements: Movements
    orders: Orders
    trades: Trades
    quotes: Quotes

    def record(self, fact: Fact) -> None:
        """Tell others, when the transaction is committed."""
        ...


class Begin(Protocol):
    """Whoever begins transactions, for the one use case that needs several."""

    def __call__(self) -> AbstractAsyncContextManager[UnitOfWork]:
        """Begin a transaction: committed when the block ends, rolled back when it raises."""
        ...


class UnitRegistry(Protocol):
    """The registry that keeps a market's units, as settlement sees it."""

    async def settle(self, batch: SettlementBatch) -> list[EtsError | None]:
        """Instruct the unit legs of a batch; per trade, in order, None when it moved, else why not.

        The same batch again gives the same answer and moves nothing twice. Raises Unavailable without an answer.
        """
        ...
