"""Closing: only when empty and with nothing pending; the number stays known and takes no units."""

import asyncio

import pytest
from accounts_served import emitter_form
from ets.registry.v1 import registry_accounts_service_pb2 as accounts_pb
from ets.registry.v1 import registry_allocation_service_pb2 as allocation_pb
from ets.registry.v1 import registry_allocation_service_pb2_grpc as allocation_grpc
from ets.registry.v1 import registry_change_service_pb2 as change_pb
from ets.registry.v1 import registry_events_pb2
from ets.registry.v1 import registry_service_pb2 as pb
from ets.registry.v1 import registry_types_pb2 as types_pb
from registry_messages import CEA, DEFICIT, SURPLUS, code, entity_listed
from registry_world import ROSTER, accepted, reasons
from registry_world_changes import RULING, Changes

ACCOUNT = f"R-E-{DEFICIT}"
CLOSING = types_pb.Closing(reason=types_pb.CLOSING_REASON_MERGED, note="into another")


async def close(world, account_no):
    """Try to close an account; give the reason of the second review."""
    result = await world.desk.change(account_no, closing=CLOSING)
    assert not result.error.reason, result
    await world.desk.first(result.reference)
    return reasons(await world.desk.second(result.reference))[0]


async def closed(world):
    """Entities 1 and 2 had accounts; the first one's is closed."""
    await world.tell(ROSTER, entity_listed(1), entity_listed(2))
    await world.desk.open(emitter_form(1), emitter_form(2))
    await world.desk.changed(ACCOUNT, closing=CLOSING)


def settlement(trade_no, seller, buyer, quantity=10):
    return pb.TradeSettlement(
        trade_no=trade_no,
        seller_account_no=seller,
        buyer_account_no=buyer,
        product=CEA,
        quantity_tco2e=quantity,
    )


async def settle(world, *trades):
    """Settle trades; give their reasons."""
    request = pb.SettleTradesRequest(request_id=world.request_id(), trading_date="2021-11-01", trades=trades)
    return reasons(await world.trading.SettleTrades(request))


async def test_an_empty_account_is_closed_and_stays_known(world):
    await closed(world)
    answer = await world.reads().GetAccount(pb.GetAccountRequest(account_no=ACCOUNT))
    assert (answer.account.status, answer.account.version) == (types_pb.ACCOUNT_STATUS_CLOSED, 2)
    (told,) = await world.events(registry_events_pb2.AccountClosed)
    assert (told.account.account_no, told.reason) == (ACCOUNT, types_pb.CLOSING_REASON_MERGED)
    rows = {row[0]: row[4] for row in await world.book("accounts")}
    assert rows == {ACCOUNT: "closed", f"R-E-{SURPLUS}": "open"}


async def test_a_closed_account_gives_and_takes_no_units(world):
    await closed(world)
    transfer = pb.TradingTransfer(credit_code=DEFICIT, product=CEA, quantity_tco2e=1)
    sent = await world.emitters.TransferToTrading(
        pb.TransferToTradingRequest(request_id="t", transfers=[transfer])
    )
    assert reasons(sent) == ["ACCOUNT_CLOSED"]
    trades = [settlement("X-1", f"R-E-{SURPLUS}", ACCOUNT), settlement("X-2", ACCOUNT, "R-E-nobody")]
    assert await settle(world, *trades) == ["ACCOUNT_CLOSED", "ACCOUNT_CLOSED"]
    order = accounts_pb.RestrictionOrder(account_no=ACCOUNT, reason="r", document_no="d")
    restricted = await world.desk.staff().RestrictAccounts(
        accounts_pb.RestrictAccountsRequest(request_id="r", orders=[order])
    )
    assert reasons(restricted) == ["ACCOUNT_CLOSED"]
    assert (await world.desk.change(ACCOUNT, closing=CLOSING)).error.reason == "ACCOUNT_CLOSED"


async def test_an_account_with_units_in_any_bucket_is_not_closed(world):
    await world.allocate()
    assert await close(world, ACCOUNT) == "ACCOUNT_NOT_EMPTY"
    answer = await world.reads().GetAccount(pb.GetAccountRequest(account_no=ACCOUNT))
    assert answer.account.status == types_pb.ACCOUNT_STATUS_OPEN


async def test_an_account_with_something_pending_is_not_closed(world):
    await world.tell(ROSTER, entity_listed(1))
    await world.desk.open(emitter_form(1))
    waiting = await world.desk.change(ACCOUNT, information=types_pb.InformationChange(contact="new"))
    result = await world.desk.change(ACCOUNT, closing=CLOSING)
    await world.desk.first(result.reference)
    refused = await world.desk.second(result.reference)
    assert refused.results[0].error.reason == "ACCOUNT_BUSY"
    assert refused.results[0].error.metadata["pending"] == "application"
    await world.desk.first(waiting.reference, is_passed=False)
    assert reasons(await world.desk.second(result.reference)) == [""]


async def test_an_account_that_a_change_registration_names_is_not_closed_before_that_is_decided(world):
    await world.tell(ROSTER, entity_listed(1), entity_listed(2))
    await world.desk.open(emitter_form(1), emitter_form(2))
    changes = Changes(world)
    merger = change_pb.MergerForm(
        document=RULING, absorbed_account_no=f"R-E-{SURPLUS}", survivor_account_no=ACCOUNT
    )
    (filed,) = await changes.file("FileMergers", mergers=[merger])
    result = await world.desk.change(ACCOUNT, closing=CLOSING)
    await world.desk.first(result.reference)
    for step in (None, changes.take_up):
        if step is not None:
            await step(filed.reference)
        (refused,) = (await world.desk.second(result.reference)).results
        assert refused.error.metadata["pending"] == "change registration"
    rejection = change_pb.ChangeRejection(registration_no=filed.reference, reason="withdrawn")
    await changes.commands(subject="second").RejectChanges(
        change_pb.RejectChangesRequest(request_id="reject", rejections=[rejection])
    )
    assert reasons(await world.desk.second(result.reference)) == [""]


