"""Reading an account: its holder's only, and with the units free that T+1 has freed by then."""

from datetime import datetime, timedelta

import pytest
from ets_kernel.domain.clock import business_time
from trading.app.queries import get_trading_account
from trading.domain.accounts import Position, TradingAccount
from trading.domain.errors import TradingAccountNotFound
from trading_fakes import CALENDAR
from trading_floor import MONDAY, TUESDAY
from trading_market import ANN, BOB, CCER, CEA

ACCOUNT = TradingAccount(
    account_no="T-CEA-A", market="CEA", credit_code=ANN, name="n", holder_account_no="R", available_fen=3
)
BOUGHT = Position(
    account_no="T-CEA-A", product=CEA, available_tco2e=1, bought_tco2e=7, bought_date=MONDAY, incoming_tco2e=2
)
OTHER = Position(account_no="T-CEA-A", product=CCER, frozen_tco2e=4)
EVENING = business_time(MONDAY, 16)


class Books:
    """One account with two positions, whatever the moment."""

    async def account(self, account_no: str, as_of: datetime) -> TradingAccount | None:
        return ACCOUNT if account_no == ACCOUNT.account_no else None

    async def positions(self, account_no: str, as_of: datetime) -> list[Position]:
        return [OTHER, BOUGHT]


async def read(account_no: str = "T-CEA-A", who: str = ANN, as_of: datetime = EVENING):
    return await get_trading_account(account_no, who, as_of=as_of, reads=Books(), calendar=CALENDAR)


async def test_an_account_comes_with_its_cash_and_positions():
    view = await read()
    assert (view.account, view.positions) == (ACCOUNT, (OTHER, BOUGHT))


@pytest.mark.parametrize(("account_no", "who"), [("T-CEA-B", ANN), ("T-CEA-A", BOB)])
async def test_an_account_of_another_is_not_found_as_one_that_is_not_there(account_no, who):
    with pytest.raises(TradingAccountNotFound):
        await read(account_no, who)


@pytest.mark.parametrize("is_next_session", [False, True])
async def test_bought_units_read_as_free_from_the_first_second_of_the_next_session_day(is_next_session):
    midnight = business_time(TUESDAY, 0)
    view = await read(as_of=midnight if is_next_session else midnight - timedelta(seconds=1))
    held = view.positions[1]
    assert (held.available_tco2e, held.bought_tco2e, held.incoming_tco2e) == (
        (8, 0, 2) if is_next_session else (1, 7, 2)
    )
