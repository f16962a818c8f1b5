"""The rule set of the national allowance market, as it opened in July 2021."""

from datetime import time
from typing import Final

from ets_kernel.domain.ids import MarketCode
from ets_kernel.domain.products import ProductKind

from trading.domain.rules import Hours, MarketRules, ModeRules, UnitLeg

NATIONAL_MARKET: Final = MarketCode("CEA")

# Source: 上海环境能源交易所 《关于全国碳排放权交易相关事项的公告》, 2021-06-22: an order of 挂牌协议交易 is smaller
# than 100,000 t and its price within ±10 % of the previous trading day's close; an order of 大宗协议交易 is
# 100,000 t or more and its price within ±30 %; quoted in yuan per tCO2e, tick 0.01 yuan, size step 1 t.
LISTED_LIMIT_PERCENT: Final = 10
BLOCK_LIMIT_PERCENT: Final = 30
BLOCK_QUANTITY_MIN_TCO2E: Final = 100_000
LISTED_QUANTITY_BELOW_TCO2E: Final = 100_000
LISTED_QUANTITY_MIN_TCO2E: Final = 1

# Source: 上海环境能源交易所 《关于全国碳排放权交易相关事项的公告》, 2021-06-22: a taker takes within the best five
# price levels of the other side, at the price of the order taken.
PRICE_LEVELS_MAX: Final = 5

# Source: the same announcement: 挂牌协议交易 on session days 9:30-11:30 and 13:00-15:00, 大宗协议交易 13:00-15:00.
MORNING: Final = (time(9, 30), time(11, 30))
AFTERNOON: Final = (time(13, 0), time(15, 0))
CLOSE: Final = AFTERNOON[1]

NATIONAL_RULES: Final = MarketRules(
    market=NATIONAL_MARKET,
    product_kind=ProductKind.ALLOWANCE,
    unit_leg=UnitLeg.REGISTRY,
    listed=ModeRules(
        price_limit_percent=LISTED_LIMIT_PERCENT,
        quantity_min_tco2e=LISTED_QUANTITY_MIN_TCO2E,
        quantity_below_tco2e=LISTED_QUANTITY_BELOW_TCO2E,
        hours=Hours(spans=(MORNING, AFTERNOON)),
    ),
    block=ModeRules(
        price_limit_percent=BLOCK_LIMIT_PERCENT,
        quantity_min_tco2e=BLOCK_QUANTITY_MIN_TCO2E,
        quantity_below_tco2e=None,
        hours=Hours(spans=(AFTERNOON,)),
    ),
    price_levels_max=PRICE_LEVELS_MAX,
    close=CLOSE,
)
