"""Trading's ports in memory, for tests of use cases."""

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from copy import deepcopy
from dataclasses import replace
from datetime import date, datetime
from typing import Any

from ets_kernel.domain.calendars import load_session_calendar
from ets_kernel.domain.clock import FixedClock
from trading.app.ports import DayClosed, SettlementBatch
from trading.domain.accounts import HolderAccount, Position, TradingAccount
from trading.domain.events import Fact
from trading.domain.movements import BankDeposit, CashWithdrawal, TransferIn, UnitWithdrawal
from trading.domain.numbering import Numbering
from trading.domain.orders import OPEN_STATUSES, Order, Proposal, ProposalStatus
from trading.domain.price_levels import PriceLevels
from trading.domain.quotes import DailyQuote
from trading.domain.sheet import CashEntry, Sheet, UnitEntry
from trading.domain.trades import Trade, TradeStatus

CALENDAR = load_session_calendar()


class FakeUnitOfWork:
    """All ports at once, on dictionaries. What a use case wrote stays only when `committing` ends well."""

    def __init__(self, clock: FixedClock) -> None:
        self.clock = clock
        self.state: dict[str, Any] = {
            "holders": {}, "accounts": {}, "positions": {}, "ordinals": {}, "references": set(), "cash_out": {},
            "transfers": {}, "units_out": {}, "orders": {}, "proposals": {}, "trades": {}, "batches": {},
            "reasons": {}, "references_fen": {}, "quotes": {}, "closed": {}, "cash_entries": [], "unit_entries": [],
            "facts": [],
        }  # fmt: skip
        self.accounts = self.sheets = self.numbers = self.movements = self
        self.trades = _FakeTrades(self)
        self.orders = _FakeOrders(self)
        self.quotes = _FakeQuotes(self)

    @asynccontextmanager
    async def begin(self) -> AsyncIterator["FakeUnitOfWork"]:
        before = deepcopy(self.state)
        try:
            yield self
        except BaseException:
            self.state = before
            raise

    async def commit(self, use_case: Callable[["FakeUnitOfWork"], Any]) -> Any:
        """Run a use case as the door would."""
        async with self.begin() as uow:
            return await use_case(uow)

    def record(self, fact: Fact) -> None:
        self.state["facts"].append(fact)

    async def add_holders(self, holders: list[HolderAccount]) -> None:
        for holder in holders:
            self.state["holders"].setdefault(holder.account_no, holder)

    async def stop_sales(self, account_no: Any, *, is_stopped: bool) -> None:
        known = self.state["holders"].get(account_no)
        if known is not None:
            self.state["holders"][account_no] = replace(known, is_sale_stopped=is_stopped)

    def _with_holder(self, account: TradingAccount) -> TradingAccount:
        holder = self.state["holders"].get(account.holder_account_no)
        return replace(account, is_sale_stopped=holder is not None and holder.is_sale_stopped)

    async def holders(self, account_nos: Any) -> Any:
        return {
            number: self.state["holders"][number] for number in account_nos if number in self.state["holders"]
        }

    async def opened(self, account_nos: Any) -> Any:
        return {number for number in account_nos if number in self.state["accounts"]}

    async def add(self, accounts: list[TradingAccount]) -> None:
        for account in accounts:
            self.state["accounts"][account.account_no] = account

    async def load(self, accounts: Any, positions: Any = ()) -> Sheet:
        numbers = {*accounts, *(account_no for account_no, _ in positions)}
        return Sheet(
            accounts=[
                self._with_holder(self.state["accounts"][number])
                for number in numbers
                if number in self.state["accounts"]
            ],
            positions=[self.state["positions"][key] for key in positions if key in self.state["positions"]],
            calendar=CALENDAR,
            now=self.clock.now(),
        )

    async def unreleased(self, before: date) -> Any:
        positions: dict[Any, Position] = self.state["positions"]
        return {
            key for key, p in positions.items() if p.bought_tco2e and p.bought_date and p.bought_date < before
        }

    async def lock(self, series: Any) -> Numbering:
        return Numbering({name: self.state["ordinals"].get(name, 0) for name in series})

    async def save(self, written: Any) -> None:
        if isinstance(written, Numbering):
            self.state["ordinals"].update(written.last)
            return
        for account in written.changed_accounts():
            self.state["accounts"][account.account_no] = account
        for position in written.changed_positions():
            self.state["positions"][position.account_no, position.product] = position
        cash: list[CashEntry] = written.cash_entries
        units: list[UnitEntry] = written.unit_entries
        self.state["cash_entries"].extend(cash)
        self.state["unit_entries"].extend(units)

    async def known_references(self, bank_references: Any) -> Any:
        return self.state["references"] & set(bank_references)

    async def add_deposits(self, deposits: list[BankDeposit]) -> None:
        self.state["references"] |= {deposit.bank_reference for deposit in deposits}

    async def lock_cash_withdrawals(self, numbers: Any) -> Any:
        return {
            number: self.state["cash_out"][number] for number in numbers if number in self.state["cash_out"]
        }

    async def save_cash_withdrawals(self, withdrawals: list[CashWithdrawal]) -> None:
        self.state["cash_out"].update({w.cash_withdrawal_no: w for w in withdrawals})

    async def transfer_in(self, market: Any, transfer_no: Any) -> TransferIn | None:
        return self.state["transfers"].get((market, transfer_no))

    async def add_transfer_in(self, transfer: TransferIn) -> None:
        self.state["transfers"][transfer.market, transfer.transfer_no] = transfer

    async def lock_unit_withdrawals(self, numbers: Any) -> Any:
        return {
            number: self.state["units_out"][number] for number in numbers if number in self.state["units_out"]
        }

    async def save_unit_withdrawals(self, withdrawals: list[UnitWithdrawal]) -> None:
        self.state["units_out"].update({w.withdrawal_no: w for w in withdrawals})


