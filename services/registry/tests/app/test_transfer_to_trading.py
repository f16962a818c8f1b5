from ets_kernel.domain.clock import FixedClock
from ets_kernel.domain.ids import institution_account
from registry.app.transfer_to_trading import (
    TransferToTrading,
    WantedTransfer,
    transfer_units_to_trading,
)
from registry.domain.accounts import AccountKind, AccountStatus, AccountUse
from registry.domain.events import UnitsTransferredToTrading
from registry_fakes import NOW, emitter, market, reasons
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


async def test_an_account_that_is_closed_restricted_or_needs_a_second_person_sends_nothing():
    uow = await market()
    for changes, reason in (
        ({"status": AccountStatus.CLOSED, "closed_time": NOW}, "ACCOUNT_CLOSED"),
        ({"restricted_uses": frozenset({AccountUse.TRANSFER_TO_TRADING})}, "ACCOUNT_RESTRICTED"),
        ({"is_confirmation_needed": True}, "CONFIRMATION_NEEDED"),
        ({"restricted_uses": frozenset({AccountUse.SURRENDER})}, ""),
    ):
        await uow.accounts.add([emitter(1, **changes)])
        assert reasons(await send(uow, (DEFICIT, CEA, 1))) == [reason]


async def test_what_a_second_person_confirmed_is_sent():
    uow = await market()
    await uow.accounts.add([emitter(1, is_confirmation_needed=True)])
    wanted = WantedTransfer(credit_code=DEFICIT, product=CEA, quantity_tco2e=1)
    command = TransferToTrading(transfers=(wanted,), is_confirmed=True)
    assert reasons(await transfer_units_to_trading(command, uow=uow, clock=CLOCK)) == [""]


async def test_an_institution_sends_from_its_own_account():
    uow = await market()
    number = institution_account(code(7))
    kind = AccountKind.INSTITUTION
    await uow.accounts.add([emitter(7, kind=kind, account_no=number, province_code="")])
    await uow.issue(number, CEA, 5, NOW)
    assert await send(uow, (code(7), CEA, 5)) == [f"RT-{number}-1"]
