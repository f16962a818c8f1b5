"""Exact arithmetic for tonnes and fen, with the rounding in the name of the function.

QTY-1  Tonnes and money are whole numbers; a Decimal is rounded once, at the end of a formula.
QTY-2  Half-up rounds a tie away from zero.
"""

import re
from decimal import ROUND_FLOOR, ROUND_HALF_UP, Context, Decimal
from typing import Final

from ets_kernel.domain.ensure import ensure
from ets_kernel.domain.errors import DecimalInvalid

INT64_MAX: Final = 2**63 - 1

# Wide enough for every product of an int64 and coefficients: rounding happens only where it is asked for.
EXACT: Final = Context(prec=60)

_PLAIN_DECIMAL: Final = re.compile(r"-?[0-9]{1,18}(\.[0-9]{1,12})?", re.ASCII)
_PLAIN_DECIMAL_ALLOWED: Final = "up to 18 digits, and a point with up to 12 more"


def round_half_up(value: Decimal, places: int = 0) -> Decimal:
    """Round to a number of decimal places; a tie goes away from zero."""
    return value.quantize(Decimal(1).scaleb(-places), rounding=ROUND_HALF_UP, context=EXACT)


def floor_tonnes(value_tco2e: Decimal) -> int:
    """Round down to whole tonnes, as allocations are."""
    return int(value_tco2e.to_integral_value(rounding=ROUND_FLOOR, context=EXACT))


def parse_decimal(text: str, field: str) -> Decimal:
    """Take a plain decimal number without exponent, blanks or thousands separators; else DECIMAL_INVALID."""
    if not _PLAIN_DECIMAL.fullmatch(text):
        raise DecimalInvalid(
            f"{field} {text!r} is no decimal number: {_PLAIN_DECIMAL_ALLOWED}.",
            field=field,
            value=text,
            allowed=_PLAIN_DECIMAL_ALLOWED,
        )
    return Decimal(text)


def price_bound(close_fen: int, percent: int, *, upper: bool) -> int:
    """Give the highest or lowest price that a limit of ±percent of the close admits, in fen per tonne.

    The bound itself is rounded half-up to 0.01 CNY: published highs and lows lie on bounds rounded in this
    way, and outside the unrounded ones.
    """
    ensure(close_fen > 0, "A close is above zero")
    ensure(0 <= percent <= 100, "A limit is 0 to 100 percent")
    return _divide_half_up(close_fen * (100 + percent if upper else 100 - percent), 100)


def percent_floor(quantity: int, percent: int) -> int:
    """Give the whole percent of a quantity, rounded down: the most that does not go above the percentage."""
    ensure(quantity >= 0, "A quantity is not negative")
    ensure(0 <= percent <= 100, "A share is 0 to 100 percent")
    return quantity * percent // 100


def vwap_close(turnover_fen: int, volume_tco2e: int) -> int:
    """Give the volume-weighted average price in fen per tonne, rounded half-up to 0.01 CNY."""
    ensure(turnover_fen >= 0, "A turnover is not negative")
    ensure(volume_tco2e > 0, "An average price has a volume")
    return _divide_half_up(turnover_fen, volume_tco2e)


def _divide_half_up(numerator: int, denominator: int) -> int:
    return (2 * numerator + denominator) // (2 * denominator)
