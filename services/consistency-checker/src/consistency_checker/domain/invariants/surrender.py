"""What follows from the registry's own books of obligations, forced surrenders and help.

CHK-74  What is owed for each sector follows from issued tables and changes, and the limit of CCER from the sectors.
CHK-75  Obligations, notices and certificates stand as their history says, and deductions are noted for allocation.
CHK-76  Forced surrenders use and release what provinces' accounts held for the entity, each unit once.
CHK-77  Other enterprises help with allowances only, and with consent before the province decides.
"""

from collections import Counter, defaultdict
from collections.abc import Iterator
from itertools import pairwise
from typing import Final

from ets_kernel.domain.periods import PERIODS

from consistency_checker.domain.books import (
    ADJUSTMENTS,
    EARMARKS,
    FORCED,
    ISSUANCE_ROWS,
    ISSUANCES,
    OBLIGATION_CHANGES,
    OBLIGATION_VERSIONS,
    OBLIGATIONS,
    RECORD_CORRECTIONS,
    SURRENDERS,
)
from consistency_checker.domain.invariants.comparing import Key, evidence, quantity_differences, summed
from consistency_checker.domain.invariants.compliance import by_sector, offset_limit, stood
from consistency_checker.domain.invariants.corrections import EARMARKED, corrections, falls_of_obligations
from consistency_checker.domain.snapshot import Snapshot
from consistency_checker.domain.surrender_rows import Obligation, ObligationVersion
from consistency_checker.domain.verdict import Evidence

ALLOWANCE_PREFIX: Final = "CEA-"

_UNCONSENTED: Final = frozenset({"OFFERED", "WITHDRAWN"})
_FORCED_KINDS: Final = {"SURRENDERED": True, "RELEASED": False}


def limits_follow_from_obligations(snapshot: Snapshot) -> Iterator[Evidence]:
    """Compute every limit again, and every sector's part from the first verified tables and all changes since.

    A verified table of another scope changes what the first one imposed; its row is counted, not that change.
    """
    yield from quantity_differences(
        _parts_expected(snapshot),
        summed(
            ((row.credit_code, row.period, sector), owed)
            for row in snapshot.rows(OBLIGATIONS)
            for sector, owed in by_sector(row).items()
        ),
        expected_in=f"{ISSUANCE_ROWS.path} and {OBLIGATION_CHANGES.path}",
        found_in=OBLIGATIONS.path,
        keys_max=1,
    )
    for row in snapshot.rows(OBLIGATIONS):
        if row.offset_limit_tco2e != offset_limit(row):
            yield _about(
                row,
                f"limit {offset_limit(row)} of {row.obligation_tco2e}",
                f"limit {row.offset_limit_tco2e} in {OBLIGATIONS.path}",
            )


def obligations_follow_from_their_history(snapshot: Snapshot) -> Iterator[Evidence]:
    """Play every history again: versions, changes, notices and certificates; and look for every deduction."""
    histories: defaultdict[Key, list[ObligationVersion]] = defaultdict(list)
    for version in sorted(snapshot.rows(OBLIGATION_VERSIONS)):
        histories[version.credit_code, version.period].append(version)
    first = {(row.credit_code, row.period): row.sector for row in snapshot.rows(OBLIGATIONS)}
    changes: defaultdict[Key, Counter[str]] = defaultdict(Counter)
    for change in snapshot.rows(OBLIGATION_CHANGES):
        if change.status == "CONFIRMED":
            key = (change.credit_code, change.period)
            beside = "" if change.sector in {"", first.get(key)} else str(change.sector)
            changes[key][_change(change.from_tco2e, change.to_tco2e, beside)] += 1
    deducted, falls = _deducted_sums(snapshot), falls_of_obligations(snapshot)
    for row in snapshot.rows(OBLIGATIONS):
        key = (row.credit_code, row.period)
        yield from _history_faults(row, histories[key], changes[key], falls.get(key, Counter()))
        yield from _deduction_faults(
            row, histories[key], deducted.get((row.credit_code, _following(row.period)), {0})
        )
    yield from quantity_differences(
        summed(((row.credit_code,), row.deducted_tco2e) for row in snapshot.rows(OBLIGATIONS)),
        summed(
            ((row.credit_code,), row.change_tco2e)
            for row in snapshot.rows(ADJUSTMENTS)
            if row.kind == "UNSURRENDERED"
        ),
        expected_in=f"{OBLIGATIONS.path}, deducted",
        found_in=f"{ADJUSTMENTS.path}, not surrendered",
    )


