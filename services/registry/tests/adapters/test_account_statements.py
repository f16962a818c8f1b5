"""Statements of accounts: both ends, every posting between, in pages, and who may read them."""

from datetime import UTC, datetime, timedelta

import pytest
from ets.common.v1.page_pb2 import PageRequest
from ets.registry.v1 import registry_journal_service_pb2 as pb
from ets.registry.v1 import registry_service_pb2 as registry_pb
from ets.registry.v1 import registry_types_pb2 as types_pb
from ets_kernel.domain.errors import (
    AccountNotFound,
    AsOfInFuture,
    MalformedRequest,
    RoleForbidden,
    ScopeForbidden,
)
from ets_kernel.domain.ids import AccountNo, ProductCode
from ets_kernel.runtime.grpc.messages import from_timestamp, to_timestamp
from ets_ledger.domain import Bucket, Place, Transfer
from ets_ledger.runtime import LedgerStore
from registry.adapters.db import tables
from registry_messages import CEA, DEFICIT, SURPLUS, VERIFIED_TCO2E

ACCOUNT = f"R-E-{DEFICIT}"
NOVEMBER = datetime(2021, 11, 10, 2, tzinfo=UTC)


def wanted(first="2021-11-01", last="2021-11-10", **rest) -> pb.GetAccountStatementRequest:
    return pb.GetAccountStatementRequest(account_no=ACCOUNT, from_date=first, to_date=last, **rest)


async def busy(world) -> None:
    """Allocate in October, send units to trading twice in November, and stand on the tenth."""
    await world.allocate()
    for day, quantity in ((2, 100), (10, 40)):
        world.clock.set(datetime(2021, 11, day, 2, tzinfo=UTC))
        await world.send_to_trading(DEFICIT, quantity)


async def record_late(world, *, effective: datetime, quantity: int) -> None:
    """Move units to the other plant, counting from a moment in the past."""
    late = Transfer(
        transfer_id="late", kind="correct", product=ProductCode(CEA), quantity=quantity,
        source=Place(AccountNo(ACCOUNT), Bucket.REGISTERED),
        destination=Place(AccountNo(f"R-E-{SURPLUS}"), Bucket.REGISTERED),
        effective_time=effective, corrects="wrong",
    )  # fmt: skip
    now = world.clock.now()
    async with world.database.begin() as transaction:
        await LedgerStore(transaction, tables.ledger).post([late], effective_time=now, recorded_time=now)


def balances(answer) -> dict[str, tuple[int, int]]:
    return {
        types_pb.Bucket.Name(one.bucket).removeprefix("BUCKET_").lower(): (
            one.opening_tco2e,
            one.closing_tco2e,
        )
        for one in answer.balances
    }


async def test_a_statement_tells_both_ends_and_every_posting_between(world):
    await busy(world)
    answer = await world.journal("ROLE_EMITTER", entities=[DEFICIT]).GetAccountStatement(
        wanted(credit_code=DEFICIT)
    )
    assert answer.account.account_no == ACCOUNT
    total = VERIFIED_TCO2E
    assert balances(answer) == {"registered": (total, total - 140), "trading": (0, 140)}
    registered = [line for line in answer.lines if line.bucket == types_pb.BUCKET_REGISTERED]
    assert [(line.change_tco2e, line.balance_tco2e) for line in registered] == [
        (-100, total - 100),
        (-40, total - 140),
    ]
    first = registered[0]
    assert (first.counter_account_no, first.counter_bucket) == (ACCOUNT, types_pb.BUCKET_IN_TRANSIT)
    assert from_timestamp(first.effective_time) == datetime(2021, 11, 2, 2, tzinfo=UTC)
    assert from_timestamp(answer.recorded_by) == world.clock.now()


async def test_days_are_those_of_the_business_and_both_are_included(world):
    await busy(world)
    quiet = await world.journal().GetAccountStatement(wanted("2021-11-03", "2021-11-09"))
    assert list(quiet.lines) == []
    assert balances(quiet)["registered"] == (VERIFIED_TCO2E - 100, VERIFIED_TCO2E - 100)
    one_day = await world.journal().GetAccountStatement(wanted("2021-11-02", "2021-11-02"))
    assert sum(line.change_tco2e for line in one_day.lines) == 0
    assert balances(one_day)["registered"] == (VERIFIED_TCO2E, VERIFIED_TCO2E - 100)


