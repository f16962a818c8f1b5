"""Who owes what was imposed on entities that others absorbed.

CHK-82  Who survived the mergers of an entity owes all that it owes, met or not; nobody else owes for another.
"""

from collections import defaultdict
from collections.abc import Iterator

from consistency_checker.domain.books import CHANGES, MERGERS, OBLIGATION_VERSIONS, OBLIGATIONS, SUCCESSIONS
from consistency_checker.domain.change_rows import ChangeLine, Merger, Succession
from consistency_checker.domain.invariants.changes import CONFIRMED
from consistency_checker.domain.invariants.comparing import Key, content_differences, evidence
from consistency_checker.domain.invariants.compliance import offset_limit, stood
from consistency_checker.domain.snapshot import Snapshot
from consistency_checker.domain.surrender_rows import Obligation
from consistency_checker.domain.verdict import Evidence


def successors_owe_what_was_imposed(snapshot: Snapshot) -> Iterator[Evidence]:
    """Play the mergers again and compare who they say owes each obligation with the last that took it over."""
    mergers = sorted(snapshot.rows(MERGERS))
    yield from content_differences(
        {(row.registration_no,): "carried out" for row in snapshot.rows(CHANGES) if _is_merger(row)},
        {
            (merger.registration_no,): "carried out" if merger.merger_no == number else "out of order"
            for number, merger in enumerate(mergers, start=1)
        },
        expected_in=CHANGES.path,
        found_in=MERGERS.path,
    )
    owed: dict[Key, Obligation] = {(row.credit_code, row.period): row for row in snapshot.rows(OBLIGATIONS)}
    taken: defaultdict[Key, list[Succession]] = defaultdict(list)
    for row in sorted(snapshot.rows(SUCCESSIONS), key=lambda row: row.succession_no):
        taken[row.credit_code, row.period].append(row)
    for key in sorted(owed.keys() | taken.keys()):
        expected = _owner(key[0], mergers)
        found = _taken_by(key[0], taken[key])
        if expected != found:
            yield evidence(
                key[:1],
                f"owed by {' '.join(expected)} in {MERGERS.path}",
                f"owed by {' '.join(found)} in {SUCCESSIONS.path}",
                subject=" ".join(key),
            )
    yield from _succession_faults(snapshot, owed, taken)


def _is_merger(row: ChangeLine) -> bool:
    return (row.kind, row.status) == ("MERGER", CONFIRMED)


def _owner(credit_code: str, mergers: list[Merger]) -> tuple[str, ...]:
    """Name who owes what was imposed on an entity, and the merger that made it so; the entity alone without one."""
    holder, merged_by = credit_code, ""
    for merger in mergers:
        if merger.absorbed_credit_code in {credit_code, holder}:
            holder, merged_by = merger.survivor_credit_code, merger.registration_no
    return (holder, merged_by) if holder != credit_code else (credit_code,)


def _taken_by(credit_code: str, rows: list[Succession]) -> tuple[str, ...]:
    if not rows or rows[-1].successor_credit_code == credit_code:
        return (credit_code,)
    return rows[-1].successor_credit_code, rows[-1].registration_no


def _succession_faults(
    snapshot: Snapshot, owed: dict[Key, Obligation], taken: dict[Key, list[Succession]]
) -> Iterator[Evidence]:
    """Look for successions out of their order, or of a quantity that never was unmet."""
    unmet: defaultdict[Key, set[int]] = defaultdict(set)
    for version in snapshot.rows(OBLIGATION_VERSIONS):
        key: Key = (version.credit_code, version.period)
        if key in owed:
            covered = version.surrendered_tco2e + min(
                version.offset_tco2e, offset_limit(stood(owed[key], version))
            )
            met = min(covered, version.obligation_tco2e) + version.deducted_tco2e
            unmet[key].add(max(version.obligation_tco2e - met, 0))
    for one, rows in sorted(taken.items()):
        if [row.succession_no for row in rows] != list(range(1, len(rows) + 1)):
            yield evidence(one[:1], "successions from 1 on", f"{[row.succession_no for row in rows]}")
        for taken_over in rows:
            if taken_over.outstanding_tco2e not in unmet[one]:
                yield evidence(
                    one[:1],
                    f"unmet, one of {sorted(unmet[one])} in {OBLIGATION_VERSIONS.path}",
                    f"{taken_over.outstanding_tco2e} in {SUCCESSIONS.path}",
                )
