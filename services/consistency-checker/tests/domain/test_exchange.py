"""CHK-11 to CHK-18: what passes between trading and the registries, at rest and under way."""

import pytest
from checker_books import Books
from checker_clean import CA, CCER, CEA, CO, RA, RB, SENT_CCER, SENT_CEA, TRADE_BJ, TRADE_CEA, A
from checker_judging import assert_broken, assert_kept
from consistency_checker.domain.books import (
    CCER_UNITS as CENTRE,
)
from consistency_checker.domain.books import (
    POSITIONS,
    REGISTRY,
    TRADES,
    TRADING,
    TRANSFERS_IN,
    WITHDRAWALS,
)
from consistency_checker.domain.books import (
    REGISTRY_UNITS as REG,
)
from consistency_checker.domain.rows import State

CEA_POSITION = f"T-CEA-{A}"


def _sent(books: Books) -> None:
    """The registry has sent 30 more, and trading has not heard of it."""
    books.add(REG.transfers, "RT-2", RB, CEA, 30, State("sent"))


def _sent_and_told(books: Books) -> None:
    _sent(books)
    books.fly(TRADING, "UnitsTransferredToTrading", transfer_no="RT-2")


def _taken(books: Books) -> None:
    """Trading has taken 30 more in, and the registry has not heard of it."""
    _sent(books)
    books.add(TRANSFERS_IN, "RT-2", "CEA", RB, CEA, 30, State("ACCEPTED"))
    books.change(POSITIONS, {"available_tco2e": 70}, holder_account_no=RB)


def _taken_and_told(books: Books) -> None:
    _taken(books)
    books.fly(REGISTRY, "TransferInAccepted", transfer_no="RT-2")


def _withdrawn(books: Books) -> None:
    """Trading releases 5, and the registry has not heard of it."""
    books.add(WITHDRAWALS, "W-CEA-2", "CEA", RB, CEA, 5, State("REQUESTED"))
    books.change(POSITIONS, {"available_tco2e": 35, "in_transit_tco2e": 5}, holder_account_no=RB)


def _withdrawn_and_told(books: Books) -> None:
    _withdrawn(books)
    books.fly(REGISTRY, "WithdrawalRequested", withdrawal_no="W-CEA-2")


def _returned(books: Books) -> None:
    """The registry has the 5 back, and trading has not heard of it."""
    _withdrawn(books)
    books.add(REG.returns, "W-CEA-2", RB, CEA, 5)
    books.change(REG.holdings, {"quantity_tco2e": 45}, account_no=RB, bucket="trading")


def _returned_and_told(books: Books) -> None:
    _returned(books)
    books.fly(TRADING, "UnitsReturnedFromTrading", withdrawal_no="W-CEA-2")


def _settling(books: Books) -> None:
    """The unit leg is done, and trading has not yet booked its answer."""
    books.change(TRADES, {"status": State("SETTLING")}, trade_no=TRADE_CEA)
    books.change(POSITIONS, {"bought_today_tco2e": 0, "available_tco2e": 0}, holder_account_no=RA)
    books.drop(POSITIONS, holder_account_no=RA)
    books.add(POSITIONS, CEA_POSITION, "CEA", RA, CEA, -100, 0, 0, 0)
    books.change(POSITIONS, {"frozen_tco2e": 160}, holder_account_no=RB)


@pytest.mark.parametrize(
    "change", [_sent, _sent_and_told, _taken_and_told, _withdrawn, _returned_and_told, _settling]
)
def test_units_under_way_are_no_difference_between_positions_and_trading_bucket(change):
    assert_kept(11, change)


@pytest.mark.parametrize(
    ("number", "change"),
    [
        (13, _sent_and_told),
        (13, _taken_and_told),
        (15, _withdrawn_and_told),
        (15, _returned_and_told),
        (17, _settling),
    ],
)
def test_what_is_in_flight_is_no_break(number, change):
    assert_kept(number, change)


def _refused(books: Books) -> None:
    books.add(REG.transfers, "RT-2", RB, CEA, 30, State("refused"))
    books.add(TRANSFERS_IN, "RT-2", "CEA", RB, CEA, 30, State("REFUSED"))


