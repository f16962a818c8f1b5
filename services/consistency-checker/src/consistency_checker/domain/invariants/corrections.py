"""What corrections took back of surrenders, cancellations and carry-overs, or registered again.

CHK-81  Corrections of surrenders, cancellations and carry-overs are of the units that were used up by them.
"""

from collections import Counter, defaultdict
from collections.abc import Iterator
from typing import Final

from consistency_checker.domain.books import CHANGES, RECORD_CORRECTIONS
from consistency_checker.domain.change_rows import RecordCorrection
from consistency_checker.domain.invariants.changes import confirmed_lines
from consistency_checker.domain.invariants.comparing import Key, evidence, quantity_differences, summed
from consistency_checker.domain.snapshot import Snapshot
from consistency_checker.domain.verdict import Evidence

OFFSET_PREFIX: Final = "OFFSET-"
SURRENDERS: Final = frozenset({"SURRENDER", "FORCED_SURRENDER"})
# What is held for entities in provinces' accounts changes with these.
EARMARKED: Final = frozenset({"FORCED_SURRENDER", "RELEASE", "RECOVERY"})

_ACCOUNTS: Final = {
    "R-SURRENDERED": "SURRENDER",
    "R-CANCELLED": "CANCELLATION",
    "R-CARRIED-OVER": "CARRY_OVER",
}
_KINDS: Final = {"FORCED_SURRENDER": "SURRENDER"}


def corrections(snapshot: Snapshot, *kinds: str) -> list[RecordCorrection]:
    """Give what corrections did to records of these kinds; of a carry-over the old units, the new ones are as many."""
    return [
        row
        for row in snapshot.rows(RECORD_CORRECTIONS)
        if row.kind in kinds and (row.kind != "CARRY_OVER" or row.record_line_no)
    ]


def falls_of_obligations(snapshot: Snapshot) -> dict[Key, Counter[tuple[int, int]]]:
    """Give by entity and period what each registration took back, of allowances and of CCER."""
    sums: defaultdict[Key, list[int]] = defaultdict(lambda: [0, 0])
    for row in corrections(snapshot, *SURRENDERS):
        key = (row.credit_code, row.period, row.registration_no)
        sums[key][row.product.startswith(OFFSET_PREFIX)] += row.change_tco2e
    falls: defaultdict[Key, Counter[tuple[int, int]]] = defaultdict(Counter)
    for (credit_code, period, _), (surrendered, offset) in sums.items():
        if surrendered + offset < 0:
            falls[credit_code, period][surrendered, offset] += 1
    return falls


def corrections_follow_from_registrations(snapshot: Snapshot) -> Iterator[Evidence]:
    """Compare them with the lines of confirmed corrections that touch what is used up, line by line."""
    moved: list[tuple[Key, int]] = []
    for line in confirmed_lines(snapshot):
        key = (line.registration_no, str(line.line_no))
        if line.kind == "CORRECTION" and line.source_account_no in _ACCOUNTS:
            moved.append(((*key, _ACCOUNTS[line.source_account_no], line.product), -line.quantity_tco2e))
        if line.kind == "CORRECTION" and line.target_account_no in _ACCOUNTS:
            moved.append(((*key, _ACCOUNTS[line.target_account_no], line.product), line.quantity_tco2e))
    told = summed(
        (
            (row.registration_no, str(row.line_no), _KINDS.get(row.kind, str(row.kind)), row.product),
            row.change_tco2e,
        )
        for row in corrections(snapshot, *SURRENDERS, "CANCELLATION", "CARRY_OVER")
    )
    yield from quantity_differences(
        summed(moved), told, expected_in=CHANGES.path, found_in=RECORD_CORRECTIONS.path, keys_max=1
    )
    corrects = {f"{line.registration_no}/{line.line_no}": line.corrects for line in confirmed_lines(snapshot)}
    for row in snapshot.rows(RECORD_CORRECTIONS):
        first = f"{row.registration_no}/{row.line_no}"
        while first in corrects:
            first = corrects[first]
        if _record_line(row, first) != row.record_line_no:
            yield evidence(
                (row.registration_no,),
                f"what {first} registered",
                f"line {row.record_line_no} of {row.record_no} in {RECORD_CORRECTIONS.path}",
            )


def _record_line(row: RecordCorrection, transfer_no: str) -> int | None:
    """Tell from the number of the first entry which line of the record it registered; None where of another one."""
    if not transfer_no.startswith(f"{row.record_no}/"):
        return None
    step = transfer_no.removeprefix(f"{row.record_no}/").partition("/")[0]
    return int(step) if step.isdecimal() else int(step != "issued")
