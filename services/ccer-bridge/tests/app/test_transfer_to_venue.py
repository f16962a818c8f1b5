from dataclasses import replace

import pytest
from ccer_bridge.domain.accounts import AccountStatus
from ccer_bridge.domain.events import UnitsTransferredToVenue
from ccer_bridge.domain.transfers import TransferState
from ccer_fakes import registry
from ccer_messages import C_OTHER, C_PLANT, OTHER, code
from venue_steps import CLOCK, IN_TRANSIT, REGISTERED, send, wanted


@pytest.fixture
async def uow():
    return await registry(CLOCK)


async def test_units_are_sent_under_the_number_of_their_request_and_told(uow):
    assert await send(uow, wanted(100), wanted(900)) == ["TV-t-0", "TV-t-1"]
    assert uow.ledger.held(C_PLANT) == {IN_TRANSIT: 1_000}
    assert [transfer.state for transfer in uow.transfers.sent.values()] == [TransferState.SENT] * 2
    facts = uow.told(UnitsTransferredToVenue)
    assert [(fact.transfer, fact.at) for fact in facts] == [
        (transfer, CLOCK.now()) for transfer in uow.transfers.sent.values()
    ]


async def test_each_refusal_comes_in_its_order_and_leaves_the_other_items_alone(uow):
    uow.accounts.accounts[C_OTHER] = replace(
        uow.accounts.accounts[C_OTHER], status=AccountStatus.FIRST_REVIEWED
    )
    assert await send(
        uow,
        wanted(1, credit_code=code(9), venue="XX"),
        wanted(1, credit_code=OTHER, venue="XX"),
        wanted(1, venue="XX", product="CEA-2021"),
        wanted(1, product="CEA-2021"),
        wanted(1_001),
        wanted(1_000),
        wanted(1),
    ) == [
        "ACCOUNT_NOT_FOUND",
        "ACCOUNT_NOT_OPEN",
        "VENUE_UNKNOWN",
        "INSUFFICIENT_HOLDING",
        "INSUFFICIENT_HOLDING",
        "TV-t-5",
        "INSUFFICIENT_HOLDING",
    ]
    assert uow.ledger.held(C_PLANT) == {IN_TRANSIT: 1_000}
    assert list(uow.transfers.sent) == ["TV-t-5"]
    assert len(uow.facts) == 1


async def test_another_request_sends_again_under_its_own_numbers(uow):
    await send(uow, wanted(100))
    assert await send(uow, wanted(100), request_id="u") == ["TV-u-0"]
    assert uow.ledger.held(C_PLANT) == {REGISTERED: 800, IN_TRANSIT: 200}
