"""Who holds what: balances, journal, issued units and serials of the two registries that keep units.

CHK-1   Every balance of the registry equals the sum of its journal.
CHK-2   Every balance of the CCER registry equals the sum of its journal.
CHK-3   What the registry issued of a product is what all accounts and retirements together hold.
CHK-4   What the CCER registry issued of a product is what all accounts and retirements together hold.
CHK-5   The registry's serial blocks are a partition of the issued serials and add up to every balance.
CHK-6   The CCER registry's serial blocks are a partition of the issued serials and add up to every balance.
CHK-7   Every unit of the registry comes from an issued row, a credit, a reserve or a carry-over, as many as it
        says.
CHK-8   What was recovered is what issued tables and confirmed registrations take back.
CHK-9   No holding of units is negative.
CHK-10  Offset credits stay in the account they were made for and never go to trading.
CHK-78  What the registry's journal says of each position after its last entry is the sum of its journal.
CHK-79  What the CCER registry's journal says of each position after its last entry is the sum of its journal.
CHK-84  What the registry remembers of positions' serials is what its journal gives up to that post.
CHK-85  What the CCER registry remembers of positions' serials is what its journal gives up to that post.
"""

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator
from itertools import pairwise
from typing import Final

from consistency_checker.domain.books import (
    CARRY_OVER_LINES,
    CREDITS,
    ISSUANCE_ROWS,
    ISSUANCES,
    KEEPERS,
    REGISTRY_UNITS,
    Keeper,
)
from consistency_checker.domain.invariants.adjustments import BORROWED_PRODUCT, of_issued_tables
from consistency_checker.domain.invariants.changes import confirmed_lines
from consistency_checker.domain.invariants.comparing import (
    Key,
    evidence,
    quantity_differences,
    repeated,
    summed,
)
from consistency_checker.domain.invariants.retirement import (
    CARRIED_OVER_ACCOUNT,
    NEW_PRODUCT,
    REGISTERED,
)
from consistency_checker.domain.rows import Block, Holding
from consistency_checker.domain.snapshot import Snapshot
from consistency_checker.domain.verdict import Evidence

ISSUANCE_BUCKET: Final = "issuance"
"""The one bucket below zero: where units come into being."""

ALLOWANCE_PREFIX: Final = "CEA-"
OFFSET_PREFIX: Final = "OFFSET-"

RECOVERED_ACCOUNT: Final = "R-RECOVERED"
NOT_IN_ACCOUNTS: Final = frozenset({ISSUANCE_BUCKET, "surrendered", "recovered"})

Find = Callable[[Snapshot], Iterable[Evidence]]
Unit = tuple[Key, int]


def by_position(holdings: Iterable[Holding]) -> dict[Key, int]:
    """Add holdings up by account, product and bucket."""
    return summed(((row.account_no, row.product, row.bucket), row.quantity_tco2e) for row in holdings)


def balances_equal_journal(keeper: Keeper) -> Find:
    """Compare balances with the sums of the journal."""

    def find(snapshot: Snapshot) -> Iterator[Evidence]:
        holdings, totals = snapshot.rows(keeper.holdings), snapshot.rows(keeper.journal_totals)
        yield from repeated((row[:3] for row in holdings), found_in=keeper.holdings.path)
        yield from quantity_differences(
            by_position(totals),
            by_position(holdings),
            expected_in=keeper.journal_totals.path,
            found_in=keeper.holdings.path,
            keys_max=2,
        )

    return find


def closings_equal_journal(keeper: Keeper) -> Find:
    """Compare what the last entry of each position says that it holds with the sums of the journal."""

    def find(snapshot: Snapshot) -> Iterator[Evidence]:
        yield from quantity_differences(
            by_position(snapshot.rows(keeper.journal_totals)),
            by_position(snapshot.rows(keeper.journal_closings)),
            expected_in=keeper.journal_totals.path,
            found_in=keeper.journal_closings.path,
            keys_max=2,
        )

    return find


