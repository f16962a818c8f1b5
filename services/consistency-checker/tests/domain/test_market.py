"""CHK-19 to CHK-24, CHK-56 and CHK-57: trading's own figures."""

import pytest
from checker_books import Books
from checker_clean import CEA, RA, RB, TRADE_CEA, A, B
from checker_judging import BY_NUMBER, assert_broken, assert_kept, evidence_of
from consistency_checker.domain.books import (
    ACCOUNTS,
    CASH,
    CASH_JOURNAL_TOTALS,
    CASH_TOTALS,
    CCER_ACCOUNTS,
    POSITIONS,
    QUOTES,
    TRADES,
    TRADING_ACCOUNTS,
    TRADING_JOURNAL_TOTALS,
)
from consistency_checker.domain.rows import State
from consistency_checker.domain.verdict import Unchecked

DAY = "2021-11-01"


def _trade(books: Books, price: int, quantity: int, *, mode: str = "LISTED") -> None:
    books.add(
        TRADES,
        f"X-{price}-{quantity}",
        "CEA",
        DAY,
        State(mode),
        RB,
        RA,
        CEA,
        price,
        quantity,
        price * quantity,
        State("SETTLED"),
    )


def _without_quote(books: Books) -> None:
    books.add(TRADES, "X-2", "CEA", DAY, State("LISTED"), RB, RA, "CEA-2021", 4300, 1, 4300, State("AGREED"))


CASES = [
    (
        19,
        lambda b: b.change(CASH, {"available_fen": 1}, account_no=f"T-CEA-{A}"),
        "cash of all accounts",
        "955000 fen",
        "905001 fen",
    ),
    (
        19,
        lambda b: b.change(CASH_TOTALS, {"quantity_fen": 0}, kind="paid_withdrawals"),
        "cash",
        "1000000",
        "955000",
    ),
    (
        20,
        lambda b: b.change(CASH, {"frozen_fen": -1}, account_no=f"T-CEA-{A}"),
        f"T-CEA-{A}",
        "0 fen or more",
        "-1",
    ),
    (
        20,
        lambda b: b.change(POSITIONS, {"in_transit_tco2e": -1}, holder_account_no=RB),
        f"T-CEA-{B}",
        "0 tCO2e",
        "-1",
    ),
    (
        21,
        lambda b: b.change(POSITIONS, {"frozen_tco2e": 9}, holder_account_no=RB),
        "frozen_tco2e",
        "10 in",
        "9 in",
    ),
    (
        21,
        lambda b: b.drop(TRADING_JOURNAL_TOTALS, account_no=f"T-CEA-{B}"),
        "available_tco2e",
        "0 in",
        "40 in",
    ),
    (
        22,
        lambda b: b.change(TRADES, {"turnover_fen": 1}, trade_no=TRADE_CEA),
        TRADE_CEA,
        "645000 fen",
        "1 fen",
    ),
    (
        23,
        lambda b: b.change(QUOTES, {"close_fen_per_tco2e": 4299}, market="CEA", trading_date=DAY),
        f"CEA {CEA} {DAY}",
        "close_fen_per_tco2e 4300",
        "close_fen_per_tco2e 4299",
    ),
    (
        23,
        lambda b: b.change(QUOTES, {"close_fen_per_tco2e": 4301}, trading_date="2021-11-02", market="CEA"),
        "2021-11-02",
        "4300",
        "4301",
    ),
    (23, lambda b: _trade(b, 4400, 7), DAY, "listed_tco2e 157", "listed_tco2e 150"),
    (23, lambda b: _trade(b, 4400, 100_000, mode="BLOCK"), DAY, "block_tco2e 100000", "block_tco2e 0"),
    (23, _without_quote, f"CEA CEA-2021 {DAY}", "a quote", "none"),
    (24, lambda b: b.drop(ACCOUNTS, account_no=RB), RB, "an open account", f"T-CEA-{B}"),
    (
        24,
        lambda b: b.change(CCER_ACCOUNTS, {"status": State("refused")}, credit_code=A),
        A,
        "an open account",
        f"T-BJ-{A}",
    ),
]


