"""CHK-60 to CHK-62: units in closed accounts, second accounts, and accounts that their history does not explain."""

import pytest
from checker_books import Books
from checker_clean import CEA, RA, RB, A
from checker_judging import assert_broken, assert_kept
from consistency_checker.domain.account_rows import AccountVersion
from consistency_checker.domain.books import (
    ACCOUNT_RESTRICTIONS,
    ACCOUNT_VERSIONS,
    ACCOUNTS,
    REGISTRY_UNITS,
)
from consistency_checker.domain.rows import State

PERSON = "R-N-00000001"


def _closed(books: Books, **changes: object) -> None:
    """Close the account of B with a version of its own."""
    books.change(ACCOUNTS, {"status": State("closed"), "version": 2} | changes, account_no=RB)
    books.add(ACCOUNT_VERSIONS, *AccountVersion(RB, 2, State("closed"), "", State("closed")))


def _second(books: Books, status: str) -> None:
    books.add(ACCOUNTS, f"R-I-{A}", State("institution"), A, "37", State(status), 1, "")
    books.add(ACCOUNT_VERSIONS, f"R-I-{A}", 1, State(status), "", State("opened"))


CASES = [
    (60, _closed, f"{RB} {CEA}", "nothing", "in registry/holdings"),
    (61, lambda b: _second(b, "open"), A, "once", "2 times"),
    (
        61,
        lambda b: b.add(ACCOUNTS, PERSON, State("individual"), "", "", State("closed"), 2, ""),
        PERSON,
        "once",
        "2",
    ),
    (
        62,
        lambda b: b.change(ACCOUNTS, {"status": State("closed")}, account_no=RB),
        RB,
        "OPEN []",
        "CLOSED []",
    ),
    (62, lambda b: b.change(ACCOUNTS, {"restricted_uses": ""}, account_no=RA), RA, "[surrender]", "[]"),
    (62, lambda b: b.drop(ACCOUNT_VERSIONS, account_no=RA, version=2), RA, "versions 1 to 4", "[1, 3, 4]"),
    (62, lambda b: b.drop(ACCOUNTS, account_no=PERSON), PERSON, "registry/accounts", "only in"),
    (62, lambda b: b.drop(ACCOUNT_RESTRICTIONS, is_lifted=True), RA, "2 restrictions and 1", "1 and 0"),
    (
        62,
        lambda b: b.change(ACCOUNT_RESTRICTIONS, {"is_lifted": False}, is_lifted=True),
        RA,
        "receipt",
        "[surrender]",
    ),
]


@pytest.mark.parametrize(("number", "corrupt", "subject", "expected", "found"), CASES)
def test_damage_to_accounts_is_found(number, corrupt, subject, expected, found):
    assert_broken(number, corrupt, subject, expected, found)


def test_a_closed_account_of_the_same_holder_is_no_second_one():
    assert_kept(61, lambda books: _second(books, "closed"))


def test_an_account_that_opened_again_stands_as_its_history_says():
    def reopen(books: Books) -> None:
        books.change(ACCOUNTS, {"status": State("open"), "version": 3}, account_no=PERSON)
        books.add(ACCOUNT_VERSIONS, PERSON, 3, State("open"), "", State("opened"))

    assert_kept(62, reopen)


def test_a_closed_account_without_units_is_kept():
    def close(books: Books) -> None:
        _closed(books)
        books.drop(REGISTRY_UNITS.holdings, account_no=RB)

    assert_kept(60, close)
