"""CHK-67 to CHK-70: each kind of damage to cancellations and carry-over is found, with its place."""

import pytest
from checker_changes import MERGED
from checker_judging import assert_broken, assert_kept
from checker_retirement import CARRIED_OVER, CEA, NEW, RB, B
from consistency_checker.domain.books import (
    CANCELLATION_APPLICATIONS,
    CARRY_OVER_LINES,
    CARRY_OVER_NOTICES,
    CARRY_OVER_SUCCESSIONS,
    MERGERS,
    TRADES,
)
from consistency_checker.domain.books import REGISTRY_UNITS as REG
from consistency_checker.domain.rows import State

ASKED, REGISTERED = f"VC-{RB}-1", f"VC-{RB}-2"
APPLIED = f"COA-{B}-2"


def _application(number, **changes):
    return lambda books: books.change(CANCELLATION_APPLICATIONS, changes, application_no=number)


def _line(number, **changes):
    return lambda books: books.change(CARRY_OVER_LINES, changes, application_no=number)


def _notice(**changes):
    return lambda books: books.change(CARRY_OVER_NOTICES, changes, credit_code=B)


def _holding(account_no, bucket, quantity, product=CEA):
    return lambda books: books.change(
        REG.holdings, {"quantity_tco2e": quantity}, account_no=account_no, bucket=bucket, product=product
    )


def _trade(books, day, quantity, *, seller=RB, buyer="R-E-x", product=CEA, status="SETTLED"):
    row = (
        "X",
        "CEA",
        day,
        State("LISTED"),
        seller,
        buyer,
        product,
        100,
        quantity,
        100 * quantity,
        State(status),
    )
    books.add(TRADES, *row)


CASES = [
    (67, _application(ASKED, quantity_tco2e=41), f"{RB} {CEA}", "41 in", "40 in"),
    (67, _application(ASKED, status=State("withdrawn")), f"{RB} {CEA}", "0 in", "40 in"),
    (67, _holding(RB, "pending_cancellation", 39), f"{RB} {CEA}", "40 in", "39 in"),
    (68, _application(REGISTERED, quantity_tco2e=29), CEA, "29 in", "30 in"),
    (68, _holding("R-CANCELLED", "cancelled", 31), CEA, "30 in", "31 in"),
    (68, _application(REGISTERED, certificate_no=""), REGISTERED, "a certificate", "none"),
    (
        68,
        lambda b: b.add(CANCELLATION_APPLICATIONS, "VC-x", RB, State("registered"), CEA, 0, "VC-2021-000001"),
        "VC-2021-000001",
        "once",
        "2 times",
    ),
    (69, _line(APPLIED, quantity_tco2e=21), f"{RB} {CEA}", "21 in", "20 in"),
    (69, _holding(RB, "pending_carry_over", 19), f"{RB} {CEA}", "20 in", "19 in"),
    (70, _line(CARRIED_OVER, quantity_tco2e=11), CEA, "11 in", "10 in"),
    (70, _holding("R-CARRIED-OVER", "recovered", 9), CEA, "10 in", "9 in"),
    (
        70,
        lambda b: b.change(REG.blocks, {"serial_end": 9}, product=NEW),
        CARRIED_OVER,
        "10 in",
        "9 in registry/blocks",
    ),
    (70, _line(APPLIED, quantity_tco2e=21), B, "at most 30", "31 in"),
    (70, lambda b: b.drop(CARRY_OVER_NOTICES), B, "at most 0", "30 in"),
    (70, _notice(sold_tco2e=11), B, "116 computed, 60 allowed", "100 computed"),
    (70, _notice(base_tco2e=101), B, "101 computed", "100 computed"),
    (70, _notice(holding_tco2e=59), B, "59 allowed", "60 allowed"),
    (70, _notice(allowed_tco2e=61), B, "60 allowed", "61 allowed"),
    (80, _notice(sold_tco2e=1), f"{RB} sold", "0 in", "1 in registry/carry_over_notices"),
    (80, lambda b: _trade(b, "2025-12-31", 5), f"{RB} sold", "5 in trading/trades", "0 in"),
    (80, lambda b: _trade(b, "2024-01-01", 5, seller="R-E-x", buyer=RB), f"{RB} bought", "5 in", "0 in"),
    (7, _line(CARRIED_OVER, status=State("processing")), f"{NEW} {CARRIED_OVER}", "0 in", "10 in"),
    (8, _holding("R-RECOVERED", "recovered", 110), CEA, "100 in", "110 in"),
]


@pytest.mark.parametrize(("number", "corrupt", "subject", "expected", "found"), CASES)
def test_damage_to_cancellation_and_carry_over_is_found(number, corrupt, subject, expected, found):
    assert_broken(number, corrupt, subject, expected, found)


def test_a_purchase_beyond_the_sales_counts_as_no_net_sale():
    assert_kept(70, _notice(bought_tco2e=50))


def test_trades_of_other_days_vintages_entities_or_without_settlement_do_not_count():
    def others(books):
        _trade(books, "2023-12-31", 5)
        _trade(books, "2026-01-01", 5)
        _trade(books, "2025-01-02", 5, product=NEW)
        _trade(books, "2025-01-02", 5, seller="R-E-y")
        _trade(books, "2025-01-02", 5, status="FAILED")

    assert_kept(80, others)


def test_a_notice_that_counts_the_trades_is_kept():
    def sold(books):
        _trade(books, "2025-01-02", 10)
        _trade(books, "2025-01-03", 4, seller="R-E-x", buyer=RB)
        figures = {"sold_tco2e": 10, "bought_tco2e": 4, "computed_tco2e": 109}
        books.change(CARRY_OVER_NOTICES, figures, credit_code=B)

    for number in (70, 80):
        assert_kept(number, sold)


def test_withdrawn_applications_do_not_count():
    def withdrawn(books):
        books.add(CARRY_OVER_LINES, f"COA-{B}-3", B, State("withdrawn"), CEA, 1_000)

    for number in (69, 70):
        assert_kept(number, withdrawn)


@pytest.mark.parametrize(
    ("number", "corrupt", "subject", "expected", "found"),
    [
        (70, _notice(taken_over_tco2e=-31), B, "at most 29", "30 in"),
        (70, _notice(absorbed_sold_tco2e=10), B, "115 computed", "100 computed"),
        (80, _notice(absorbed_bought_tco2e=1), B, "(0, 0)", "(0, 1)"),
        (83, _notice(taken_over_tco2e=-29), B, "-30 in", "-29 in"),
        (83, lambda b: b.drop(CARRY_OVER_SUCCESSIONS), B, "0 in", "-30 in"),
        (83, lambda b: b.drop(MERGERS), MERGED, "a merger of", "30 in"),
    ],
)
def test_a_right_that_did_not_go_over_as_it_is_told_is_found(number, corrupt, subject, expected, found):
    assert_broken(number, corrupt, subject, expected, found)
