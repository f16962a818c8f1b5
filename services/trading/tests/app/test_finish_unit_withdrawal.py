"""The end of a withdrawal of units: their registry has them back, once and as they were sent."""

from dataclasses import replace

import pytest
from trading.app.finish_unit_withdrawal import UnitsReturned, finish_unit_withdrawal
from trading.app.withdraw_units import UnitsWanted, withdraw_units
from trading.domain.errors import UnitWithdrawalDiffers, UnitWithdrawalNotFound
from trading.domain.movements import UnitWithdrawalState
from trading.domain.rules import UnitLeg
from trading.domain.sheet import OUTSIDE, Cause
from trading_fakes import FakeUnitOfWork
from trading_floor import MARKETS, floor, kept, told, trader, units_of
from trading_market import ANN, BOB, CCER, CEA

NUMBER = "W-CEA-000001"
RETURNED = UnitsReturned(withdrawal_no=NUMBER, holder_account_no=f"R-E-{ANN}", product=CEA, quantity_tco2e=40)


@pytest.fixture
async def uow() -> FakeUnitOfWork:
    """Ann has sent 40 t of 100 t back to the registry."""
    made = floor()
    trader(made, ANN, available_tco2e=100)
    await withdraw(made, ANN, market="CEA", product=CEA)
    made.state["unit_entries"].clear()
    return made


async def withdraw(uow, who, **where) -> None:
    wanted = UnitsWanted(credit_code=who, quantity_tco2e=40, **where)
    (number,) = told(await withdraw_units([wanted], uow=uow, markets=MARKETS))
    assert number.startswith("W-")


async def finish(uow, returned: UnitsReturned = RETURNED) -> None:
    await finish_unit_withdrawal(returned, uow=uow, markets=MARKETS)


async def test_units_that_are_back_leave_the_position_for_their_registry(uow):
    await finish(uow)
    assert units_of(uow, f"T-CEA-{ANN}") == (60, 0, 0, 0, 0)
    assert uow.state["units_out"][NUMBER].state is UnitWithdrawalState.DONE
    entries = [(e.account_no, e.cause, e.reference, e.move.total_tco2e) for e in uow.state["unit_entries"]]
    assert entries == [
        (f"T-CEA-{ANN}", Cause.WITHDRAWAL_DONE, NUMBER, -40),
        (OUTSIDE[UnitLeg.REGISTRY], Cause.WITHDRAWAL_DONE, NUMBER, 40),
    ]


async def test_units_of_a_venue_are_back_in_the_voluntary_registry(uow):
    trader(uow, BOB, market="BJ", available_tco2e=40)
    await withdraw(uow, BOB, market="BJ", product=CCER)
    uow.state["unit_entries"].clear()
    await finish(
        uow,
        UnitsReturned(
            withdrawal_no="W-BJ-000001", holder_account_no=f"C-{BOB}", product=CCER, quantity_tco2e=40
        ),
    )
    assert uow.state["unit_entries"][-1].account_no == OUTSIDE[UnitLeg.CCER]


@pytest.mark.parametrize(
    ("returned", "refusal"),
    [
        (replace(RETURNED, withdrawal_no="W-CEA-000002"), UnitWithdrawalNotFound),
        (replace(RETURNED, withdrawal_no="W-CEA-000002", quantity_tco2e=41), UnitWithdrawalNotFound),
        (replace(RETURNED, quantity_tco2e=41), UnitWithdrawalDiffers),
        (replace(RETURNED, quantity_tco2e=39), UnitWithdrawalDiffers),
        (replace(RETURNED, product="CEA-2021"), UnitWithdrawalDiffers),
        (replace(RETURNED, holder_account_no=f"R-E-{BOB}"), UnitWithdrawalDiffers),
    ],
)
async def test_what_trading_never_sent_does_not_come_back(uow, returned, refusal):
    before = kept(uow)
    with pytest.raises(refusal):
        await finish(uow, returned)
    assert kept(uow) == before


async def test_units_come_back_once(uow):
    await finish(uow)
    before = kept(uow)
    await finish(uow)
    assert kept(uow) == before
    with pytest.raises(UnitWithdrawalDiffers):
        await finish(uow, replace(RETURNED, quantity_tco2e=41))
