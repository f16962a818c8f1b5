"""Accounts: one for each listed entity, told once."""

from ets.registry.v1 import registry_events_pb2
from ets.registry.v1 import registry_service_pb2 as pb
from ets.registry.v1 import registry_types_pb2 as types_pb
from registry_messages import code, entity_listed, name
from registry_world import ROSTER, reasons

EMITTER = types_pb.ACCOUNT_KIND_EMITTER
PROVINCIAL = types_pb.ACCOUNT_KIND_PROVINCIAL
NATIONAL = types_pb.ACCOUNT_KIND_NATIONAL


def opening(kind, *, credit_code="", holder="持有人", province_code=""):
    return pb.AccountOpening(kind=kind, credit_code=credit_code, name=holder, province_code=province_code)


def emitter(number, **changes):
    values = {"credit_code": code(number), "holder": name(number), "province_code": "37"} | changes
    return opening(EMITTER, **values)


async def open_all(world, *openings, request_id="o"):
    return await world.operator.OpenAccounts(pb.OpenAccountsRequest(request_id=request_id, accounts=openings))


async def test_accounts_of_every_kind_are_opened_and_told(world):
    await world.tell(ROSTER, entity_listed(1))
    answer = await open_all(world, opening(NATIONAL), opening(PROVINCIAL, province_code="37"), emitter(1))
    assert [result.reference for result in answer.results] == ["R-NATIONAL", "R-P-37", f"R-E-{code(1)}"]
    told = await world.events(registry_events_pb2.AccountOpened)
    assert [event.account.account_no for event in told] == [result.reference for result in answer.results]
    assert await world.book("accounts") == [
        (f"R-E-{code(1)}", "emitter", code(1), "37"),
        ("R-NATIONAL", "national", "", ""),
        ("R-P-37", "provincial", "", "37"),
    ]


async def test_accounts_that_may_not_be_are_refused_one_by_one(world):
    await world.tell(ROSTER, entity_listed(1), entity_listed(2))
    answer = await open_all(
        world,
        emitter(1),
        emitter(1),
        emitter(3),
        emitter(2, holder="别的企业"),
        emitter(2, province_code="11"),
        emitter(2, province_code="99"),
        emitter(2, credit_code="91370000000000001A"),
        opening(PROVINCIAL, province_code="00"),
    )
    assert reasons(answer) == [
        "",
        "ACCOUNT_OPEN_ALREADY",
        "ENTITY_NOT_LISTED",
        "NAME_MISMATCH",
        "PROVINCE_MISMATCH",
        "PROVINCE_UNKNOWN",
        "CREDIT_CODE_INVALID",
        "PROVINCE_UNKNOWN",
    ]
    state = await world.state()
    assert reasons(await open_all(world, emitter(1), request_id="o2")) == ["ACCOUNT_OPEN_ALREADY"]
    assert await world.state() == state


async def test_a_changed_listing_counts(world):
    await world.tell(ROSTER, entity_listed(1), entity_listed(1, province_code="11"))
    assert reasons(await open_all(world, emitter(1), emitter(1, province_code="11"))) == [
        "PROVINCE_MISMATCH",
        "",
    ]
