"""What the registry deducts from allocations, lends, and leaves in provinces' accounts.

CHK-71  What remains to be deducted is the sum of its changes, of which issued tables made those that they say.
CHK-72  What is earmarked is the sum of its changes, is what issued tables left, and is in the province's account.
CHK-73  Borrowed allowances are with who borrowed them or surrendered, and never in trading.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator
from typing import Final

from consistency_checker.domain.adjustment_rows import AdjustmentChange, IssuanceAdjustment
from consistency_checker.domain.books import (
    ADJUSTMENTS,
    EARMARKS,
    ISSUANCE_ADJUSTMENTS,
    ISSUANCES,
    REGISTRY_UNITS,
)
from consistency_checker.domain.invariants.comparing import Key, evidence, quantity_differences, summed
from consistency_checker.domain.snapshot import Snapshot
from consistency_checker.domain.verdict import Evidence

BORROWED_PRODUCT: Final = "BORROWED-2023"
"""The only allowances that were ever lent."""

_TABLE_KINDS: Final = {"DEDUCTED": -1, "RETURNED": 1, "BORROWED": 1}
_NOT_FOR_BORROWED: Final = frozenset({"trading", "in_transit", "pending_cancellation", "pending_carry_over"})
_SYSTEM_BUCKETS: Final = frozenset({"issuance", "surrendered", "recovered"})

_Step = tuple[Key, int, int, int]
"""Key, number, change and sum after it."""


def of_issued_tables(snapshot: Snapshot) -> list[IssuanceAdjustment]:
    """Give what the rows of issued tables deduct, return, lend and leave."""
    issued = {row.table_no for row in snapshot.rows(ISSUANCES) if row.status == "ISSUED"}
    return [row for row in snapshot.rows(ISSUANCE_ADJUSTMENTS) if row.table_no in issued]


def deductions_follow_from_their_changes(snapshot: Snapshot) -> Iterator[Evidence]:
    """Add every history up again, and compare what it says of issued tables with what they say."""
    changes = snapshot.rows(ADJUSTMENTS)
    yield from _sum_faults(
        (
            ((row.credit_code, row.from_period), row.ordinal, row.change_tco2e, row.remainder_tco2e)
            for row in changes
        ),
        found_in=ADJUSTMENTS.path,
    )
    yield from quantity_differences(
        summed(unit for row in of_issued_tables(snapshot) for unit in _said(row)),
        summed(_made(row) for row in changes if row.kind in _TABLE_KINDS),
        expected_in=ISSUANCE_ADJUSTMENTS.path,
        found_in=ADJUSTMENTS.path,
        keys_max=2,
    )


def earmarked_allowances_are_in_their_account(snapshot: Snapshot) -> Iterator[Evidence]:
    """Add every history up again, compare it with issued tables, and look for it in the provinces' accounts."""
    changes = snapshot.rows(EARMARKS)
    yield from _sum_faults(
        (
            ((row.credit_code, row.product), row.ordinal, row.change_tco2e, row.quantity_tco2e)
            for row in changes
        ),
        found_in=EARMARKS.path,
    )
    yield from quantity_differences(
        summed(((row.table_no, row.credit_code), row.earmarked_tco2e) for row in of_issued_tables(snapshot)),
        summed(
            ((row.reference, row.credit_code), row.change_tco2e) for row in changes if row.kind == "ISSUED"
        ),
        expected_in=ISSUANCE_ADJUSTMENTS.path,
        found_in=EARMARKS.path,
    )
    held: dict[Key, int] = {
        (row.account_no, row.product): row.quantity_tco2e
        for row in snapshot.rows(REGISTRY_UNITS.holdings)
        if row.bucket == "registered"
    }
    promised = summed(((f"R-P-{row.province_code}", row.product), row.change_tco2e) for row in changes)
    for key, quantity in sorted(promised.items()):
        if quantity > held.get(key, 0):
            yield evidence(
                key,
                f"{quantity} at least, as in {EARMARKS.path}",
                f"{held.get(key, 0)} in {REGISTRY_UNITS.holdings.path}",
            )


def borrowed_allowances_stay_with_the_borrower(snapshot: Snapshot) -> Iterator[Evidence]:
    """Look for borrowed allowances in accounts that borrowed none, and where they can leave the entity."""
    borrowers = {f"R-E-{row.credit_code}" for row in of_issued_tables(snapshot) if row.borrowed_tco2e}
    for row in snapshot.rows(REGISTRY_UNITS.holdings):
        if row.product != BORROWED_PRODUCT or row.bucket in _SYSTEM_BUCKETS or not row.quantity_tco2e:
            continue
        if row.account_no not in borrowers or row.bucket in _NOT_FOR_BORROWED:
            yield evidence(
                row[:2],
                "only in accounts that borrowed, and only to surrender",
                f"{row.quantity_tco2e} in {REGISTRY_UNITS.holdings.path}",
                subject=" ".join(row[:3]),
            )


def _sum_faults(steps: Iterable[_Step], *, found_in: str) -> Iterator[Evidence]:
    """Look for numbers that are missing, sums that are no sums, and sums below zero."""
    histories: defaultdict[Key, list[tuple[int, int, int]]] = defaultdict(list)
    for key, ordinal, change, after in steps:
        histories[key].append((ordinal, change, after))
    for key, history in sorted(histories.items()):
        total = 0
        for place, (ordinal, change, after) in enumerate(sorted(history), start=1):
            total += change
            if (ordinal, after) != (place, total) or after < 0:
                yield evidence(key, f"{total} after change {place}", f"{after} after {ordinal} in {found_in}")
                break


def _said(row: IssuanceAdjustment) -> Iterator[tuple[Key, int]]:
    yield (row.table_no, row.credit_code, "DEDUCTED"), row.deducted_tco2e
    yield (row.table_no, row.credit_code, "RETURNED"), row.returned_tco2e
    yield (row.table_no, row.credit_code, "BORROWED"), row.borrowed_tco2e


def _made(row: AdjustmentChange) -> tuple[Key, int]:
    return (row.reference, row.credit_code, row.kind), _TABLE_KINDS[row.kind] * row.change_tco2e
