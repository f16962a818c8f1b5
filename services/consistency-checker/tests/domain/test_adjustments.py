"""CHK-71 to CHK-73, and CHK-7 as far as borrowed allowances are units."""

import pytest
from checker_books import Books
from checker_clean import RA, RB, A, B
from checker_judging import assert_broken, assert_kept
from consistency_checker.domain.books import (
    ADJUSTMENTS,
    EARMARKS,
    ISSUANCE_ADJUSTMENTS,
    ISSUANCE_ROWS,
    ISSUANCES,
)
from consistency_checker.domain.books import REGISTRY_UNITS as REG
from consistency_checker.domain.rows import State

TABLE = "2021/VERIFIED/37"
BORROWED = "BORROWED-2023"
CEA_2021 = "CEA-2021"


def _issued(books: Books, *, status="issued") -> None:
    """A verified table of 2021: A is deducted 5 t and borrows 30 t, 70 t of B stay with the province."""
    books.add(ISSUANCES, TABLE, 1, State(status), 95, 2, "", "", "")
    books.add(ISSUANCE_ROWS, TABLE, A, 25, 100)
    books.add(ISSUANCE_ROWS, TABLE, B, 70, 100)
    books.add(ISSUANCE_ADJUSTMENTS, TABLE, A, 5, 0, 30, 0)
    books.add(ISSUANCE_ADJUSTMENTS, TABLE, B, 0, 0, 0, 70)
    if status != "issued":
        return
    books.add(ADJUSTMENTS, A, "2021", 1, State("correction"), 5, 5, "D-2")
    books.add(ADJUSTMENTS, A, "2021", 2, State("deducted"), -5, 0, TABLE)
    books.add(ADJUSTMENTS, A, "2023", 1, State("borrowed"), 30, 30, TABLE)
    books.add(EARMARKS, B, CEA_2021, 1, "37", State("issued"), 70, 70, TABLE)
    books.add(REG.holdings, RA, CEA_2021, "registered", 25)
    books.add(REG.holdings, "R-P-37", CEA_2021, "registered", 70)
    books.add(REG.holdings, RA, BORROWED, "registered", 30)
    books.add(REG.blocks, CEA_2021, 1, 25, f"{TABLE}/{A}", RA, "registered")
    books.add(REG.blocks, CEA_2021, 26, 95, f"{TABLE}/{B}", "R-P-37", "registered")
    books.add(REG.blocks, BORROWED, 41, 70, f"{TABLE}/{A}", RA, "registered")


def _with(change):
    def corrupt(books: Books) -> None:
        _issued(books)
        change(books)

    return corrupt


def _released(books: Books) -> None:
    _issued(books)
    books.add(EARMARKS, B, CEA_2021, 2, "37", State("released"), -70, 0, "FS-1")
    books.change(REG.holdings, {"account_no": RB}, account_no="R-P-37")
    books.change(REG.blocks, {"account_no": RB}, account_no="R-P-37")


def _returned(books: Books) -> None:
    _issued(books)
    books.change(ISSUANCE_ADJUSTMENTS, {"returned_tco2e": 4}, credit_code=A)
    books.add(ADJUSTMENTS, A, "2021", 3, State("returned"), 4, 4, TABLE)


def _surrendered(books: Books) -> None:
    _issued(books)
    books.change(
        REG.holdings,
        {"account_no": "R-SURRENDERED", "bucket": "surrendered"},
        account_no=RA,
        product=BORROWED,
    )


@pytest.mark.parametrize(
    ("number", "change"),
    [
        (7, _issued),
        (71, _issued),
        (71, _returned),
        (71, lambda books: _issued(books, status="matched")),
        (72, _issued),
        (72, _released),
        (73, _issued),
        (73, _surrendered),
        (
            73,
            _with(
                lambda b: b.change(
                    REG.holdings, {"bucket": "pending_surrender"}, account_no=RA, product=BORROWED
                )
            ),
        ),
    ],
)
def test_what_tables_deduct_lend_and_leave_is_no_break(number, change):
    assert_kept(number, change)


CASES = [
    (
        7,
        lambda b: b.change(ISSUANCE_ADJUSTMENTS, {"borrowed_tco2e": 29}, credit_code=A),
        f"{BORROWED} {TABLE}/{A}",
        "29",
        "30",
    ),
    (
        71,
        lambda b: b.change(ADJUSTMENTS, {"remainder_tco2e": 6}, reference="D-2"),
        f"{A} 2021",
        "5 after change 1",
        "6 after 1",
    ),
    (
        71,
        lambda b: b.drop(ADJUSTMENTS, reference="D-2"),
        f"{A} 2021",
        "-5 after change 1",
        "0 after 2",
    ),
    (
        71,
        lambda b: b.change(ADJUSTMENTS, {"change_tco2e": -9, "remainder_tco2e": -4}, credit_code=A, ordinal=2),
        f"{A} 2021",
        "-4 after change 2",
        "-4 after 2",
    ),
    (
        71,
        lambda b: b.drop(ADJUSTMENTS, credit_code=A, from_period="2023"),
        f"{TABLE} {A} BORROWED",
        "30 in registry/issuance_adjustments",
        "0 in",
    ),
    (
        71,
        lambda b: b.change(ISSUANCE_ADJUSTMENTS, {"deducted_tco2e": 4}, credit_code=A),
        f"{TABLE} {A} DEDUCTED",
        "4",
        "5",
    ),
    (
        72,
        lambda b: b.change(EARMARKS, {"change_tco2e": 60, "quantity_tco2e": 60}, product=CEA_2021),
        f"{TABLE} {B}",
        "70",
        "60",
    ),
    (72, lambda b: b.change(EARMARKS, {"ordinal": 2}, product=CEA_2021), f"{B} {CEA_2021}", "change 1", "after 2"),
    (
        72,
        lambda b: b.change(REG.holdings, {"quantity_tco2e": 69}, account_no="R-P-37"),
        f"R-P-37 {CEA_2021}",
        "70 at least",
        "69",
    ),
    (
        72,
        lambda b: b.change(REG.holdings, {"bucket": "judicially_frozen"}, account_no="R-P-37"),
        f"R-P-37 {CEA_2021}",
        "70 at least",
        "0 in",
    ),
    (
        73,
        lambda b: b.change(REG.holdings, {"account_no": "R-E-other"}, account_no=RA, product=BORROWED),
        f"R-E-other {BORROWED} registered",
        "only in accounts that borrowed",
        "30",
    ),
    (
        73,
        lambda b: b.change(REG.holdings, {"bucket": "in_transit"}, account_no=RA, product=BORROWED),
        f"{RA} {BORROWED} in_transit",
        "only to surrender",
        "30",
    ),
]  # fmt: skip


@pytest.mark.parametrize(("number", "change", "subject", "expected", "found"), CASES)
def test_what_does_not_follow_from_tables_is_found(number, change, subject, expected, found):
    assert_broken(number, _with(change), subject, expected, found)
