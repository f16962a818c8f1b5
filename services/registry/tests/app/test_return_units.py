from dataclasses import replace

import pytest
from ets_kernel.domain.clock import FixedClock
from ets_kernel.domain.errors import AccountNotFound
from ets_kernel.domain.ids import AccountNo, ProductCode
from ets_ledger.domain.errors import InsufficientHolding
from registry.app.return_units import return_units
from registry.domain.errors import TransferDiffers
from registry.domain.events import UnitsReturnedFromTrading
from registry.domain.trading import ReturnedUnits
from registry_fakes import NOW, market
from registry_messages import CEA, DEFICIT

CLOCK = FixedClock(NOW)
ACCOUNT = AccountNo(f"R-E-{DEFICIT}")
RETURNED = ReturnedUnits(
    withdrawal_no="W-CEA-1", account_no=ACCOUNT, product=ProductCode(CEA), quantity_tco2e=100
)


@pytest.fixture
async def uow():
    """The entity has 100 t in trading and nothing else."""
    made = await market(held_tco2e=100)
    await made.put_in_trading(ACCOUNT, CEA, 100, NOW)
    return made


async def test_released_units_are_free_again_and_told(uow):
    await return_units(RETURNED, uow=uow, clock=CLOCK)
    assert uow.ledger.held(ACCOUNT) == {(CEA, "registered"): 100}
    assert uow.facts == [UnitsReturnedFromTrading(returned=RETURNED, at=NOW)]


@pytest.mark.parametrize(
    ("change", "refusal"),
    [({"account_no": AccountNo("R-E-x")}, AccountNotFound), ({"quantity_tco2e": 101}, InsufficientHolding)],
)
async def test_what_cannot_be_returned_is_refused(uow, change, refusal):
    with pytest.raises(refusal):
        await return_units(replace(RETURNED, **change), uow=uow, clock=CLOCK)
    assert uow.ledger.held(ACCOUNT) == {(CEA, "trading"): 100}
    assert uow.facts == []


async def test_a_withdrawal_is_returned_once_and_never_with_other_content(uow):
    part = replace(RETURNED, quantity_tco2e=40)
    for _ in range(2):
        await return_units(part, uow=uow, clock=CLOCK)
    with pytest.raises(TransferDiffers):
        await return_units(replace(part, quantity_tco2e=41), uow=uow, clock=CLOCK)
    assert uow.ledger.held(ACCOUNT) == {(CEA, "registered"): 40, (CEA, "trading"): 60}
    assert len(uow.facts) == 1
