"""CHK-1 to CHK-10: each kind of damage to holdings, journal and serials is found, with its place."""

import pytest
from checker_books import Books
from checker_clean import CCER, CEA, CO, FROM_PRE_B, OFFSET, RA, RB, VER_B
from checker_judging import assert_broken, assert_kept, evidence_of
from consistency_checker.domain.books import CCER_UNITS as CENTRE
from consistency_checker.domain.books import CREDITS, ISSUANCE_ROWS, ISSUANCES
from consistency_checker.domain.books import REGISTRY_UNITS as REG
from consistency_checker.domain.rows import State


def _set(keeper, account_no, bucket, quantity, product):
    return lambda books: books.change(
        keeper.holdings, {"quantity_tco2e": quantity}, account_no=account_no, bucket=bucket, product=product
    )


def _twice(books: Books) -> None:
    books.add(REG.holdings, RA, CEA, "registered", 0)


def _overlap(books: Books) -> None:
    books.change(REG.blocks, {"serial_start": 940}, serial_start=951)


def _hole(books: Books) -> None:
    books.change(CENTRE.blocks, {"serial_start": 110}, serial_start=101)


def _late_start(books: Books) -> None:
    books.change(CENTRE.blocks, {"serial_start": 2}, serial_start=1)


def _backwards(books: Books) -> None:
    books.change(REG.blocks, {"serial_start": 3001}, serial_start=2991)


def _stolen(books: Books) -> None:
    books.change(REG.blocks, {"account_no": RB}, serial_start=901)


CASES = [
    (
        1,
        _set(REG, RA, "registered", 11, CEA),
        f"{RA} {CEA} registered",
        "10 in registry/journal_totals",
        "11 in",
    ),
    (1, lambda b: b.drop(REG.journal_totals, account_no=RB), f"{RB} {CEA} trading", "0 in", "50 in"),
    (
        78,
        lambda b: b.change(REG.journal_closings, {"quantity_tco2e": 51}, account_no=RB, bucket="trading"),
        f"{RB} {CEA} trading",
        "50 in registry/journal_totals",
        "51 in registry/journal_closings",
    ),
    (78, lambda b: b.drop(REG.journal_closings, account_no=RB), f"{RB} {CEA} trading", "50 in", "0 in"),
    (
        79,
        lambda b: b.drop(CENTRE.journal_closings, account_no=CO),
        CO,
        "400 in ccer-bridge/journal_totals",
        "0 in ccer-bridge/journal_closings",
    ),
    (
        84,
        lambda b: b.change(REG.remembered_differences, {"quantity_tco2e": 7}, account_no=RA),
        f"{RA} {CEA} registered",
        "0 in the journal",
        "7 in registry/remembered_differences",
    ),
    (
        85,
        lambda b: b.change(CENTRE.remembered_differences, {"quantity_tco2e": 1}, account_no=CO),
        CO,
        "0 in the journal",
        "1 in ccer-bridge/remembered_differences",
    ),
    (1, _twice, f"{RA} {CEA} registered", "once", "2 times"),
    (2, _set(CENTRE, CO, "registered", 399, CCER), CO, "400 in", "399 in ccer-bridge/holdings"),
    (3, _set(REG, RB, "registered", 591, CEA), CEA, "3000 in the issuance bucket", "3001 in"),
    (3, lambda b: b.drop(REG.holdings, bucket="issuance", product=OFFSET), OFFSET, "0 in", "60 in"),
    (4, _set(CENTRE, "C-CANCELLED", "cancelled", 59, CCER), CCER, "500 in", "499 in"),
    (5, _overlap, f"{CEA} serial 940", "exactly one owner", "two owners"),
    (5, _stolen, f"{RB} {CEA} trading", "50 in registry/holdings", "100 in registry/blocks"),
    (5, _backwards, f"{CEA} serial 3001", "exactly one owner", "ends at 3000"),
    (6, _hole, f"{CCER} serial 101", "exactly one owner", "nobody up to 109"),
    (6, _late_start, f"{CCER} serial 1", "exactly one owner", "starts at 2"),
    (
        7,
        lambda b: b.change(REG.blocks, {"origin": "nowhere"}, serial_start=2001),
        "nowhere",
        "0 in",
        "590 in",
    ),
    (
        7,
        lambda b: b.change(ISSUANCES, {"status": State("matched")}, table_no=FROM_PRE_B[:16]),
        FROM_PRE_B,
        "0",
        "2000",
    ),
    (7, lambda b: b.drop(CREDITS), OFFSET, "0 in", "60 in"),
    (8, lambda b: b.change(ISSUANCE_ROWS, {"issue_tco2e": -90}, table_no=VER_B), CEA, "90 in", "100 in"),
    (9, _set(REG, RA, "registered", -1, CEA), f"{RA} {CEA} registered", "0 or more", "-1"),
    (9, _set(CENTRE, CO, "trading", -5, CCER), CO, "0 or more", "-5"),
    (
        10,
        lambda b: b.add(REG.holdings, RA, OFFSET, "trading", 5),
        f"{RA} {OFFSET} trading",
        "never in trading",
        "5",
    ),
    (10, lambda b: b.add(REG.holdings, RB, OFFSET, "registered", 5), RB, "only in the accounts", "5"),
]


@pytest.mark.parametrize(("number", "corrupt", "subject", "expected", "found"), CASES)
def test_damage_to_holdings_is_found(number, corrupt, subject, expected, found):
    assert_broken(number, corrupt, subject, expected, found)


def test_credits_may_have_holes_between_their_serials():
    def split(books: Books) -> None:
        books.change(REG.blocks, {"serial_end": 30}, product=OFFSET)
        books.add(REG.blocks, OFFSET, 101, 130, "other", "R-SURRENDERED", "surrendered")

    assert_kept(5, split)


def test_evidence_about_a_balance_names_account_and_product_as_keys():
    (place,) = evidence_of(1, _set(REG, RA, "registered", 11, CEA))
    assert place.keys == (RA, CEA)
