"""Asking for cash: it is frozen until the bank says what became of it."""

import pytest
from trading.app.request_cash_withdrawals import CashWanted, request_cash_withdrawals
from trading.domain.movements import CashWithdrawal, CashWithdrawalStatus
from trading_fakes import FakeUnitOfWork
from trading_floor import MARKETS, NOBODY, cash_of, floor, judged, told, trader
from trading_market import ANN

ACCOUNT = f"T-CEA-{ANN}"
FIRST, SECOND = "CW-CEA-000001", "CW-CEA-000002"


@pytest.fixture
def uow() -> FakeUnitOfWork:
    made = floor()
    trader(made, ANN, cash=1_000)
    return made


def wanted(quantity_fen: int, who: str = ANN, market: str = "CEA") -> CashWanted:
    return CashWanted(market=market, credit_code=who, quantity_fen=quantity_fen)


async def request(uow, *items):
    return told(await request_cash_withdrawals(items, uow=uow, markets=MARKETS))


async def test_cash_that_is_asked_for_is_frozen(uow):
    assert await request(uow, wanted(400)) == [FIRST]
    assert cash_of(uow, ACCOUNT) == (600, 400)
    assert uow.state["cash_out"] == {
        FIRST: CashWithdrawal(
            cash_withdrawal_no=FIRST, account_no=ACCOUNT, quantity_fen=400, status=CashWithdrawalStatus.REQUESTED
        )
    }  # fmt: skip
    assert uow.state["facts"] == []


@pytest.mark.parametrize(
    ("item", "expected"),
    [
        (wanted(1_001), "INSUFFICIENT_CASH"),
        (wanted(1, NOBODY), "TRADING_ACCOUNT_NOT_FOUND"),
        (wanted(1_001, NOBODY), "TRADING_ACCOUNT_NOT_FOUND"),
        (wanted(1, market="BJ"), "TRADING_ACCOUNT_NOT_FOUND"),
        (wanted(1, market="XX"), "TRADING_ACCOUNT_NOT_FOUND"),
    ],
)
async def test_cash_goes_out_of_an_account_up_to_what_is_available(uow, item, expected):
    assert await judged(uow, request_cash_withdrawals, item, uow=uow, markets=MARKETS) == expected


async def test_requests_of_one_batch_share_what_there_is_and_a_refused_one_takes_no_number(uow):
    assert await request(uow, wanted(600), wanted(401), wanted(400)) == [FIRST, "INSUFFICIENT_CASH", SECOND]
    assert cash_of(uow, ACCOUNT) == (0, 1_000)


async def test_the_same_request_again_is_another_withdrawal(uow):
    assert await request(uow, wanted(400)) == [FIRST]
    assert await request(uow, wanted(400)) == [SECOND]
