"""Roster, allocation tables and obligations: the management platform, the sealed documents and the registry.

CHK-25  Every emitter's account belongs to an entity listed in the same province.
CHK-26  Sums and digest of an allocation table follow from its rows.
CHK-27  An issued table is the same three times: as transmitted, as the registry computed it, as sealed.
CHK-28  Issued rows are the transmitted rows, and their sum and number are the issuance's.
CHK-29  Obligations in the registry are those of the issued verified tables and their confirmed changes.
"""

from collections import defaultdict
from collections.abc import Iterator
from typing import Final

from ets_kernel.domain.canonical import canonical_row, rows_digest

from consistency_checker.domain.books import (
    ACCOUNTS,
    ALLOCATION_ROWS,
    ALLOCATION_TABLES,
    ENTITIES,
    ISSUANCE_ROWS,
    ISSUANCES,
    MRV,
    OBLIGATION_CHANGES,
    OBLIGATIONS,
    REGISTRY,
)
from consistency_checker.domain.invariants.comparing import Key, content_differences, evidence, summed
from consistency_checker.domain.rows import AllocationRow, AllocationTable, Issuance
from consistency_checker.domain.snapshot import Snapshot
from consistency_checker.domain.verdict import Evidence

VERIFIED: Final = "VERIFIED"
TRANSMITTED_STATES: Final = frozenset({"TRANSMITTED", "DIFFERENT", "AGREED", "SEALED", "ISSUED"})


def accounts_belong_to_listed_entities(snapshot: Snapshot) -> Iterator[Evidence]:
    """Look for emitters' accounts without an entity on the roster, or in another province."""
    snapshot.join(MRV, REGISTRY)
    listed = {(row.credit_code, row.province_code) for row in snapshot.rows(ENTITIES)}
    for account in snapshot.rows(ACCOUNTS):
        if account.kind == "EMITTER" and (account.credit_code, account.province_code) not in listed:
            yield evidence(
                (account.credit_code,),
                f"listed in province {account.province_code} in {ENTITIES.path}",
                f"not there, but {account.account_no} in {ACCOUNTS.path}",
            )


def tables_are_the_sum_of_their_rows(snapshot: Snapshot) -> Iterator[Evidence]:
    """Recompute sums and digest of every allocation table from its rows."""
    rows: defaultdict[str, list[AllocationRow]] = defaultdict(list)
    for row in snapshot.rows(ALLOCATION_ROWS):
        rows[row.table_no].append(row)
    names = {(row.credit_code, row.period): row.name for row in snapshot.rows(ENTITIES)}
    tables = {(row.table_no,): row for row in snapshot.rows(ALLOCATION_TABLES)}
    for table_no in sorted(rows.keys() - {key[0] for key in tables}):
        yield evidence((table_no,), f"a table in {ALLOCATION_TABLES.path}", "only its rows")
    for key, table in sorted(tables.items()):
        expected = _summary(table.table_no, rows.get(table.table_no, []), names)
        found = (table.issue_tco2e, table.obligation_tco2e, table.digest_hex)
        if expected != found:
            yield evidence(
                key, f"{_shown(expected)} from its rows", f"{_shown(found)} in {ALLOCATION_TABLES.path}"
            )


def issuances_match_tables_and_seals(snapshot: Snapshot) -> Iterator[Evidence]:
    """Compare every table's last transmission with the registry's, and every issued one with its seal."""
    snapshot.join(MRV, REGISTRY)
    tables = {row.table_no: row for row in snapshot.rows(ALLOCATION_TABLES)}
    issuances = {row.table_no: row for row in snapshot.rows(ISSUANCES)}
    sent = snapshot.flying_keys(REGISTRY, "AllocationTableTransmitted", "table_no")
    told = snapshot.flying_keys(MRV, "AllowancesIssued", "table_no")
    for table_no in sorted(tables.keys() | issuances.keys()):
        table, issuance = tables.get(table_no), issuances.get(table_no)
        if table is None:
            yield evidence((table_no,), f"a table in {ALLOCATION_TABLES.path}", f"only in {ISSUANCES.path}")
        elif issuance is None or issuance.revision < table.revision:
            if table.status in TRANSMITTED_STATES and table_no not in sent:
                yield evidence((table_no,), f"transmission {table.revision} in {ISSUANCES.path}", "not there")
        else:
            yield from _match_faults(table, issuance, is_told=table_no in told)


def issuance_rows_match_table_rows(snapshot: Snapshot) -> Iterator[Evidence]:
    """Compare issued rows entity by entity, and their sum and number with the issuance."""
    snapshot.join(MRV, REGISTRY)
    issued = {row.table_no: row for row in snapshot.rows(ISSUANCES) if row.status == "ISSUED"}
    found: dict[Key, tuple[int, int]] = {}
    sums: defaultdict[str, int] = defaultdict(int)
    counts: defaultdict[str, int] = defaultdict(int)
    for row in snapshot.rows(ISSUANCE_ROWS):
        if row.table_no in issued:
            found[row.table_no, row.credit_code] = (row.issue_tco2e, row.obligation_tco2e)
            sums[row.table_no] += row.issue_tco2e
            counts[row.table_no] += 1
    expected: dict[Key, tuple[int, int]] = {
        (row.table_no, row.credit_code): (row.issue_tco2e, row.obligation_tco2e)
        for row in snapshot.rows(ALLOCATION_ROWS)
        if row.table_no in issued
    }
    yield from content_differences(
        expected, found, expected_in=ALLOCATION_ROWS.path, found_in=ISSUANCE_ROWS.path
    )
    for table_no, issuance in sorted(issued.items()):
        if (sums[table_no], counts[table_no]) != (issuance.issue_tco2e, issuance.entity_count):
            yield evidence(
                (table_no,),
                f"{issuance.issue_tco2e} for {issuance.entity_count} entities in {ISSUANCES.path}",
                f"{sums[table_no]} for {counts[table_no]} in {ISSUANCE_ROWS.path}",
            )


