"""Taking units out of trading: in transit until their registry has them back."""

import pytest
from trading.app.withdraw_units import UnitsWanted, withdraw_units
from trading.domain.events import WithdrawalRequested
from trading.domain.movements import UnitWithdrawal, UnitWithdrawalState
from trading_fakes import FakeUnitOfWork
from trading_floor import MARKETS, MONDAY, NOBODY, floor, judged, told, trader, units_of
from trading_market import ANN, BOB, CCER, CEA

FIRST, SECOND = "W-CEA-000001", "W-CEA-000002"


@pytest.fixture
def uow() -> FakeUnitOfWork:
    made = floor()
    trader(made, ANN, available_tco2e=100, bought_tco2e=5, bought_date=MONDAY, incoming_tco2e=2)
    trader(made, BOB, market="BJ", available_tco2e=10)
    return made


def wanted(quantity: int, who: str = ANN, **changed) -> UnitsWanted:
    fields = {"market": "CEA", "credit_code": who, "product": CEA, "quantity_tco2e": quantity}
    return UnitsWanted(**{**fields, **changed})


async def withdraw(uow, *items):
    return told(await withdraw_units(items, uow=uow, markets=MARKETS))


async def test_units_that_go_out_are_in_transit_and_told(uow):
    assert await withdraw(uow, wanted(40)) == [FIRST]
    assert units_of(uow, f"T-CEA-{ANN}") == (60, 0, 5, 40, 2)
    made = UnitWithdrawal(
        withdrawal_no=FIRST, market="CEA", account_no=f"T-CEA-{ANN}", holder_account_no=f"R-E-{ANN}", product=CEA,
        quantity_tco2e=40, state=UnitWithdrawalState.REQUESTED,
    )  # fmt: skip
    assert uow.state["units_out"] == {FIRST: made}
    assert uow.state["facts"] == [WithdrawalRequested(withdrawal=made)]


async def test_units_of_a_venue_go_back_to_the_account_they_came_from(uow):
    assert await withdraw(uow, wanted(10, BOB, market="BJ", product=CCER)) == ["W-BJ-000001"]
    assert uow.state["units_out"]["W-BJ-000001"].holder_account_no == f"C-{BOB}"


@pytest.mark.parametrize(
    ("item", "expected"),
    [
        (wanted(101), "BOUGHT_TODAY"),
        (wanted(107), "BOUGHT_TODAY"),
        (wanted(108), "INSUFFICIENT_POSITION"),
        (wanted(1, product=CCER), "INSUFFICIENT_POSITION"),
        (wanted(1, NOBODY), "TRADING_ACCOUNT_NOT_FOUND"),
        (wanted(1, market="XX"), "TRADING_ACCOUNT_NOT_FOUND"),
    ],
)
async def test_units_go_out_of_an_account_up_to_what_is_available(uow, item, expected):
    assert await judged(uow, withdraw_units, item, uow=uow, markets=MARKETS) == expected


async def test_withdrawals_of_one_batch_share_what_there_is_and_a_refused_one_takes_no_number(uow):
    assert await withdraw(uow, wanted(60), wanted(41), wanted(40)) == [FIRST, "BOUGHT_TODAY", SECOND]
    assert units_of(uow, f"T-CEA-{ANN}") == (0, 0, 5, 100, 2)
    assert [fact.withdrawal.withdrawal_no for fact in uow.state["facts"]] == [FIRST, SECOND]


async def test_the_same_withdrawal_again_is_another_one(uow):
    assert await withdraw(uow, wanted(40)) == [FIRST]
    assert await withdraw(uow, wanted(40)) == [SECOND]
