from ets_kernel.domain.clock import FixedClock
from registry.app.transfer_to_trading import (
    TransferToTrading,
    WantedTransfer,
    transfer_units_to_trading,
)
from registry.domain.events import UnitsTransferredToTrading
from registry_fakes import NOW, market, reasons
from registry_messages import CEA, DEFICIT, SURPLUS, code

CLOCK = FixedClock(NOW)
ACCOUNT = f"R-E-{DEFICIT}"


async def send(uow, *wanted):
    transfers = tuple(
        WantedTransfer(credit_code=credit_code, product=product, quantity_tco2e=quantity)
        for credit_code, product, quantity in wanted
    )
    return await transfer_units_to_trading(TransferToTrading(transfers=transfers), uow=uow, clock=CLOCK)


async def test_units_that_are_held_are_sent_and_told():
    uow = await market()
    assert await send(uow, (DEFICIT, CEA, 10_000)) == [f"RT-{ACCOUNT}-1"]
    assert uow.ledger.held(ACCOUNT) == {(CEA, "in_transit"): 10_000}
    told = uow.told(UnitsTransferredToTrading)
    assert [(fact.transfer.transfer_no, fact.credit_code, fact.at) for fact in told] == [
        (f"RT-{ACCOUNT}-1", DEFICIT, NOW)
    ]


async def test_each_refusal_leaves_the_other_items_alone():
    uow = await market()
    outcomes = await send(
        uow,
        (code(9), CEA, 1),
        (DEFICIT, "CEA-2021", 1),
        (DEFICIT, "CCER-WIND1-2015", 1),
        (DEFICIT, CEA, 6_000),
        (DEFICIT, CEA, 4_001),
        (DEFICIT, CEA, 4_000),
        (SURPLUS, CEA, 1),
    )
    assert reasons(outcomes) == [
        "ACCOUNT_NOT_FOUND",
        "INSUFFICIENT_HOLDING",
        "PRODUCT_NOT_TRADABLE",
        "",
        "INSUFFICIENT_HOLDING",
        "",
        "",
    ]
    assert len(uow.told(UnitsTransferredToTrading)) == len(uow.transfers.transfers) == 3


async def test_numbers_go_on_per_account():
    uow = await market()
    await send(uow, (DEFICIT, CEA, 1))
    assert await send(uow, (DEFICIT, CEA, 1), (SURPLUS, CEA, 1)) == [
        f"RT-{ACCOUNT}-2",
        f"RT-R-E-{SURPLUS}-1",
    ]