def test_a_transfer_that_trading_refused_is_no_break():
    assert_kept(13, _refused)
    assert_kept(11, _refused)


def _leg(keeper, trade_no, **changes):
    return lambda books: books.change(keeper.settled_trades, changes, trade_no=trade_no)


def _second_leg(books: Books) -> None:
    books.add(REG.settled_trades, TRADE_CEA, RB, RA, CEA, 150)


def _failed(books: Books) -> None:
    books.change(TRADES, {"status": State("FAILED")}, trade_no=TRADE_BJ)


CASES = [
    (
        11,
        lambda b: b.change(POSITIONS, {"frozen_tco2e": 11}, holder_account_no=RB),
        f"{RB} {CEA}",
        "50 in",
        "51 in",
    ),
    (11, lambda b: b.drop(POSITIONS, holder_account_no=RA), f"{RA} {CEA}", "50 in", "0 in"),
    (
        12,
        lambda b: b.change(POSITIONS, {"available_tco2e": 19}, holder_account_no=CO),
        f"{CO} {CCER}",
        "20 in",
        "19",
    ),
    (13, _sent, "RT-2", "SENT with an answer", "no such transfer"),
    (13, _taken, "RT-2", "ACCEPTED as in", "SENT in the registry"),
    (
        13,
        lambda b: b.drop(REG.transfers, transfer_no=SENT_CEA),
        SENT_CEA,
        "a transfer that a registry sent",
        "TransferIn",
    ),
    (
        13,
        lambda b: b.change(REG.transfers, {"quantity_tco2e": 201}, transfer_no=SENT_CEA),
        SENT_CEA,
        "201",
        "200",
    ),
    (
        13,
        lambda b: b.change(REG.transfers, {"state": State("refused")}, transfer_no=SENT_CEA),
        SENT_CEA,
        "ACCEPTED",
        "REFUSED",
    ),
    (
        14,
        lambda b: b.drop(TRANSFERS_IN, transfer_no=SENT_CCER),
        SENT_CCER,
        "ACCEPTED with",
        "no such transfer",
    ),
    (15, _withdrawn, "W-CEA-2", f"{RB} {CEA} 5", "no such withdrawal"),
    (15, _returned, "W-CEA-2", "DONE", "REQUESTED"),
    (
        15,
        lambda b: b.change(REG.returns, {"quantity_tco2e": 99}, withdrawal_no="W-CEA-1"),
        "W-CEA-1",
        "100",
        "99",
    ),
    (15, lambda b: b.drop(WITHDRAWALS, withdrawal_no="W-CEA-1"), "W-CEA-1", "no such withdrawal", "100"),
    (16, lambda b: b.drop(CENTRE.returns), "W-BJ-1", f"{CA} {CCER} 60", "no such withdrawal"),
    (
        17,
        lambda b: b.drop(REG.settled_trades),
        TRADE_CEA,
        f"{RB} {RA} {CEA} 150",
        "nothing in registry/settled_trades",
    ),
    (17, _leg(REG, TRADE_CEA, quantity_tco2e=149), TRADE_CEA, "150 in", "149 in"),
    (17, _leg(REG, TRADE_CEA, buyer_account_no=RB), TRADE_CEA, RA, f"{RB} {RB}"),
    (17, _second_leg, TRADE_CEA, "once", "2 times"),
    (
        17,
        lambda b: b.change(TRADES, {"status": State("AGREED")}, trade_no=TRADE_CEA),
        TRADE_CEA,
        "nothing in",
        "150",
    ),
    (18, _failed, TRADE_BJ, "nothing in trading/trades", "80"),
    (18, _leg(CENTRE, TRADE_BJ, product="CCER-P2-2020"), TRADE_BJ, CCER, "CCER-P2-2020"),
]


@pytest.mark.parametrize(("number", "corrupt", "subject", "expected", "found"), CASES)
def test_a_difference_between_trading_and_a_registry_is_found(number, corrupt, subject, expected, found):
    assert_broken(number, corrupt, subject, expected, found)