async def test_all_pages_are_of_one_moment(world):
    await busy(world)
    whole = await world.journal().GetAccountStatement(wanted())
    request, found = wanted(page=PageRequest(page_size=3)), []
    while True:
        answer = await world.journal().GetAccountStatement(request)
        found += answer.lines
        assert answer.recorded_by == whole.recorded_by
        if not answer.page.next_page_token:
            break
        if len(found) == 3:
            world.clock.set(NOVEMBER + timedelta(hours=1))
            await world.send_to_trading(DEFICIT, 5)
        request.page.page_token = answer.page.next_page_token
    assert found == list(whole.lines)


async def test_what_was_recorded_late_is_in_the_statement_of_its_day_from_then_on(world):
    await busy(world)
    before = world.clock.now()
    world.clock.set(NOVEMBER + timedelta(days=1))
    await record_late(world, effective=datetime(2021, 11, 5, tzinfo=UTC), quantity=7)
    request = wanted("2021-11-05", "2021-11-05")
    (line,) = (await world.journal().GetAccountStatement(request)).lines
    assert (line.change_tco2e, line.corrects, line.counter_account_no) == (-7, "wrong", f"R-E-{SURPLUS}")
    request.recorded_by.CopyFrom(to_timestamp(before))
    believed = await world.journal().GetAccountStatement(request)
    assert list(believed.lines) == []
    assert balances(believed)["registered"] == (VERIFIED_TCO2E - 100, VERIFIED_TCO2E - 100)


async def test_holdings_and_blocks_answer_both_questions_in_all_four_combinations(world):
    await world.allocate()
    world.clock.set(datetime(2021, 11, 20, 2, tzinfo=UTC))
    await record_late(world, effective=datetime(2021, 11, 5, tzinfo=UTC), quantity=7)
    before, after = (to_timestamp(datetime(2021, 11, day, tzinfo=UTC)) for day in (4, 6))
    for as_of, recorded_by, is_seen in (
        (None, None, True),  # what is held now
        (before, None, False),  # what was held before it counted
        (after, None, True),  # what was held behind that, as is known now
        (after, after, False),  # what was believed then
        (None, after, False),  # what was believed then to be held for good
    ):
        moments = {"as_of": as_of, "recorded_by": recorded_by}
        holdings = await world.reads().ListHoldings(
            registry_pb.ListHoldingsRequest(province_code="37", **moments)
        )
        held = {one.account_no: one.quantity_tco2e for one in holdings.holdings}
        assert held[ACCOUNT] == VERIFIED_TCO2E - 7 * is_seen
        assert held[f"R-E-{SURPLUS}"] == VERIFIED_TCO2E + 7 * is_seen
        owned = await world.reads().ListSerialBlocks(
            registry_pb.ListSerialBlocksRequest(account_no=ACCOUNT, **moments)
        )
        assert owned.blocks[0].serial_start == 1 + 7 * is_seen
        assert sum(one.serial_end - one.serial_start + 1 for one in owned.blocks) == held[ACCOUNT]
        shown = await world.reads().GetAccount(registry_pb.GetAccountRequest(account_no=ACCOUNT, **moments))
        assert [one.quantity_tco2e for one in shown.holdings] == [held[ACCOUNT]]


async def test_refusals(world):
    await busy(world)
    reads = world.journal()
    with pytest.raises(AccountNotFound):
        await reads.GetAccountStatement(wanted(credit_code=SURPLUS))
    with pytest.raises(AccountNotFound):
        await reads.GetAccountStatement(wanted(province_code="11"))
    with pytest.raises(AsOfInFuture):
        await reads.GetAccountStatement(wanted(last="2021-11-11"))
    with pytest.raises(AsOfInFuture):
        await reads.GetAccountStatement(wanted(recorded_by=to_timestamp(NOVEMBER + timedelta(days=1))))
    with pytest.raises(MalformedRequest):
        await reads.GetAccountStatement(wanted("2021-11-02", "2021-11-01"))
    with pytest.raises(MalformedRequest):
        await reads.GetAccountStatement(wanted("2021-11-31"))
    with pytest.raises(ScopeForbidden):
        await world.journal("ROLE_EMITTER", entities=[SURPLUS]).GetAccountStatement(
            wanted(credit_code=DEFICIT)
        )
    with pytest.raises(RoleForbidden):
        await world.journal("ROLE_VENUE_OPERATOR").GetAccountStatement(wanted())
