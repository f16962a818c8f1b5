"""Set the base price of products before their first close."""

from collections.abc import Sequence
from dataclasses import dataclass

from ets_kernel.domain.ids import MarketCode, ProductCode

from trading.app.batches import decide_each
from trading.app.ports import Outcome, UnitOfWork
from trading.domain.errors import ReferencePriceFixed
from trading.domain.quotes import ProductOnMarket
from trading.domain.rules import Markets, check_product, rules_of


@dataclass(frozen=True, slots=True, kw_only=True)
class ReferencePrice:
    """A base price, fen per tCO2e."""

    market: MarketCode
    product: ProductCode
    price_fen_per_tco2e: int


async def set_reference_prices(
    prices: Sequence[ReferencePrice], *, uow: UnitOfWork, markets: Markets
) -> list[Outcome]:
    """Set base prices; per item "<market>/<product>" or MARKET_UNKNOWN, PRODUCT_INVALID, REFERENCE_PRICE_FIXED."""
    closed = await uow.quotes.closed_products({(item.market, item.product) for item in prices})
    wanted: dict[ProductOnMarket, int] = {}

    def decide(item: ReferencePrice) -> str:
        product = check_product(rules_of(markets, item.market), item.product)
        if (item.market, product) in closed:
            raise ReferencePriceFixed(
                f"{product} has a close on {item.market}.", market=item.market, product=product
            )
        wanted[item.market, product] = item.price_fen_per_tco2e
        return f"{item.market}/{product}"

    outcomes = decide_each(prices, decide)
    await uow.quotes.set_references(wanted)
    return outcomes
