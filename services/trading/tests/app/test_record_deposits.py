"""Booking deposits: a reference of the bank is booked once."""

import pytest
from trading.app.record_deposits import record_deposits
from trading.domain.movements import BankDeposit
from trading.domain.sheet import BANK, Cause
from trading_fakes import FakeUnitOfWork
from trading_floor import NOBODY, cash_of, floor, judged, told, trader
from trading_market import ANN

ACCOUNT = f"T-CEA-{ANN}"


@pytest.fixture
def uow() -> FakeUnitOfWork:
    made = floor()
    trader(made, ANN, cash=1)
    return made


def deposit(reference: str, quantity_fen: int = 500, account_no: str = ACCOUNT) -> BankDeposit:
    return BankDeposit(bank_reference=reference, account_no=account_no, quantity_fen=quantity_fen)


async def record(uow, *deposits):
    return told(await record_deposits(deposits, uow=uow))


async def test_a_deposit_is_available_cash_that_came_from_the_bank(uow):
    assert await record(uow, deposit("a"), deposit("b", 7)) == ["a", "b"]
    assert cash_of(uow, ACCOUNT) == (508, 0)
    entries = [(e.account_no, e.cause, e.reference, e.move.available_fen) for e in uow.state["cash_entries"]]
    assert entries == [
        (ACCOUNT, Cause.DEPOSIT, "a", 500),
        (BANK, Cause.DEPOSIT, "a", -500),
        (ACCOUNT, Cause.DEPOSIT, "b", 7),
        (BANK, Cause.DEPOSIT, "b", -7),
    ]
    assert uow.state["facts"] == []


async def test_an_account_that_is_not_there_comes_before_a_reference_that_was_booked(uow):
    await record(uow, deposit("a"))
    unknown = deposit("a", account_no=f"T-CEA-{NOBODY}")
    assert await judged(uow, record_deposits, unknown, uow=uow) == "TRADING_ACCOUNT_NOT_FOUND"
    assert await judged(uow, record_deposits, deposit("a"), uow=uow) == "BANK_REFERENCE_REUSED"


async def test_a_refused_deposit_leaves_its_reference_to_a_later_one_of_the_batch(uow):
    items = [deposit("a", account_no=f"T-CEA-{NOBODY}"), deposit("a"), deposit("a", 1)]
    assert await record(uow, *items) == ["TRADING_ACCOUNT_NOT_FOUND", "a", "BANK_REFERENCE_REUSED"]
    assert cash_of(uow, ACCOUNT) == (501, 0)
