"""Restrictions of use: imposed and lifted by those who supervise, told to trading, kept for ever."""

from datetime import timedelta

import pytest
from ets.registry.v1 import registry_accounts_service_pb2 as accounts_pb
from ets.registry.v1 import registry_events_pb2
from ets.registry.v1 import registry_service_pb2 as pb
from ets.registry.v1 import registry_types_pb2 as types_pb
from ets_kernel.domain.errors import ScopeForbidden
from ets_kernel.runtime.grpc.messages import to_timestamp
from registry_messages import CEA, DEFICIT, SURPLUS, entity_listed
from registry_world import ROSTER, START, accepted, reasons

ACCOUNT, OTHER = f"R-E-{DEFICIT}", f"R-E-{SURPLUS}"
TO_TRADING = types_pb.ACCOUNT_USE_TRANSFER_TO_TRADING
SURRENDER = types_pb.ACCOUNT_USE_SURRENDER


def order(account_no, *uses):
    return accounts_pb.RestrictionOrder(
        account_no=account_no, uses=uses, reason="licence expired", document_no="D-1"
    )


async def restrict(world, *orders, province_code="", commands=None):
    request = accounts_pb.RestrictAccountsRequest(
        request_id=world.request_id(), province_code=province_code, orders=orders
    )
    return await (commands or world.desk.staff()).RestrictAccounts(request)


async def lift(world, *restriction_nos, province_code="", commands=None):
    orders = [
        accounts_pb.LiftingOrder(restriction_no=number, reason="corrected", document_no="D-2")
        for number in restriction_nos
    ]
    request = accounts_pb.LiftRestrictionsRequest(
        request_id=world.request_id(), province_code=province_code, orders=orders
    )
    return await (commands or world.desk.staff("second")).LiftRestrictions(request)


async def send(world, quantity=10):
    transfer = pb.TradingTransfer(credit_code=DEFICIT, product=CEA, quantity_tco2e=quantity)
    request = pb.TransferToTradingRequest(request_id=world.request_id(), transfers=[transfer])
    return reasons(await world.emitters.TransferToTrading(request))


async def test_what_is_restricted_is_refused_until_it_is_lifted(world):
    await world.allocate()
    (number,) = await accepted(restrict(world, order(ACCOUNT, TO_TRADING)))
    assert number == f"AR-{ACCOUNT}-1"
    assert await send(world) == ["ACCOUNT_RESTRICTED"]
    assert not (await world.apply((CEA, 10))).error.reason
    assert reasons(await lift(world, number)) == [""]
    assert await send(world) == [""]


async def test_a_restriction_of_surrender_stops_applications(world):
    await world.allocate()
    await accepted(restrict(world, order(ACCOUNT, SURRENDER)))
    assert (await world.apply((CEA, 10))).error.reason == "ACCOUNT_RESTRICTED"
    assert await send(world) == [""]


async def test_a_restriction_of_all_stops_no_concluded_trade(world):
    await world.allocate()
    await world.send_to_trading(SURPLUS, 10)
    await accepted(restrict(world, order(ACCOUNT), order(OTHER)))
    trade = pb.TradeSettlement(
        trade_no="X-1", seller_account_no=OTHER, buyer_account_no=ACCOUNT, product=CEA, quantity_tco2e=10
    )
    answer = await world.trading.SettleTrades(
        pb.SettleTradesRequest(request_id="s", trading_date="2021-11-01", trades=[trade])
    )
    assert reasons(answer) == [""]


async def test_restrictions_are_told_with_what_is_stopped_now(world):
    await world.list_and_open()
    first, second = await accepted(
        restrict(world, order(ACCOUNT, TO_TRADING, SURRENDER), order(ACCOUNT, SURRENDER))
    )
    await lift(world, first)
    told = await world.events(registry_events_pb2.AccountRestricted)
    assert [list(event.account.restricted_uses) for event in told] == [[TO_TRADING, SURRENDER]] * 2
    assert [list(event.restriction.uses) for event in told] == [[TO_TRADING, SURRENDER], [SURRENDER]]
    (lifted,) = await world.events(registry_events_pb2.RestrictionLifted)
    assert list(lifted.account.restricted_uses) == [SURRENDER]
    assert lifted.restriction.lifted_by == "second"
    assert await world.book("account_restrictions") == [
        (first, ACCOUNT, "surrender transfer_to_trading", "1"),
        (second, ACCOUNT, "surrender", "0"),
    ]
    assert [row[4] for row in await world.book("account_versions") if row[0] == ACCOUNT] == [
        "opened",
        "restricted",
        "restricted",
        "restriction_lifted",
    ]


