"""Lists are of one moment whatever happens between their pages; what is no moment, province or period is refused."""

from datetime import UTC, datetime, timedelta

import pytest
from ets.common.v1.page_pb2 import PageRequest
from ets.registry.v1 import registry_accounts_service_pb2 as accounts_pb
from ets.registry.v1 import registry_accounts_service_pb2_grpc
from ets.registry.v1 import registry_journal_service_pb2 as journal_pb
from ets.registry.v1 import registry_service_pb2 as pb
from ets.registry.v1 import registry_types_pb2 as types_pb
from ets_kernel.domain.errors import AccountNotFound, AsOfInFuture, EtsError, MalformedRequest
from ets_kernel.runtime.grpc.messages import to_timestamp
from ets_kernel.runtime.grpc.methods import path_of
from ets_kernel.runtime.http.transcoding import fill, parameters_of
from google.protobuf.message_factory import GetMessageClass
from registry_messages import CEA, DEFICIT, PERIOD, PROVINCE, SURPLUS

ACCOUNT = f"R-E-{DEFICIT}"
BEGIN = datetime(2021, 11, 1, tzinfo=UTC)


def lists_of(world):
    """Lists with what they show now, by the name of their field."""
    reads = world.reads()
    accounts = registry_accounts_service_pb2_grpc.RegistryAccountQueryServiceStub(
        world.served.channel("ROLE_REGISTRY_OPERATOR")
    )
    of_period = {"period": PERIOD, "province_code": PROVINCE}
    waiting = types_pb.SURRENDER_STATUS_SUBMITTED
    return {
        "holdings": (reads.ListHoldings, pb.ListHoldingsRequest(province_code=PROVINCE)),
        "blocks": (reads.ListSerialBlocks, pb.ListSerialBlocksRequest(account_no=ACCOUNT)),
        "issuances": (reads.ListIssuances, pb.ListIssuancesRequest(**of_period)),
        "statuses": (reads.ListComplianceStatuses, pb.ListComplianceStatusesRequest(**of_period)),
        "applications": (
            reads.ListSurrenderApplications,
            pb.ListSurrenderApplicationsRequest(status=waiting, **of_period),
        ),
        "accounts": (accounts.ListAccounts, accounts_pb.ListAccountsRequest(province_code=PROVINCE)),
    }


async def read_on(call, request, field, token=""):
    """One row of a list and the token of the next page."""
    request.page.CopyFrom(PageRequest(page_size=1, page_token=token))
    answer = await call(request)
    return list(getattr(answer, field)), answer.page.next_page_token


async def rest_of(call, request, field, token):
    found = []
    while token:
        rows, token = await read_on(call, request, field, token)
        found += rows
    return found


async def test_what_happens_between_two_pages_is_in_neither(world):
    await world.allocate()
    await world.credit()
    for _ in range(2):
        await world.apply((CEA, 5))
        await world.apply((CEA, 5), credit_code=SURPLUS)
    lists = lists_of(world)
    expected, begun = {}, {}
    for field, (call, request) in lists.items():
        request.page.Clear()
        expected[field] = list(getattr(await call(request), field))
        begun[field] = await read_on(call, request, field)
    assert all(len(rows) > 1 for rows in expected.values())

    world.clock.set(BEGIN)
    await world.send_to_trading(DEFICIT, 100)
    await world.send_to_trading(SURPLUS, 100)
    for waiting in expected["applications"]:
        await world.decide(waiting.application_no)
    await world.register()

    for field, (call, request) in lists.items():
        first, token = begun[field]
        assert first + await rest_of(call, request, field, token) == expected[field], field
        request.page.Clear()
    for field in ("holdings", "blocks", "statuses", "applications"):
        call, request = lists[field]
        assert list(getattr(await call(request), field)) != expected[field], field


@pytest.mark.parametrize("name", ["GetAccount", "ListSerialBlocks", "ListHoldings"])
async def test_what_will_be_believed_is_not_known(world, name):
    await world.allocate()
    request_class = getattr(pb, f"{name}Request")
    later = to_timestamp(world.clock.now() + timedelta(microseconds=1))
    request = request_class(recorded_by=later)
    if name != "ListHoldings":
        request.account_no = ACCOUNT
    with pytest.raises(AsOfInFuture) as refusal:
        await getattr(world.reads(), name)(request)
    assert refusal.value.metadata["field"] == "recorded_by"