class _Part:
    def __init__(self, whole: FakeUnitOfWork) -> None:
        self._whole = whole

    def table(self, name: str) -> Any:
        return self._whole.state[name]


class _FakeOrders(_Part):
    async def lock(self, order_nos: Any) -> dict[Any, Order]:
        return {
            number: self.table("orders")[number] for number in order_nos if number in self.table("orders")
        }

    async def lock_open(self, up_to: date) -> list[Order]:
        orders = sorted(self.table("orders").values(), key=lambda order: order.order_no)
        return [order for order in orders if order.status in OPEN_STATUSES and order.trading_date <= up_to]

    async def levels(self, keys: Any, trading_date: date) -> PriceLevels:
        counts: dict[Any, dict[int, int]] = {}
        for order in await self.lock_open(trading_date):
            key = (order.market, order.product, order.side)
            if order.trading_date == trading_date and key in keys:
                prices = counts.setdefault(key, {})
                prices[order.price_fen_per_tco2e] = prices.get(order.price_fen_per_tco2e, 0) + 1
        return PriceLevels(counts)

    async def save(self, orders: list[Order]) -> None:
        self.table("orders").update({order.order_no: order for order in orders})

    async def lock_proposals(self, numbers: Any) -> dict[str, Proposal]:
        return {
            number: self.table("proposals")[number] for number in numbers if number in self.table("proposals")
        }

    async def lock_open_proposals(self, up_to: date) -> list[Proposal]:
        proposals = sorted(self.table("proposals").values(), key=lambda proposal: proposal.proposal_no)
        return [p for p in proposals if p.status is ProposalStatus.OPEN and p.trading_date <= up_to]

    async def save_proposals(self, proposals: list[Proposal]) -> None:
        self.table("proposals").update({proposal.proposal_no: proposal for proposal in proposals})


class _FakeTrades(_Part):
    async def add(self, trades: list[Trade]) -> None:
        self.table("trades").update({trade.trade_no: trade for trade in trades})

    def _sorted(self, status: TradeStatus, up_to: date) -> list[Trade]:
        trades = sorted(self.table("trades").values(), key=lambda trade: trade.trade_no)
        return [trade for trade in trades if trade.status is status and trade.trading_date <= up_to]

    async def of_date(self, trading_date: date) -> list[Trade]:
        trades = sorted(self.table("trades").values(), key=lambda trade: trade.trade_no)
        return [trade for trade in trades if trade.trading_date == trading_date]

    async def lock_agreed(self, up_to: date) -> list[Trade]:
        return self._sorted(TradeStatus.AGREED, up_to)

    async def put_in_batches(self, batches: list[SettlementBatch]) -> None:
        for batch in batches:
            settling = tuple(replace(trade, status=TradeStatus.SETTLING) for trade in batch.trades)
            self.table("batches")[batch.batch_id] = replace(batch, trades=settling)
            await self.add(list(settling))

    async def unanswered_batches(self, up_to: date) -> list[SettlementBatch]:
        open_trades = {trade.trade_no for trade in self._sorted(TradeStatus.SETTLING, up_to)}
        batches: list[SettlementBatch] = list(self.table("batches").values())
        return [batch for batch in batches if any(trade.trade_no in open_trades for trade in batch.trades)]

    async def lock_settling(self, trade_nos: Any) -> dict[Any, Trade]:
        trades = self.table("trades")
        return {
            number: trades[number] for number in trade_nos if trades[number].status is TradeStatus.SETTLING
        }

    async def save_results(self, trades: list[Trade], reasons: Any) -> None:
        await self.add(trades)
        self.table("reasons").update(reasons)


class _FakeQuotes(_Part):
    async def closed_products(self, keys: Any) -> Any:
        return {key for key in keys if any(quote[:2] == key for quote in self.table("quotes"))}

    async def set_references(self, prices: Any) -> None:
        self.table("references_fen").update(prices)

    async def base_prices(self, before: date, keys: Any = None) -> dict[Any, int]:
        prices = dict(self.table("references_fen"))
        for (market, product, day), quote in sorted(self.table("quotes").items()):
            if day < before:
                prices[market, product] = quote.close_fen_per_tco2e
        return {key: price for key, price in prices.items() if keys is None or key in keys}

    async def add(self, quotes: list[DailyQuote]) -> None:
        self.table("quotes").update({(q.market, q.product, q.trading_date): q for q in quotes})

    async def of_date(self, trading_date: date) -> list[DailyQuote]:
        return [quote for key, quote in sorted(self.table("quotes").items()) if key[2] == trading_date]

    async def join_day(self, trading_date: date) -> bool:
        return trading_date in self.table("closed")

    async def closed_day(self, trading_date: date) -> DayClosed | None:
        return self.table("closed").get(trading_date)

    async def unclosed_dates(self, up_to: date) -> list[date]:
        busy = {order.trading_date for order in await self._whole.orders.lock_open(up_to)}
        busy |= {proposal.trading_date for proposal in await self._whole.orders.lock_open_proposals(up_to)}
        busy |= {trade.trading_date for trade in await self._whole.trades.lock_agreed(up_to)}
        return sorted(busy - set(self.table("closed")))

    async def add_closed_day(self, day: DayClosed) -> None:
        self.table("closed")[day.trading_date] = day


def at(moment: datetime) -> FakeUnitOfWork:
    """Make an empty trading service at a moment."""
    return FakeUnitOfWork(FixedClock(moment))
