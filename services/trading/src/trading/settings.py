"""The settings of trading, read once from the environment (prefix ``ETS_``) in ``main.py``."""

from ets_kernel.runtime.settings import ServiceSettings
from pydantic import Field, PositiveInt

from trading.domain.venue_rules import VENUE_BLOCK_QUANTITY_MIN_TCO2E


class TradingSettings(ServiceSettings):
    """What trading needs beside what every service needs."""

    settlement_batch_size_max: int = Field(default=1_000, ge=1, le=1_000)
    """Trades at most in one call to a registry; the contract admits 1,000."""

    venue_block_quantity_min_tco2e: PositiveInt = VENUE_BLOCK_QUANTITY_MIN_TCO2E
    """Smallest block deal at a CCER venue, tCO2e; ours, no document fixes it."""
