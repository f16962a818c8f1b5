"""Judicial freezes (司法冻结): which units of an account a court has frozen, freeze by freeze.

Source: 温室气体自愿减排注册登记规则(试行), 2023-11-16, article 16, is the nearest text.
国环规气候〔2024〕1号, 2024-10-15, annex 5, names what is judicially frozen (司法冻结量) as a part of a holding.

REG-32  What is judicially frozen of an account and product is what its freezes hold, each serial in one of them.
REG-33  A freeze gives no more than it holds; units leave it by a release or a judicial transfer only.

A freeze is one line of a registration. It ends by releases, never by itself: the day on which the court's order expires
is shown, so that the court can be asked (ours).
"""

from dataclasses import dataclass, replace
from datetime import date, datetime

from ets_ledger.domain.values import SerialRange, merged_ranges

from registry.domain.change_errors import FreezeExceeded


@dataclass(frozen=True, slots=True, kw_only=True)
class JudicialFreeze:
    """Units of one product in one account that a court has frozen; `blocks` are those held still, by serial."""

    freeze_no: str
    registration_no: str
    account_no: str
    product: str
    frozen_tco2e: int
    blocks: tuple[SerialRange, ...]
    frozen_time: datetime
    expiry_date: date | None = None

    @property
    def held_tco2e(self) -> int:
        """Units that the freeze holds still."""
        return sum(block.quantity for block in self.blocks)


def units_of(
    freeze: JudicialFreeze, quantity_tco2e: int, serials: SerialRange | None
) -> tuple[SerialRange, ...]:
    """Choose units of a freeze: the block named, the lowest so many, or with neither all; FREEZE_EXCEEDED."""
    if serials is not None:
        if not _holds(freeze, serials):
            raise _exceeded(freeze, f"serials {serials.start} to {serials.end}", serials.quantity)
        return (serials,)
    wanted = quantity_tco2e or freeze.held_tco2e
    if wanted > freeze.held_tco2e or not wanted:
        raise _exceeded(freeze, f"{wanted} t", wanted)
    return lowest(freeze.blocks, wanted)


def lowest(blocks: tuple[SerialRange, ...], quantity: int) -> tuple[SerialRange, ...]:
    """Choose the lowest so many serials of blocks that are in rising order and hold them."""
    chosen: list[SerialRange] = []
    missing = quantity
    for block in blocks:
        if not missing:
            break
        part = SerialRange(block.start, min(block.end, block.start + missing - 1))
        chosen.append(part)
        missing -= part.quantity
    return tuple(chosen)


def without(freeze: JudicialFreeze, units: tuple[SerialRange, ...]) -> JudicialFreeze:
    """Take units that a freeze holds out of it."""
    left = list(freeze.blocks)
    for unit in units:
        kept: list[SerialRange] = []
        for block in left:
            if block.end < unit.start or unit.end < block.start:
                kept.append(block)
                continue
            if block.start < unit.start:
                kept.append(SerialRange(block.start, unit.start - 1))
            if unit.end < block.end:
                kept.append(SerialRange(unit.end + 1, block.end))
        left = kept
    return replace(freeze, blocks=merged_ranges(left) if left else ())


def _holds(freeze: JudicialFreeze, serials: SerialRange) -> bool:
    # The blocks of a freeze are merged: what it holds of consecutive serials lies in one of them.
    return any(block.start <= serials.start and serials.end <= block.end for block in freeze.blocks)


def _exceeded(freeze: JudicialFreeze, asked: str, requested: int) -> FreezeExceeded:
    return FreezeExceeded(
        f"{freeze.freeze_no} holds {freeze.held_tco2e} t of {freeze.product}, {asked} were asked for",
        freeze_no=freeze.freeze_no,
        requested_tco2e=requested,
        held_tco2e=freeze.held_tco2e,
    )
