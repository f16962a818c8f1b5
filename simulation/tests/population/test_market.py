"""Prices and sizes of the planned deals keep the rules of the exchange."""

import pytest
from ets_kernel.domain.quantities import price_bound
from simulation.population.expected import allowance_deals, closes
from simulation.population.plan import CEA_MARKET


@pytest.fixture
def deals(plan):
    return tuple(allowance_deals(plan))


def test_every_price_is_inside_its_limit_of_the_previous_close(plan, deals):
    previous = plan.previous_close_fen
    bases = {}
    for session, close in closes(deals).items():
        bases[session] = previous
        previous = close
    for deal in deals:
        percent = 30 if deal.is_block else 10
        low, high = (price_bound(bases[deal.session], percent, upper=upper) for upper in (False, True))
        assert low <= deal.price_fen_per_tco2e <= high


def test_every_session_has_a_listed_deal(plan, deals):
    sessions = {day.date for day in plan.days.values() if day.is_session}
    assert set(closes(deals)) == sessions
    assert len(sessions) == 49


def test_sizes_divide_listed_from_block(deals):
    for deal in deals:
        assert (deal.quantity_tco2e >= 100_000) is deal.is_block


def test_nobody_both_buys_and_sells_allowances(plan):
    sellers, buyers = set(), set()
    for day in plan.days.values():
        for one in day.listed_rounds():
            sellers |= {order.seller for order in one.orders if order.market == CEA_MARKET}
            national = {order.ref for order in one.orders if order.market == CEA_MARKET}
            buyers |= {take.buyer for take in one.takes if take.order_ref in national}
        sellers |= {deal.seller for deal in day.block_deals if deal.market == CEA_MARKET}
        buyers |= {deal.buyer for deal in day.block_deals if deal.market == CEA_MARKET}
    assert sellers.isdisjoint(buyers)


def test_some_listed_orders_are_taken_in_parts(plan):
    parts = [len(one.takes) - len(one.orders) for day in plan.days.values() for one in day.listed_rounds()]
    assert sum(parts) > 0


def test_ccer_prices_stay_near_the_first_price_of_their_venue(plan):
    for day in plan.days.values():
        orders = [order for one in day.listed_rounds() for order in one.orders]
        for deal in (*orders, *day.block_deals):
            if deal.market != CEA_MARKET:
                first = plan.reference_prices_fen[deal.market, deal.product]
                assert abs(deal.price_fen_per_tco2e - first) * 100 <= 3 * first + 100
