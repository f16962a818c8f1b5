"""Corrections (更正) of entries of the journal: which may be corrected, which of their units, and what goes with them.

A correction is a new entry that names the one it corrects; nothing that is written is ever changed. An entry that only
moved units is corrected by moving them back or to where they should have gone. One that registered something beside is
corrected with that (`registry.domain.corrected_records`). For every other there is a way back of its own.

Ours: no document says how a registered surrender, cancellation or carry-over is corrected. For whoever applied they are
final: a cancelled allowance is never registered again (碳排放权交易管理办法(试行), 令第19号, 2020-12-31, article 19).
So a cancellation is corrected only where it was a mistake of the registration body, by its report or a court's ruling.
What a deal was is for the trading system to say (article 23: the registry follows the result that the exchange gives),
so trades are undone by trades.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final

from ets_kernel.domain.ids import AccountNo
from ets_kernel.domain.products import ProductKind, parse_product
from ets_ledger.domain.entries import Entry
from ets_ledger.domain.errors import TransferInvalid
from ets_ledger.domain.values import Bucket, Place, SerialRange

from registry.domain.accounts import RECOVERED
from registry.domain.change import ChangeKind, ChangeLine, DocumentKind
from registry.domain.change_errors import CorrectedEntryNotFound, EntryCorrectedAlready, EntryNotCorrectable
from registry.domain.corrected_records import RECORDS, Record, RecordKind
from registry.domain.judicial_freeze import lowest

# Kinds of entries that move units between accounts and do nothing else.
MOVES: Final = frozenset(
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
# The way back of all others.
WAYS: Final[Mapping[str, str]] = MappingProxyType(
    {
        "issue": "recovery",
        "borrow_issue": "recovery",
        "borrow_allocate": "recovery",
        "offset_credit": "recovery",
        "transfer_to_trading": "answer_of_trading",
        "transfer_to_trading_accepted": "return_from_trading",
        "transfer_to_trading_refused": "transfer_to_trading",
        "return_from_trading": "transfer_to_trading",
        "settlement": "opposite_settlement",
        "surrender_pending": "withdrawal",
        "surrender_refused": "new_application",
        "surrender_withdrawn": "new_application",
        "surrender_returned": "new_application",
        "cancellation_pending": "withdrawal",
        "cancellation_refused": "new_application",
        "cancellation_withdrawn": "new_application",
        "carry_over_pending": "withdrawal",
        "carry_over_withdrawn": "new_application",
        ChangeKind.RESERVE: "recovery",
        ChangeKind.FREEZE: "release",
        ChangeKind.RELEASE: "freeze",
        ChangeKind.MERGER: "split",
    }
)
# What proves that a cancellation was a mistake.
MISTAKES: Final = frozenset({DocumentKind.MISTAKE_REPORT, DocumentKind.COURT_RULING})


@dataclass(frozen=True, slots=True, kw_only=True)
class CorrectingEntry:
    """An entry that a correction made: which one it corrects, and how many units it moved."""

    transfer_id: str
    corrects: str
    quantity_tco2e: int


def still_corrected(transfer_ids: Iterable[str], made: Iterable[CorrectingEntry]) -> frozenset[str]:
    """Tell which entries are corrected: by an entry that no other has undone whole, for which the same holds."""
    by_corrected: dict[str, list[CorrectingEntry]] = {}
    for one in made:
        by_corrected.setdefault(one.corrects, []).append(one)

    def is_in_force(one: CorrectingEntry) -> bool:
        later = by_corrected.get(one.transfer_id, ())
        return not any(other.quantity_tco2e == one.quantity_tco2e and is_in_force(other) for other in later)

    return frozenset(
        number for number in transfer_ids if any(is_in_force(one) for one in by_corrected.get(number, ()))
    )


def entry_to_correct(
    line: ChangeLine, entries: Mapping[str, Entry], corrected: Iterable[str], *, document_kind: DocumentKind
) -> Entry:
    """Find the entry that a line corrects, if its kind can be, on a document of this kind; not one that is `corrected`.

    CORRECTED_ENTRY_NOT_FOUND, ENTRY_CORRECTED_ALREADY, ENTRY_NOT_CORRECTABLE.
    """
    entry = entries.get(line.corrects)
    if entry is None:
        raise CorrectedEntryNotFound(f"the journal has no {line.corrects}", transfer_id=line.corrects)
    if line.corrects in corrected:
        raise EntryCorrectedAlready(f"{line.corrects} is corrected", transfer_id=line.corrects)
    record_kind = RECORDS.get(entry.kind)
    if entry.kind not in MOVES and record_kind is None:
        raise _not_correctable(entry, WAYS.get(entry.kind, "none"))
    if record_kind is RecordKind.CANCELLATION and document_kind not in MISTAKES:
        raise _not_correctable(entry, DocumentKind.MISTAKE_REPORT)
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


def corrected_target(line: ChangeLine, entry: Entry, record: Record | None) -> Place:
    """Say where the units of an entry go: back, or to the account that a line names; TRANSFER_INVALID.

    What was registered goes back to where it came from, or is registered again where a correction is corrected. Only
    surrendered and cancelled allowances may go to another account, where they should have stayed.
    """
    account_no = line.target_account_no or entry.source.account
    is_recovered = account_no == RECOVERED.account
    back = RECOVERED if is_recovered else Place(AccountNo(account_no), Bucket.REGISTERED)
    if record is None:
        return back
    source = Place(entry.destination.account, entry.destination.bucket)
    if source != record.done and Place(entry.source.account, entry.source.bucket) != record.done:
        return back
    target = record.undone if source == record.done else record.done
    if line.target_account_no in {"", target.account}:
        return target
    is_free = record.kind in {RecordKind.SURRENDER, RecordKind.CANCELLATION} and source == record.done
    if not is_free or parse_product(entry.product, "product").kind is not ProductKind.ALLOWANCE:
        raise TransferInvalid(
            f"units of {line.corrects} go back to {target.account}", transfer_id=line.corrects
        )
    return back


def _not_of_entry(line: ChangeLine, entry: Entry, asked: str) -> TransferInvalid:
    return TransferInvalid(
        f"{line.corrects} moved {entry.quantity} of {entry.product}, not {asked}", transfer_id=line.corrects
    )


def _not_correctable(entry: Entry, way: str) -> EntryNotCorrectable:
    return EntryNotCorrectable(
        f"{entry.transfer_id} is a {entry.kind}, which is not corrected like this (way back: {way})",
        transfer_id=entry.transfer_id,
        kind=entry.kind,
        way=way,
    )
