"""Reads: accounts, holdings, blocks, journal, signed heads, lists and their pages."""

from datetime import UTC, date, datetime

import pytest
from ets.common.v1.page_pb2 import PageRequest
from ets.registry.v1 import registry_service_pb2 as pb
from ets.registry.v1 import registry_types_pb2 as types_pb
from ets_kernel.domain.errors import AccountNotFound, AsOfInFuture, ScopeForbidden
from ets_kernel.runtime.grpc.messages import from_timestamp, to_timestamp
from ets_kernel.runtime.signing import Ed25519Verifier
from ets_ledger.domain.journal import tree_head_digest
from registry.domain.errors import ObligationNotFound, TreeHeadNotFound
from registry_messages import (
    CEA,
    DEFICIT,
    PERIOD,
    PRE_TCO2E,
    REGISTRY_KEY,
    SURPLUS,
    VERIFIED_TCO2E,
    pre_table,
    sealed,
)
from registry_world import ALLOCATION

PRE = pre_table().table_no
ACCOUNT = f"R-E-{DEFICIT}"


async def pages(call, request, field):
    """All pages of a list, one row each."""
    found = []
    token = ""
    while True:
        request.page.CopyFrom(PageRequest(page_size=1, page_token=token))
        answer = await call(request)
        found += getattr(answer, field)
        token = answer.page.next_page_token
        if not token:
            return found


async def test_an_account_is_shown_with_its_holdings_now_and_as_of_any_moment(world):
    await world.allocate()
    start = world.clock.now()
    world.clock.set(datetime(2021, 11, 1, tzinfo=UTC))
    await world.send_to_trading(DEFICIT, 100)
    emitter = world.reads("ROLE_EMITTER", entities=[DEFICIT])
    answer = await emitter.GetAccount(pb.GetAccountRequest(account_no=ACCOUNT, credit_code=DEFICIT))
    assert answer.account.credit_code == DEFICIT
    assert {holding.quantity_tco2e for holding in answer.holdings} == {VERIFIED_TCO2E - 100, 100}
    assert await world.holdings(ACCOUNT, as_of=to_timestamp(start)) == {(CEA, "registered"): VERIFIED_TCO2E}
    believed = await world.holdings(ACCOUNT, recorded_by=to_timestamp(start))
    assert believed == {(CEA, "registered"): VERIFIED_TCO2E}


async def test_an_emitter_sees_no_other_account(world):
    await world.allocate()
    emitter = world.reads("ROLE_EMITTER", entities=[DEFICIT])
    with pytest.raises(AccountNotFound):
        await emitter.GetAccount(pb.GetAccountRequest(account_no=f"R-E-{SURPLUS}", credit_code=DEFICIT))
    with pytest.raises(AccountNotFound):
        await emitter.ListSerialBlocks(
            pb.ListSerialBlocksRequest(account_no=f"R-E-{SURPLUS}", credit_code=DEFICIT)
        )
    with pytest.raises(ScopeForbidden):
        await emitter.GetAccount(pb.GetAccountRequest(account_no=f"R-E-{SURPLUS}", credit_code=SURPLUS))


async def test_a_province_sees_no_other_provinces_account_and_compliance(world):
    await world.allocate()
    own = world.reads("ROLE_PROVINCE", provinces=["37"])
    shown = await own.GetAccount(pb.GetAccountRequest(account_no=ACCOUNT, province_code="37"))
    assert shown.account.credit_code == DEFICIT
    owed = pb.GetComplianceStatusRequest(credit_code=DEFICIT, period=PERIOD, province_code="37")
    assert (await own.GetComplianceStatus(owed)).status.credit_code == DEFICIT
    with pytest.raises(ScopeForbidden):
        await own.GetAccount(pb.GetAccountRequest(account_no=ACCOUNT))
    another = world.reads("ROLE_PROVINCE", provinces=["11"])
    with pytest.raises(AccountNotFound):
        await another.GetAccount(pb.GetAccountRequest(account_no=ACCOUNT, province_code="11"))
    owed.province_code = "11"
    with pytest.raises(ObligationNotFound):
        await another.GetComplianceStatus(owed)


