"""Settling agreed trades: unit leg and cash together or not at all, and again until every registry has answered."""

from datetime import date

import pytest
from ets_kernel.domain.clock import business_time
from ets_kernel.domain.ensure import BrokenClaim
from trading.app.run_market_close import run_market_close
from trading.app.run_settlement import Settlement, SettlementReport, run_settlement
from trading.domain.errors import MarketNotYetClosed
from trading.domain.events import TradeFailed, TradeSettled
from trading.domain.orders import Order, Side
from trading.domain.rules import UnitLeg
from trading.domain.trades import Trade, TradeMode, TradeStatus
from trading_fakes import CALENDAR, FakeUnitOfWork
from trading_floor import (
    MARKETS,
    MONDAY,
    PRICE,
    SATURDAY,
    TUESDAY,
    cash_of,
    closed,
    floor,
    kept,
    session,
    trader,
    units_of,
)
from trading_market import ANN, BOB, CCER, CEA, FakeRegistry, insufficient_holding, unavailable

SELLER, BUYER = f"T-CEA-{ANN}", f"T-CEA-{BOB}"


class House:
    """A settlement with its two registries; trades are agreed, and their day is closed, before it begins."""

    def __init__(self, uow: FakeUnitOfWork) -> None:
        self.uow = uow
        self.registry, self.ccer = FakeRegistry(), FakeRegistry()

    async def run(self, day: date = MONDAY, *, size_max: int = 1_000) -> tuple[int, int, int]:
        """Settled, failed, left open."""
        settlement = Settlement(
            begin=self.uow.begin,
            registries={UnitLeg.REGISTRY: self.registry, UnitLeg.CCER: self.ccer},
            calendar=CALENDAR,
            markets=MARKETS,
            batch_size_max=size_max,
        )
        report = await run_settlement(day, settlement=settlement)
        assert isinstance(report, SettlementReport)
        return report.settled_count, report.failed_count, report.open_count

    def statuses(self) -> list[TradeStatus]:
        return [trade.status for _, trade in sorted(self.uow.state["trades"].items())]


@pytest.fixture
def house() -> House:
    """Monday evening: sellers and buyers on two markets, nothing agreed yet."""
    made = floor(MONDAY, 16)
    for market in ("CEA", "BJ"):
        trader(made, ANN, market=market)
        trader(made, BOB, market=market)
    closed(made, MONDAY)
    return House(made)


def agree(house: House, ordinal: int, *, market: str = "CEA", day: date = MONDAY, quantity: int = 10) -> str:
    """Put a trade with both its sides held."""
    uow, product = house.uow, CEA if market == "CEA" else CCER
    seller, buyer = f"T-{market}-{ANN}", f"T-{market}-{BOB}"
    number = f"X-{market}-{day}-{ordinal:06d}"
    trade = Trade(
        trade_no=number, market=market, trading_date=day, mode=TradeMode.LISTED, seller_account_no=seller,
        buyer_account_no=buyer, seller_holder_account_no="R-S", buyer_holder_account_no="R-B", product=product,
        price_fen_per_tco2e=PRICE, quantity_tco2e=quantity, agreed_time=business_time(day, 10),
    )  # fmt: skip
    uow.state["trades"][number] = trade
    held = units_of(uow, seller, product)[1] + quantity
    trader(uow, ANN, market=market, frozen_tco2e=held)
    trader(uow, BOB, market=market, incoming_tco2e=units_of(uow, buyer, product)[4] + quantity)
    account = uow.state["accounts"][buyer]
    uow.state["accounts"][buyer] = _frozen(account, PRICE * held)
    return number


def _frozen(account, frozen_fen):
    return type(account)(
        account_no=account.account_no, market=account.market, credit_code=account.credit_code, name=account.name,
        holder_account_no=account.holder_account_no, frozen_fen=frozen_fen,
    )  # fmt: skip


async def test_a_settled_trade_moved_units_and_cash_and_is_told(house):
    number = agree(house, 1)
    assert await house.run() == (1, 0, 0)
    trade = house.uow.state["trades"][number]
    assert trade.status is TradeStatus.SETTLED
    assert (cash_of(house.uow, SELLER), cash_of(house.uow, BUYER)) == ((PRICE * 10, 0), (0, 0))
    assert (units_of(house.uow, SELLER), units_of(house.uow, BUYER)) == ((0,) * 5, (0, 0, 10, 0, 0))
    assert house.uow.state["facts"] == [TradeSettled(trade=trade)]


async def test_a_refused_unit_leg_gives_both_sides_free_and_leaves_the_others(house):
    refused, settled = agree(house, 1), agree(house, 2, quantity=5)
    house.registry.refuse = lambda number: insufficient_holding() if number == refused else None
    assert await house.run() == (1, 1, 0)
    assert house.statuses() == [TradeStatus.FAILED, TradeStatus.SETTLED]
    assert house.uow.state["reasons"] == {refused: "INSUFFICIENT_HOLDING"}
    assert (cash_of(house.uow, SELLER), cash_of(house.uow, BUYER)) == ((PRICE * 5, 0), (PRICE * 10, 0))
    assert (units_of(house.uow, SELLER), units_of(house.uow, BUYER)) == ((10, 0, 0, 0, 0), (0, 0, 5, 0, 0))
    trades = house.uow.state["trades"]
    assert house.uow.state["facts"] == [
        TradeFailed(trade=trades[refused], reason="INSUFFICIENT_HOLDING"),
        TradeSettled(trade=trades[settled]),
    ]


