"""Change registrations: what the registration body did to holdings by two people on a document.

CHK-63  What is judicially frozen of every account and product is what its freezes hold, serial by serial.
CHK-64  A freeze holds what it froze less what confirmed releases and judicial transfers took out of it.
CHK-65  Whoever proposed a change registration that was carried out is not the one who confirmed it.
CHK-66  The journal has exactly the lines of confirmed change registrations, and corrects no entry twice.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator
from typing import Final

from consistency_checker.domain.books import (
    CHANGE_ENTRIES,
    CHANGES,
    FREEZE_BLOCKS,
    FREEZES,
    REGISTRY_UNITS,
)
from consistency_checker.domain.change_rows import ChangeEntry, ChangeLine, JudicialFreezeBlock
from consistency_checker.domain.invariants.comparing import (
    Key,
    content_differences,
    evidence,
    held_in_bucket,
    quantity_differences,
    repeated,
    summed,
)
from consistency_checker.domain.rows import Block
from consistency_checker.domain.serials import Range, covered
from consistency_checker.domain.snapshot import Snapshot
from consistency_checker.domain.verdict import Evidence

CONFIRMED: Final = "CONFIRMED"
FROZEN_BUCKET: Final = "judicially_frozen"
TAKING_KINDS: Final = frozenset({"RELEASE", "JUDICIAL_TRANSFER"})


def confirmed_lines(snapshot: Snapshot) -> Iterator[ChangeLine]:
    """Give the lines that were carried out."""
    return (row for row in snapshot.rows(CHANGES) if row.status == CONFIRMED and row.line_no)


def frozen_units_are_in_freezes(snapshot: Snapshot) -> Iterator[Evidence]:
    """Compare the frozen bucket with what freezes say, each freeze with its serials, and these with the blocks."""
    freezes = snapshot.rows(FREEZES)
    yield from quantity_differences(
        summed(((row.account_no, row.product), row.held_tco2e) for row in freezes),
        held_in_bucket(snapshot, FROZEN_BUCKET),
        expected_in=FREEZES.path,
        found_in=REGISTRY_UNITS.holdings.path,
    )
    yield from quantity_differences(
        {(row.freeze_no,): row.held_tco2e for row in freezes},
        {(row.freeze_no,): row.serials_tco2e for row in freezes},
        expected_in=FREEZES.path,
        found_in="its serials",
    )
    blocks = snapshot.rows(FREEZE_BLOCKS)
    yield from quantity_differences(
        summed(((row.freeze_no, row.account_no, row.product), row.serials_tco2e) for row in freezes),
        summed(((row.freeze_no, row.account_no, row.product), row.quantity_tco2e) for row in blocks),
        expected_in=FREEZES.path,
        found_in=FREEZE_BLOCKS.path,
    )
    frozen = (row for row in snapshot.rows(REGISTRY_UNITS.blocks) if row.bucket == FROZEN_BUCKET)
    yield from content_differences(
        _serials(frozen),
        _serials(blocks),
        expected_in=REGISTRY_UNITS.blocks.path,
        found_in=FREEZE_BLOCKS.path,
    )


def _serials(blocks: Iterable[Block | JudicialFreezeBlock]) -> dict[Key, str]:
    """Write the serials of each account and product in canonical form, in which one that is there twice shows."""
    found: dict[Key, list[Range]] = {}
    for row in blocks:
        found.setdefault((row.account_no, row.product), []).append((row.serial_start, row.serial_end))
    return {key: covered(ranges) for key, ranges in found.items()}


def freezes_follow_from_registrations(snapshot: Snapshot) -> Iterator[Evidence]:
    """Recompute what every freeze froze and holds from the lines that were carried out."""
    lines = list(confirmed_lines(snapshot))
    frozen: dict[Key, int] = {
        (f"{line.registration_no}/{line.line_no}",): line.quantity_tco2e
        for line in lines
        if line.kind == "FREEZE"
    }
    taken = summed(((line.freeze_no,), line.quantity_tco2e) for line in lines if line.kind in TAKING_KINDS)
    freezes = snapshot.rows(FREEZES)
    expected = {key: (quantity, quantity - taken.get(key, 0)) for key, quantity in frozen.items()}
    found: dict[Key, tuple[int, int]] = {
        (row.freeze_no,): (row.frozen_tco2e, row.held_tco2e) for row in freezes
    }
    yield from content_differences(expected, found, expected_in=CHANGES.path, found_in=FREEZES.path)


def two_people_carry_out(snapshot: Snapshot) -> Iterator[Evidence]:
    """Look for registrations that one person alone, or nobody, proposed and confirmed."""
    people = {
        (row.registration_no,): (row.initiated_by, row.confirmed_by)
        for row in snapshot.rows(CHANGES)
        if row.status == CONFIRMED
    }
    for key, (first, second) in sorted(people.items()):
        if not first or not second or first == second:
            yield evidence(key, "two people", f"{first or 'nobody'} and {second or 'nobody'}")


def entries_are_the_confirmed_lines(snapshot: Snapshot) -> Iterator[Evidence]:
    """Compare lines that were carried out with the entries that carry their number, one by one."""
    entries = snapshot.rows(CHANGE_ENTRIES)
    expected: dict[Key, tuple[str, str, str, int, str]] = {}
    for line in confirmed_lines(snapshot):
        # Units that are created come from the source of issuance, which is no account of the registration.
        source = line.source_account_no or "S-ISSUANCE"
        key = (line.registration_no, f"{line.registration_no}/{line.line_no}")
        expected[key] = (source, line.target_account_no, line.product, line.quantity_tco2e, line.corrects)
    found: dict[Key, tuple[str, str, str, int, str]] = {
        (row.registration_no, row.transfer_id): (
            row.source_account_no,
            row.target_account_no,
            row.product,
            row.quantity_tco2e,
            row.corrects,
        )
        for row in entries
    }
    yield from content_differences(expected, found, expected_in=CHANGES.path, found_in=CHANGE_ENTRIES.path)
    yield from repeated(((row.corrects,) for row in _in_force(entries)), found_in=CHANGE_ENTRIES.path)


def _in_force(entries: Iterable[ChangeEntry]) -> Iterator[ChangeEntry]:
    """Give the corrections that no other undid whole, which itself was not undone."""
    later: defaultdict[str, list[ChangeEntry]] = defaultdict(list)
    for row in entries:
        later[row.corrects].append(row)

    def is_in_force(row: ChangeEntry) -> bool:
        undoing = later.get(row.transfer_id, ())
        return not any(one.quantity_tco2e == row.quantity_tco2e and is_in_force(one) for one in undoing)

    return (row for row in entries if row.corrects and is_in_force(row))
