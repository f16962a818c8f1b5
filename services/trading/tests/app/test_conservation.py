"""Random trading against a naive model: nothing is lost, nothing comes from nowhere (TRD-4, TRD-6, TRD-7, TRD-9)."""

import asyncio
from datetime import date, timedelta
from typing import Any

from ets_kernel.domain.clock import business_time
from ets_kernel.domain.errors import EtsError
from ets_kernel.domain.ids import trading_account
from hypothesis import given, settings
from hypothesis import strategies as st
from trading.app.accept_block_deals import DealAcceptance, accept_block_deals
from trading.app.accept_transfer_in import UnitsSent, accept_transfer_in
from trading.app.cancel_orders import OrderCancel, cancel_orders
from trading.app.confirm_cash_withdrawals import CashConfirmation, confirm_cash_withdrawals
from trading.app.finish_unit_withdrawal import UnitsReturned, finish_unit_withdrawal
from trading.app.know_holder_account import know_holder_account
from trading.app.open_trading_accounts import AccountOpening, open_trading_accounts
from trading.app.place_listed_orders import OrderPlacement, place_listed_orders
from trading.app.propose_block_deals import BlockDeal, propose_block_deals
from trading.app.record_deposits import record_deposits
from trading.app.request_cash_withdrawals import CashWanted, request_cash_withdrawals
from trading.app.run_market_close import run_market_close
from trading.app.run_settlement import Settlement, run_settlement
from trading.app.set_reference_prices import ReferencePrice, set_reference_prices
from trading.app.take_listed_orders import OrderTake, take_listed_orders
from trading.app.withdraw_units import UnitsWanted, withdraw_units
from trading.domain.accounts import HolderAccount
from trading.domain.movements import BankDeposit, CashWithdrawalStatus, UnitWithdrawalState
from trading.domain.orders import OPEN_STATUSES, ProposalStatus, Side
from trading.domain.rules import UnitLeg
from trading.domain.trades import TradeStatus
from trading.domain.venue_rules import make_markets
from trading_fakes import CALENDAR, FakeUnitOfWork, at
from trading_market import ANN, BOB, CAT, CEA, FakeRegistry, insufficient_holding, unavailable

TRADERS = (ANN, BOB, CAT)
MARKETS = make_markets()
START = date(2021, 11, 1)
PRICE = 4265

trader = st.sampled_from(TRADERS)
small = st.integers(min_value=1, max_value=60)
price = st.integers(min_value=PRICE - 3, max_value=PRICE + 3)
pick = st.integers(min_value=0, max_value=30)
step = st.one_of(
    st.tuples(st.just("deposit"), trader, small),
    st.tuples(st.just("send"), trader, small),
    st.tuples(st.just("cash_out"), trader, small),
    st.tuples(st.just("confirm"), pick, st.booleans()),
    st.tuples(st.just("units_out"), trader, small),
    st.tuples(st.just("returned"), pick),
    st.tuples(st.just("place"), trader, st.sampled_from(Side), price, small),
    st.tuples(st.just("take"), trader, pick, small),
    st.tuples(st.just("cancel"), trader, pick),
    st.tuples(st.just("propose"), trader, trader, price),
    st.tuples(st.just("accept"), trader, pick),
    st.tuples(st.just("day"), st.sampled_from(["settled", "refused", "away", "lost"])),
)


def account(credit_code: str) -> Any:
    return trading_account("CEA", credit_code)


class Model:
    """The naive side: what every trader must own in all, from outcomes only."""

    def __init__(self) -> None:
        self.cash = dict.fromkeys(TRADERS, 0)
        self.units = dict.fromkeys(TRADERS, 0)