@pytest.mark.parametrize("day", ["0001-01-01", "9999-12-31", "2021-02-30"])
async def test_a_date_whose_moments_leave_the_calendar_is_refused(world, day):
    await world.allocate()
    request = journal_pb.GetAccountStatementRequest(
        account_no=ACCOUNT, from_date=min(day, "2021-10-26"), to_date=max(day, "2021-10-26")
    )
    with pytest.raises(MalformedRequest):
        await world.journal().GetAccountStatement(request)


async def test_an_account_was_not_known_before_it_was_opened_whatever_counts_today(world):
    before = world.clock.now() - timedelta(days=1)
    await world.allocate()
    with pytest.raises(AccountNotFound):
        await world.holdings(ACCOUNT, recorded_by=to_timestamp(before))


async def test_holdings_of_a_past_moment_are_those_of_the_province_then(world):
    await world.allocate()
    past = to_timestamp(world.clock.now())
    world.clock.set(BEGIN)
    await world.desk.listed_anew(1, province_code="36")
    reads = world.reads()

    async def holders(province_code, **moment):
        request = pb.ListHoldingsRequest(province_code=province_code, **moment)
        return {holding.account_no for holding in (await reads.ListHoldings(request)).holdings}

    assert ACCOUNT in await holders(PROVINCE, as_of=past)
    assert await holders("36", as_of=past) == set()
    assert await holders("36") == {ACCOUNT}
    assert await holders(PROVINCE) == {f"R-E-{SURPLUS}"}
    assert await holders("36", as_of=to_timestamp(BEGIN)) == {ACCOUNT}


async def test_the_journal_is_read_as_it_was_recorded_by_a_moment(world):
    await world.allocate()
    past = to_timestamp(world.clock.now())
    entries = (await world.reads().ListJournalEntries(pb.ListJournalEntriesRequest())).entries
    world.clock.set(BEGIN)
    await world.send_to_trading(DEFICIT, 100)
    request = pb.ListJournalEntriesRequest(as_of=past)
    assert (await world.reads().ListJournalEntries(request)).entries == entries
    read = await read_on(world.reads().ListJournalEntries, request, "entries")
    assert [
        *read[0],
        *await rest_of(world.reads().ListJournalEntries, request, "entries", read[1]),
    ] == entries
    assert len((await world.reads().ListJournalEntries(pb.ListJournalEntriesRequest())).entries) > len(
        entries
    )


async def test_a_province_reads_the_blocks_of_its_own_accounts(world):
    await world.allocate()
    request = pb.ListSerialBlocksRequest(account_no=ACCOUNT, province_code=PROVINCE)
    own = world.reads("ROLE_PROVINCE", provinces=[PROVINCE])
    assert len((await own.ListSerialBlocks(request)).blocks) == 2
    request.province_code = "11"
    with pytest.raises(AccountNotFound):
        await world.reads("ROLE_PROVINCE", provinces=["11"]).ListSerialBlocks(request)


NAMED = {"account_no": ACCOUNT, "credit_code": DEFICIT, "period": PERIOD, "province_code": PROVINCE}
NAMED |= {"from_date": "2021-10-26", "to_date": "2021-10-26", "business_date": "2021-10-26"}
NAMED |= {"table_no": "none", "certificate_no": "none", "registration_no": "none", "transfer_no": "none"}


@pytest.mark.parametrize(
    ("field", "value", "reason"),
    [("province_code", "99", "PROVINCE_UNKNOWN"), ("period", "2019-2021", "PERIOD_UNKNOWN")],
)
async def test_every_read_refuses_a_province_or_a_period_that_is_none(world, field, value, reason):
    channel = world.served.channel("ROLE_REGISTRY_OPERATOR")
    asked = 0
    for method in {route.method for route in world.router.mirrored}:
        parameters = parameters_of(method.input_type)
        if field not in parameters:
            continue
        request = GetMessageClass(method.input_type)()
        values = {name: NAMED[name] for name in parameters if name in NAMED} | {field: value}
        fill(request, list(values.items()))
        call = channel.unary_unary(
            path_of(method),
            request_serializer=type(request).SerializeToString,
            response_deserializer=GetMessageClass(method.output_type).FromString,
        )
        with pytest.raises(EtsError) as refusal:
            await call(request)
        assert (refusal.value.reason, refusal.value.metadata["field"]) == (reason, field), method.name
        asked += 1
    assert asked > 10
