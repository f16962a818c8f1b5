"""Overview of a province, and what everybody may see (REG-82)."""

from datetime import UTC, datetime

import pytest
from ets.registry.v1 import registry_change_service_pb2 as change_pb
from ets.registry.v1 import registry_disclosure_service_pb2 as pb
from ets.registry.v1 import registry_disclosure_service_pb2_grpc as grpc_pb
from ets.registry.v1 import registry_types_pb2 as types_pb
from ets_kernel.domain.errors import ProvinceUnknown, ScopeForbidden
from ets_kernel.runtime.grpc.messages import to_timestamp
from ets_kernel.testing.http import serving_http
from registry_messages import CEA, DEFICIT, PERIOD, PLANTS, SURPLUS, VERIFIED_TCO2E, name
from registry_world_changes import RULING, A, B, Changes

OWED = sum(plant.obligation_tco2e for plant in PLANTS)


def reads(world, *roles, **scopes):
    channel = world.served.channel(*roles, **scopes)
    return grpc_pb.RegistryDisclosureQueryServiceStub(channel)


async def overview(world, province_code="37", **more):
    request = pb.GetProvinceOverviewRequest(province_code=province_code, period=PERIOD, **more)
    return await reads(world, "ROLE_PROVINCE", provinces=["37"]).GetProvinceOverview(request)


async def test_a_province_sees_its_accounts_holdings_allocation_and_surrender(world):
    await world.allocate()
    start = world.clock.now()
    world.clock.set(datetime(2021, 11, 1, tzinfo=UTC))
    owed = (await world.status(SURPLUS)).obligation_tco2e
    await world.decide((await world.apply((CEA, owed), credit_code=SURPLUS)).reference)
    await world.register()
    await world.apply((CEA, 50))
    seen = await overview(world)
    assert {(row.kind, row.account_count) for row in seen.accounts} == {
        (types_pb.ACCOUNT_KIND_PROVINCIAL, 1),
        (types_pb.ACCOUNT_KIND_EMITTER, 2),
    }
    held = {(row.product, row.bucket): row.quantity_tco2e for row in seen.holdings}
    assert held == {
        (CEA, types_pb.BUCKET_REGISTERED): 2 * VERIFIED_TCO2E - owed - 50,
        (CEA, types_pb.BUCKET_PENDING_SURRENDER): 50,
    }
    assert (seen.issued_table_count, seen.issued_tco2e) == (2, 2 * VERIFIED_TCO2E)
    assert (seen.completion.entity_count, seen.completion.completed_count) == (2, 1)
    assert seen.completion.completed_basis_points == 5_000
    assert (seen.completion.obligation_tco2e, seen.completion.surrendered_tco2e) == (OWED, owed)

    before = await overview(world, as_of=to_timestamp(start))
    assert [row.quantity_tco2e for row in before.holdings] == [2 * VERIFIED_TCO2E]
    assert before.completion.surrendered_tco2e == 0
    assert before.issued_tco2e == seen.issued_tco2e
    nothing = await overview(world, as_of=to_timestamp(datetime(2021, 10, 1, tzinfo=UTC)))
    assert (list(nothing.accounts), list(nothing.holdings), nothing.HasField("completion")) == ([], [], False)


async def test_an_overview_is_of_the_own_province(world):
    with pytest.raises(ScopeForbidden):
        await overview(world, province_code="11")
    request = pb.GetProvinceOverviewRequest(province_code="99", period=PERIOD)
    with pytest.raises(ProvinceUnknown):
        await reads(world, "ROLE_MINISTRY").GetProvinceOverview(request)


async def test_completion_is_published_by_province(world):
    await world.allocate()
    answer = await reads(world).ListPublishedCompletion(pb.ListPublishedCompletionRequest(period=PERIOD))
    assert [(row.province_code, row.entity_count, row.obligation_tco2e) for row in answer.provinces] == [
        ("37", 2, OWED)
    ]
    later = pb.ListPublishedCompletionRequest(period="2021")
    assert list((await reads(world).ListPublishedCompletion(later)).provinces) == []


async def test_who_completed_is_published_in_numbers(world):
    await world.allocate()
    owed = (await world.status(SURPLUS)).obligation_tco2e
    await world.decide((await world.apply((CEA, owed), credit_code=SURPLUS)).reference)
    await world.register()
    answer = await reads(world).ListPublishedCompletion(pb.ListPublishedCompletionRequest(period=PERIOD))
    (row,) = answer.provinces
    assert (row.entity_count, row.completed_count, row.completed_basis_points) == (2, 1, 5_000)
    assert (row.surrendered_tco2e, row.offset_tco2e) == (owed, 0)


async def test_mergers_are_published_with_names_and_nothing_else(world):
    await world.allocate()
    merger = change_pb.MergerForm(document=RULING, absorbed_account_no=A, survivor_account_no=B)
    number = await Changes(world).carry_out_filed("FileMergers", mergers=[merger])
    answer = await reads(world).ListPublishedChanges(pb.ListPublishedChangesRequest())
    (row,) = answer.changes
    assert (row.registration_no, row.kind) == (number, types_pb.CHANGE_KIND_MERGER)
    assert (row.holder_name, list(row.successor_names)) == (name(1), [name(2)])
    world.clock.set(datetime(2021, 11, 1, tzinfo=UTC))
    await world.desk.listed_anew(2, name="改名后")
    again = await reads(world).ListPublishedChanges(pb.ListPublishedChangesRequest())
    assert again == answer
    request = pb.ListPublishedChangesRequest(province_code="11")
    assert list((await reads(world).ListPublishedChanges(request)).changes) == []


async def test_nothing_public_names_a_holder_or_an_account(world):
    await world.allocate()
    await world.send_to_trading(DEFICIT, 100)
    async with serving_http(world.router) as http:
        routes = [route for route in world.router.mirrored if route.path.startswith("/v1/public/")]
        for route in routes:
            answer = await http.fetch(route.path.format(period=PERIOD))
            assert answer.status == 200, answer.body
            for secret in (DEFICIT, "R-E-", name(1)):
                assert secret not in answer.text
        operations = (await http.fetch("/openapi.json")).body["paths"]
    assert len(routes) >= 4
    public = {
        path
        for path, found in operations.items()
        if path.startswith("/v1/") and "security" not in found["get"]
    }
    assert public == {route.path for route in routes}