async def test_who_has_something_to_be_deducted_keeps_its_account_until_it_is_taken_back(world):
    await world.tell(ROSTER, entity_listed(1))
    await world.desk.open(emitter_form(1))
    await deduct(world, 7)
    result = await world.desk.change(ACCOUNT, closing=CLOSING)
    await world.desk.first(result.reference)
    (refused,) = (await world.desk.second(result.reference)).results
    assert (refused.error.reason, refused.error.metadata["pending"]) == ("ACCOUNT_BUSY", "deduction")
    await deduct(world, -7)
    assert reasons(await world.desk.second(result.reference)) == [""]


async def deduct(world, change):
    decision = allocation_pb.AllocationAdjustmentDecision(
        credit_code=DEFICIT,
        from_period="2021",
        kind=types_pb.ALLOCATION_ADJUSTMENT_KIND_OTHER,
        change_tco2e=change,
        document_no="d",
    )
    channel = world.served.channel("ROLE_PROVINCE", provinces=["37"])
    request = allocation_pb.RecordAllocationAdjustmentsRequest(
        request_id=world.request_id(), province_code="37", decisions=[decision]
    )
    await accepted(
        allocation_grpc.RegistryAllocationServiceStub(channel).RecordAllocationAdjustments(request)
    )


async def test_an_entity_that_owes_keeps_its_account(world):
    await world.allocate()
    ((key, quantity),) = (await world.holdings(ACCOUNT)).items()
    assert key == (CEA, "registered")
    await world.send_to_trading(DEFICIT, quantity)
    assert await settle(world, settlement("X-1", ACCOUNT, f"R-E-{SURPLUS}", quantity)) == [""]
    result = await world.desk.change(ACCOUNT, closing=CLOSING)
    await world.desk.first(result.reference)
    (refused,) = (await world.desk.second(result.reference)).results
    assert (refused.error.reason, refused.error.metadata["pending"]) == ("ACCOUNT_BUSY", "obligation")


async def test_a_closing_and_a_trade_at_the_same_time_never_both_succeed(world):
    await world.allocate()
    await world.send_to_trading(SURPLUS, 1_000)
    buyers = range(11, 19)
    await world.tell(ROSTER, *(entity_listed(number) for number in buyers))
    await world.desk.open(*(emitter_form(number) for number in buyers))
    accounts = [f"R-E-{code(number)}" for number in buyers]
    closings = [(await world.desk.change(number, closing=CLOSING)).reference for number in accounts]
    await world.desk.first(*closings)
    trades = [settlement(f"X-{number}", f"R-E-{SURPLUS}", number, 10) for number in accounts]
    outcomes = await asyncio.gather(
        *(world.desk.second(closing) for closing in closings),
        *(settle(world, trade) for trade in trades),
    )
    closed_now = [reasons(answer)[0] for answer in outcomes[: len(accounts)]]
    settled_now = [answer[0] for answer in outcomes[len(accounts) :]]
    assert set(zip(closed_now, settled_now, strict=True)) <= {
        ("", "ACCOUNT_CLOSED"),
        ("ACCOUNT_NOT_EMPTY", ""),
    }
    for number, closing in zip(accounts, closed_now, strict=True):
        assert bool(await world.holdings(number)) == bool(closing)


async def test_the_accounts_of_authorities_are_not_closed(world):
    await world.list_and_open()
    assert await close(world, "R-P-37") == "ACCOUNT_KIND_WRONG"


async def test_a_closed_account_is_applied_for_again_and_keeps_its_number_and_history(world):
    await closed(world)
    (number,) = await world.desk.open(emitter_form(1))
    assert number == f"AA-{ACCOUNT}-3"
    answer = await world.reads().GetAccount(pb.GetAccountRequest(account_no=ACCOUNT))
    assert (answer.account.status, answer.account.version) == (types_pb.ACCOUNT_STATUS_OPEN, 3)
    assert not answer.account.HasField("closed_time")
    opened = await world.events(registry_events_pb2.AccountOpened)
    assert [event.account.version for event in opened if event.account.account_no == ACCOUNT] == [1, 3]


async def test_the_same_closing_is_decided_once_by_many_at_a_time(world):
    await world.tell(ROSTER, entity_listed(1))
    await world.desk.open(emitter_form(1))
    result = await world.desk.change(ACCOUNT, closing=CLOSING)
    await world.desk.first(result.reference)
    answers = await asyncio.gather(
        *(world.desk.second(result.reference, subject=f"s{number}") for number in range(5))
    )
    assert sorted(reasons(answer)[0] for answer in answers) == ["", *["REVIEW_OUT_OF_ORDER"] * 4]


@pytest.mark.parametrize("number", [5])
async def test_another_kind_of_account_follows_a_closed_one(world, number):
    kind = types_pb.ACCOUNT_KIND_INSTITUTION
    await world.desk.open(emitter_form(number, kind=kind, province_code=""))
    await world.desk.changed(f"R-I-{code(number)}", closing=CLOSING)
    await world.tell(ROSTER, entity_listed(number))
    await world.desk.open(emitter_form(number))
    rows = {row[0]: row[4] for row in await world.book("accounts")}
    assert rows == {f"R-E-{code(number)}": "open", f"R-I-{code(number)}": "closed"}
