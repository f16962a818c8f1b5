"""What a market's rule set says, and the checks that read it.

TRD-1  An order is made on a session day, inside the hours of its mode; hours include their start, not their end.
TRD-2  A price lies within the mode's limits around the previous close; the bounds themselves are rounded half-up.
TRD-3  A quantity is one of its mode.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, time
from enum import StrEnum

from ets_kernel.domain.calendars import SessionCalendar
from ets_kernel.domain.clock import ZONE, business_date
from ets_kernel.domain.ensure import ensure
from ets_kernel.domain.errors import ProductInvalid
from ets_kernel.domain.ids import MarketCode, ProductCode
from ets_kernel.domain.products import ProductKind, parse_product
from ets_kernel.domain.quantities import price_bound

from trading.domain.errors import (
    MarketClosed,
    MarketUnknown,
    OutsideTradingHours,
    PriceOutsideLimit,
    QuantityOutsideLimit,
)


class UnitLeg(StrEnum):
    """Who keeps the units of a market."""

    REGISTRY = "REGISTRY"  # 全国碳排放权注册登记系统
    CCER = "CCER"  # 国家温室气体自愿减排注册登记系统


@dataclass(frozen=True, slots=True, kw_only=True)
class Hours:
    """Parts of a session day, each with its start and without its end, in the time of Asia/Shanghai."""

    spans: tuple[tuple[time, time], ...]

    def __post_init__(self) -> None:
        edges = [edge for span in self.spans for edge in span]
        ensure(bool(edges) and edges == sorted(set(edges)), "Hours are parts of a day, one after the other")

    def admit(self, at: datetime) -> bool:
        """Tell whether a moment lies in one of the parts."""
        local = at.astimezone(ZONE).time()
        return any(start <= local < end for start, end in self.spans)

    def __str__(self) -> str:
        return ", ".join(f"{start:%H:%M}-{end:%H:%M}" for start, end in self.spans)


@dataclass(frozen=True, slots=True, kw_only=True)
class ModeRules:
    """What one mode of trading admits: limits in percent of the previous close, sizes in tCO2e, hours."""

    price_limit_percent: int
    quantity_min_tco2e: int
    quantity_below_tco2e: int | None
    hours: Hours


@dataclass(frozen=True, slots=True, kw_only=True)
class MarketRules:
    """The rule set of one market. Prices are whole fen per tCO2e and quantities whole tCO2e on every market."""

    market: MarketCode
    product_kind: ProductKind
    unit_leg: UnitLeg
    listed: ModeRules
    block: ModeRules
    price_levels_max: int
    close: time


Markets = Mapping[MarketCode, MarketRules]


def rules_of(markets: Markets, market: MarketCode) -> MarketRules:
    """Give the rule set of a market; MARKET_UNKNOWN."""
    rules = markets.get(market)
    if rules is None:
        allowed = ", ".join(markets)
        raise MarketUnknown(f"{market!r} is no market: {allowed}.", market=market, allowed=allowed)
    return rules


def check_product(rules: MarketRules, product: ProductCode) -> ProductCode:
    """Give back a product that is traded on the market; PRODUCT_INVALID for any other."""
    parsed = parse_product(product, "product")
    if parsed.kind is not rules.product_kind:
        raise ProductInvalid(
            f"{rules.market} trades {rules.product_kind} products, not {product}.",
            field="product",
            value=product,
            allowed=rules.product_kind,
        )
    return parsed.code


def check_session_day(calendar: SessionCalendar, day: date) -> date:
    """Give back a day on which the market trades; MARKET_CLOSED, CALENDAR_YEAR_UNKNOWN."""
    if not calendar.is_session_day(day):
        raise MarketClosed(f"{day} is no session day.", business_date=day)
    return day


def check_hours(mode: ModeRules, calendar: SessionCalendar, at: datetime) -> date:
    """Give the trading date of a moment in which the mode trades; MARKET_CLOSED, OUTSIDE_TRADING_HOURS."""
    day = check_session_day(calendar, business_date(at))
    if not mode.hours.admit(at):
        local = at.astimezone(ZONE)
        raise OutsideTradingHours(
            f"Trading is at {mode.hours}, not at {local:%H:%M}.",
            business_time=at.isoformat(),
            hours=mode.hours,
        )
    return day


def check_price(mode: ModeRules, *, previous_close_fen: int, price_fen: int) -> None:
    """Refuse a price outside the day's limits: PRICE_OUTSIDE_LIMIT. Fen per tCO2e, bounds rounded half-up."""
    lowest = price_bound(previous_close_fen, mode.price_limit_percent, upper=False)
    highest = price_bound(previous_close_fen, mode.price_limit_percent, upper=True)
    if not lowest <= price_fen <= highest:
        raise PriceOutsideLimit(
            f"The price {price_fen} lies outside {lowest} to {highest} fen per tCO2e.",
            price_fen_per_tco2e=price_fen,
            lowest_fen_per_tco2e=lowest,
            highest_fen_per_tco2e=highest,
        )


def check_quantity(mode: ModeRules, quantity_tco2e: int) -> None:
    """Refuse a quantity that is not one of the mode: QUANTITY_OUTSIDE_LIMIT."""
    below = mode.quantity_below_tco2e
    if quantity_tco2e < mode.quantity_min_tco2e or (below is not None and quantity_tco2e >= below):
        allowed = f"{mode.quantity_min_tco2e} or more" + ("" if below is None else f", below {below}")
        raise QuantityOutsideLimit(
            f"{quantity_tco2e} tCO2e is not allowed here: {allowed}.",
            quantity_tco2e=quantity_tco2e,
            allowed=allowed,
        )