async def test_orders_that_may_not_be_are_refused(world):
    await world.list_and_open()
    (number,) = await accepted(restrict(world, order(ACCOUNT)))
    answer = await restrict(
        world, order("R-E-nobody"), order(ACCOUNT, SURRENDER), order("R-RECOVERED"), province_code="11"
    )
    assert reasons(answer) == ["ACCOUNT_NOT_FOUND", "PROVINCE_MISMATCH", "SYSTEM_ACCOUNT"]
    assert reasons(await lift(world, number, province_code="11")) == ["RESTRICTION_NOT_FOUND"]
    assert reasons(await lift(world, number, number, "AR-none-1")) == [
        "",
        "RESTRICTION_LIFTED_ALREADY",
        "RESTRICTION_NOT_FOUND",
    ]


async def test_a_province_restricts_its_own_accounts_and_the_ministry_all(world):
    await world.list_and_open()
    province = world.desk.commands("ROLE_PROVINCE", provinces=["37"], subject="official")
    (own,) = await accepted(restrict(world, order(ACCOUNT), province_code="37", commands=province))
    (above,) = await accepted(restrict(world, order(ACCOUNT)))
    told = await lift(world, own, above, province_code="37", commands=province)
    assert reasons(told) == ["", "SCOPE_FORBIDDEN"]
    reads = world.desk.reads("ROLE_PROVINCE", provinces=["37"])
    listed = await reads.ListAccountRestrictions(
        accounts_pb.ListAccountRestrictionsRequest(province_code="37")
    )
    assert {one.restriction_no: one.province_code for one in listed.restrictions} == {own: "37", above: ""}
    for code in ("", "11"):
        with pytest.raises(ScopeForbidden):
            await restrict(world, order(ACCOUNT), province_code=code, commands=province)
    ministry = world.desk.commands("ROLE_MINISTRY", subject="ministry")
    assert reasons(await restrict(world, order(OTHER), commands=ministry)) == [""]


async def test_a_province_sees_what_was_restricted_while_it_answered_for_the_account(world):
    await world.list_and_open()
    await accepted(restrict(world, order(ACCOUNT)))
    world.clock.set(START + timedelta(hours=1))
    await world.tell(ROSTER, entity_listed(1, "11"))
    await world.desk.changed(ACCOUNT, information=types_pb.InformationChange(province_code="11"))
    seen = {}
    for code in ("37", "11"):
        reads = world.desk.reads("ROLE_PROVINCE", provinces=[code])
        for hours in (0, 1):
            request = accounts_pb.ListAccountRestrictionsRequest(
                province_code=code, as_of=to_timestamp(START + timedelta(hours=hours))
            )
            answer = await reads.ListAccountRestrictions(request)
            seen[code, hours] = [one.account_no for one in answer.restrictions]
    assert seen == {("37", 0): [ACCOUNT], ("37", 1): [], ("11", 0): [], ("11", 1): [ACCOUNT]}


async def test_restrictions_are_read_as_of_any_time(world):
    await world.list_and_open()
    (number,) = await accepted(restrict(world, order(ACCOUNT, SURRENDER)))
    world.clock.set(START + timedelta(hours=1))
    await lift(world, number)
    reads = world.desk.reads("ROLE_PROVINCE", provinces=["37"])
    for at, lifted_by, uses in ((START, "", [SURRENDER]), (START + timedelta(hours=1), "second", [])):
        request = accounts_pb.ListAccountRestrictionsRequest(province_code="37", as_of=to_timestamp(at))
        (found,) = (await reads.ListAccountRestrictions(request)).restrictions
        assert (found.restriction_no, found.lifted_by, found.reason) == (number, lifted_by, "licence expired")
        answer = await world.reads().GetAccount(
            pb.GetAccountRequest(account_no=ACCOUNT, as_of=to_timestamp(at))
        )
        assert list(answer.account.restricted_uses) == uses