async def test_holdings_of_a_province_are_listed_in_pages_now_and_then(world):
    await world.allocate()
    wanted = [(f"R-E-{code}", VERIFIED_TCO2E) for code in (DEFICIT, SURPLUS)]
    for moment in ({}, {"as_of": to_timestamp(world.clock.now())}):
        request = pb.ListHoldingsRequest(province_code="37", **moment)
        rows = await pages(world.reads().ListHoldings, request, "holdings")
        assert [(row.account_no, row.quantity_tco2e) for row in rows] == wanted
        nobody = await world.reads().ListHoldings(pb.ListHoldingsRequest(province_code="11", **moment))
        assert list(nobody.holdings) == []


async def test_serial_blocks_name_their_table_row(world):
    await world.allocate()
    request = pb.ListSerialBlocksRequest(account_no=ACCOUNT)
    rows = await pages(world.reads().ListSerialBlocks, request, "blocks")
    assert [(row.serial_start, row.serial_end, row.origin) for row in rows] == [
        (1, PRE_TCO2E, f"{PERIOD}/PRE/37/{DEFICIT}"),
        (2 * PRE_TCO2E + 1, PRE_TCO2E + VERIFIED_TCO2E, f"{PERIOD}/VERIFIED/37/{DEFICIT}"),
    ]


async def test_serial_blocks_are_shown_as_they_were_owned_at_any_moment(world):
    await world.allocate()
    start = world.clock.now()
    world.clock.set(datetime(2021, 11, 1, tzinfo=UTC))
    await world.send_to_trading(DEFICIT, 100)

    async def owned(**moment):
        request = pb.ListSerialBlocksRequest(account_no=ACCOUNT, **moment)
        rows = await pages(world.reads().ListSerialBlocks, request, "blocks")
        return [(row.serial_start, row.serial_end, row.bucket, row.origin) for row in rows]

    before = [
        (1, PRE_TCO2E, types_pb.BUCKET_REGISTERED, f"{PERIOD}/PRE/37/{DEFICIT}"),
        (
            2 * PRE_TCO2E + 1,
            PRE_TCO2E + VERIFIED_TCO2E,
            types_pb.BUCKET_REGISTERED,
            f"{PERIOD}/VERIFIED/37/{DEFICIT}",
        ),
    ]
    assert await owned(as_of=to_timestamp(start)) == before
    now = await owned()
    assert now[0] == (1, 100, types_pb.BUCKET_TRADING, f"{PERIOD}/PRE/37/{DEFICIT}")
    assert await owned(as_of=to_timestamp(world.clock.now())) == now
    with pytest.raises(AccountNotFound):
        await owned(as_of=to_timestamp(datetime(2021, 10, 1, tzinfo=UTC)))
    with pytest.raises(AsOfInFuture):
        await owned(as_of=to_timestamp(datetime(2021, 12, 1, tzinfo=UTC)))


async def test_tables_are_shown_as_they_stood_at_any_moment(world):
    await world.list_and_open()
    moments = []
    for day, step in enumerate(
        [
            lambda: world.tell(ALLOCATION, pre_table()),
            lambda: world.tell(ALLOCATION, pre_table(revision=2)),
            lambda: world.tell(ALLOCATION, sealed(pre_table(revision=2))),
            lambda: world.operator.InitiateIssuances(
                pb.InitiateIssuancesRequest(request_id="i", table_nos=[PRE])
            ),
            lambda: world.second_operator.ConfirmIssuances(
                pb.ConfirmIssuancesRequest(request_id="c", table_nos=[PRE])
            ),
        ],
        start=1,
    ):
        moments.append(datetime(2021, 11, day, tzinfo=UTC))
        world.clock.set(moments[-1])
        await step()

    async def stood(**moment):
        request = pb.ListIssuancesRequest(period=PERIOD, **moment)
        rows = await pages(world.reads().ListIssuances, request, "issuances")
        return [(row.table_no, row.revision, row.status, row.confirmed_by) for row in rows]

    assert [await stood(as_of=to_timestamp(moment)) for moment in moments] == [
        [(PRE, 1, types_pb.ISSUANCE_STATUS_AGREED, "")],
        [(PRE, 2, types_pb.ISSUANCE_STATUS_AGREED, "")],
        [(PRE, 2, types_pb.ISSUANCE_STATUS_MATCHED, "")],
        [(PRE, 2, types_pb.ISSUANCE_STATUS_INITIATED, "")],
        [(PRE, 2, types_pb.ISSUANCE_STATUS_ISSUED, "second")],
    ]
    assert await stood() == await stood(as_of=to_timestamp(moments[-1]))
    assert await stood(as_of=to_timestamp(datetime(2021, 10, 31, tzinfo=UTC))) == []
    with pytest.raises(AsOfInFuture):
        await stood(as_of=to_timestamp(datetime(2021, 12, 1, tzinfo=UTC)))


