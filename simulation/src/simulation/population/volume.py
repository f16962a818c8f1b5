"""How much is traded when: lots of buyers over sessions, exact in volume per month and mode.

VOL-1  Lots of a month and mode sum to the scenario's volume; listed lots are below, block lots at or above the limit.
VOL-2  A lot that somebody needs for surrender is traded by the last needed session; the rest is reserve.
VOL-3  Every session has a listed lot, so every close is an average of that day.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Final

from ets_kernel.domain.ensure import ensure

from simulation.population.agenda import Stage
from simulation.population.roles import Roles
from simulation.population.shares import spread

BLOCK_LEAST_T: Final = 100_000
MONTHS: Final = {10: "october", 11: "november", 12: "december"}
# Four block lots a month whose quantities differ by 1, 40 and 1,600 t: with their prices any turnover is reached.
FINE_LOTS_T: Final = (100_000, 100_001, 100_040, 101_600)
_BLOCK_LOT_T: Final = 1_000_000
_LISTED_LOT_T: Final = 95_000
_LAST_NEED_DAY: Final = 29  # Of December: withdrawn on the 30th, surrendered by the 31st.
_NEED_PERCENT: Final = {"october": 60, "november": 70, "december": 97}
_EVEN_WEIGHT: Final = 10
_FIRST_LOT_T: Final = (100, 900)
# On a session with an extreme price this lot, far larger than the first, brings the average back to the close.
_COUNTER_LOT_T: Final = (20_000, 40_000)


@dataclass(frozen=True, slots=True, kw_only=True)
class Lot:
    """What one buyer buys in one deal; `is_first` marks the small first listed lot of a session."""

    session: date
    buyer: str
    quantity_tco2e: int
    is_block: bool
    is_need: bool = False
    is_first: bool = False

    @property
    def month(self) -> str:
        """The month's name in the scenario's figures."""
        return MONTHS[self.session.month]


def make_lots(stage: Stage, roles: Roles) -> list[Lot]:
    """Make all lots of the national exchange in the order of sessions."""
    first = [
        _reserve_lot(stage, roles, session, _FIRST_LOT_T, is_first=True)
        for session in stage.timeline.sessions
    ]
    first += [_reserve_lot(stage, roles, day, _COUNTER_LOT_T) for day in stage.scenario.extremes.values()]
    needs = _need_lots(stage, roles)
    used = Counter[tuple[str, bool]]()
    for lot in (*first, *needs):
        used[lot.month, lot.is_block] += lot.quantity_tco2e
    lots = [*first, *needs]
    for month in MONTHS.values():
        for is_block in (False, True):
            total = stage.scenario[f"{month}_{'block' if is_block else 'listed'}_t"]
            lots += _reserve_lots(stage, roles, month, is_block, total - used[month, is_block])
    return sorted(lots, key=lambda lot: lot.session)


def _reserve_lot(
    stage: Stage, roles: Roles, session: date, range_t: tuple[int, int], *, is_first: bool = False
) -> Lot:
    return Lot(
        session=session,
        buyer=stage.chance.choice(roles.reserve_buyers),
        quantity_tco2e=stage.chance.randint(*range_t),
        is_block=False,
        is_first=is_first,
    )


def _need_lots(stage: Stage, roles: Roles) -> list[Lot]:
    """Cut every need into lots and place each into the first month that has room for it."""
    chance = stage.chance
    pieces = []
    buyers = sorted(roles.need_t)
    chance.shuffle(buyers)
    for buyer in buyers:
        need = roles.need_t[buyer]
        is_block = need >= BLOCK_LEAST_T
        pieces += [(buyer, part, is_block) for part in _cut(stage, need, is_block=is_block)]
    room = {
        (month, is_block): stage.scenario[f"{month}_{'block' if is_block else 'listed'}_t"] * percent // 100
        for month, percent in _NEED_PERCENT.items()
        for is_block in (False, True)
    }
    lots = []
    for buyer, quantity, is_block in pieces:
        month = next((m for m in MONTHS.values() if room[m, is_block] >= quantity), "")
        ensure(month != "", "The market has room for every need")
        room[month, is_block] -= quantity
        session = _session(stage, month, last_day=_LAST_NEED_DAY if month == "december" else 31)
        lots.append(
            Lot(session=session, buyer=buyer, quantity_tco2e=quantity, is_block=is_block, is_need=True)
        )
    return lots


def _cut(stage: Stage, quantity: int, *, is_block: bool) -> list[int]:
    chance = stage.chance
    if not is_block:
        count = 1 if quantity < 300 else chance.choice((1, 1, 2, 3))
        return [part + 1 for part in spread(quantity - count, [chance.randint(3, 9) for _ in range(count)])]
    least = -(-quantity // _BLOCK_LOT_T)
    count = max(least, min(quantity // 200_000, chance.randint(1, 4)))
    rest = quantity - count * BLOCK_LEAST_T
    return [BLOCK_LEAST_T + part for part in spread(rest, [chance.randint(3, 9) for _ in range(count)])]


def _reserve_lots(stage: Stage, roles: Roles, month: str, is_block: bool, total: int) -> list[Lot]:
    quantities = _block_rest(stage, month, total) if is_block else _listed_rest(stage, total)
    return [
        Lot(
            session=_session(stage, month, last_day=31),
            buyer=stage.chance.choice(roles.reserve_buyers),
            quantity_tco2e=quantity,
            is_block=is_block,
        )
        for quantity in quantities
    ]


def _listed_rest(stage: Stage, total: int) -> list[int]:
    quantities = []
    while total > _LISTED_LOT_T:
        quantities.append(stage.chance.randint(5_000, _LISTED_LOT_T))
        total -= quantities[-1]
    return [*quantities, total] if total else quantities


def _block_rest(stage: Stage, month: str, total: int) -> list[int]:
    quantities = list(FINE_LOTS_T) if month != "october" else []
    total -= sum(quantities)
    ensure(total >= BLOCK_LEAST_T, "The reserve of a month is enough for block lots")
    while total >= 2 * _BLOCK_LOT_T:
        quantities.append(stage.chance.randint(2 * BLOCK_LEAST_T, _BLOCK_LOT_T - BLOCK_LEAST_T))
        total -= quantities[-1]
    return [*quantities, *_cut(stage, total, is_block=True)]


def _session(stage: Stage, month: str, *, last_day: int) -> date:
    sessions = [
        session
        for session in stage.timeline.sessions
        if MONTHS[session.month] == month and session.day <= last_day
    ]
    return stage.chance.choices(sessions, _weights(stage, month, sessions))[0]


def _weights(stage: Stage, month: str, sessions: Sequence[date]) -> list[int]:
    if month != "december":
        return [_EVEN_WEIGHT] * len(sessions)
    return [stage.scenario.december_session_weights.get(session.day, _EVEN_WEIGHT) for session in sessions]
