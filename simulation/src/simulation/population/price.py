"""At what price: closes of every session, listed prices that average to them, block prices that fill the turnover.

PRI-1  The listed average of a session, rounded half-up to the fen, is that session's close.
PRI-2  Every price is inside its limit of the previous close: listed 10 percent, block 30 percent.
PRI-3  The turnover of November and of December is the published one to the fen.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from itertools import pairwise
from typing import Final

from ets_kernel.domain.ensure import ensure
from ets_kernel.domain.quantities import price_bound, vwap_close

from simulation.population.agenda import Stage
from simulation.population.volume import FINE_LOTS_T, MONTHS, Lot

_LISTED_LIMIT_PERCENT: Final = 10
_BLOCK_LIMIT_PERCENT: Final = 30
_CLOSE_NOISE_FEN: Final = 18
_BLOCK_NOISE_PERMILLE: Final = 20
# What one fen more on each fine lot adds over the first: 1, 40 and 1,600 fen.
_FINE_STEPS: Final = tuple(quantity - FINE_LOTS_T[0] for quantity in FINE_LOTS_T[1:])


def make_closes(stage: Stage) -> dict[date, int]:
    """Give the close of every session, in fen per tonne: the anchors exactly, straight lines with noise between."""
    anchors = sorted(stage.scenario.close_anchors.items())
    closes = {}
    for (first, low), (last, high) in pairwise(anchors):
        span = (last - first).days
        for session in stage.timeline.sessions:
            if first < session < last:
                line = low + (high - low) * (session - first).days // span
                closes[session] = line + stage.chance.randint(-_CLOSE_NOISE_FEN, _CLOSE_NOISE_FEN)
    closes.update(anchors)
    return dict(sorted(closes.items()))


def price_lots(stage: Stage, lots: Sequence[Lot], closes: Mapping[date, int]) -> list[int]:
    """Give the price of every lot, in fen per tonne and in the order of the lots."""
    prices = [0] * len(lots)
    previous = _previous_closes(stage, closes)
    for session in stage.timeline.sessions:
        listed = [i for i, lot in enumerate(lots) if lot.session == session and not lot.is_block]
        day = _listed_prices(stage, [lots[i] for i in listed], closes[session])
        for index, price in zip(listed, day, strict=True):
            prices[index] = price
    for month in MONTHS.values():
        block = [i for i, lot in enumerate(lots) if lot.month == month and lot.is_block]
        bases = [previous[lots[i].session] for i in block]
        quantities = [lots[i].quantity_tco2e for i in block]
        target = _block_turnover(stage, month, lots, prices)
        for index, price in zip(block, _block_prices(stage, bases, quantities, target), strict=True):
            prices[index] = price
    for lot, price in zip(lots, prices, strict=True):
        percent = _BLOCK_LIMIT_PERCENT if lot.is_block else _LISTED_LIMIT_PERCENT
        close = previous[lot.session]
        ensure(
            price_bound(close, percent, upper=False) <= price <= price_bound(close, percent, upper=True),
            f"{price} fen on {lot.session} is inside {percent} percent of {close}",
        )
    return prices


def _previous_closes(stage: Stage, closes: Mapping[date, int]) -> dict[date, int]:
    opening = stage.scenario["opening_close_fen"]
    values = [opening, *(closes[session] for session in stage.timeline.sessions)]
    return dict(zip(stage.timeline.sessions, values, strict=False))


def _listed_prices(stage: Stage, lots: Sequence[Lot], close: int) -> list[int]:
    """Price a session's listed lots on at most five levels so that they average to the close."""
    step = stage.chance.randint(2, 12)
    extreme = _extreme(stage, lots[0].session)
    prices = [close + stage.chance.choice((-step, 0, 0, step)) for _ in lots]
    largest = max(range(len(lots)), key=lambda i: lots[i].quantity_tco2e)
    for index, lot in enumerate(lots):
        if lot.is_first:
            prices[index] = extreme or close
    prices[largest] = close
    above = sum((p - close) * lot.quantity_tco2e for p, lot in zip(prices, lots, strict=True))
    if len(lots) > 1:
        tonnes = lots[largest].quantity_tco2e
        prices[largest] -= (2 * above + tonnes) // (2 * tonnes)
    turnover = sum(p * lot.quantity_tco2e for p, lot in zip(prices, lots, strict=True))
    volume = sum(lot.quantity_tco2e for lot in lots)
    ensure(vwap_close(turnover, volume) == close, "Listed deals average to the close")
    return prices


def _extreme(stage: Stage, session: date) -> int | None:
    """Give the month's published lowest or highest price if it is made on this session."""
    for name, day in stage.scenario.extremes.items():
        if day == session:
            return stage.scenario[f"{name}_fen"]
    return None


def _block_turnover(stage: Stage, month: str, lots: Sequence[Lot], prices: Sequence[int]) -> int | None:
    key = f"{month}_turnover_fen"
    if key not in stage.scenario.figures:
        return None
    listed = sum(
        price * lot.quantity_tco2e
        for lot, price in zip(lots, prices, strict=True)
        if lot.month == month and not lot.is_block
    )
    return stage.scenario[key] - listed


def _block_prices(
    stage: Stage, bases: Sequence[int], quantities: Sequence[int], target_fen: int | None
) -> list[int]:
    """Price block deals below the previous close by one common ratio, then fill the target to the fen."""
    noise = [1000 + stage.chance.randint(-_BLOCK_NOISE_PERMILLE, 0) for _ in bases]
    if target_fen is None:
        return [base * part // 1000 for base, part in zip(bases, noise, strict=True)]
    at_base = sum(base * part * tonnes for base, part, tonnes in zip(bases, noise, quantities, strict=True))
    prices = [base * part * target_fen // at_base for base, part in zip(bases, noise, strict=True)]
    left = target_fen - sum(p * tonnes for p, tonnes in zip(prices, quantities, strict=True))
    ensure(left >= 0, "Prices rounded down leave something to fill")
    by_size = sorted(range(len(bases)), key=lambda i: -quantities[i])
    while left >= FINE_LOTS_T[0]:
        for index in by_size:
            if quantities[index] <= left:
                prices[index] += 1
                left -= quantities[index]
    return _fill_finely(prices, quantities, left)


def _fill_finely(prices: list[int], quantities: Sequence[int], left_fen: int) -> list[int]:
    """Place what is left, below one fen on the smallest lot, by moving prices between the fine lots."""
    filled = list(prices)
    coarse = quantities.index(FINE_LOTS_T[0])
    for step, tonnes in sorted(zip(_FINE_STEPS, FINE_LOTS_T[1:], strict=True), reverse=True):
        count, left_fen = divmod(left_fen, step)
        filled[quantities.index(tonnes)] += count
        filled[coarse] -= count
    ensure(left_fen == 0, "Steps of one fen leave nothing")
    return filled
