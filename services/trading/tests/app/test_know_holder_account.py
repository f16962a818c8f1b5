"""Remembering the accounts of which the registries tell."""

from trading.app.know_holder_account import know_holder_account
from trading.domain.accounts import HolderAccount
from trading_floor import floor
from trading_market import ANN

HOLDER = HolderAccount(account_no=f"R-E-{ANN}", credit_code=ANN)


async def test_a_holder_account_is_known_from_then_on():
    uow = floor()
    await know_holder_account(HOLDER, uow=uow)
    assert uow.state["holders"] == {HOLDER.account_no: HOLDER}
    assert uow.state["facts"] == []


async def test_an_account_that_is_known_stays_as_it_is():
    uow = floor()
    await know_holder_account(HOLDER, uow=uow)
    await know_holder_account(HolderAccount(account_no=HOLDER.account_no, credit_code="other"), uow=uow)
    assert uow.state["holders"] == {HOLDER.account_no: HOLDER}
