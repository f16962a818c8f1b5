"""What corrections of records leave of obligations, carry-over notices and what provinces hold for entities."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime

from ets_kernel.domain.ids import ProductCode

from registry.domain.carry_over import refusal_of_limit
from registry.domain.carry_over_notice import Notice
from registry.domain.corrected_records import EARMARKS, SURRENDERS, RecordChange, RecordKind
from registry.domain.earmark import EarmarkChange, EarmarkKey, put_back, take_again
from registry.domain.obligation import Obligation, corrected
from registry.domain.surrender import Standing, refusal_of_quantity

EntityPeriod = tuple[str, str]
"""Credit code and compliance period."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TakenBack:
    """What a registration took back of an obligation in tCO2e, and since when that was complete before."""

    quantity_tco2e: int
    completed_time: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordsStanding:
    """What corrections of records look at: obligations with what is applied for, notices, what provinces hold."""

    owed: Mapping[EntityPeriod, Standing] = field(default_factory=dict)
    # By registration, entity and period.
    taken_back: Mapping[tuple[str, str, str], TakenBack] = field(default_factory=dict)
    notices: Mapping[str, Notice] = field(default_factory=dict)
    earmarks: Mapping[EarmarkKey, EarmarkChange] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordsAfter:
    """How obligations, notices and what provinces hold stand after a correction."""

    obligations: tuple[Obligation, ...]
    notices: tuple[Notice, ...]
    earmarks: tuple[EarmarkChange, ...]


def records_after(
    changes: Iterable[RecordChange], standing: RecordsStanding, *, reference: str, at: datetime
) -> RecordsAfter:
    """Take back, or register again, all that a correction does to records.

    What is registered again must fit: OBLIGATION_EXCEEDED, OFFSET_LIMIT_EXCEEDED, CARRY_OVER_LIMIT_EXCEEDED,
    EARMARK_EXCEEDED.
    """
    changes = list(changes)
    return RecordsAfter(
        obligations=tuple(_obligations(changes, standing, at)),
        notices=tuple(_notices(changes, standing)),
        earmarks=tuple(_earmarks(changes, standing, reference)),
    )


def _obligations(
    changes: list[RecordChange], standing: RecordsStanding, at: datetime
) -> Iterable[Obligation]:
    by_key: dict[EntityPeriod, list[RecordChange]] = {}
    for change in changes:
        if change.record.kind in SURRENDERS:
            by_key.setdefault((change.record.credit_code, change.record.period), []).append(change)
    for key, own in sorted(by_key.items()):
        offset = sum(change.change_tco2e for change in own if change.is_offset)
        total = sum(change.change_tco2e for change in own)
        refusal = refusal_of_quantity(standing.owed[key], total=total, offset=offset) if total > 0 else None
        if refusal is not None:
            raise refusal
        yield corrected(
            standing.owed[key].obligation,
            surrendered_tco2e=total - offset,
            offset_tco2e=offset,
            at=at,
            completed_time=_completed_before(key, own, standing),
        )


def _completed_before(
    key: EntityPeriod, own: list[RecordChange], standing: RecordsStanding
) -> datetime | None:
    """Give since when the obligation was complete before the one correction that is undone whole."""
    undone = {change.undoes for change in own}
    taken = standing.taken_back.get((min(undone), *key))
    if taken is None or len(undone) > 1 or taken.quantity_tco2e != sum(change.change_tco2e for change in own):
        return None
    return taken.completed_time


def _notices(changes: list[RecordChange], standing: RecordsStanding) -> Iterable[Notice]:
    totals: dict[str, int] = {}
    for change in changes:
        # The old units count; the new ones are as many.
        if change.record.kind is RecordKind.CARRY_OVER and change.record.line_no:
            code = change.record.credit_code
            totals[code] = totals.get(code, 0) + change.change_tco2e
    for code, total in sorted(totals.items()):
        refusal = refusal_of_limit(total, standing.notices[code])
        if refusal is not None:
            raise refusal
        notice = standing.notices[code]
        yield replace(notice, applied_tco2e=notice.applied_tco2e + total)


def _earmarks(
    changes: list[RecordChange], standing: RecordsStanding, reference: str
) -> Iterable[EarmarkChange]:
    last = dict(standing.earmarks)
    for change in changes:
        if change.record.kind not in EARMARKS:
            continue
        key = (change.record.credit_code, ProductCode(change.product))
        quantity = -change.change_tco2e
        last[key] = (
            put_back(last[key], quantity, reference=reference)
            if quantity > 0
            else take_again(last[key], -quantity, reference=reference)
        )
        yield last[key]
