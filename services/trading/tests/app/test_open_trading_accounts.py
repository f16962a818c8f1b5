"""Opening trading accounts for holders whom the market's registry has announced."""

from dataclasses import replace

import pytest
from trading.app.open_trading_accounts import AccountOpening, open_trading_accounts
from trading.domain.accounts import HolderAccount, TradingAccount
from trading_fakes import FakeUnitOfWork
from trading_floor import MARKETS, floor, judged, told, trader
from trading_market import ANN, BOB

OPENING = AccountOpening(market="CEA", credit_code=ANN, name="one", holder_account_no=f"R-E-{ANN}")
AT_VENUE = replace(OPENING, market="BJ", holder_account_no=f"C-{ANN}")


@pytest.fixture
async def uow() -> FakeUnitOfWork:
    """The registries told of Ann's accounts and of Bob's; Bob has a trading account."""
    made = floor()
    numbers = [(f"{prefix}{who}", who) for who in (ANN, BOB) for prefix in ("R-E-", "C-")]
    await made.accounts.add_holders([HolderAccount(account_no=no, credit_code=who) for no, who in numbers])
    trader(made, BOB)
    return made


async def open_all(uow, *openings):
    return told(await open_trading_accounts(openings, uow=uow, markets=MARKETS))


async def test_an_account_is_opened_without_cash(uow):
    assert await open_all(uow, OPENING) == [f"T-CEA-{ANN}"]
    assert uow.state["accounts"][f"T-CEA-{ANN}"] == TradingAccount(
        account_no=f"T-CEA-{ANN}", market="CEA", credit_code=ANN, name="one", holder_account_no=f"R-E-{ANN}"
    )
    assert uow.state["facts"] == []


async def test_a_holder_has_an_account_on_every_market_where_his_units_lie(uow):
    assert await open_all(uow, OPENING, AT_VENUE, replace(AT_VENUE, market="SH")) == [
        f"T-CEA-{ANN}",
        f"T-BJ-{ANN}",
        f"T-SH-{ANN}",
    ]


WRONG_CODE = ANN[:-1] + "0"
ORDER = [
    (replace(OPENING, credit_code=WRONG_CODE, market="XX"), "CREDIT_CODE_INVALID"),
    (replace(OPENING, market="XX"), "MARKET_UNKNOWN"),
    (replace(OPENING, credit_code=BOB, holder_account_no="R-E-X"), "TRADING_ACCOUNT_OPEN_ALREADY"),
    (replace(OPENING, holder_account_no="R-E-X"), "HOLDER_ACCOUNT_UNKNOWN"),
    (replace(OPENING, holder_account_no=f"R-E-{BOB}"), "HOLDER_ACCOUNT_UNKNOWN"),
    (replace(OPENING, holder_account_no=f"C-{ANN}"), "HOLDER_ACCOUNT_UNKNOWN"),
    (replace(AT_VENUE, holder_account_no=f"R-E-{ANN}"), "HOLDER_ACCOUNT_UNKNOWN"),
]


@pytest.mark.parametrize(("opening", "expected"), ORDER)
async def test_refusals_of_an_opening_come_in_their_order(uow, opening, expected):
    assert await judged(uow, open_trading_accounts, opening, uow=uow, markets=MARKETS) == expected


async def test_an_account_is_opened_once(uow):
    assert await open_all(uow, OPENING, OPENING) == [f"T-CEA-{ANN}", "TRADING_ACCOUNT_OPEN_ALREADY"]
    assert await open_all(uow, replace(OPENING, name="two")) == ["TRADING_ACCOUNT_OPEN_ALREADY"]
    assert uow.state["accounts"][f"T-CEA-{ANN}"].name == "one"