def forced_surrenders_use_what_was_held(snapshot: Snapshot) -> Iterator[Evidence]:
    """Compare the lines of registered cases with what left the earmarked allowances under their numbers."""
    yield from quantity_differences(
        summed(
            ((line.case_no, line.product, _use(is_surrendered=bool(line.period))), line.quantity_tco2e)
            for line in snapshot.rows(FORCED)
            if line.status == "REGISTERED"
        ),
        summed(
            ((row.reference, row.product, _use(is_surrendered=_FORCED_KINDS[row.kind])), -row.change_tco2e)
            for row in snapshot.rows(EARMARKS)
            if row.kind in _FORCED_KINDS
        ),
        expected_in=FORCED.path,
        found_in=EARMARKS.path,
        keys_max=1,
    )
    yield from quantity_differences(
        summed(
            ((row.registration_no, row.product), -row.change_tco2e)
            for row in corrections(snapshot, *EARMARKED)
        ),
        summed(
            ((row.reference, row.product), row.change_tco2e)
            for row in snapshot.rows(EARMARKS)
            if row.kind == "CORRECTED"
        ),
        expected_in=RECORD_CORRECTIONS.path,
        found_in=EARMARKS.path,
        keys_max=1,
    )


def help_is_consented_and_of_allowances(snapshot: Snapshot) -> Iterator[Evidence]:
    """Look for units of other accounts that are no allowances, or that the entity did not consent to."""
    for line in snapshot.rows(SURRENDERS):
        is_help = line.account_no != f"R-E-{line.credit_code}"
        if is_help and not line.product.startswith(ALLOWANCE_PREFIX):
            yield evidence(
                (line.application_no,),
                "allowances of another account",
                f"{line.product} in {SURRENDERS.path}",
            )
        if line.is_consented != is_help and (line.is_consented or line.status not in _UNCONSENTED):
            expected = "consent" if is_help else "no consent to own units"
            yield evidence((line.application_no,), expected, f"{line.status} in {SURRENDERS.path}")


def _parts_expected(snapshot: Snapshot) -> dict[Key, int]:
    issued = {row.table_no for row in snapshot.rows(ISSUANCES) if row.status == "ISSUED"}
    first = {(row.credit_code, row.period): str(row.sector) for row in snapshot.rows(OBLIGATIONS)}
    tables = [
        ((row.credit_code, row.table_no.split("/")[0], str(row.sector)), row.obligation_tco2e)
        for row in snapshot.rows(ISSUANCE_ROWS)
        if row.table_no in issued and "/VERIFIED/" in row.table_no
    ]
    changes = [
        (
            (row.credit_code, row.period, str(row.sector) or first.get((row.credit_code, row.period), "")),
            row.to_tco2e - row.from_tco2e,
        )
        for row in snapshot.rows(OBLIGATION_CHANGES)
        if row.status == "CONFIRMED" and "/VERIFIED/" not in row.change_no
    ]
    return summed([*tables, *changes])