class World:
    def __init__(self) -> None:
        self.uow: FakeUnitOfWork = at(business_time(START, 14))
        self.model = Model()
        self.registry = FakeRegistry()
        self.day = START
        self.count = 0
        self.common = {"clock": self.uow.clock, "calendar": CALENDAR, "markets": MARKETS}
        self.settlement = Settlement(
            begin=self.uow.begin,
            registries={UnitLeg.REGISTRY: self.registry},
            calendar=CALENDAR,
            markets=MARKETS,
            batch_size_max=3,
        )

    def table(self, name: str) -> dict[str, Any]:
        return self.uow.state[name]

    def any(self, name: str, index: int) -> str:
        """Name one of a kind, one that is open rather than another."""
        table = self.table(name)
        numbers = sorted(
            n for n, item in table.items() if item.status in (*OPEN_STATUSES, ProposalStatus.OPEN)
        )
        numbers = numbers or sorted(table)
        return numbers[index % len(numbers)] if numbers else "none"

    async def run(self, use_case: Any) -> Any:
        (outcome,) = await self.uow.commit(use_case)
        return None if isinstance(outcome, EtsError) else outcome

    async def start(self) -> None:
        for credit_code in TRADERS:
            holder = HolderAccount(account_no=f"R-E-{credit_code}", credit_code=credit_code)
            await know_holder_account(holder, uow=self.uow)
            opening = AccountOpening(
                market="CEA", credit_code=credit_code, name="n", holder_account_no=holder.account_no
            )
            await open_trading_accounts([opening], uow=self.uow, markets=MARKETS)
        reference = ReferencePrice(market="CEA", product=CEA, price_fen_per_tco2e=PRICE)
        await set_reference_prices([reference], uow=self.uow, markets=MARKETS)
        for credit_code in TRADERS:
            await self.deposit(credit_code, 1_000)
            await self.send(credit_code, 30)
        # One trader has more than he can use up, so that every kind of deal comes about.
        await self.deposit(BOB, 10_000_000)
        await self.send(ANN, 60)

    async def deposit(self, who: str, tonnes_worth: int) -> None:
        self.count += 1
        quantity = tonnes_worth * PRICE
        deposit = BankDeposit(bank_reference=f"{self.count}", account_no=account(who), quantity_fen=quantity)
        assert await self.run(lambda uow: record_deposits([deposit], uow=uow))
        self.model.cash[who] += quantity

    async def send(self, who: str, quantity: int) -> None:
        self.count += 1
        # Some transfers are large enough for block deals.
        quantity = quantity * 5_000 if quantity > 30 else quantity
        sent = UnitsSent(
            transfer_no=f"T{self.count}", market="CEA", credit_code=who, holder_account_no=f"R-E-{who}",
            product=CEA, quantity_tco2e=quantity,
        )  # fmt: skip
        await accept_transfer_in(sent, uow=self.uow, markets=MARKETS)
        await accept_transfer_in(sent, uow=self.uow, markets=MARKETS)
        self.model.units[who] += quantity

    async def cash_out(self, who: str, tonnes_worth: int) -> None:
        wanted = CashWanted(market="CEA", credit_code=who, quantity_fen=tonnes_worth * PRICE)
        await self.run(lambda uow: request_cash_withdrawals([wanted], uow=uow, markets=MARKETS))

    async def confirm(self, index: int, is_paid: bool) -> None:
        number = (
            sorted(self.table("cash_out"))[index % len(self.table("cash_out"))]
            if self.table("cash_out")
            else ""
        )
        confirmation = CashConfirmation(cash_withdrawal_no=number, is_paid=is_paid)
        if await self.run(lambda uow: confirm_cash_withdrawals([confirmation], uow=uow)) and is_paid:
            withdrawal = self.table("cash_out")[number]
            assert withdrawal.status is CashWithdrawalStatus.PAID
            self.model.cash[withdrawal.account_no.rpartition("-")[2]] -= withdrawal.quantity_fen

    async def units_out(self, who: str, quantity: int) -> None:
        wanted = UnitsWanted(market="CEA", credit_code=who, product=CEA, quantity_tco2e=quantity)
        await self.run(lambda uow: withdraw_units([wanted], uow=uow, markets=MARKETS))

    async def returned(self, index: int) -> None:
        withdrawals = self.table("units_out")
        if not withdrawals:
            return
        withdrawal = withdrawals[sorted(withdrawals)[index % len(withdrawals)]]
        returned = UnitsReturned(
            withdrawal_no=withdrawal.withdrawal_no, holder_account_no=withdrawal.holder_account_no,
            product=CEA, quantity_tco2e=withdrawal.quantity_tco2e,
        )  # fmt: skip
        await finish_unit_withdrawal(returned, uow=self.uow, markets=MARKETS)
        if withdrawal.state is UnitWithdrawalState.REQUESTED:
            self.model.units[withdrawal.account_no.rpartition("-")[2]] -= withdrawal.quantity_tco2e

    async def place(self, who: str, side: Side, price_fen: int, quantity: int) -> None:
        placed = OrderPlacement(
            market="CEA", credit_code=who, product=CEA, side=side, price_fen_per_tco2e=price_fen,
            quantity_tco2e=quantity,
        )  # fmt: skip
        await self.run(lambda uow: place_listed_orders([placed], uow=uow, **self.common))

    async def take(self, who: str, index: int, quantity: int) -> None:
        take = OrderTake(credit_code=who, order_no=self.any("orders", index), quantity_tco2e=quantity)
        await self.run(lambda uow: take_listed_orders([take], uow=uow, **self.common))

    async def cancel(self, who: str, index: int) -> None:
        cancel = OrderCancel(credit_code=who, order_no=self.any("orders", index))
        await self.run(lambda uow: cancel_orders([cancel], uow=uow, clock=self.uow.clock))

    async def propose(self, seller: str, buyer: str, price_fen: int) -> None:
        deal = BlockDeal(
            market="CEA", credit_code=seller, buyer_credit_code=buyer, product=CEA,
            price_fen_per_tco2e=price_fen, quantity_tco2e=100_000,
        )  # fmt: skip
        await self.run(lambda uow: propose_block_deals([deal], uow=uow, **self.common))

    async def accept(self, who: str, index: int) -> None:
        acceptance = DealAcceptance(credit_code=who, proposal_no=self.any("proposals", index))
        await self.run(lambda uow: accept_block_deals([acceptance], uow=uow, **self.common))

    async def day_end(self, outcome: str) -> None:
        """Close and settle the day, with or without trouble, and go on to the next session."""
        self.uow.clock.set(business_time(self.day, 15))
        await self.uow.commit(lambda uow: run_market_close(self.day, uow=uow, **self.common))
        self.registry.refuse = lambda _number: insufficient_holding() if outcome == "refused" else None
        self.registry.fail_before = [unavailable()] if outcome == "away" else []
        self.registry.fail_after = [unavailable()] if outcome == "lost" else []
        for _ in range(2):
            await run_settlement(self.day, settlement=self.settlement)
        for trade in self.table("trades").values():
            assert trade.status in (TradeStatus.SETTLED, TradeStatus.FAILED)
            if trade.trading_date == self.day and trade.status is TradeStatus.SETTLED:
                seller, buyer = (
                    n.rpartition("-")[2] for n in (trade.seller_account_no, trade.buyer_account_no)
                )
                self.model.units[seller] -= trade.quantity_tco2e
                self.model.units[buyer] += trade.quantity_tco2e
                self.model.cash[seller] += trade.turnover_fen
                self.model.cash[buyer] -= trade.turnover_fen
        self.day = CALENDAR.next(self.day)
        self.uow.clock.set(business_time(self.day, 14) + timedelta(minutes=1))

    def check(self) -> None:
        for who in TRADERS:
            held = self.table("accounts")[account(who)]
            assert held.available_fen + held.frozen_fen == self.model.cash[who]
            assert held.frozen_fen == self.frozen_cash(account(who))
            position = self.table("positions").get((account(who), CEA))
            parts = () if position is None else (
                position.available_tco2e, position.frozen_tco2e, position.bought_tco2e, position.in_transit_tco2e,
            )  # fmt: skip
            assert sum(parts) == self.model.units[who]
            if position is not None:
                assert position.frozen_tco2e == self.frozen_units(account(who))
        assert sum(entry.move.total_fen for entry in self.uow.state["cash_entries"]) == 0
        assert sum(entry.move.total_tco2e for entry in self.uow.state["unit_entries"]) == 0

    def frozen_cash(self, number: str) -> int:
        orders = [
            o for o in self.table("orders").values() if o.account_no == number and o.status in OPEN_STATUSES
        ]
        out = [w for w in self.table("cash_out").values() if w.account_no == number]
        return (
            sum(order.left_tco2e * order.price_fen_per_tco2e for order in orders if order.side is Side.BUY)
            + sum(w.quantity_fen for w in out if w.status is CashWithdrawalStatus.REQUESTED)
            + sum(t.turnover_fen for t in self.open_trades() if t.buyer_account_no == number)
        )

    def frozen_units(self, number: str) -> int:
        orders = [
            o for o in self.table("orders").values() if o.account_no == number and o.status in OPEN_STATUSES
        ]
        proposals = [p for p in self.table("proposals").values() if p.seller_account_no == number]
        return (
            sum(order.left_tco2e for order in orders if order.side is Side.SELL)
            + sum(p.quantity_tco2e for p in proposals if p.status is ProposalStatus.OPEN)
            + sum(t.quantity_tco2e for t in self.open_trades() if t.seller_account_no == number)
        )

    def open_trades(self) -> list[Any]:
        return [
            t for t in self.table("trades").values() if t.status in (TradeStatus.AGREED, TradeStatus.SETTLING)
        ]


async def play(steps: list[Any]) -> None:
    world = World()
    await world.start()
    for name, *arguments in steps:
        await (world.day_end if name == "day" else getattr(world, name))(*arguments)
        world.check()
    await world.day_end("settled")
    world.check()


@settings(max_examples=120)
@given(st.lists(step, max_size=40))
def test_cash_and_units_are_conserved_whatever_happens(steps):
    asyncio.run(play(steps))
