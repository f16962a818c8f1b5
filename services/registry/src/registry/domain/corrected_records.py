"""What an entry of the journal registered beside moving units, and how its correction undoes that (更正).

A registered surrender has counted towards an obligation, a cancellation has a certificate, a carry-over has used up a
notice, and what a forced surrender used or released, or a table took back, was held for an entity. A correction moves
the units back and takes this back with them; a correction of that correction registers it again.

REG-37 What is registered under a number is what it says less what corrections took back, and never below zero.
REG-38 A carry-over is corrected whole, with all its entries, and a cancellation whole; of an obligation one
       registration takes back or registers again, never both.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from types import MappingProxyType
from typing import Final

from ets_ledger.domain.entries import Entry
from ets_ledger.domain.errors import TransferInvalid
from ets_ledger.domain.values import Bucket, Place, SerialRange

from registry.domain.accounts import RECOVERED
from registry.domain.change_errors import CorrectionNotWhole
from registry.domain.offset_credit import CreditUse, is_offset


class RecordKind(StrEnum):
    """What an entry registered."""

    SURRENDER = "surrender"
    FORCED_SURRENDER = "forced_surrender"
    # What a forced surrender released to the entity.
    RELEASE = "release"
    # What a table took back of what a province held for an entity.
    RECOVERY = "recovery"
    CANCELLATION = "cancellation"
    CARRY_OVER = "carry_over"


RECORDS: Final[Mapping[str, RecordKind]] = MappingProxyType(
    {
        "surrender": RecordKind.SURRENDER,
        "forced_surrender": RecordKind.FORCED_SURRENDER,
        "forced_surrender_release": RecordKind.RELEASE,
        "recover_earmarked": RecordKind.RECOVERY,
        "cancellation": RecordKind.CANCELLATION,
        "carry_over": RecordKind.CARRY_OVER,
        "carry_over_issue": RecordKind.CARRY_OVER,
    }
)
"""By the kind of the entry that registered it."""
SURRENDERS: Final = frozenset({RecordKind.SURRENDER, RecordKind.FORCED_SURRENDER})
EARMARKS: Final = frozenset({RecordKind.FORCED_SURRENDER, RecordKind.RELEASE, RecordKind.RECOVERY})
WHOLE: Final = frozenset({RecordKind.CANCELLATION, RecordKind.CARRY_OVER})


@dataclass(frozen=True, slots=True, kw_only=True)
class Record:
    """What an entry registered, under which number, and where its units are when it is registered and when not."""

    kind: RecordKind
    record_no: str
    # Line of the application or case, from 1; 0 for the new units of a carry-over.
    line_no: int
    done: Place
    undone: Place
    credit_code: str = ""
    period: str = ""
    uses: tuple[CreditUse, ...] = ()
    # Lines of a carry-over beside its new units.
    line_count: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordChange:
    """What a line of a correction takes out of a record, below zero, or registers again, tCO2e."""

    record: Record
    product: str
    change_tco2e: int
    # Serials of credits among the units.
    uses: tuple[CreditUse, ...] = ()
    # Line of the correction, from 1.
    correction_line_no: int = 0
    # The registration whose entry is corrected, where that was a correction itself.
    undoes: str = ""

    @property
    def is_offset(self) -> bool:
        """Whether the units are CCER."""
        return is_offset(self.product)


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordCorrection:
    """What a registration took back of a line of an application or case, below zero, or registered again, tCO2e."""

    registration_no: str
    line_no: int
    product: str
    change_tco2e: int
    corrected_time: datetime


def corrected_time_of(corrections: Sequence[RecordCorrection]) -> datetime | None:
    """Tell since when nothing of a record is registered that is corrected whole; None where it is registered."""
    if not sum(correction.change_tco2e for correction in corrections):
        return None
    return max(correction.corrected_time for correction in corrections)


def places_of(entry: Entry) -> tuple[Place, Place]:
    """Tell where the units of a first entry are when it is registered, and where when not.

    Units that never should have been issued are taken back for good.
    """
    done = Place(entry.destination.account, entry.destination.bucket)
    if entry.source.bucket == Bucket.ISSUANCE:
        return done, RECOVERED
    return done, Place(entry.source.account, Bucket.REGISTERED)


def change_of(
    record: Record, entry: Entry, units: Sequence[SerialRange], *, source: Place, target: Place
) -> RecordChange | None:
    """Tell what moving units of an entry does to its record; None where they were not registered there."""
    if source == record.done:
        sign = -1
    elif target == record.done:
        sign = 1
    else:
        return None
    quantity = sum(part.quantity for part in units)
    if record.kind in WHOLE and quantity != entry.quantity:
        raise CorrectionNotWhole(
            f"{record.record_no} is corrected whole",
            transfer_id=entry.transfer_id,
            record_no=record.record_no,
        )
    return RecordChange(
        record=record,
        product=entry.product,
        change_tco2e=sign * quantity,
        uses=_among(record.uses, units),
        undoes=entry.flow_id if entry.corrects else "",
    )


def check_whole(changes: Iterable[RecordChange]) -> None:
    """Refuse part of a carry-over, and both ways of one obligation; CORRECTION_NOT_WHOLE, TRANSFER_INVALID."""
    lines: dict[tuple[str, int], set[int]] = {}
    signs: dict[tuple[str, str], set[bool]] = {}
    counts: dict[str, int] = {}
    for change in changes:
        record = change.record
        if record.kind is RecordKind.CARRY_OVER:
            counts[record.record_no] = record.line_count
            is_again = int(change.change_tco2e > 0)
            lines.setdefault((record.record_no, is_again), set()).add(record.line_no)
        elif record.kind in SURRENDERS:
            signs.setdefault((record.credit_code, record.period), set()).add(change.change_tco2e > 0)
    for (record_no, _), line_nos in sorted(lines.items()):
        if line_nos != set(range(counts[record_no] + 1)):
            raise CorrectionNotWhole(f"{record_no} is corrected with all its entries", record_no=record_no)
    for (credit_code, period), both in sorted(signs.items()):
        if len(both) > 1:
            raise TransferInvalid(
                f"one correction takes back or registers again, not both, what {credit_code} surrendered for {period}",
                credit_code=credit_code,
                period=period,
            )


def _among(uses: Iterable[CreditUse], units: Sequence[SerialRange]) -> tuple[CreditUse, ...]:
    return tuple(
        CreditUse(
            cancellation_no=use.cancellation_no,
            block_no=use.block_no,
            product=use.product,
            serials=SerialRange(max(use.serials.start, unit.start), min(use.serials.end, unit.end)),
        )
        for use in uses
        for unit in units
        if unit.start <= use.serials.end and use.serials.start <= unit.end
    )
