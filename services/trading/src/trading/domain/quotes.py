"""The day of a product: its deals, and the close they make.

TRD-11  The close is the listed turnover by the listed volume, rounded half-up; without a listed deal it is the
        previous close. Block deals never move it.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date

from ets_kernel.domain.ids import MarketCode, ProductCode
from ets_kernel.domain.quantities import vwap_close

from trading.domain.errors import ReferencePriceMissing
from trading.domain.trades import Trade, TradeMode

ProductOnMarket = tuple[MarketCode, ProductCode]


@dataclass(frozen=True, slots=True, kw_only=True)
class DailyQuote:
    """One trading day of one product on one market; prices in fen per tCO2e, volumes in tCO2e, turnovers in fen."""

    market: MarketCode
    product: ProductCode
    trading_date: date
    open_fen_per_tco2e: int
    high_fen_per_tco2e: int
    low_fen_per_tco2e: int
    close_fen_per_tco2e: int
    listed_tco2e: int
    listed_turnover_fen: int
    block_tco2e: int
    block_turnover_fen: int


def daily_quote(
    key: ProductOnMarket, trading_date: date, *, previous_close_fen: int, trades: Iterable[Trade]
) -> DailyQuote:
    """Make the quote of a day from its trades, given in the order in which they were agreed."""
    # Source: the close of the allowance market was listed turnover by listed volume, half-up to 0.01 CNY, on every
    # product-day of the exchange's published daily figures of 2021 to 2025; 《温室气体自愿减排交易和结算规则（试行）》,
    # 2023-11-16, article 17 says the same of the base price of CCER.
    listed: list[Trade] = []
    block: list[Trade] = []
    for trade in trades:
        (listed if trade.mode is TradeMode.LISTED else block).append(trade)
    prices = [trade.price_fen_per_tco2e for trade in listed]
    volume = sum(trade.quantity_tco2e for trade in listed)
    turnover = sum(trade.turnover_fen for trade in listed)
    return DailyQuote(
        market=key[0],
        product=key[1],
        trading_date=trading_date,
        open_fen_per_tco2e=prices[0] if prices else previous_close_fen,
        high_fen_per_tco2e=max(prices, default=0),
        low_fen_per_tco2e=min(prices, default=0),
        close_fen_per_tco2e=vwap_close(turnover, volume) if volume else previous_close_fen,
        listed_tco2e=volume,
        listed_turnover_fen=turnover,
        block_tco2e=sum(trade.quantity_tco2e for trade in block),
        block_turnover_fen=sum(trade.turnover_fen for trade in block),
    )


def base_price(prices: Mapping[ProductOnMarket, int], key: ProductOnMarket) -> int:
    """Give the previous close of a product, or its reference price; REFERENCE_PRICE_MISSING. Fen per tCO2e."""
    price = prices.get(key)
    if price is None:
        market, product = key
        raise ReferencePriceMissing(
            f"{product} has no previous close and no reference price on {market}.",
            market=market,
            product=product,
        )
    return price
