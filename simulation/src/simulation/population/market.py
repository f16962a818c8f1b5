"""The national exchange: who sells each lot, in which rounds, and the units and money around every session.

Sellers bring their units on the session before; buyers bring money then and take their units on the session after.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from datetime import date
from typing import Final

from ets_kernel.domain.ensure import ensure
from ets_kernel.domain.products import allowance_product

from simulation.population.agenda import Stage
from simulation.population.plan import (
    CEA_MARKET,
    BlockDeal,
    CashWithdrawal,
    Deposit,
    ListedOrder,
    ListedRound,
    OpenTradingAccount,
    Take,
    Transfer,
)
from simulation.population.price import make_closes, price_lots
from simulation.population.roles import Roles
from simulation.population.volume import BLOCK_LEAST_T, Lot, make_lots

_DEPOSIT_STEP_FEN: Final = 1_000_000
_TRIES: Final = 30


class _Sellers:
    """What sellers can still sell; a sale goes to a chosen one that has enough."""

    def __init__(self, stage: Stage, sellable_t: Mapping[str, int]) -> None:
        self._chance = stage.chance
        self._left = dict(sellable_t)
        self._codes = sorted(sellable_t)

    def sell(self, quantity_tco2e: int) -> str:
        """Give the seller of so many tonnes and take them from what it has left."""
        tries = self._chance.sample(self._codes, _TRIES)
        able = [code for code in tries if self._left[code] >= quantity_tco2e]
        # The smallest that has enough, so that the large ones stay for large lots.
        seller = min(able or self._codes, key=lambda code: self._left[code] if able else -self._left[code])
        ensure(self._left[seller] >= quantity_tco2e, "Somebody has enough to sell")
        self._left[seller] -= quantity_tco2e
        return seller


def trade_allowances(stage: Stage, roles: Roles) -> dict[str, date]:
    """Plan all deals in allowances; give the date on which each buyer holds all it bought for surrender."""
    lots = make_lots(stage, roles)
    prices = price_lots(stage, lots, make_closes(stage))
    sellers = _Sellers(stage, roles.sellable_t)
    by_session: dict[date, list[tuple[Lot, int]]] = defaultdict(list)
    for lot, price in zip(lots, prices, strict=True):
        by_session[lot.session].append((lot, price))
    money = _Money(stage)
    traders: set[str] = set()
    ready: dict[str, date] = {}
    for session in stage.timeline.sessions:
        deals = _plan_session(stage, sellers, session, by_session[session])
        traders |= {party for deal in deals for party in (deal.seller, deal.buyer)}
        _plan_units(stage, session, deals)
        money.plan(session, deals)
        morrow = stage.timeline.next_session(session)
        for lot, _ in by_session[session]:
            if lot.is_need and morrow is not None:
                ready[lot.buyer] = morrow
    for code in sorted(traders):
        account = OpenTradingAccount(credit_code=code, market=CEA_MARKET)
        stage.agenda.put(stage.timeline.opening, "open_trading_accounts", account)
    return ready


def _plan_session(
    stage: Stage, sellers: _Sellers, session: date, lots: Sequence[tuple[Lot, int]]
) -> list[BlockDeal]:
    """Plan the rounds and block deals of a session; give every deal, listed ones as well, as who sold what to whom."""
    product = allowance_product(stage.scenario.cycle)
    deals: list[BlockDeal] = []
    block: list[tuple[Lot, int]] = []
    listed: list[tuple[Lot, int]] = []
    for lot, price in lots:
        kind = block if lot.is_block else listed
        kind.append((lot, price))
    for number, (lot, price) in enumerate(block, start=1):
        deal = BlockDeal(
            ref=f"CEA{session:%m%d}B{number:03}",
            market=CEA_MARKET,
            product=product,
            seller=sellers.sell(lot.quantity_tco2e),
            buyer=lot.buyer,
            quantity_tco2e=lot.quantity_tco2e,
            price_fen_per_tco2e=price,
        )
        deals.append(deal)
        stage.agenda.put(session, "block_deals", deal)
    for field, part in (("listed_morning", listed[::2]), ("listed_afternoon", listed[1::2])):
        if part:
            number = len(deals)
            listed_round = _round(stage, sellers, f"CEA{session:%m%d}L{number:03}", product, part)
            stage.agenda.put(session, field, listed_round)
            deals += _deals_of(listed_round)
    return deals


def _round(
    stage: Stage, sellers: _Sellers, ref: str, product: str, lots: Sequence[tuple[Lot, int]]
) -> ListedRound:
    """Post one order for each lot, or for two lots of one price; take the best price first."""
    orders: list[ListedOrder] = []
    takes: list[Take] = []
    waiting = sorted(lots, key=lambda item: item[1])
    while waiting:
        taken = [waiting.pop(0)]
        lot, price = taken[0]
        if waiting and waiting[0][1] == price and stage.chance.randrange(3) == 0:
            both = lot.quantity_tco2e + waiting[0][0].quantity_tco2e
            taken += [waiting.pop(0)] if both < BLOCK_LEAST_T else []
        total = sum(item.quantity_tco2e for item, _ in taken)
        order = ListedOrder(
            ref=f"{ref}N{len(orders) + 1:03}",
            market=CEA_MARKET,
            product=product,
            seller=sellers.sell(total),
            quantity_tco2e=total,
            price_fen_per_tco2e=price,
        )
        orders.append(order)
        takes += [
            Take(order_ref=order.ref, buyer=item.buyer, quantity_tco2e=item.quantity_tco2e)
            for item, _ in taken
        ]
    return ListedRound(orders=tuple(orders), takes=tuple(takes))


def _deals_of(listed_round: ListedRound) -> list[BlockDeal]:
    orders = {order.ref: order for order in listed_round.orders}
    return [
        BlockDeal(
            ref=take.order_ref,
            market=CEA_MARKET,
            product=orders[take.order_ref].product,
            seller=orders[take.order_ref].seller,
            buyer=take.buyer,
            quantity_tco2e=take.quantity_tco2e,
            price_fen_per_tco2e=orders[take.order_ref].price_fen_per_tco2e,
        )
        for take in listed_round.takes
    ]


def _plan_units(stage: Stage, session: date, deals: Sequence[BlockDeal]) -> None:
    sold, bought = Counter[str](), Counter[str]()
    for deal in deals:
        sold[deal.seller] += deal.quantity_tco2e
        bought[deal.buyer] += deal.quantity_tco2e
    eve, morrow = stage.timeline.previous_session(session), stage.timeline.next_session(session)
    for code, tonnes in sold.items():
        stage.agenda.put(eve, "transfers_to_trading", Transfer(credit_code=code, quantity_tco2e=tonnes))
    if morrow is not None:
        for code, tonnes in bought.items():
            transfer = Transfer(credit_code=code, quantity_tco2e=tonnes)
            stage.agenda.put(morrow, "transfers_from_trading", transfer)


class _Money:
    """Keeps every trader's cash, so that deposits cover what is bought and withdrawals what came in."""

    def __init__(self, stage: Stage) -> None:
        self._stage = stage
        self._cash_fen = Counter[str]()

    def plan(self, session: date, deals: Sequence[BlockDeal]) -> None:
        """Plan the deposits before a session and some withdrawals after it."""
        cost, proceeds = Counter[str](), Counter[str]()
        for deal in deals:
            fen = deal.quantity_tco2e * deal.price_fen_per_tco2e
            cost[deal.buyer] += fen
            proceeds[deal.seller] += fen
        timeline, agenda = self._stage.timeline, self._stage.agenda
        for code, fen in cost.items():
            missing = fen - self._cash_fen[code]
            amount = max(-(-missing // _DEPOSIT_STEP_FEN), 0) * _DEPOSIT_STEP_FEN
            if amount:
                deposit = Deposit(market=CEA_MARKET, credit_code=code, amount_fen=amount)
                agenda.put(timeline.previous_session(session), "deposits", deposit)
            self._cash_fen[code] += amount - fen
        morrow = timeline.next_session(session)
        for code, fen in proceeds.items():
            if morrow is not None and self._stage.chance.randrange(3) == 0:
                withdrawal = CashWithdrawal(market=CEA_MARKET, credit_code=code, amount_fen=fen)
                agenda.put(morrow, "cash_withdrawals", withdrawal)
