"""Units that a registry sent: into a position, or refused; each transfer once."""

from dataclasses import replace

import pytest
from ets_kernel.domain.errors import MalformedRequest, ProductInvalid
from trading.app.accept_transfer_in import UnitsSent, accept_transfer_in
from trading.domain.errors import MarketUnknown, TransferInDiffers
from trading.domain.events import TransferInAccepted, TransferInRefused
from trading.domain.movements import TransferIn, TransferInState
from trading.domain.rules import UnitLeg
from trading.domain.sheet import OUTSIDE, Cause
from trading_fakes import FakeUnitOfWork
from trading_floor import MARKETS, NOBODY, floor, kept, trader, units_of
from trading_market import ANN, CCER, CEA

SENT = UnitsSent(
    transfer_no="T1", market="CEA", credit_code=ANN, holder_account_no=f"R-E-{ANN}", product=CEA, quantity_tco2e=7
)  # fmt: skip
ELSEWHERE = replace(SENT, credit_code=NOBODY, holder_account_no=f"R-E-{NOBODY}")


@pytest.fixture
def uow() -> FakeUnitOfWork:
    made = floor()
    trader(made, ANN, available_tco2e=1)
    trader(made, ANN, market="BJ")
    return made


async def take(uow, sent: UnitsSent = SENT) -> None:
    await accept_transfer_in(sent, uow=uow, markets=MARKETS)


@pytest.mark.parametrize(
    ("sent", "leg", "held"),
    [
        (SENT, UnitLeg.REGISTRY, 8),
        (replace(SENT, market="BJ", holder_account_no=f"C-{ANN}", product=CCER), UnitLeg.CCER, 7),
    ],
)
async def test_units_that_were_sent_are_available_and_told(uow, sent, leg, held):
    await take(uow, sent)
    account_no = f"T-{sent.market}-{ANN}"
    assert units_of(uow, account_no, sent.product) == (held, 0, 0, 0, 0)
    entries = [
        (e.account_no, e.cause, e.reference, e.move.available_tco2e) for e in uow.state["unit_entries"]
    ]
    assert entries == [
        (account_no, Cause.TRANSFERRED_IN, "T1", 7),
        (OUTSIDE[leg], Cause.TRANSFERRED_IN, "T1", -7),
    ]
    accepted = TransferIn(
        transfer_no="T1", market=sent.market, holder_account_no=sent.holder_account_no, product=sent.product,
        quantity_tco2e=7, state=TransferInState.ACCEPTED,
    )  # fmt: skip
    assert uow.state["transfers"] == {(sent.market, "T1"): accepted}
    assert uow.state["facts"] == [TransferInAccepted(transfer=accepted)]


@pytest.mark.parametrize(
    "sent",
    [ELSEWHERE, replace(SENT, market="SH", product=CCER), replace(SENT, holder_account_no=f"R-E-{NOBODY}")],
)
async def test_units_without_the_trading_account_of_their_holder_are_refused_and_told(uow, sent):
    await take(uow, sent)
    refused = uow.state["transfers"][sent.market, "T1"]
    assert refused.state is TransferInState.REFUSED
    assert uow.state["facts"] == [TransferInRefused(transfer=refused, reason="TRADING_ACCOUNT_NOT_FOUND")]
    assert uow.state["unit_entries"] == []


@pytest.mark.parametrize(
    ("sent", "refusal"),
    [
        (replace(SENT, market="XX", product="X", quantity_tco2e=0), MarketUnknown),
        (replace(SENT, product="X", quantity_tco2e=0), ProductInvalid),
        (replace(SENT, transfer_no="T2", product=CCER), ProductInvalid),
        (replace(SENT, transfer_no="T2", market="BJ", holder_account_no=f"C-{ANN}"), ProductInvalid),
        (replace(SENT, transfer_no="T2", product=CCER.replace("CCER", "OFFSET")), ProductInvalid),
        (replace(SENT, quantity_tco2e=0), MalformedRequest),
        (replace(SENT, quantity_tco2e=8), TransferInDiffers),
        (replace(SENT, product="CEA-2021"), TransferInDiffers),
        (replace(SENT, holder_account_no=f"R-E-{NOBODY}"), TransferInDiffers),
    ],
)
async def test_what_no_registry_sends_is_set_aside_and_changes_nothing(uow, sent, refusal):
    await take(uow)
    before = kept(uow)
    with pytest.raises(refusal):
        await take(uow, sent)
    assert kept(uow) == before


async def test_the_same_number_on_another_market_is_another_transfer(uow):
    await take(uow)
    await take(uow, replace(SENT, market="BJ", holder_account_no=f"C-{ANN}", product=CCER))
    assert len(uow.state["transfers"]) == len(uow.state["facts"]) == 2


async def test_a_transfer_is_taken_once_and_stays_refused_when_the_account_opens_later(uow):
    await take(uow)
    await take(uow, replace(ELSEWHERE, transfer_no="T2"))
    trader(uow, NOBODY)
    before = kept(uow)
    await take(uow)
    await take(uow, replace(ELSEWHERE, transfer_no="T2"))
    assert kept(uow) == before