def _history_faults(
    row: Obligation, history: list[ObligationVersion], changes: Counter[str], falls: Counter[tuple[int, int]]
) -> Iterator[Evidence]:
    numbers = [version.version_no for version in history]
    if not history or numbers != list(range(1, len(history) + 1)) or any(history[0][4:]):
        yield _about(
            row, "versions from 1 on, the first with nothing registered", f"{history[:1]} of {numbers}"
        )
        return
    present = (row.obligation_tco2e, row.surrendered_tco2e, row.offset_tco2e, row.deducted_tco2e)
    is_shared = stood(row, history[-1]) == row
    if tuple(history[-1][3:7]) != present or not is_shared or _falls(history) != falls:
        yield _about(
            row,
            f"{present} in {OBLIGATIONS.path}, reached upwards but for corrections",
            f"{history[-1][3:7]}",
        )
    made = Counter(
        _change(one.obligation_tco2e, other.obligation_tco2e, _moved(row, one, other))
        for one, other in pairwise(history)
        if (one.obligation_tco2e, *one[7:]) != (other.obligation_tco2e, *other[7:])
    )
    if made != changes:
        found = f"[{', '.join(sorted(changes))}] in {OBLIGATION_CHANGES.path}"
        yield _about(row, f"changes [{', '.join(sorted(made))}]", found)
    ordinals = (1 + changes.total(), _certificates(row, history))
    if (row.notice_ordinal, row.certificate_ordinal) != ordinals:
        yield _about(
            row,
            f"notice {ordinals[0]}, certificate {ordinals[1]}",
            f"{row.notice_ordinal}, {row.certificate_ordinal} in {OBLIGATIONS.path}",
        )


def _moved(row: Obligation, one: ObligationVersion, other: ObligationVersion) -> str:
    """Name the sector whose part took a change, nothing for the obligation's own; all of them where it is no one's."""
    before, after = by_sector(stood(row, one)), by_sector(stood(row, other))
    moved = [sector for sector in before if before[sector] != after[sector]]
    is_own = one[7:] == other[7:]
    return "" if is_own else " ".join(moved) or str(other[7:])


def _change(from_tco2e: int, to_tco2e: int, sector: str) -> str:
    return f"({from_tco2e}, {to_tco2e}{f', {sector}' if sector else ''})"


def _deduction_faults(
    row: Obligation, history: list[ObligationVersion], sums: set[int]
) -> Iterator[Evidence]:
    unknown = sorted({version.deducted_tco2e for version in history} - sums)
    if unknown:
        yield _about(
            row,
            f"deducted one of {sorted(sums)} in {ADJUSTMENTS.path}",
            f"{unknown} in {OBLIGATION_VERSIONS.path}",
        )


def _deducted_sums(snapshot: Snapshot) -> dict[Key, set[int]]:
    """Give, by entity and period of the allocation, what was noted as not surrendered after each of its changes."""
    sums: dict[Key, set[int]] = {}
    totals: defaultdict[Key, int] = defaultdict(int)
    for row in sorted(snapshot.rows(ADJUSTMENTS)):
        if row.kind == "UNSURRENDERED":
            key = (row.credit_code, row.from_period)
            totals[key] += row.change_tco2e
            sums.setdefault(key, {0}).add(totals[key])
    return sums


def _following(period: str) -> str:
    names = [*map(str, PERIODS), ""]
    return names[names.index(period) + 1] if period in names[:-1] else ""


def _falls(history: list[ObligationVersion]) -> Counter[tuple[int, int]]:
    steps = [
        (after.surrendered_tco2e - before.surrendered_tco2e, after.offset_tco2e - before.offset_tco2e)
        for before, after in pairwise(history)
    ]
    return Counter(step for step in steps if min(step) < 0)


def _certificates(row: Obligation, history: list[ObligationVersion]) -> int:
    """Count how often the obligation became complete, or was changed or corrected and still complete."""
    count, certified_tco2e = 0, -1
    for before, version in zip([None, *history], history, strict=False):
        if before is not None and any(
            after < sum_ for sum_, after in zip(before[4:6], version[4:6], strict=True)
        ):
            certified_tco2e = -1
        limit = offset_limit(stood(row, version))
        covered = version.surrendered_tco2e + min(version.offset_tco2e, limit)
        if covered < version.obligation_tco2e:
            certified_tco2e = -1
        elif certified_tco2e != version.obligation_tco2e:
            count, certified_tco2e = count + 1, version.obligation_tco2e
    return count


def _about(row: Obligation, expected: str, found: str) -> Evidence:
    return evidence((row.credit_code,), expected, found, subject=f"{row.credit_code} {row.period}")


def _use(*, is_surrendered: bool) -> str:
    return "surrendered" if is_surrendered else "released"
