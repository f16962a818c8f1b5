"""Corrections (更正) of entries of the journal: which may be corrected, and which of their units.

A correction is a new entry that names the one it corrects; nothing that is written is ever changed. Entries that do
more than move units are not corrected here, because what else they did would stay: a registered surrender has counted
towards an obligation and may have been certified, units in trading are the exchange's, a freeze is the court's.
"""

from collections.abc import Iterable, Mapping
from types import MappingProxyType
from typing import Final

from ets_ledger.domain.entries import Entry
from ets_ledger.domain.errors import TransferInvalid
from ets_ledger.domain.values import SerialRange

from registry.domain.change import ChangeKind, ChangeLine
from registry.domain.change_errors import CorrectedEntryNotFound, EntryCorrectedAlready, EntryNotCorrectable
from registry.domain.judicial_freeze import lowest

# Kinds of entries that move units between accounts and do nothing else.
CORRECTABLE: Final = frozenset(
    {
        "allocate",
        "recover",
        ChangeKind.JUDICIAL_TRANSFER,
        ChangeKind.SPLIT,
        ChangeKind.RECOVERY,
        ChangeKind.RESERVE_RELEASE,
        ChangeKind.CORRECTION,
    }
)
# The way back of some others, for whoever asks in vain.
WAYS: Final[Mapping[str, str]] = MappingProxyType(
    {
        "issue": "recovery",
        ChangeKind.RESERVE: "recovery",
        ChangeKind.FREEZE: "release",
        ChangeKind.RELEASE: "freeze",
        ChangeKind.MERGER: "split",
    }
)


def entry_to_correct(line: ChangeLine, entries: Mapping[str, Entry], corrected: Iterable[str]) -> Entry:
    """Find the entry that a line corrects, once, if its kind can be.

    CORRECTED_ENTRY_NOT_FOUND, ENTRY_CORRECTED_ALREADY, ENTRY_NOT_CORRECTABLE.
    """
    entry = entries.get(line.corrects)
    if entry is None:
        raise CorrectedEntryNotFound(f"the journal has no {line.corrects}", transfer_id=line.corrects)
    if line.corrects in corrected:
        raise EntryCorrectedAlready(f"{line.corrects} is corrected", transfer_id=line.corrects)
    if entry.kind not in CORRECTABLE:
        way = WAYS.get(entry.kind, "none")
        raise EntryNotCorrectable(
            f"{line.corrects} is a {entry.kind}: it has done more than move units (way back: {way})",
            transfer_id=line.corrects,
            kind=entry.kind,
            way=way,
        )
    return entry


def units_to_correct(line: ChangeLine, entry: Entry) -> tuple[SerialRange, ...]:
    """Choose units of an entry: the block named, the lowest so many, or with neither all; TRANSFER_INVALID."""
    if line.serials is not None:
        if not any(
            part.start <= line.serials.start and line.serials.end <= part.end for part in entry.serials
        ):
            raise _not_of_entry(line, entry, f"serials {line.serials.start} to {line.serials.end}")
        return (line.serials,)
    if line.quantity_tco2e > entry.quantity:
        raise _not_of_entry(line, entry, f"{line.quantity_tco2e} t")
    return lowest(entry.serials, line.quantity_tco2e or entry.quantity)


def _not_of_entry(line: ChangeLine, entry: Entry, asked: str) -> TransferInvalid:
    return TransferInvalid(
        f"{line.corrects} moved {entry.quantity} of {entry.product}, not {asked}", transfer_id=line.corrects
    )