def obligations_follow_from_issued_tables(snapshot: Snapshot) -> Iterator[Evidence]:
    """Compare obligations with the issued verified tables and confirmed changes; nothing owed may go without a row.

    A verified table of another scope changes what the first one imposed; its row is counted, not that change.
    """
    snapshot.join(MRV, REGISTRY)
    issued = {row.table_no for row in snapshot.rows(ISSUANCES) if row.status == "ISSUED"}
    expected = summed(
        ((row.credit_code, _period(row.table_no)), row.obligation_tco2e)
        for row in snapshot.rows(ALLOCATION_ROWS)
        if row.table_no in issued and _kind(row.table_no) == VERIFIED
    )
    changed = summed(
        ((row.credit_code, row.period), row.to_tco2e - row.from_tco2e)
        for row in snapshot.rows(OBLIGATION_CHANGES)
        if row.status == "CONFIRMED" and f"/{VERIFIED}/" not in row.change_no
    )
    found = summed(
        ((row.credit_code, row.period), row.obligation_tco2e) for row in snapshot.rows(OBLIGATIONS)
    )
    yield from content_differences(
        summed([*expected.items(), *changed.items()]),
        found,
        expected_in=f"{ALLOCATION_ROWS.path} and {OBLIGATION_CHANGES.path}",
        found_in=OBLIGATIONS.path,
    )


def _summary(
    table_no: str, rows: list[AllocationRow], names: dict[tuple[str, str], str]
) -> tuple[int, int, str]:
    period = _period(table_no)
    digest = rows_digest(
        canonical_row(
            [
                row.credit_code,
                names.get((row.credit_code, period), ""),
                row.pre_allocated_tco2e,
                row.verified_tco2e,
                row.issue_tco2e,
                row.emissions_tco2e,
                row.obligation_tco2e,
                int(row.is_capped),
            ]
        )
        for row in sorted(rows, key=_credit_code)
    )
    return sum(row.issue_tco2e for row in rows), sum(row.obligation_tco2e for row in rows), digest.hex()


def _match_faults(table: AllocationTable, issuance: Issuance, *, is_told: bool) -> Iterator[Evidence]:
    key = (table.table_no,)
    if issuance.revision > table.revision:
        yield evidence(
            key, f"transmission {table.revision} at most", f"{issuance.revision} in {ISSUANCES.path}"
        )
    elif table.status in TRANSMITTED_STATES and issuance.transmitted_digest_hex != table.digest_hex:
        yield evidence(
            key,
            f"digest {table.digest_hex} in {ALLOCATION_TABLES.path}",
            f"transmitted digest {issuance.transmitted_digest_hex} in {ISSUANCES.path}",
        )
    if issuance.status == "ISSUED":
        yield from _issued_faults(table, issuance, is_told=is_told)
    elif table.status == "ISSUED":
        yield evidence(
            key, f"{issuance.status} as in {ISSUANCES.path}", f"ISSUED in {ALLOCATION_TABLES.path}"
        )


def _issued_faults(table: AllocationTable, issuance: Issuance, *, is_told: bool) -> Iterator[Evidence]:
    key = (table.table_no,)
    digests = {
        "recomputed by the registry": issuance.recomputed_digest_hex,
        "sealed as the registry knows it": issuance.seal_digest_hex,
        "sealed as the management platform knows it": table.seal_digest_hex,
    }
    for name, digest in digests.items():
        if digest != issuance.transmitted_digest_hex:
            yield evidence(
                key, f"digest {issuance.transmitted_digest_hex} as transmitted", f"{digest} {name}"
            )
    if table.status != "ISSUED" and not is_told:
        yield evidence(key, f"ISSUED as in {ISSUANCES.path}", f"{table.status} in {ALLOCATION_TABLES.path}")
    if table.issue_tco2e != issuance.issue_tco2e:
        yield evidence(
            key,
            f"{table.issue_tco2e} tCO2e in {ALLOCATION_TABLES.path}",
            f"{issuance.issue_tco2e} tCO2e in {ISSUANCES.path}",
        )


def _shown(summary: tuple[int, int, str]) -> str:
    issue, obligation, digest = summary
    return f"issue {issue}, obligation {obligation}, digest {digest}"


def _period(table_no: str) -> str:
    return table_no.partition("/")[0]


def _kind(table_no: str) -> str:
    return table_no.partition("/")[2].partition("/")[0]


def _credit_code(row: AllocationRow) -> str:
    return row.credit_code
