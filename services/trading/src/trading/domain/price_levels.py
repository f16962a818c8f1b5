"""The best prices of a list: a taker takes within the other side's best five price levels."""

from collections.abc import Mapping

from ets_kernel.domain.ensure import ensure
from ets_kernel.domain.ids import MarketCode, ProductCode

from trading.domain.errors import NotAmongBestPrices
from trading.domain.orders import Order, Side

LevelKey = tuple[MarketCode, ProductCode, Side]


class PriceLevels:
    """How many open orders each price of a list has, kept up while a batch takes orders."""

    def __init__(self, counts: Mapping[LevelKey, Mapping[int, int]]) -> None:
        self._counts = {key: dict(prices) for key, prices in counts.items()}

    def require_among_best(self, order: Order, levels_max: int) -> None:
        """Refuse an order whose price is not among the best levels of its list: NOT_AMONG_BEST_PRICES."""
        prices = self._counts.get((order.market, order.product, order.side), {})
        best = sorted(prices, reverse=order.side is Side.BUY)[:levels_max]
        if order.price_fen_per_tco2e not in best:
            raise NotAmongBestPrices(
                f"{order.price_fen_per_tco2e} fen is not among the best {levels_max} prices of its list.",
                price_fen_per_tco2e=order.price_fen_per_tco2e,
                worst_takeable_fen_per_tco2e=best[-1] if best else 0,
            )

    def remove(self, order: Order) -> None:
        """Take a filled order off its list."""
        prices = self._counts[order.market, order.product, order.side]
        ensure(prices.get(order.price_fen_per_tco2e, 0) > 0, "A filled order was on its list")
        prices[order.price_fen_per_tco2e] -= 1
        if not prices[order.price_fen_per_tco2e]:
            del prices[order.price_fen_per_tco2e]
