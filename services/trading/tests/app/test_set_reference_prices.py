"""Setting the base price of products before their first close."""

import pytest
from ets_kernel.domain.clock import business_time
from trading.app.run_market_close import run_market_close
from trading.app.set_reference_prices import ReferencePrice, set_reference_prices
from trading_fakes import FakeUnitOfWork
from trading_floor import MARKETS, MONDAY, PRICE, floor, judged, session, told
from trading_market import CCER, CEA


@pytest.fixture
def uow() -> FakeUnitOfWork:
    """A market with a price of allowances, as it was set before any close."""
    return floor()


def price(fen: int = 4_800, market: str = "CEA", product: str = CEA) -> ReferencePrice:
    return ReferencePrice(market=market, product=product, price_fen_per_tco2e=fen)


async def set_all(uow, *prices):
    return told(await set_reference_prices(prices, uow=uow, markets=MARKETS))


async def test_a_reference_price_is_the_base_price_until_there_is_a_close(uow):
    assert await set_all(uow, price(), price(2_000, "BJ", CCER)) == [f"CEA/{CEA}", f"BJ/{CCER}"]
    assert await uow.quotes.base_prices(MONDAY) == {("CEA", CEA): 4_800, ("BJ", CCER): 2_000}
    assert uow.state["facts"] == []


async def test_a_price_may_be_set_again_and_the_last_one_counts(uow):
    assert await set_all(uow, price(1), price(2)) == [f"CEA/{CEA}"] * 2
    assert await set_all(uow, price(3)) == [f"CEA/{CEA}"]
    assert await uow.quotes.base_prices(MONDAY) == {("CEA", CEA): 3}


@pytest.mark.parametrize(
    ("item", "expected"),
    [
        (price(market="XX", product=CCER), "MARKET_UNKNOWN"),
        (price(product=CCER), "PRODUCT_INVALID"),
        (price(market="BJ"), "PRODUCT_INVALID"),
        (price(), "REFERENCE_PRICE_FIXED"),
    ],
)
async def test_refusals_of_a_price_come_in_their_order_and_the_first_close_fixes_it(uow, item, expected):
    uow.clock.set(business_time(MONDAY, 15))
    await run_market_close(MONDAY, **session(uow))
    assert await judged(uow, set_reference_prices, item, uow=uow, markets=MARKETS) == expected
    assert uow.state["references_fen"] == {("CEA", CEA): PRICE}


async def test_a_refused_price_does_not_keep_the_others_of_its_batch_from_being_set(uow):
    assert await set_all(uow, price(product=CCER), price(9)) == ["PRODUCT_INVALID", f"CEA/{CEA}"]
    assert uow.state["references_fen"] == {("CEA", CEA): 9}
