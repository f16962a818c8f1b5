"""TRD-4 to TRD-6: no negative balance, T+1, double entry."""

from datetime import date

import pytest
from ets_kernel.domain.calendars import load_session_calendar
from ets_kernel.domain.clock import business_time
from ets_kernel.domain.ensure import BrokenClaim
from trading.domain.accounts import CashMove, Position, TradingAccount, UnitMove, bought_move
from trading.domain.errors import BoughtToday, InsufficientCash, InsufficientPosition, TradingAccountNotFound
from trading.domain.sheet import BANK, Cause, Sheet

CALENDAR = load_session_calendar()
FRIDAY, SATURDAY, MONDAY = date(2021, 11, 5), date(2021, 11, 6), date(2021, 11, 8)


def account(**changed):
    fields = {"account_no": "A", "market": "CEA", "credit_code": "c", "name": "n", "holder_account_no": "R"}
    return TradingAccount(**{**fields, **changed})


def position(**changed):
    return Position(account_no="A", product="P", **changed)


def sheet(*, accounts=(), positions=(), day=MONDAY):
    return Sheet(accounts=accounts, positions=positions, calendar=CALENDAR, now=business_time(day, 10))


def test_cash_may_be_used_up_and_no_further():
    account(available_fen=5).require_cash(5)
    with pytest.raises(InsufficientCash) as refusal:
        account(available_fen=5).require_cash(6)
    assert refusal.value.metadata == {"account_no": "A", "requested_fen": "6", "available_fen": "5"}


def test_no_balance_is_negative():
    with pytest.raises(BrokenClaim):
        account(available_fen=5).moved(CashMove(available_fen=-6))
    with pytest.raises(BrokenClaim):
        position(frozen_tco2e=1).moved(UnitMove(frozen_tco2e=-2))


@pytest.mark.parametrize(
    ("held", "wanted", "refusal"),
    [
        (position(available_tco2e=10), 10, None),
        (position(available_tco2e=10), 11, InsufficientPosition),
        (position(available_tco2e=10, frozen_tco2e=5), 11, InsufficientPosition),
        (position(available_tco2e=10, bought_tco2e=1, bought_date=FRIDAY), 11, BoughtToday),
        (position(available_tco2e=10, incoming_tco2e=1), 11, BoughtToday),
        (position(available_tco2e=10, incoming_tco2e=1), 12, InsufficientPosition),
    ],
)
def test_units_may_be_used_up_and_bought_ones_wait(held, wanted, refusal):
    if refusal is None:
        held.require_units(wanted)
    else:
        with pytest.raises(refusal):
            held.require_units(wanted)


@pytest.mark.parametrize(("today", "is_free"), [(FRIDAY, False), (SATURDAY, False), (MONDAY, True)])
def test_units_bought_on_friday_are_free_on_monday(today, is_free):
    held = position(bought_tco2e=7, bought_date=FRIDAY)
    loaded = sheet(positions=[held], day=today)
    assert loaded.position("A", "P").available_tco2e == (7 if is_free else 0)
    assert [entry.cause for entry in loaded.unit_entries] == ([Cause.SESSION_BEGUN] if is_free else [])
    move = bought_move(CALENDAR, trading_date=FRIDAY, today=today, quantity_tco2e=7)
    assert (move.available_tco2e, move.bought_tco2e) == ((7, 0) if is_free else (0, 7))


def test_before_a_holiday_of_a_week_units_wait_for_the_week():
    held = position(bought_tco2e=7, bought_date=date(2021, 9, 30))
    assert held.release(CALENDAR, date(2021, 10, 7)) is None
    assert held.release(CALENDAR, date(2021, 10, 8)) == UnitMove(available_tco2e=7, bought_tco2e=-7)


def test_units_of_two_sessions_never_wait_together():
    held = position(bought_tco2e=7, bought_date=FRIDAY)
    with pytest.raises(BrokenClaim):
        held.moved(UnitMove(bought_tco2e=1, bought_date=MONDAY))


def test_a_posting_whose_legs_do_not_sum_to_zero_is_none():
    loaded = sheet(accounts=[account(available_fen=10)])
    with pytest.raises(BrokenClaim):
        loaded.post_cash(Cause.DEPOSIT, "r", {"A": CashMove(available_fen=1)})
    with pytest.raises(BrokenClaim):
        loaded.post_units(Cause.WITHDRAWN, "r", "P", {"A": UnitMove(available_tco2e=1)})
    assert loaded.changed_accounts() == []
    assert loaded.changed_positions() == []


def test_the_outside_is_in_the_journal_and_has_no_balance():
    loaded = sheet(accounts=[account()])
    loaded.post_cash(Cause.DEPOSIT, "r", {"A": CashMove(available_fen=3), BANK: CashMove(available_fen=-3)})
    assert [(entry.account_no, entry.move.total_fen) for entry in loaded.cash_entries] == [
        ("A", 3),
        (BANK, -3),
    ]
    assert [changed.available_fen for changed in loaded.changed_accounts()] == [3]


def test_freezing_and_freeing_are_each_others_opposite():
    held = position(available_tco2e=10)
    loaded = sheet(accounts=[account(available_fen=10)], positions=[held])
    loaded.freeze_cash(Cause.ORDER_PLACED, "o", "A", 4)
    loaded.freeze_units(Cause.ORDER_PLACED, "o", "A", "P", 4)
    assert (loaded.account("A").frozen_fen, loaded.position("A", "P").frozen_tco2e) == (4, 4)
    loaded.free_cash(Cause.ORDER_ENDED, "o", "A", 4)
    loaded.free_units(Cause.ORDER_ENDED, "o", "A", "P", 4)
    assert (loaded.account("A"), loaded.position("A", "P")) == (account(available_fen=10), held)


def test_an_account_that_is_not_there_is_refused_by_name():
    with pytest.raises(TradingAccountNotFound):
        sheet().account("A")
    assert sheet().position("A", "P") == position()
