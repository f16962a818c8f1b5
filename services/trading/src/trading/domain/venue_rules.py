"""The rule sets of the nine venues that trade CCER, and of all markets together.

The venues' rules of 2021 differ and are not all public. What stands here is ours: the limits of the national market
and the hours of 《温室气体自愿减排交易和结算规则（试行）》, 2023-11-16, article 22, which are the same for both modes.
"""

from dataclasses import replace
from types import MappingProxyType
from typing import Final

from ets_kernel.domain.ids import MarketCode
from ets_kernel.domain.products import ProductKind

from trading.domain.rules import Hours, MarketRules, Markets, UnitLeg
from trading.domain.trading_rules_2021 import AFTERNOON, MORNING, NATIONAL_MARKET, NATIONAL_RULES

# Beijing, Tianjin, Shanghai, Guangzhou, Shenzhen, Hubei, Chongqing, Sichuan, Fujian.
# Source: 《关于做好全国碳排放权交易市场第一个履约周期碳排放配额清缴工作的通知》, 2021-10-23, annex 1, step 1.
VENUES: Final = tuple(MarketCode(code) for code in ("BJ", "TJ", "SH", "GZ", "SZ", "HB", "CQ", "SC", "FJ"))

# Ours: CCER come in lots of a project, so a block deal may have any size.
VENUE_BLOCK_QUANTITY_MIN_TCO2E: Final = 1


def venue_rules(venue: MarketCode, *, block_quantity_min_tco2e: int) -> MarketRules:
    """Give the rule set of a venue."""
    return replace(
        NATIONAL_RULES,
        market=venue,
        product_kind=ProductKind.CCER,
        unit_leg=UnitLeg.CCER,
        block=replace(
            NATIONAL_RULES.block,
            quantity_min_tco2e=block_quantity_min_tco2e,
            hours=Hours(spans=(MORNING, AFTERNOON)),
        ),
    )


def make_markets(*, venue_block_quantity_min_tco2e: int = VENUE_BLOCK_QUANTITY_MIN_TCO2E) -> Markets:
    """Give the rule sets of all markets, the national one first."""
    markets = {NATIONAL_MARKET: NATIONAL_RULES}
    for venue in VENUES:
        markets[venue] = venue_rules(venue, block_quantity_min_tco2e=venue_block_quantity_min_tco2e)
    return MappingProxyType(markets)