def remembered_serials_follow_from_journal(keeper: Keeper) -> Find:
    """Look for units of which something else is remembered than the journal gives."""

    def find(snapshot: Snapshot) -> Iterator[Evidence]:
        yield from quantity_differences(
            {},
            by_position(snapshot.rows(keeper.remembered_differences)),
            expected_in="the journal",
            found_in=keeper.remembered_differences.path,
            keys_max=2,
        )

    return find


def issued_units_are_all_held(keeper: Keeper) -> Find:
    """Compare what came into being with what all accounts and retirements hold, per product."""

    def find(snapshot: Snapshot) -> Iterator[Evidence]:
        holdings = snapshot.rows(keeper.holdings)
        issued = summed(((row.product,), -row.quantity_tco2e) for row in holdings if _is_source(row))
        held = summed(((row.product,), row.quantity_tco2e) for row in holdings if not _is_source(row))
        yield from quantity_differences(
            issued, held, expected_in="the issuance bucket", found_in="all other buckets"
        )

    return find


def issued_units_have_a_reason(snapshot: Snapshot) -> Iterator[Evidence]:
    """Compare issued units with everything that may make units, per origin."""
    expected = summed(unit for source in SOURCES for unit in source(snapshot))
    found = summed(
        ((row.product, row.origin), row.quantity_tco2e) for row in snapshot.rows(REGISTRY_UNITS.blocks)
    )
    yield from quantity_differences(
        expected, found, expected_in="all that may make units", found_in=REGISTRY_UNITS.blocks.path
    )


def recovered_units_have_a_reason(snapshot: Snapshot) -> Iterator[Evidence]:
    """Compare what was taken back with everything that may take units back, per product."""
    expected = summed(unit for recovery in RECOVERIES for unit in recovery(snapshot))
    found = summed(
        ((row.product,), row.quantity_tco2e)
        for row in snapshot.rows(REGISTRY_UNITS.holdings)
        if row.bucket == "recovered" and row.account_no != CARRIED_OVER_ACCOUNT
    )
    yield from quantity_differences(
        expected, found, expected_in="all that may take units back", found_in=REGISTRY_UNITS.holdings.path
    )


def _from_table_rows(snapshot: Snapshot) -> Iterator[Unit]:
    issued = _issued_tables(snapshot)
    for row in snapshot.rows(ISSUANCE_ROWS):
        if row.issue_tco2e > 0 and row.table_no in issued:
            origin = f"{row.table_no}/{row.credit_code}"
            yield (_allowance_of(row.table_no), origin), row.issue_tco2e


def _from_borrowing(snapshot: Snapshot) -> Iterator[Unit]:
    for row in of_issued_tables(snapshot):
        if row.borrowed_tco2e:
            yield (BORROWED_PRODUCT, f"{row.table_no}/{row.credit_code}"), row.borrowed_tco2e


def _from_credits(snapshot: Snapshot) -> Iterator[Unit]:
    for row in snapshot.rows(CREDITS):
        yield (row.product, row.cancellation_no), row.credited_tco2e


def _from_reserves(snapshot: Snapshot) -> Iterator[Unit]:
    for line in confirmed_lines(snapshot):
        if line.kind == "RESERVE":
            yield (line.product, line.registration_no), line.quantity_tco2e


def _from_carry_over(snapshot: Snapshot) -> Iterator[Unit]:
    for line in snapshot.rows(CARRY_OVER_LINES):
        if line.status == REGISTERED:
            yield (NEW_PRODUCT, line.application_no), line.quantity_tco2e


def _back_by_tables(snapshot: Snapshot) -> Iterator[Unit]:
    issued = _issued_tables(snapshot)
    for row in snapshot.rows(ISSUANCE_ROWS):
        if row.issue_tco2e < 0 and row.table_no in issued:
            yield (_allowance_of(row.table_no),), -row.issue_tco2e


def _back_by_registrations(snapshot: Snapshot) -> Iterator[Unit]:
    for line in confirmed_lines(snapshot):
        if line.target_account_no == RECOVERED_ACCOUNT:
            yield (line.product,), line.quantity_tco2e
        if line.source_account_no == RECOVERED_ACCOUNT:
            yield (line.product,), -line.quantity_tco2e