async def test_units_of_each_market_move_in_their_own_registry(house):
    agree(house, 1)
    agree(house, 1, market="BJ")
    assert await house.run() == (2, 0, 0)
    (national,), (venue,) = house.registry.moved.values(), house.ccer.moved.values()
    assert (national.market, venue.market) == ("CEA", "BJ")


async def test_batches_keep_to_their_size_and_follow_date_and_number(house):
    house.uow.clock.set(business_time(TUESDAY, 16))
    closed(house.uow, MONDAY, TUESDAY)
    numbers = [agree(house, 1), agree(house, 2), agree(house, 3), agree(house, 1, day=TUESDAY)]
    assert await house.run(TUESDAY, size_max=2) == (4, 0, 0)
    sent = [[trade.trade_no for trade in batch.trades] for batch in house.registry.moved.values()]
    assert sent == [numbers[:2], numbers[2:3], numbers[3:]]
    assert [batch.trading_date for batch in house.registry.moved.values()] == [MONDAY, MONDAY, TUESDAY]


async def test_trades_of_a_later_date_wait_for_their_own_settlement(house):
    agree(house, 1)
    agree(house, 1, day=TUESDAY)
    assert await house.run(MONDAY) == (1, 0, 0)
    assert house.statuses() == [TradeStatus.SETTLED, TradeStatus.AGREED]


async def test_settlement_waits_for_the_close_of_its_date(house):
    closed(house.uow)
    with pytest.raises(MarketNotYetClosed) as refusal:
        await house.run(MONDAY)
    assert refusal.value.metadata["trading_date"] == "2021-11-01"
    await run_market_close(MONDAY, **session(house.uow))
    assert await house.run(MONDAY) == (0, 0, 0)


@pytest.mark.parametrize("is_agreed", [True, False])
async def test_settlement_waits_for_the_close_of_every_earlier_date_with_business(house, is_agreed):
    closed(house.uow, TUESDAY)
    if is_agreed:
        agree(house, 1)
    else:
        house.uow.state["orders"]["O-1"] = Order(
            order_no="O-1", market="CEA", trading_date=MONDAY, account_no=BUYER, product=CEA, side=Side.BUY,
            price_fen_per_tco2e=PRICE, quantity_tco2e=1, placed_time=business_time(MONDAY, 10),
        )  # fmt: skip
    before = kept(house.uow)
    with pytest.raises(MarketNotYetClosed):
        await house.run(TUESDAY)
    assert kept(house.uow) == before


async def test_a_date_without_a_session_settles_what_is_left_of_the_days_before(house):
    closed(house.uow)
    assert await house.run(SATURDAY) == (0, 0, 0)


async def test_a_registry_that_is_away_leaves_its_trades_open_and_no_batch_overtakes(house):
    agree(house, 1)
    agree(house, 2)
    agree(house, 1, market="BJ")
    house.registry.fail_before = [unavailable()]
    assert await house.run(size_max=1) == (1, 0, 2)
    assert house.statuses() == [TradeStatus.SETTLED, TradeStatus.SETTLING, TradeStatus.SETTLING]
    assert len(house.registry.calls) == 1
    assert await house.run(size_max=1) == (2, 0, 0)


async def test_an_answer_that_was_lost_is_asked_for_again_with_the_same_batch(house):
    agree(house, 1)
    house.registry.fail_after = [unavailable()]
    assert await house.run() == (0, 0, 1)
    agree(house, 2)
    assert await house.run() == (2, 0, 0)
    first, again, _ = house.registry.calls
    assert first == again


class Overtaken(FakeRegistry):
    """While the answer to the first call is under way, another run asks for the same and is done."""

    def __init__(self, house: House) -> None:
        super().__init__()
        self._house = house

    async def settle(self, batch):
        answers = await super().settle(batch)
        if len(self.calls) == 1:
            assert await self._house.run() == (1, 0, 0)
        return answers


async def test_of_two_runs_at_once_the_second_finds_the_trade_settled(house):
    agree(house, 1)
    house.registry = Overtaken(house)
    assert await house.run() == (0, 0, 0)
    assert house.statuses() == [TradeStatus.SETTLED]
    assert len(house.uow.state["facts"]) == 1


class Forgetful(FakeRegistry):
    """Answers for none of the trades it was told."""

    async def settle(self, batch):
        await super().settle(batch)
        return []


async def test_an_answer_that_leaves_a_trade_out_is_no_answer(house):
    agree(house, 1)
    house.registry = Forgetful()
    with pytest.raises(BrokenClaim):
        await house.run()
    assert house.statuses() == [TradeStatus.SETTLING]


async def test_running_again_finds_nothing_to_do(house):
    agree(house, 1)
    await house.run()
    before = kept(house.uow)
    assert await house.run() == (0, 0, 0)
    assert kept(house.uow) == before
    assert len(house.registry.calls) == 1


async def test_units_of_a_late_settlement_are_free_at_once(house):
    agree(house, 1)
    house.uow.clock.set(business_time(TUESDAY, 9))
    await house.run()
    assert units_of(house.uow, BUYER) == (10, 0, 0, 0, 0)
