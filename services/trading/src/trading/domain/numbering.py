"""Numbers of orders, trades, proposals and withdrawals: ordinals per market and date, in the order of the requests."""

from collections.abc import Mapping
from datetime import date
from enum import StrEnum

from ets_kernel.domain.ids import MarketCode


class Series(StrEnum):
    """What is numbered, by the first letters of the number."""

    ORDER = "O"
    TRADE = "X"
    PROPOSAL = "B"
    UNIT_WITHDRAWAL = "W"
    CASH_WITHDRAWAL = "CW"


def series_of(series: Series, market: MarketCode, day: date | None = None) -> str:
    """Name a series of ordinals: "O-CEA-2021-11-05", or "W-CEA" for what is not numbered by day."""
    return f"{series}-{market}" if day is None else f"{series}-{market}-{day}"


class Numbering:
    """The last ordinals of some series, going on from where they were stored; a refused item takes none."""

    def __init__(self, last: Mapping[str, int]) -> None:
        self.last = dict(last)

    def peek(self, series: str) -> str:
        """Give the next number of a series without taking it; six digits, so that text order is number order."""
        return f"{series}-{self.last[series] + 1:06d}"

    def take(self, series: str) -> None:
        """Take the number that `peek` gave."""
        self.last[series] += 1