# Each gives product and origin with the quantity made.
SOURCES: Final = (_from_table_rows, _from_borrowing, _from_credits, _from_reserves, _from_carry_over)
# Each gives the product with the quantity taken back.
RECOVERIES: Final = (_back_by_tables, _back_by_registrations)


def serials_are_partitioned(keeper: Keeper) -> Find:
    """Look for overlaps and holes in the serials of every product, and compare blocks with balances.

    Offset credits keep the serials of their CCER, so holes between them are no mistake.
    """

    def find(snapshot: Snapshot) -> Iterator[Evidence]:
        blocks = snapshot.rows(keeper.blocks)
        by_product: defaultdict[str, list[Block]] = defaultdict(list)
        for block in blocks:
            by_product[block.product].append(block)
        for product, owned in sorted(by_product.items()):
            yield from _gaps_and_overlaps(product, sorted(owned, key=_start))
        yield from quantity_differences(
            {
                key: amount
                for key, amount in by_position(snapshot.rows(keeper.holdings)).items()
                if amount > 0
            },
            summed(((row.account_no, row.product, row.bucket), row.quantity_tco2e) for row in blocks),
            expected_in=keeper.holdings.path,
            found_in=keeper.blocks.path,
            keys_max=2,
        )

    return find


def nothing_is_negative(snapshot: Snapshot) -> Iterator[Evidence]:
    """Look for balances below zero outside the issuance bucket."""
    for keeper in KEEPERS:
        for row in snapshot.rows(keeper.holdings):
            if row.quantity_tco2e < 0 and not _is_source(row):
                yield evidence(
                    row[:2],
                    "0 or more",
                    f"{row.quantity_tco2e} in {keeper.holdings.path}",
                    subject=" ".join(row[:3]),
                )


def credits_stay_where_they_were_made(snapshot: Snapshot) -> Iterator[Evidence]:
    """Look for offset credits outside their entity's own account, or on their way to trading."""
    entities: defaultdict[str, set[str]] = defaultdict(set)
    for credit in snapshot.rows(CREDITS):
        entities[credit.product].add(f"R-E-{credit.credit_code}")
    for row in snapshot.rows(REGISTRY_UNITS.holdings):
        if not row.product.startswith(OFFSET_PREFIX) or row.bucket in NOT_IN_ACCOUNTS:
            continue
        if row.account_no not in entities[row.product] or row.bucket in {"trading", "in_transit"}:
            yield evidence(
                row[:2],
                "only in the accounts that the credits were made for, never in trading",
                f"{row.quantity_tco2e} in {REGISTRY_UNITS.holdings.path}",
                subject=" ".join(row[:3]),
            )


def _gaps_and_overlaps(product: str, blocks: list[Block]) -> Iterator[Evidence]:
    may_have_holes = product.startswith(OFFSET_PREFIX)
    if not may_have_holes and blocks[0].serial_start != 1:
        yield _serial_evidence(product, 1, f"the first block starts at {blocks[0].serial_start}")
    end = 0
    for before, after in pairwise(blocks):
        end = max(end, before.serial_end)
        if after.serial_start <= end:
            yield _serial_evidence(product, after.serial_start, "two owners of one serial")
        elif after.serial_start > end + 1 and not may_have_holes:
            yield _serial_evidence(product, end + 1, f"nobody up to {after.serial_start - 1}")
    for block in blocks:
        if block.serial_end < block.serial_start:
            yield _serial_evidence(product, block.serial_start, f"a block that ends at {block.serial_end}")


def _serial_evidence(product: str, serial: int, found: str) -> Evidence:
    return Evidence(
        subject=f"{product} serial {serial}", expected="exactly one owner", found=found, keys=(product,)
    )


def _issued_tables(snapshot: Snapshot) -> frozenset[str]:
    return frozenset(row.table_no for row in snapshot.rows(ISSUANCES) if row.status == "ISSUED")


def _allowance_of(table_no: str) -> str:
    return ALLOWANCE_PREFIX + table_no.partition("/")[0]


def _is_source(row: Holding) -> bool:
    return row.bucket == ISSUANCE_BUCKET


def _start(block: Block) -> int:
    return block.serial_start
