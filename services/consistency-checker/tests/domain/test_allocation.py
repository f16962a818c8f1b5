"""CHK-25 to CHK-29: roster, tables, seals, issuances and obligations."""

import pytest
from checker_books import Books
from checker_clean import PERIOD, PRE_A, PRE_B, VER_A, VER_B, A, B
from checker_judging import assert_broken, assert_kept
from consistency_checker.domain.books import (
    ACCOUNTS,
    ALLOCATION_ROWS,
    ALLOCATION_TABLES,
    ENTITIES,
    ISSUANCE_ROWS,
    ISSUANCES,
    MRV,
    OBLIGATIONS,
    REGISTRY,
)
from consistency_checker.domain.rows import AllocationTable, State

WRONG = "00" * 32


def _table(table_no, **changes):
    return lambda books: books.change(ALLOCATION_TABLES, changes, table_no=table_no)


def _issuance(table_no, **changes):
    return lambda books: books.change(ISSUANCES, changes, table_no=table_no)


def _row(table_no, **changes):
    return lambda books: books.change(ALLOCATION_ROWS, changes, table_no=table_no)


def _renamed(books: Books) -> None:
    books.change(ENTITIES, {"name": "Another"}, credit_code=A)


def _never_transmitted(books: Books) -> None:
    books.drop(ISSUANCES, table_no=VER_B)


def _stale(books: Books) -> None:
    _table(VER_B, revision=2, status=State("TRANSMITTED"))(books)


def _issued_too_early(books: Books) -> None:
    _issuance(VER_B, status=State("matched"))(books)


CASES = [
    (25, lambda b: b.drop(ENTITIES, credit_code=B), B, "listed in province 11", f"R-E-{B}"),
    (25, lambda b: b.change(ACCOUNTS, {"province_code": "12"}, credit_code=A), A, "province 12", "not there"),
    (26, _row(VER_A, issue_tco2e=301), VER_A, "issue 301", "issue 300"),
    (26, _row(VER_A, is_capped=False), VER_A, "digest", "issue 300"),
    (26, _row(VER_A, emissions_tco2e=1), VER_A, "obligation 1200", "obligation 1200"),
    (26, _renamed, PRE_A, "from its rows", "digest"),
    (26, _table(VER_B, obligation_tco2e=999), VER_B, "obligation 1000", "obligation 999"),
    (26, lambda b: b.drop(ALLOCATION_TABLES, table_no=PRE_B), PRE_B, "a table", "only its rows"),
    (
        27,
        _issuance(VER_A, recomputed_digest_hex=WRONG),
        VER_A,
        "as transmitted",
        f"{WRONG} recomputed by the registry",
    ),
    (27, _issuance(VER_A, seal_digest_hex=WRONG), VER_A, "as transmitted", f"{WRONG} sealed as the registry"),
    (27, _table(VER_A, seal_digest_hex=WRONG), VER_A, "as transmitted", f"{WRONG} sealed as the management"),
    (27, _table(VER_A, digest_hex=WRONG), VER_A, WRONG, "transmitted digest"),
    (27, _table(VER_A, issue_tco2e=1), VER_A, "1 tCO2e in mrv", "300 tCO2e in registry"),
    (27, _table(VER_A, status=State("SEALED")), VER_A, "ISSUED as in", "SEALED in"),
    (27, _issued_too_early, VER_B, "MATCHED as in", "ISSUED in mrv"),
    (27, _never_transmitted, VER_B, "transmission 1 in", "not there"),
    (27, _stale, VER_B, "transmission 2 in", "not there"),
    (27, _issuance(VER_A, revision=2), VER_A, "transmission 1 at most", "2 in"),
    (27, lambda b: b.drop(ALLOCATION_TABLES, table_no=PRE_B), PRE_B, "a table", "only in registry/issuances"),
    (
        28,
        lambda b: b.change(ISSUANCE_ROWS, {"issue_tco2e": 299}, table_no=VER_A),
        VER_A,
        "300 1200",
        "299 1200",
    ),
    (28, lambda b: b.drop(ISSUANCE_ROWS, table_no=VER_A), f"{VER_A} {A}", "300 1200", "nothing"),
    (28, _issuance(VER_A, issue_tco2e=1), VER_A, "1 for 1 entities", "300 for 1"),
    (28, _issuance(VER_A, entity_count=2), VER_A, "300 for 2 entities", "300 for 1"),
    (
        29,
        lambda b: b.change(OBLIGATIONS, {"obligation_tco2e": 1100}, credit_code=A),
        f"{A} {PERIOD}",
        "1200",
        "1100",
    ),
    (29, lambda b: b.drop(OBLIGATIONS, credit_code=B), f"{B} {PERIOD}", "1000", "nothing"),
    (29, _issuance(VER_B, status=State("matched")), f"{B} {PERIOD}", "nothing", "1000"),
]


@pytest.mark.parametrize(("number", "corrupt", "subject", "expected", "found"), CASES)
def test_a_difference_in_allocation_is_found(number, corrupt, subject, expected, found):
    assert_broken(number, corrupt, subject, expected, found)


def _transmitted(books: Books) -> None:
    """A table of another province was just sent."""
    books.add(ALLOCATION_TABLES, f"{PERIOD}/PRE/12", 1, State("TRANSMITTED"), 0, 0, WRONG, "")
    books.fly(REGISTRY, "AllocationTableTransmitted", table_no=f"{PERIOD}/PRE/12")


def _issued_unheard(books: Books) -> None:
    """The registry has issued, and the management platform has not heard of it."""
    _table(VER_B, status=State("SEALED"))(books)
    books.fly(MRV, "AllowancesIssued", table_no=VER_B)


def _computed_only(books: Books) -> None:
    books.rows[ALLOCATION_TABLES.path].append(
        AllocationTable(f"{PERIOD}/PRE/12", 0, State("COMPUTED"), 0, 0, WRONG, "")
    )


@pytest.mark.parametrize("change", [_transmitted, _issued_unheard, _computed_only])
def test_a_table_under_way_is_no_break(change):
    assert_kept(27, change)


def test_national_and_provincial_accounts_need_no_entity():
    national = ("R-NATIONAL", State("NATIONAL"), "", "", State("OPEN"), 1, "")
    assert_kept(25, lambda books: books.add(ACCOUNTS, *national))
