"""Deals in CCER on the nine venues: the owner brings units, the entity brings money, both leave with the other.

Prices of a product on a venue stay within three percent of its first price, well inside every daily limit.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from ets_kernel.domain.ensure import BrokenClaim

from simulation.population.agenda import Stage
from simulation.population.plan import (
    BlockDeal,
    CcerTransfer,
    Deposit,
    ListedOrder,
    ListedRound,
    ProductQuantity,
    Take,
)
from simulation.population.volume import BLOCK_LEAST_T


@dataclass(frozen=True, slots=True, kw_only=True)
class Purchase:
    """One purchase of CCER by an entity on a session of a venue."""

    buyer: str
    venue: str
    session: date
    line: ProductQuantity


def trade_on_venues(
    stage: Stage,
    purchases: Sequence[Purchase],
    sellers: Mapping[str, str],
) -> dict[tuple[str, str], int]:
    """Plan the deals with their money and units; give the first price of each (venue, product)."""
    pairs = sorted({(purchase.venue, purchase.line.product) for purchase in purchases})
    middle = stage.scenario["ccer_price_fen"]
    firsts = {pair: middle * stage.chance.randint(85, 115) // 100 for pair in pairs}
    by_session: dict[date, list[Purchase]] = defaultdict(list)
    for purchase in purchases:
        by_session[purchase.session].append(purchase)
    for session in sorted(by_session):
        prices = {pair: firsts[pair] * stage.chance.randint(97, 103) // 100 for pair in pairs}
        _plan_session(stage, session, by_session[session], sellers, prices)
    return firsts


def _plan_session(
    stage: Stage,
    session: date,
    purchases: Sequence[Purchase],
    sellers: Mapping[str, str],
    prices: Mapping[tuple[str, str], int],
) -> None:
    orders, takes = [], []
    money, units = Counter[tuple[str, str]](), Counter[tuple[str, str, str]]()
    for number, purchase in enumerate(purchases, start=1):
        venue, line = purchase.venue, purchase.line
        ref = f"{venue}{session:%m%d}N{number:03}"
        seller = sellers[line.product]
        price = prices[venue, line.product]
        money[venue, purchase.buyer] += price * line.quantity_tco2e
        units[venue, seller, line.product] += line.quantity_tco2e
        if line.quantity_tco2e >= BLOCK_LEAST_T:
            deal = BlockDeal(
                ref=ref,
                market=venue,
                product=line.product,
                seller=seller,
                buyer=purchase.buyer,
                quantity_tco2e=line.quantity_tco2e,
                price_fen_per_tco2e=price,
            )
            stage.agenda.put(session, "block_deals", deal)
            continue
        order = ListedOrder(
            ref=ref,
            market=venue,
            product=line.product,
            seller=seller,
            quantity_tco2e=line.quantity_tco2e,
            price_fen_per_tco2e=price,
        )
        orders.append(order)
        takes.append(Take(order_ref=ref, buyer=purchase.buyer, quantity_tco2e=line.quantity_tco2e))
    if orders:
        stage.agenda.put(session, "listed_morning", ListedRound(orders=tuple(orders), takes=tuple(takes)))
    _plan_legs(stage, session, purchases, money, units)


def _plan_legs(
    stage: Stage,
    session: date,
    purchases: Sequence[Purchase],
    money: Mapping[tuple[str, str], int],
    units: Mapping[tuple[str, str, str], int],
) -> None:
    eve, morrow = stage.timeline.previous_session(session), stage.timeline.next_session(session)
    if morrow is None:
        raise BrokenClaim("CCER are bought early enough to be withdrawn")
    for (venue, buyer), fen in money.items():
        stage.agenda.put(eve, "deposits", Deposit(market=venue, credit_code=buyer, amount_fen=fen))
    for (venue, seller, product), tonnes in units.items():
        transfer = CcerTransfer(venue=venue, credit_code=seller, product=product, quantity_tco2e=tonnes)
        stage.agenda.put(eve, "ccer_to_venue", transfer)
    for purchase in purchases:
        transfer = CcerTransfer(
            venue=purchase.venue,
            credit_code=purchase.buyer,
            product=purchase.line.product,
            quantity_tco2e=purchase.line.quantity_tco2e,
        )
        stage.agenda.put(morrow, "ccer_from_venue", transfer)
