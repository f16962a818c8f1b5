"""What the bank did with cash on its way out: paid, or given back, once."""

import pytest
from trading.app.confirm_cash_withdrawals import CashConfirmation, confirm_cash_withdrawals
from trading.app.request_cash_withdrawals import CashWanted, request_cash_withdrawals
from trading.domain.movements import CashWithdrawalStatus
from trading.domain.sheet import BANK
from trading_fakes import FakeUnitOfWork
from trading_floor import MARKETS, cash_of, floor, judged, told, trader
from trading_market import ANN

ACCOUNT = f"T-CEA-{ANN}"
FIRST, SECOND = "CW-CEA-000001", "CW-CEA-000002"


@pytest.fixture
async def uow() -> FakeUnitOfWork:
    """Ann asked for 400 fen and for 30 fen of her 1,000."""
    made = floor()
    trader(made, ANN, cash=1_000)
    wanted = [CashWanted(market="CEA", credit_code=ANN, quantity_fen=quantity) for quantity in (400, 30)]
    assert told(await request_cash_withdrawals(wanted, uow=made, markets=MARKETS)) == [FIRST, SECOND]
    made.state["cash_entries"].clear()
    return made


def confirmation(number: str = FIRST, *, is_paid: bool = True) -> CashConfirmation:
    return CashConfirmation(cash_withdrawal_no=number, is_paid=is_paid)


async def confirm(uow, *items):
    return told(await confirm_cash_withdrawals(items, uow=uow))


async def test_cash_that_was_paid_is_gone_to_the_bank(uow):
    assert await confirm(uow, confirmation()) == [FIRST]
    assert cash_of(uow, ACCOUNT) == (570, 30)
    moves = [
        (e.account_no, e.reference, e.move.available_fen, e.move.frozen_fen)
        for e in uow.state["cash_entries"]
    ]
    assert moves == [(ACCOUNT, FIRST, 0, -400), (BANK, FIRST, 400, 0)]
    assert uow.state["cash_out"][FIRST].status is CashWithdrawalStatus.PAID
    assert uow.state["cash_out"][SECOND].status is CashWithdrawalStatus.REQUESTED


async def test_cash_that_came_back_is_available_again(uow):
    assert await confirm(uow, confirmation(is_paid=False), confirmation(SECOND)) == [FIRST, SECOND]
    assert cash_of(uow, ACCOUNT) == (970, 0)
    assert uow.state["cash_out"][FIRST].status is CashWithdrawalStatus.RETURNED
    assert uow.state["facts"] == []


async def test_a_withdrawal_that_nobody_asked_for_is_not_confirmed(uow):
    item = confirmation("CW-CEA-000003")
    assert await judged(uow, confirm_cash_withdrawals, item, uow=uow) == "CASH_WITHDRAWAL_NOT_FOUND"


@pytest.mark.parametrize("is_paid", [True, False])
async def test_the_bank_confirms_once_whatever_it_says_the_second_time(uow, is_paid):
    again = confirmation(is_paid=is_paid)
    assert await confirm(uow, confirmation(), again) == [FIRST, "CASH_WITHDRAWAL_ALREADY_CONFIRMED"]
    reason = await judged(uow, confirm_cash_withdrawals, again, uow=uow)
    assert reason == "CASH_WITHDRAWAL_ALREADY_CONFIRMED"
    assert cash_of(uow, ACCOUNT) == (570, 30)