CASH_CASES = [
    (lambda b: b.change(CASH, {"frozen_fen": 4_999}, account_no=f"T-CEA-{A}"), "frozen_fen", "5000", "4999"),
    (lambda b: b.drop(CASH_JOURNAL_TOTALS, account_no=f"T-CEA-{A}"), "available_fen", "0 in", "50000 in"),
]


@pytest.mark.parametrize(("corrupt", "part", "expected", "found"), CASH_CASES)
def test_cash_that_its_journal_does_not_explain_is_found_by_account(corrupt, part, expected, found):
    assert_broken(56, corrupt, f"T-CEA-{A} {part}", expected, found)
    assert evidence_of(56, corrupt)[0].keys == (f"T-CEA-{A}",)


@pytest.mark.parametrize(("number", "corrupt", "subject", "expected", "found"), CASES)
def test_a_wrong_figure_of_trading_is_found(number, corrupt, subject, expected, found):
    assert_broken(number, corrupt, subject, expected, found)


def test_the_close_is_rounded_half_up_and_block_deals_do_not_move_it():
    def half(books: Books) -> None:
        _trade(books, 4301, 150)
        _trade(books, 5000, 1_000, mode="BLOCK")
        books.change(
            QUOTES,
            {
                "close_fen_per_tco2e": 4301,
                "listed_tco2e": 300,
                "listed_turnover_fen": 645_000 + 4301 * 150,
                "block_tco2e": 1_000,
                "block_turnover_fen": 5_000_000,
            },
            market="CEA",
            trading_date=DAY,
        )
        books.change(QUOTES, {"close_fen_per_tco2e": 4301}, trading_date="2021-11-02", market="CEA")

    assert_kept(23, half)


def test_a_trade_of_a_day_that_is_not_closed_needs_no_quote():
    def today(books: Books) -> None:
        books.add(
            TRADES, "X-2", "CEA", "2021-11-03", State("LISTED"), RB, RA, CEA, 4300, 1, 4300, State("AGREED")
        )

    assert_kept(23, today)


def test_cash_without_its_totals_is_unchecked():
    books = Books()
    books.drop(CASH_TOTALS, kind="deposits")
    assert BY_NUMBER[19].check(books.snapshot()) == Unchecked("trading/cash_totals has no row deposits")


def test_accounts_for_the_outside_have_no_position_but_balance_the_journal():
    def outside(books: Books) -> None:
        books.change(TRADING_JOURNAL_TOTALS, {"available_tco2e": -99}, account_no="SYS-REGISTRY")

    assert_broken(21, outside, CEA, "0, the outside included", "1 in trading/journal_totals")


def test_cash_that_came_from_nowhere_is_found():
    def bank(books: Books) -> None:
        books.change(CASH_JOURNAL_TOTALS, {"available_fen": -954_999}, account_no="SYS-BANK")

    assert_broken(56, bank, "all entries of cash", "0 fen", "1 fen")


def test_every_closed_day_has_a_quote_of_every_product_quoted_before():
    assert_broken(
        23, lambda books: books.drop(QUOTES, market="BJ", trading_date="2021-11-02"), "BJ", "a quote", "none"
    )


def test_holdings_without_an_account_or_of_another_holder_are_found():
    account = f"T-CEA-{A}"
    other = {"holder_account_no": RB}
    assert_broken(
        57, lambda b: b.drop(TRADING_ACCOUNTS, account_no=account), account, f"of {RA} on CEA", "none in"
    )
    assert_broken(
        57, lambda b: b.drop(TRADING_ACCOUNTS, account_no=account), account, "a trading account", "only"
    )
    assert_broken(57, lambda b: b.change(TRADING_ACCOUNTS, other, account_no=account), account, RA, RB)