async def test_the_journal_lists_both_sides_of_every_entry_without_gaps(world):
    await world.allocate()
    rows = await pages(world.reads().ListJournalEntries, pb.ListJournalEntriesRequest(), "entries")
    assert [row.entry_no for row in rows] == list(range(1, 17))
    assert sum(row.change_tco2e for row in rows) == 0
    assert (rows[0].account_no, rows[0].bucket, rows[0].kind) == (
        "S-ISSUANCE",
        types_pb.BUCKET_ISSUANCE,
        "issue",
    )
    own = await world.reads().ListJournalEntries(
        pb.ListJournalEntriesRequest(account_no=ACCOUNT, after_entry_no=4)
    )
    assert [(row.kind, row.change_tco2e) for row in own.entries] == [("allocate", VERIFIED_TCO2E - PRE_TCO2E)]


async def test_the_head_of_a_date_is_signed_once_and_can_be_verified(world):
    await world.allocate()
    with pytest.raises(TreeHeadNotFound):
        await world.reads().GetTreeHead(pb.GetTreeHeadRequest(business_date="2021-10-26"))
    request = pb.RunTreeHeadRequest(request_id="h", business_date="2021-10-26")
    head = (await world.scheduler.RunTreeHead(request)).tree_head
    await world.send_to_trading(DEFICIT, 1)
    again = pb.RunTreeHeadRequest(request_id="h2", business_date="2021-10-26")
    assert (await world.scheduler.RunTreeHead(again)).tree_head == head
    shown = await world.reads().GetTreeHead(pb.GetTreeHeadRequest(business_date="2021-10-26"))
    assert shown.tree_head == head
    digest = tree_head_digest(
        ledger="registry",
        business_date=date(2021, 10, 26),
        tree_size=head.entry_count,
        root=head.root,
        signed_time=from_timestamp(head.signed_time),
    )
    Ed25519Verifier({"registry": REGISTRY_KEY.public_key()}).verify(head.key_id, digest, head.signature)
    assert len(head.batch_hash) == 32


async def test_tables_applications_and_compliance_are_listed_in_pages(world):
    await world.allocate()
    for credit_code in (DEFICIT, SURPLUS):
        await world.apply((CEA, 10), credit_code=credit_code)
    reads = world.reads("ROLE_PROVINCE", provinces=["37"])
    tables = await pages(
        reads.ListIssuances, pb.ListIssuancesRequest(province_code="37", period=PERIOD), "issuances"
    )
    assert [table.table_no for table in tables] == [f"{PERIOD}/PRE/37", f"{PERIOD}/VERIFIED/37"]
    request = pb.ListSurrenderApplicationsRequest(
        province_code="37", period=PERIOD, status=types_pb.SURRENDER_STATUS_SUBMITTED
    )
    applications = await pages(reads.ListSurrenderApplications, request, "applications")
    assert [(item.credit_code, item.lines[0].quantity_tco2e) for item in applications] == [
        (DEFICIT, 10),
        (SURPLUS, 10),
    ]
    request = pb.ListComplianceStatusesRequest(province_code="37", period=PERIOD)
    statuses = await pages(reads.ListComplianceStatuses, request, "statuses")
    assert [status.credit_code for status in statuses] == [DEFICIT, SURPLUS]
    with pytest.raises(ObligationNotFound):
        await world.reads().GetComplianceStatus(
            pb.GetComplianceStatusRequest(credit_code="nobody", period=PERIOD)
        )
    with pytest.raises(ScopeForbidden):
        await reads.ListIssuances(pb.ListIssuancesRequest(period=PERIOD))
